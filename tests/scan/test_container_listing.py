"""Listing what lies in containers like what lies in folders."""

import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import make_parquet, make_tar, make_zip
from pictures import jpeg

from catsclean.core.evidence import Outcome
from catsclean.core.links import Reach
from catsclean.core.path_patterns import exclusion
from catsclean.scan.container_listing import list_members
from catsclean.scan.discover import Listing, discover

PICTURES = {"Cat/1.jpg": jpeg(1), "Dog/1.jpg": jpeg(2)}


def listed(root, *wanted, exclude=None):
    reach = Reach(root)
    excluded = exclusion(exclude) if exclude else None
    files = Listing() if root.is_file() else discover(reach, excluded)
    return list_members(reach, files, wanted, excluded)


def test_a_container_is_listed_like_a_folder(tmp_path):
    found = listed(make_zip(tmp_path / "a.zip", PICTURES))
    assert found.paths == ["Cat/1.jpg", "Dog/1.jpg"]
    assert found.folders_of == found.folders == ["Cat", "Dog"]
    assert list(found.sizes_bytes) == [len(data) for data in PICTURES.values()]
    assert found.containers == ("",)


def test_containers_in_a_folder_are_part_of_the_paths(tmp_path):
    make_tar(tmp_path / "a-001.tar", PICTURES)
    make_tar(tmp_path / "more/a-002.tar", {"Cat/2.jpg": jpeg(3)})
    found = listed(tmp_path)
    assert found.paths == ["a-001.tar/Cat/1.jpg", "a-001.tar/Dog/1.jpg", "more/a-002.tar/Cat/2.jpg"]
    assert found.containers == ("a-001.tar", "more/a-002.tar")
    assert found.folders_meant["a-001.tar/Cat"].endswith("Cat")


def test_only_the_containers_that_are_asked_for_are_listed(tmp_path):
    make_tar(tmp_path / "a-001.tar", PICTURES)
    make_tar(tmp_path / "a-002.tar", {"Cat/2.jpg": jpeg(3)})
    (tmp_path / "readme.txt").touch()
    assert listed(tmp_path, "a-002.tar").paths == ["a-002.tar/Cat/2.jpg"]


def test_a_container_beside_pictures_is_a_file_like_any_other(tmp_path):
    make_zip(tmp_path / "a.zip", PICTURES)
    (tmp_path / "Cat").mkdir()
    (tmp_path / "Cat/9.jpg").touch()
    assert listed(tmp_path).paths == ["a.zip", "Cat/9.jpg"]


def test_files_beside_containers_stay(tmp_path):
    make_zip(tmp_path / "a.zip", PICTURES)
    (tmp_path / "readme.txt").touch()
    assert listed(tmp_path).paths == ["readme.txt", "a.zip/Cat/1.jpg", "a.zip/Dog/1.jpg"]


