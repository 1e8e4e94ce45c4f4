"""Folders that a clean empties leave with their files, and come back with undo."""

import contextlib
import errno
import importlib.util
import os
import shutil
import signal
import stat
from pathlib import Path

import disk_calls
import pytest

from catsclean.cleaning import plan_cleaning, recover, undo
from catsclean.cleaning import quarantine as quarantines
from catsclean.core.model import Fix
from catsclean.errors import CleaningError

spec = importlib.util.spec_from_file_location("faults", Path(__file__).parents[1] / "faults.py")
faults = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faults)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
OLD_NS = 1_500_000_000_123_456_789


def folders(root):
    """Every folder below a root: its permissions and the time of its last change."""
    return {
        p.relative_to(root).as_posix(): (stat.S_IMODE(p.stat().st_mode), p.stat().st_mtime_ns)
        for p in root.rglob("*")
        if p.is_dir()
    }


def age(root):
    for number, path in enumerate(sorted(root.rglob("*"), reverse=True)):
        if path.is_dir():
            os.utime(path, ns=(OLD_NS, OLD_NS + number))


@pytest.fixture
def sock(make, tmp_path):
    """Cats and dogs, a class of empty files, a nested folder of copies, an empty folder."""
    audited = make(tmp_path, 3)
    for path in ("sock/0.jpg", "sock/1.jpg", "Cat/.copies/deep/0.jpg", "Cat/.copies/1.jpg"):
        (audited.root / path).parent.mkdir(parents=True, exist_ok=True)
        audited.files[path] = f"flaw {path}".encode()
        (audited.root / path).write_bytes(audited.files[path])
        audited.find(path, "zero-length")
    (audited.root / "hat").mkdir()
    (audited.root / "sock").chmod(0o750)
    (audited.root / "Cat/.copies/deep").chmod(0o700)
    age(audited.root)
    return audited.find("Dog/0.jpg", "zero-length").save()


EMPTIED = ("Cat/.copies", "Cat/.copies/deep", "sock")


def test_folders_that_are_emptied_leave_and_others_stay(sock):
    result = plan_cleaning(sock.root).apply()
    assert result.emptied == EMPTIED
    assert folders(sock.root).keys() == {"Cat", "Dog", "hat"}


def test_the_plan_names_the_folders_and_the_classes_before_anything_moves(sock):
    plan = plan_cleaning(sock.root)
    assert plan.emptied == EMPTIED
    assert plan.emptied_classes == ("sock",)
    assert folders(sock.root).keys() == {"Cat", "Dog", "hat", *EMPTIED}


def test_undo_makes_the_folders_again_with_permissions_and_times(sock, read_tree):
    files, before = read_tree(sock.root), folders(sock.root)
    plan_cleaning(sock.root).apply()
    assert undo(sock.root).folders == EMPTIED
    assert read_tree(sock.root) == files
    after = folders(sock.root)
    assert {path: after[path] for path in EMPTIED} == {path: before[path] for path in EMPTIED}


def test_a_folder_that_cannot_be_listed_once_leaves_all_the_same(sock, monkeypatch):
    scandir, failed = os.scandir, []

    def fail_once(folder):
        if isinstance(folder, int) and not failed:
            failed.append(folder)
            raise OSError(errno.EINTR, os.strerror(errno.EINTR))
        return scandir(folder)

    plan = plan_cleaning(sock.root)
    monkeypatch.setattr(os, "scandir", fail_once)
    assert plan.apply().emptied == EMPTIED
    assert failed


@pytest.mark.parametrize("other", [".DS_Store", "notes.txt", "empty"])
def test_a_folder_that_holds_anything_else_stays(sock, other):
    here = sock.root / "sock" / other
    here.mkdir() if other == "empty" else here.write_bytes(b"x")
    result = plan_cleaning(sock.root).apply()
    assert "sock" not in result.emptied
    assert here.exists()


def test_a_file_that_comes_while_files_leave_keeps_its_folder(sock, monkeypatch):
    real = quarantines.forward

    def late(state, journal, data, quarantine, progress):
        (sock.root / "sock/late.jpg").write_bytes(b"late")
        real(state, journal, data, quarantine, progress)

    monkeypatch.setattr(quarantines, "forward", late)
    assert "sock" not in plan_cleaning(sock.root).apply().emptied
    assert (sock.root / "sock/late.jpg").read_bytes() == b"late"


def test_a_folder_whose_files_are_refused_stays(sock):
    plan = plan_cleaning(sock.root)
    (sock.root / "sock/0.jpg").write_bytes(b"changed")
    assert "sock" not in plan.apply().emptied
    assert (sock.root / "sock/0.jpg").exists()


def test_a_folder_that_somebody_made_again_stays_as_it_is(sock, read_tree):
    plan_cleaning(sock.root).apply()
    (sock.root / "sock").mkdir(mode=0o711)
    (sock.root / "sock/mine.jpg").write_bytes(b"mine")
    assert undo(sock.root).folders == ("Cat/.copies", "Cat/.copies/deep")
    assert stat.S_IMODE((sock.root / "sock").stat().st_mode) == 0o711
    assert read_tree(sock.root)["sock/mine.jpg"] == b"mine"
    assert "sock/0.jpg" in read_tree(sock.root)


