"""A reply that is lost, or a name that cannot be taken away, loses no picture."""

import errno
import os
import subprocess
import sys

import disk_calls
import pytest

from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.core import name_calls
from catsclean.errors import CleaningError

LOST = [errno.ENOENT, errno.ESTALE, errno.ETIMEDOUT, errno.EINTR, errno.EACCES, errno.EIO]
LEAVING = "Cat/1.jpg"


@pytest.fixture
def flawed(make, tmp_path):
    audited = make(tmp_path, 3).find("Cat/0.jpg", "zero-length").find(LEAVING, "truncated")
    return audited.save()


class Reports:
    """Let a call on one file report an error: after it was done, or instead of being done."""

    def __init__(self, monkeypatch, module, call, code, *, done, always=False):
        self.fired = 0
        real = getattr(module, call)

        def reporting(name, *args, **kwargs):
            if os.fsdecode(name) != "1.jpg" or (self.fired and not always):
                return real(name, *args, **kwargs)
            self.fired += 1
            if done:
                real(name, *args, **kwargs)
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(module, call, reporting)


def no_links(monkeypatch):
    def link(*args, **kwargs):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)


def aside(audited):
    return sorted(p.name for p in audited.state.quarantine.glob("*/files/*/*"))


@pytest.mark.parametrize("code", LOST)
def test_a_clean_survives_an_unlink_whose_reply_is_lost(flawed, read_tree, monkeypatch, code):
    before = read_tree(flawed.root)
    reports = Reports(monkeypatch, os, "unlink", code, done=True)
    result = plan_cleaning(flawed.root).apply()
    assert reports.fired
    assert LEAVING in result.moved
    assert result.unaccounted == 0
    undo(flawed.root)
    assert read_tree(flawed.root) == before


@pytest.mark.parametrize("code", LOST)
def test_an_undo_survives_an_unlink_whose_reply_is_lost(flawed, read_tree, monkeypatch, code):
    before = read_tree(flawed.root)
    plan_cleaning(flawed.root).apply()
    reports = Reports(monkeypatch, os, "unlink", code, done=True)
    result = undo(flawed.root)
    assert reports.fired
    assert result.unaccounted == 0
    assert read_tree(flawed.root) == before
    assert aside(flawed) == []


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EEXIST, errno.ETIMEDOUT])
def test_without_hard_links_a_rename_whose_reply_is_lost_counts(
    flawed, read_tree, monkeypatch, code
):
    before = read_tree(flawed.root)
    no_links(monkeypatch)
    reports = Reports(monkeypatch, name_calls, "_rename_without_replacing", code, done=True)
    assert LEAVING in plan_cleaning(flawed.root).apply().moved
    assert reports.fired
    undo(flawed.root)
    assert read_tree(flawed.root) == before
    assert aside(flawed) == []


def test_a_link_whose_reply_says_that_it_exists_counts(flawed, read_tree, monkeypatch):
    before = read_tree(flawed.root)
    reports = Reports(monkeypatch, os, "link", errno.EEXIST, done=True)
    assert LEAVING in plan_cleaning(flawed.root).apply().moved
    assert reports.fired
    undo(flawed.root)
    assert read_tree(flawed.root) == before
    assert aside(flawed) == []


def test_a_file_whose_old_name_cannot_go_keeps_that_name_alone(flawed, read_tree, monkeypatch):
    before = read_tree(flawed.root)

    def unlink(name, *, dir_fd=None):
        inside = dir_fd is not None and os.path.samestat(os.fstat(dir_fd), cats)
        if name == "1.jpg" and inside:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        real(name, dir_fd=dir_fd)

    real, cats = os.unlink, (flawed.root / "Cat").stat()
    monkeypatch.setattr(os, "unlink", unlink)
    result = plan_cleaning(flawed.root).apply()
    assert [path for path, _ in result.refused] == [LEAVING]
    assert read_tree(flawed.root) == {p: d for p, d in before.items() if p != "Cat/0.jpg"}
    assert aside(flawed) == ["0.jpg"]
    assert result.unaccounted == 0


