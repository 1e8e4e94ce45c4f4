import imagehash
import pictures
import pytest

from catsclean.duplicates.find import find_duplicates
from catsclean.errors import DatasetError, UsageError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.jpg").write_bytes(pictures.jpeg(1))
    (tmp_path / "b.jpg").write_bytes(pictures.encode(pictures.draw(1).resize((80, 60))))
    (tmp_path / "c.jpg").write_bytes(pictures.jpeg(2))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_a_folder_gives_its_groups(folder):
    (group,) = find_duplicates(folder)
    assert group.members == ("a.jpg", "b.jpg")
    assert (group.keep, group.why) == ("a.jpg", "most pixels")
    assert "resized" in group.pairs[0].kind


def test_paths_come_back_as_they_were_given(folder):
    paths = [str(folder / name) for name in ("c.jpg", "b.jpg", "a.jpg")]
    (group,) = find_duplicates(paths)
    assert set(group.members) == set(paths[1:])


@pytest.fixture
def linked(folder, tmp_path_factory):
    """The folder, with a link to a copy of a.jpg that lies in a store elsewhere."""
    store = tmp_path_factory.mktemp("store")
    (store / "blob").write_bytes(pictures.encode(pictures.draw(1).resize((64, 48))))
    (folder / "link.jpg").symlink_to(store / "blob")
    return folder


@pytest.mark.parametrize("as_paths", [False, True])
def test_links_are_followed_or_left_out_and_never_unasked(linked, as_paths):
    (linked / "notes.txt").unlink()
    asked = [linked / name for name in ("a.jpg", "b.jpg", "link.jpg")] if as_paths else linked
    with pytest.raises(UsageError, match=r"1 link was not read.*link\.jpg.*follow_links_to=FOLDER"):
        find_duplicates(asked)
    for left_out in ({"follow_links": False}, {"follow_links": True}):
        (group,) = find_duplicates(asked, **left_out)
        assert [member.rpartition("/")[2] for member in group.members] == ["a.jpg", "b.jpg"]
    store = (linked / "link.jpg").readlink().parent
    (group,) = find_duplicates(asked, follow_links_to=store)
    assert len(group.members) == 3


@pytest.mark.parametrize("as_paths", [False, True])
def test_a_link_to_a_picture_that_is_read_anyway_is_that_picture(folder, as_paths):
    (folder / "b.jpg").unlink()
    (folder / "same.jpg").symlink_to("a.jpg")
    asked = [folder / name for name in ("a.jpg", "c.jpg", "same.jpg")] if as_paths else folder
    assert find_duplicates(asked) == find_duplicates(asked, follow_links=True) == ()


def test_a_folder_that_is_a_link_is_not_left_out_unasked(folder, tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    (store / "x.jpg").write_bytes(pictures.jpeg(2))
    (folder / "more").symlink_to(store)
    with pytest.raises(UsageError, match=r"1 link was not read\. Received: more"):
        find_duplicates(folder)
    groups = find_duplicates(folder, follow_links_to=[store])
    assert [group.members for group in groups] == [("a.jpg", "b.jpg"), ("c.jpg", "more/x.jpg")]


@pytest.mark.parametrize(("name", "why"), [("missing.jpg", "no such file"), ("", "a folder")])
def test_a_path_that_is_missing_or_a_folder_is_refused(folder, name, why):
    with pytest.raises(UsageError, match=f"{why}.*Received"):
        find_duplicates([folder / "a.jpg", folder / name])


def test_files_that_are_no_pictures_are_passed_over(folder):
    (folder / "broken.jpg").write_bytes(b"")
    assert find_duplicates([folder / "a.jpg", folder / "broken.jpg", folder / "notes.txt"]) == ()


def test_imagehashes_of_any_size_are_compared(folder):
    for size in (8, 16):
        hashes = {n: imagehash.phash(pictures.draw(n), hash_size=size) for n in (1, 2)}
        hashes["again"] = imagehash.phash(pictures.draw(1).resize((80, 60)), hash_size=size)
        (group,) = find_duplicates(hashes)
        assert group.members == ("1", "again")


def test_integers_within_the_radius_are_a_group():
    assert [g.members for g in find_duplicates([0, 0b111, 15 << 60], radius=2)] == []
    assert [g.members for g in find_duplicates([0, 0b111, 15 << 60], radius=3)] == [("0", "1")]


def test_nothing_has_no_duplicates():
    assert find_duplicates([]) == ()


@pytest.mark.parametrize("wrong", [[1, "a.jpg"], [2**64], [1.5], [object()]])
def test_what_is_neither_path_nor_hash_is_refused(wrong):
    with pytest.raises(UsageError):
        find_duplicates(wrong)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="not a folder"):
        find_duplicates(tmp_path / "none")


def test_what_is_no_collection_is_refused():
    with pytest.raises(UsageError, match=r"must be a folder, paths or hashes\. Received: None"):
        find_duplicates(None)