def test_a_folder_whose_files_cannot_come_back_is_made_by_a_later_undo(sock, tmp_path, read_tree):
    before, modes = read_tree(sock.root), folders(sock.root)
    run = plan_cleaning(sock.root).apply().run
    held = sock.root.with_name(f"{sock.root.name}.catsclean") / "quarantine" / run / "files/sock"
    held.rename(tmp_path / "taken")
    done = undo(sock.root)
    assert [path for path, _ in done.missing] == ["sock/0.jpg", "sock/1.jpg"]
    assert done.folders == ("Cat/.copies", "Cat/.copies/deep")
    assert not (sock.root / "sock").exists()
    held.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "taken").rename(held)
    assert undo(sock.root).folders == ("sock",)
    assert read_tree(sock.root) == before
    assert folders(sock.root)["sock"] == modes["sock"]


def test_a_file_where_a_folder_was_is_not_harmed(sock, read_tree):
    plan_cleaning(sock.root).apply()
    (sock.root / "sock").write_bytes(b"mine")
    result = undo(sock.root)
    assert {path for path, _ in result.refused} == {"sock/0.jpg", "sock/1.jpg"}
    assert read_tree(sock.root)["sock"] == b"mine"
    (sock.root / "sock").unlink()
    undo(sock.root)
    assert "sock/0.jpg" in read_tree(sock.root)


def test_one_file_brings_its_folders_back(sock):
    before = folders(sock.root)
    plan_cleaning(sock.root).apply()
    plan_cleaning(sock.root, keep=["Cat/.copies/deep/0.jpg"], select=[]).apply()
    after = folders(sock.root)
    assert after.keys() == {"Cat", "Dog", "hat", "Cat/.copies", "Cat/.copies/deep"}
    assert after["Cat/.copies/deep"] == before["Cat/.copies/deep"]


@pytest.mark.parametrize("command", ["clean", "undo"])
def test_a_kill_at_any_step_leaves_folders_that_the_next_commands_bring_back(
    sock, read_tree, command
):
    files, before = read_tree(sock.root), folders(sock.root)

    def clean():
        plan_cleaning(sock.root).apply()

    def run(fault):
        fault()
        clean() if command == "clean" else undo(sock.root)

    for number in range(0, 10_000, 3):
        if command == "undo":
            clean()
        code = faults.in_child(run, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        recover(sock.root)
        kept = folders(sock.root).keys()
        assert kept in ({"Cat", "Dog", "hat"}, before.keys()), number
        with contextlib.suppress(Exception):
            undo(sock.root)
        assert read_tree(sock.root) == files
        after = folders(sock.root)
        assert {p: after[p] for p in EMPTIED} == {p: before[p] for p in EMPTIED}, number
        shutil.rmtree(sock.state.quarantine, ignore_errors=True)
        if code == 0:
            break
    assert number > 30


def test_an_undo_right_after_a_kill_brings_the_folders_back(sock, read_tree):
    files, before = read_tree(sock.root), folders(sock.root)

    def clean(fault):
        fault()
        plan_cleaning(sock.root).apply()

    for number in range(1, 10_000, 7):
        code = faults.in_child(clean, lambda n=number: faults.kill_at(n))
        with contextlib.suppress(Exception):
            undo(sock.root)
        assert read_tree(sock.root) == files
        after = folders(sock.root)
        assert after.keys() == before.keys()
        assert all(after[p][0] == before[p][0] for p in EMPTIED)
        shutil.rmtree(sock.state.quarantine, ignore_errors=True)
        if code == 0:
            break


def test_a_folder_that_cannot_be_removed_stays_and_the_clean_completes(sock, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "no")

    monkeypatch.setattr(os, "rmdir", refuse)
    result = plan_cleaning(sock.root).apply()
    assert result.emptied == ()
    assert len(result.moved) == 5
    assert folders(sock.root).keys() == {"Cat", "Dog", "hat", *EMPTIED}


def test_a_set_that_loses_every_file_keeps_its_own_folder(make, tmp_path):
    audited = make(tmp_path, 1)
    for path in list(audited.files):
        audited.find(path, "zero-length", Fix.SAFE)
    audited.save()
    assert plan_cleaning(audited.root).apply().emptied == ("Cat", "Dog")
    assert audited.root.is_dir()
    assert undo(audited.root).folders == ("Cat", "Dog")


def test_where_there_is_no_room_for_a_folder_undo_says_so_and_the_next_one_completes(sock):
    files = sorted(sock.root.rglob("*.jpg"))
    plan_cleaning(sock.root).apply()
    full = {"mkdir": lambda name: errno.ENOSPC if name == "sock" else 0}
    with disk_calls.counted(failing=full), pytest.raises(CleaningError, match="Free some space"):
        undo(sock.root)
    undo(sock.root)
    assert sorted(sock.root.rglob("*.jpg")) == files


def test_a_folder_whose_place_a_link_took_after_a_run_was_cut_short_is_left_alone(
    sock, tmp_path, monkeypatch
):
    def stop(*_):
        raise KeyboardInterrupt

    plan = plan_cleaning(sock.root)
    with monkeypatch.context() as patch:
        patch.setattr("catsclean.cleaning.apply_and_revert.remove_emptied", stop)
        with pytest.raises(KeyboardInterrupt):
            plan.apply()
    (sock.root / "Cat/.copies").rename(tmp_path / "elsewhere")
    (sock.root / "Cat/.copies").symlink_to(tmp_path / "elsewhere")
    recover(sock.root)
    assert (tmp_path / "elsewhere/deep").is_dir()
    assert not (sock.root / "sock").exists()
