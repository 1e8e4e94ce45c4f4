"""What may already lie where a split is written, and what may happen there meanwhile."""

import os
import shutil

import pytest

from catsclean.core.leftovers import claim
from catsclean.core.safe_folder import Folder
from catsclean.errors import SplitError, UsageError
from catsclean.splitting import linking, split, write
from catsclean.splitting.linking import LinkMode


@pytest.fixture
def halves(pets):
    return split(pets, {"val": 0.5})


@pytest.fixture
def cut_short(halves, tmp_path, monkeypatch):
    """Give what interrupts a split behind its last picture; it returns the unfinished folder."""

    def cut(link):
        def stop(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(write, "write_descriptions", stop)
            with pytest.raises(KeyboardInterrupt):
                halves.write(tmp_path / "out", link)
        return tmp_path / ".out.catsclean-part"

    return cut


def test_an_empty_folder_is_taken_for_the_split(halves, tmp_path):
    (tmp_path / "out").mkdir()
    halves.write(tmp_path / "out", "copy")
    assert (tmp_path / "out" / "split.json").is_file()


def test_a_split_that_another_process_writes_is_left_to_it(halves, cut_short, tmp_path):
    part = cut_short("copy")
    before = sorted(part.rglob("*"))
    with Folder(part) as other:
        assert claim(other.handle())
        with pytest.raises(SplitError, match="another catsclean is writing"):
            halves.write(tmp_path / "out", "copy")
    assert sorted(part.rglob("*")) == before


def test_temporary_files_of_a_system_are_removed_from_a_split(halves, cut_short, tmp_path):
    part = cut_short("copy")
    (part / ".nfs0001").write_bytes(b"x")
    halves.write(tmp_path / "out", "copy")
    assert not (tmp_path / "out" / ".nfs0001").exists()


@pytest.mark.parametrize("link", ["copy", "symlink"])
def test_what_is_not_the_picture_in_an_unfinished_split_is_replaced(
    halves, cut_short, pets, tmp_path, link
):
    part = cut_short(link)
    first, second = sorted(part.rglob("*.jpg"))[:2]
    first.unlink()
    first.symlink_to(pets.root / "Dog" / "3.jpg")
    second.unlink()
    os.mkfifo(second)
    written = halves.write(tmp_path / "out", link)
    for path, source in written.manifest.table[["path", "source_path"]].itertuples(index=False):
        assert (tmp_path / "out" / path).read_bytes() == (pets.root / source).read_bytes()


def test_a_half_made_picture_is_removed_where_no_picture_is_made_any_more(
    halves, cut_short, tmp_path
):
    part = cut_short("copy")
    folder = next(part.rglob("*.jpg")).parent
    (folder / linking.PART).write_bytes(b"half")
    halves.write(tmp_path / "out", "copy")
    assert not list((tmp_path / "out").rglob(linking.PART))


def test_many_copies_are_synced_at_once(halves, tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(write, "_FSYNC_EACH", 3)
    monkeypatch.setattr(os, "sync", lambda: synced.append("all"))
    halves.write(tmp_path / "out", "copy")
    assert synced == ["all"]


def test_a_picture_that_is_replaced_while_it_is_linked_is_no_part_of_the_split(
    halves, pets, tmp_path, monkeypatch
):
    place = linking.place

    def replace_before(mode, source, path, target, new):
        if path == "Cat/3.jpg":
            shutil.copy(pets.root / path, tmp_path / "other")
            (tmp_path / "other").replace(pets.root / path)
        place(mode, source, path, target, new)

    monkeypatch.setattr(linking, "place", replace_before)
    with pytest.raises(SplitError, match=r"Cat/3\.jpg was replaced while it was linked"):
        halves.write(tmp_path / "out", "hardlink")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pets"]


def test_progress_counts_the_pictures(halves, tmp_path):
    seen = []
    halves.write(tmp_path / "out", "copy", lambda done, total: seen.append((done, total)))
    assert seen == [(number, 12) for number in range(1, 13)]


def test_a_trial_of_a_written_split_refuses_what_changed_in_it(halves, tmp_path):
    written = halves.write(tmp_path / "out", "copy")
    halves.check(tmp_path / "out", "copy")
    (tmp_path / "out" / written.manifest.table["path"][0]).write_bytes(b"other")
    with pytest.raises(SplitError, match="has changed since it was written"):
        halves.check(tmp_path / "out", "copy")


def test_a_written_split_is_read_back(halves, tmp_path):
    written = halves.write(tmp_path / "out", "copy")
    assert written.verify().is_sound
    (tmp_path / "out" / written.manifest.table["path"][0]).write_bytes(b"other")
    assert not written.verify().is_sound


def test_a_split_of_links_holds_nothing_to_read_back(halves, tmp_path):
    written = halves.write(tmp_path / "out", LinkMode.SYMLINK)
    with pytest.raises(UsageError, match="holds no bytes to verify"):
        written.verify()


def test_an_unfinished_folder_that_stays_is_still_named_in_the_state_folder(
    halves, tmp_path, monkeypatch
):
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / ".out.catsclean-part").mkdir()
    (tmp_path / ".out.catsclean-part" / "mine").touch()
    with pytest.raises(SplitError, match="is not an interrupted split"):
        write.write_split(halves.manifest, tmp_path / "out", "copy", state=state)
    assert [path.name for path in state.iterdir()] == ["unfinished-split.json"]


def test_a_symlink_that_a_file_system_does_not_know_is_one_clear_error(
    halves, tmp_path, monkeypatch
):
    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    with pytest.raises(SplitError, match=r"cannot symlink from .* Choose another --link"):
        halves.write(tmp_path / "out", "symlink")


def test_a_disk_that_fails_while_links_are_made_leaves_nothing(halves, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "symlink", fail)
    with pytest.raises(SplitError, match=r"Input/output error. Nothing of it remains"):
        halves.write(tmp_path / "out", "symlink")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pets"]


def test_a_system_without_a_copy_in_the_kernel_copies(halves, pets, tmp_path, monkeypatch):
    monkeypatch.delattr(os, "copy_file_range")
    written = halves.write(tmp_path / "out", "copy")
    for path, source in written.manifest.table[["path", "source_path"]].itertuples(index=False):
        assert (tmp_path / "out" / path).read_bytes() == (pets.root / source).read_bytes()