def test_a_table_of_other_things_is_a_file_like_any_other(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": [1]}), tmp_path / "labels.parquet")
    make_tar(tmp_path / "a.tar", PICTURES)
    assert "labels.parquet" in listed(tmp_path).paths


def test_a_folder_that_is_named_like_a_container_is_a_folder(tmp_path):
    (tmp_path / "a.tar").mkdir()
    (tmp_path / "a.tar/1.jpg").touch()
    assert listed(tmp_path).paths == ["a.tar/1.jpg"]


def test_files_are_excluded_by_their_paths(tmp_path):
    make_tar(tmp_path / "a.tar", {**PICTURES, "Cat/1_mask.png": b"x"})
    found = listed(tmp_path, exclude=["*_mask.png", "Dog/"])
    assert found.paths == ["a.tar/Cat/1.jpg"]
    assert found.excluded == 2


def test_labels_beside_pictures_are_read_and_are_no_files(tmp_path):
    files = {"0.jpg": jpeg(1), "0.cls": b"Cat", "1.jpg": jpeg(2), "1.cls": b"Dog", "x.txt": b""}
    found = listed(make_tar(tmp_path / "a.tar", files))
    assert dict(zip(found.paths, found.labels, strict=True)) == {
        "0.jpg": "Cat",
        "1.jpg": "Dog",
        "x.txt": "",
    }


def test_labels_of_a_table_are_read(tmp_path):
    rows = [("0.jpg", jpeg(1)), ("1.jpg", jpeg(2))]
    found = listed(make_parquet(tmp_path / "a.parquet", rows, [1, 0], ["Cat", "Dog"]))
    assert found.labels == ["Dog", "Cat"]


def test_a_file_that_a_later_one_replaces_is_listed_and_not_opened(tmp_path):
    found = listed(make_tar(tmp_path / "a.tar", {"./1.jpg": jpeg(1), "1.jpg": jpeg(2)}))
    assert found.paths[1] == "1.jpg"
    assert found.presets[0][0] is Outcome.SPECIAL
    assert found.paths[0].startswith("1.jpg@")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("2.jpg", Outcome.LINKED),
        ("3.jpg", Outcome.SPECIAL),
        ("link.jpg", Outcome.SPECIAL),
        ("../../3.jpg", Outcome.SPECIAL),
    ],
)
def test_a_link_to_a_file_that_is_listed_is_a_second_name(tmp_path, text, outcome):
    link = tarfile.TarInfo("Cat/link.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, text
    found = listed(make_tar(tmp_path / "a.tar", {"Cat/2.jpg": jpeg(1)}, link))
    assert found.presets[1][0] is outcome


def test_an_empty_class_folder_is_known(tmp_path):
    folder = tarfile.TarInfo("PetImages/Bird")
    folder.type = tarfile.DIRTYPE
    files = {f"PetImages/{name}": data for name, data in PICTURES.items()}
    assert listed(make_tar(tmp_path / "a.tar", files, folder)).folders == ["Bird", "Cat", "Dog"]


def test_a_container_that_cannot_be_read_is_said(tmp_path):
    make_tar(tmp_path / "a.tar", PICTURES)
    (tmp_path / "b.tar").write_bytes(b"not a tar file" * 100)
    found = listed(tmp_path)
    assert [path for path, _ in found.unreadable_folders] == ["b.tar"]
    assert len(found.paths) == 2


def test_the_rest_of_a_damaged_container_is_said(tmp_path):
    made = make_tar(tmp_path / "a.tar", PICTURES)
    made.write_bytes(made.read_bytes()[: 512 + len(PICTURES["Cat/1.jpg"]) // 2])
    found = listed(tmp_path)
    assert found.paths == ["a.tar/Cat/1.jpg"]
    assert found.unreadable_folders[0][0] == "a.tar"


def test_the_storage_of_other_tools_is_not_entered(tmp_path):
    packed = {".git/a/x.jpg": b"x", ".git/b/x.jpg": b"x", "__MACOSX/Cat/._1.jpg": b"x"}
    found = listed(make_zip(tmp_path / "a.zip", {**PICTURES, **packed}))
    assert found.paths == ["Cat/1.jpg", "Dog/1.jpg"]
    assert [path for path, _ in found.skipped_folders] == [".git", "__MACOSX"]


def test_a_link_beside_containers_stays_what_it_is(tmp_path):
    make_tar(tmp_path / "set/a.tar", PICTURES)
    (tmp_path / "set/notes.txt").symlink_to("nowhere")
    found = listed(tmp_path / "set")
    assert found.presets == {found.paths.index("notes.txt"): (Outcome.SPECIAL, "a broken link")}


def test_containers_that_are_links_leave_pictures_unread(tmp_path):
    make_tar(tmp_path / "elsewhere/a.tar", PICTURES)
    root = tmp_path / "set"
    root.mkdir()
    (root / "a.tar").symlink_to(tmp_path / "elsewhere/a.tar")
    (root / "b.txt").symlink_to(tmp_path / "elsewhere/a.tar")
    (root / "c.tar").symlink_to("nowhere")
    found = listed(root)
    outcomes = {found.paths[row]: outcome for row, (outcome, _) in found.presets.items()}
    assert outcomes == {
        "a.tar": Outcome.LINK_NOT_READ, "b.txt": Outcome.SPECIAL, "c.tar": Outcome.SPECIAL,
    }  # fmt: skip


def test_containers_that_are_links_beside_pictures_are_files_like_any_other(tmp_path):
    make_tar(tmp_path / "elsewhere/a.tar", PICTURES)
    root = tmp_path / "set"
    root.mkdir()
    (root / "a.tar").symlink_to(tmp_path / "elsewhere/a.tar")
    (root / "1.jpg").write_bytes(jpeg(1))
    assert [outcome for outcome, _ in listed(root).presets.values()] == [Outcome.SPECIAL]


def test_a_data_set_that_is_a_table_of_other_things_cannot_be_read(tmp_path):
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "a.parquet")
    [(path, why)] = listed(tmp_path / "a.parquet").unreadable_folders
    assert path == "."
    assert "picture" in why


def test_all_files_beside_pictures_are_listed_if_they_are_asked_for(tmp_path):
    root = make_tar(tmp_path / "a.tar", {"1.jpg": jpeg(1), "1.cls": b"7", "1.json": b"{}"})
    assert listed(root).paths == ["1.jpg"]
    whole = list_members(Reach(root), Listing(), whole=True)
    assert sorted(whole.paths) == ["1.cls", "1.jpg", "1.json"]
