"""What is made durable, and in which order, so that a power cut at any point loses nothing."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

import catsclean
from catsclean.cleaning import plan_cleaning, undo

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"),  # noqa: PTH112
    reason="no /proc to tell which folder a descriptor is",
)
CHANGING = ("link", "unlink", "replace", "rename", "mkdir", "rmdir", "write")
SYNCING = ("fsync", "fdatasync")


@dataclass(frozen=True)
class Event:
    """A call that changes the disk or makes a change durable: its absolute path or paths."""

    call: str
    path: Path
    new: Path | None = None


def path_of(descriptor):
    return Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115


def absolute(path, folder):
    return (path_of(folder) if folder is not None else Path.cwd()) / os.fsdecode(path)


@pytest.fixture
def events(monkeypatch):
    """Every call of the kind, in order, with the paths that it was for."""
    told = []

    def recording(call):
        real = getattr(os, call)

        def recorded(*args, **kwargs):
            if call in {"write", *SYNCING}:
                event = Event(call, path_of(args[0]))
            elif call in {"link", "replace", "rename"}:
                new = absolute(args[1], kwargs.get("dst_dir_fd"))
                event = Event(call, absolute(args[0], kwargs.get("src_dir_fd")), new)
            else:
                event = Event(call, absolute(args[0], kwargs.get("dir_fd")))
            result = real(*args, **kwargs)
            told.append(event)
            return result

        return recorded

    for call in (*CHANGING, *SYNCING):
        if hasattr(os, call):
            monkeypatch.setattr(os, call, recording(call))
    return told


@pytest.fixture
def flawed(make, tmp_path):
    return make(tmp_path, 3).find("Cat/0.jpg", "zero-length").find("Dog/1.jpg", "truncated").save()


def positions(events, call, test):
    return [n for n, event in enumerate(events) if event.call == call and test(event)]


def is_synced(events, path, after, before):
    """Tell whether a file or folder was synced between two events."""
    between = events[after + 1 : before]
    return any(event.call in SYNCING and event.path == path for event in between)


def first_move(events, root):
    """Position of the first new name of a picture of the data set."""
    return positions(events, "link", lambda e: root in e.path.parents)[0]


def test_the_bytes_of_a_journal_are_durable_before_it_has_its_name(flawed, events):
    plan_cleaning(flawed.root, unsafe=True).apply()
    named = positions(events, "replace", lambda e: "journal" in e.new.name)
    assert named
    for number in named:
        temporary = events[number].path
        written = positions(events[:number], "write", lambda e, t=temporary: e.path == t)
        assert written
        assert is_synced(events, temporary, written[-1], number)


def test_a_journal_has_a_durable_name_before_the_first_file_moves(flawed, events):
    plan_cleaning(flawed.root, unsafe=True).apply()
    move = first_move(events, flawed.root)
    journal = positions(events[:move], "replace", lambda e: "journal" in e.new.name)[-1]
    assert is_synced(events, events[journal].new.parent, journal, move)
    # and so has every folder on the way to it
    for number in positions(events[:move], "mkdir", lambda _: True):
        folder = events[number].path
        if folder in events[journal].new.parents:
            assert is_synced(events, folder.parent, number, move), folder


@pytest.mark.parametrize("command", ["clean", "undo"])
def test_every_new_name_is_durable_before_the_old_one_goes(flawed, events, command):
    plan_cleaning(flawed.root, unsafe=True).apply()
    if command == "undo":
        events.clear()
        undo(flawed.root)
    moved = positions(events, "link", lambda e: e.path.suffix == ".jpg")
    assert len(moved) == 2
    for number in moved:
        old, new = events[number].path, events[number].new
        gone = positions(events, "unlink", lambda e, old=old: e.path == old)
        assert len(gone) == 1
        assert is_synced(events, new.parent, number, gone[0])


@pytest.mark.parametrize("command", ["clean", "undo"])
def test_the_folders_that_were_made_for_new_names_are_durable_before_the_old_ones_go(
    flawed, events, command
):
    plan_cleaning(flawed.root, unsafe=True).apply()
    if command == "undo":
        events.clear()
        undo(flawed.root)
    leaving = {e.path for e in events if e.call == "link" and e.path.suffix == ".jpg"}
    arriving = {e.new for e in events if e.call == "link" and e.path.suffix == ".jpg"}
    gone = positions(events, "unlink", lambda e: e.path in leaving)[0]
    for number in positions(events[:gone], "mkdir", lambda _: True):
        folder = events[number].path
        if any(folder in path.parents for path in arriving):
            assert is_synced(events, folder.parent, number, gone), folder


@pytest.mark.parametrize("command", ["clean", "undo"])
def test_old_names_are_durably_gone_at_the_end(flawed, events, command):
    plan_cleaning(flawed.root, unsafe=True).apply()
    if command == "undo":
        events.clear()
        undo(flawed.root)
    gone = positions(events, "unlink", lambda e: e.path.suffix == ".jpg")
    assert len(gone) == 2
    for number in gone:
        assert is_synced(events, events[number].path.parent, number, len(events))


def test_a_file_whose_new_name_cannot_be_made_durable_keeps_its_old_one(flawed, monkeypatch):
    real = os.fsync

    def failing(descriptor):
        if "files" in path_of(descriptor).parts:
            raise OSError(5, os.strerror(5))
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(catsclean.errors.CatscleanError):
        plan_cleaning(flawed.root, unsafe=True).apply()
    assert (flawed.root / "Cat/0.jpg").exists()
    assert (flawed.root / "Dog/1.jpg").exists()