def test_a_file_that_can_lose_neither_name_stops_the_run_which_then_resumes(
    flawed, read_tree, monkeypatch
):
    before = read_tree(flawed.root)
    with monkeypatch.context() as patched:
        Reports(patched, os, "unlink", errno.EACCES, done=False, always=True)
        with pytest.raises(CleaningError, match="the next clean completes this run"):
            plan_cleaning(flawed.root).apply()
    assert "complete now: 2 files" in str(recover(flawed.root))
    assert sorted(aside(flawed)) == ["0.jpg", "1.jpg"]
    undo(flawed.root)
    assert read_tree(flawed.root) == before


def test_an_unfinished_copy_that_cannot_go_stops_the_run_which_then_resumes(flawed, read_tree):
    before = read_tree(flawed.root)
    plan = plan_cleaning(flawed.root)
    failing = {
        "link": lambda _: errno.EXDEV,
        "fchown": lambda _: errno.EACCES,
        "unlink": lambda name: errno.EACCES if str(name).endswith(".part") else 0,
    }
    with disk_calls.counted(failing=failing), pytest.raises(CleaningError):
        plan.apply()
    assert read_tree(flawed.root) == before
    assert [name.endswith(".part") for name in aside(flawed)] == [True]
    assert recover(flawed.root).done == 2
    assert aside(flawed) == ["0.jpg", "1.jpg"]


def test_undo_names_a_file_that_is_missing_from_the_quarantine(flawed):
    run = plan_cleaning(flawed.root).apply().run
    (flawed.state.quarantine / run / "files" / LEAVING).unlink()
    result = undo(flawed.root)
    assert result.restored == ("Cat/0.jpg",)
    assert result.missing == ((LEAVING, "is missing from the quarantine; in its place: nothing"),)
    assert result.unaccounted == 0
    assert cleaning_log(flawed.root)[0].outcomes == {"restored": 1, "missing": 1}


def test_undo_goes_on_naming_what_is_missing_and_brings_it_back_once_it_is_there(flawed, read_tree):
    before = read_tree(flawed.root)
    run = plan_cleaning(flawed.root).apply().run
    lost = flawed.state.quarantine / run / "files" / LEAVING
    lost.rename(flawed.root.parent / "elsewhere.jpg")
    assert undo(flawed.root).missing
    assert undo(flawed.root).missing
    lost.parent.mkdir(parents=True, exist_ok=True)
    (flawed.root.parent / "elsewhere.jpg").rename(lost)
    assert undo(flawed.root).missing == ()
    assert read_tree(flawed.root) == before


def test_undo_names_a_file_in_whose_place_another_one_stands(flawed):
    run = plan_cleaning(flawed.root).apply().run
    (flawed.state.quarantine / run / "files" / LEAVING).unlink()
    (flawed.root / LEAVING).write_bytes(b"another picture")
    assert undo(flawed.root).missing == (
        (LEAVING, "is missing from the quarantine; in its place: another file"),
    )


def die_after_the_moves(state):
    """Stop a clean when its files have moved and its journal does not know."""
    code = (
        "import os, signal, sys\n"
        "from catsclean.cleaning import plan_cleaning, apply_and_revert\n"
        "real = apply_and_revert.move_files\n"
        "def dying(*args, **named):\n"
        "    real(*args, **named)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "apply_and_revert.move_files = dying\n"
        "plan_cleaning(sys.argv[1]).apply()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, state.root], check=False)
    assert done.returncode < 0


def test_a_new_file_under_the_old_name_costs_no_file_of_an_interrupted_clean(flawed, read_tree):
    before = read_tree(flawed.root)
    die_after_the_moves(flawed.state)
    (flawed.root / LEAVING).write_bytes(b"another picture")
    recover(flawed.root)
    result = undo(flawed.root)
    assert [path for path, _ in result.refused] == [LEAVING]
    assert (flawed.root / LEAVING).read_bytes() == b"another picture"
    [held] = flawed.state.quarantine.glob(f"*/files/{LEAVING}")
    assert held.read_bytes() == before[LEAVING]
    (flawed.root / LEAVING).unlink()
    undo(flawed.root)
    assert read_tree(flawed.root) == before
