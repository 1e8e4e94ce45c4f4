"""Repaired files take the place of the originals and leave it again, whatever lies there by then."""

import hashlib
import json
import os

import pytest

from catsclean.cleaning import cleaning_log, quarantine, undo
from catsclean.cleaning.journal import Decided, Entry, Made
from catsclean.cleaning.quarantine import carry_out
from catsclean.core import safe_folder

MADE = b"a repaired file"


class Repair:
    """A repair of `Cat/0.jpg`, in place or under another name, with a sidecar file that follows."""

    def __init__(self, audited, target):
        self.audited, self.target = audited, target
        self.before = audited.files["Cat/0.jpg"]
        self.original, self.place = audited.root / "Cat/0.jpg", audited.root / target
        self.progress = None

    def __call__(self, made=MADE, *, sidecar=False):
        path, digest = "Cat/0.jpg", self.audited.sha256("Cat/0.jpg")
        new = Made(self.target, hashlib.sha256(MADE).hexdigest(), len(MADE))
        entries = [Entry(path, digest, len(self.before), ["x"], made=new)]
        if sidecar:
            text = b"a caption"
            (self.audited.root / "Cat/0.txt").write_bytes(text)
            sha256 = hashlib.sha256(text).hexdigest()
            entries.append(Entry("Cat/0.txt", sha256, len(text), ["sidecar"], owner=path,
                                 target="Cat/made.txt"))  # fmt: skip
        return carry_out(
            self.audited.state, entries, (), self.progress, seen=0,
            decided=[Decided(self.target, new.sha256)],
            prepare=lambda wanted: [(one, made) for one in wanted],
        )  # fmt: skip

    def cut_short(self, monkeypatch):
        """Make the repaired file and write the journal, and move nothing."""

        def stop(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(quarantine, "forward", stop)
            with pytest.raises(KeyboardInterrupt):
                self()

    def undone(self):
        """Undo it, and check that the original is back and nothing is left over."""
        result = undo(self.audited.state)
        assert self.original.read_bytes() == self.before
        assert not list(self.audited.state.quarantine.glob("*/made"))
        return result


@pytest.fixture(params=["Cat/0.jpg", "Cat/made.png"], ids=["in place", "renamed"])
def repair(audited, request):
    return Repair(audited.save(), request.param)


@pytest.fixture
def renaming(audited):
    return Repair(audited.save(), "Cat/made.png")


def test_a_repaired_file_whose_place_is_taken_lets_the_original_return(repair):
    repair.progress = lambda *_: repair.place.write_bytes(b"somebody's file")
    result = repair(sidecar=True)
    why = "its repaired file cannot be moved: another file is in its place"
    waits = repair.target == "Cat/0.jpg"
    if waits:
        why += "; undo brings the original back from the quarantine"
    assert dict(result.refused) == {
        "Cat/0.jpg": why, "Cat/0.txt": "stays, because its picture stays"
    }  # fmt: skip
    assert (result.changed, result.moved, result.kept) == ((), (), ())
    assert repair.place.read_bytes() == b"somebody's file"
    assert (repair.audited.root / "Cat/0.txt").exists()
    if waits:
        repair.place.unlink()
        repair.undone()
    assert repair.original.read_bytes() == repair.before


def test_a_repair_that_was_cut_short_before_anything_moved_is_undone(repair, monkeypatch):
    repair.cut_short(monkeypatch)
    assert repair.undone().restored == ("Cat/0.jpg",)
    assert not (repair.audited.root / "Cat/made.png").exists()
    (journal,) = repair.audited.state.quarantine.glob("*/journal.json")
    assert json.loads(journal.read_text())["entries"][0]["made"]["outcome"] == "removed"


def test_an_undo_leaves_alone_what_somebody_put_where_a_repaired_file_was_to_go(
    renaming, monkeypatch
):
    renaming.cut_short(monkeypatch)
    renaming.place.write_bytes(b"somebody's file")
    renaming.undone()
    assert renaming.place.read_bytes() == b"somebody's file"


def test_a_repaired_file_that_was_just_placed_goes_with_the_undo(renaming, monkeypatch):
    renaming.cut_short(monkeypatch)
    (staged,) = renaming.audited.state.quarantine.glob("*/made/Cat/made.png")
    os.link(staged, renaming.place)
    renaming.undone()
    assert not renaming.place.exists()


def test_an_undo_waits_while_a_folder_stands_in_the_place_of_a_repaired_file(repair):
    run = repair().run
    repair.place.unlink()
    repair.place.mkdir()
    ((path, why),) = undo(repair.audited.state).refused
    assert path == "Cat/0.jpg"
    assert why.startswith(f"its repaired file {repair.target} ")
    repair.place.rmdir()
    assert undo(repair.audited.state, run).restored == ("Cat/0.jpg",)
    assert repair.original.read_bytes() == repair.before


def test_nothing_is_left_of_a_run_that_could_make_nothing(repair):
    result = repair("cannot be repaired: the disk was full", sidecar=True)
    assert dict(result.refused) == {
        "Cat/0.jpg": "cannot be repaired: the disk was full",
        "Cat/0.txt": "stays, because its picture stays",
    }
    assert (result.run, result.kept, cleaning_log(repair.audited.state)) == (None, (), ())
    assert list(repair.audited.state.quarantine.iterdir()) == []


def test_a_file_that_goes_while_it_is_repaired_is_named(repair):
    def go(wanted):
        repair.original.unlink()
        return [(path, MADE) for path in wanted]

    made = Made(repair.target, hashlib.sha256(MADE).hexdigest(), len(MADE))
    entry = Entry("Cat/0.jpg", repair.audited.sha256("Cat/0.jpg"), 1, ["x"], made=made)
    result = carry_out(repair.audited.state, [entry], (), seen=0, prepare=go)
    assert result.refused == (("Cat/0.jpg", "is gone"),)


def test_a_file_in_whose_folder_a_link_stands_while_it_is_repaired_is_left_alone(
    repair, tmp_path, monkeypatch
):
    folder = repair.original.parent

    def replace(wanted):
        folder.rename(tmp_path / "elsewhere")
        folder.symlink_to(tmp_path / "elsewhere")
        return [(path, MADE) for path in wanted]

    monkeypatch.setattr(safe_folder, "_OPEN_FOLDERS", 1)  # else it takes a set with many folders
    sizes = {path: len(repair.audited.files[path]) for path in ("Cat/0.jpg", "Dog/0.jpg")}
    one, other = (Entry(path, repair.audited.sha256(path), size, ["x"])
                  for path, size in sizes.items())  # fmt: skip
    one.made = Made(repair.target, hashlib.sha256(MADE).hexdigest(), len(MADE))
    result = carry_out(repair.audited.state, [one, other], (), seen=0, prepare=replace)
    ((path, why),) = result.refused
    assert (path, "link" in why, result.moved) == ("Cat/0.jpg", True, ("Dog/0.jpg",))
    assert (tmp_path / "elsewhere/0.jpg").read_bytes() == repair.before
