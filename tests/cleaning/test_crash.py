"""kill -9 and full disks all along clean and undo; `tests/injection` tries every call."""

import contextlib
import errno
import importlib.util
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.core.model import Fix
from catsclean.core.state import StateFolder
from catsclean.errors import CleaningError, UsageError

spec = importlib.util.spec_from_file_location("faults", Path(__file__).parents[1] / "faults.py")
faults = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faults)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def without_links():
    faults.fail_always("link", errno.EPERM)


def across_devices():
    """Only what crosses from the data set to the quarantine fails; a copy gets its name by link."""
    link = os.link

    def crossing(source, target, **kwargs):
        if ".part" not in source:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return link(source, target, **kwargs)

    os.link = crossing


WAYS = {"link": lambda: None, "rename": without_links, "copy": across_devices}

# kills are so many calls apart: links are what nearly everybody has
APART = {"link": 3, "rename": 9, "copy": 9}

BY_WAY = ["link", *(pytest.param(way, marks=pytest.mark.slow) for way in ("rename", "copy"))]


def clean(root, way, fault):
    WAYS[way]()
    fault()
    plan_cleaning(root, unsafe=True).apply()


def bring_back(root, way, fault):
    WAYS[way]()
    fault()
    undo(root)


@pytest.fixture(scope="module", autouse=True)
def everything_is_loaded(make, tmp_path_factory):
    """Import what clean, undo and recover load, once; else each of 1,000 children would do so."""
    audited = make(tmp_path_factory.mktemp("loaded"), 1).find("Cat/0.jpg", "zero-length").save()
    decisions = audited.decide(tmp_path_factory.mktemp("decided"), [])
    plan_cleaning(audited.root, decisions, unsafe=True).apply()
    undo(audited.root)
    recover(audited.root)


@pytest.fixture
def flawed(make, tmp_path):
    audited = make(tmp_path, 3).find("Cat/0.jpg", "zero-length").find("Cat/1.jpg", "truncated")
    return audited.find("Dog/0.jpg", "blurry", Fix.REVIEW).save()


def files_of(audited, read_tree):
    """Files in the data set and in the quarantine, by path in the data set; no half ones."""
    place = read_tree(audited.root)
    aside = {}
    for run in audited.state.quarantine.glob("*/files"):
        aside |= read_tree(run)
    parts = {path for path in (*place, *aside) if path.endswith(".part")}
    return place, aside, parts


@pytest.mark.parametrize("way", BY_WAY)
@pytest.mark.parametrize("command", [clean, bring_back])
def test_a_kill_on_the_way_loses_nothing_and_the_next_command_completes(
    flawed, read_tree, way, command
):
    before = read_tree(flawed.root)
    statuses = flawed.statuses()
    leaving = {"Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg"}
    if command is bring_back:
        plan_cleaning(flawed.root, unsafe=True).apply()
    killed = 0
    for number in range(0, 10_000, APART[way]):
        code = faults.in_child(command, flawed.root, way, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        if code == 0:
            break
        killed += 1
        place, aside, _ = files_of(flawed, read_tree)
        for path, data in before.items():
            found = [side[path] for side in (place, aside) if path in side]
            assert found, f"lost {path} at {number}"
            assert all(one == data for one in found), f"half of {path} at {number}"
        recovery = recover(flawed.root)
        flawed.state.quarantine.mkdir(exist_ok=True)
        place, aside, parts = files_of(flawed, read_tree)
        assert not parts
        if recovery is None:
            assert (place, aside) in (
                (before, {}),
                ({p: before[p] for p in before.keys() - leaving}, {p: before[p] for p in leaving}),
            )
        elif command is clean:
            assert place.keys() == before.keys() - leaving
            assert aside == {p: before[p] for p in leaving}
            assert set(flawed.statuses().values()) == {"keep", "drop"}
        else:
            assert (place, aside) == (before, {})
        if any(log.outcomes.get("moved") for log in cleaning_log(flawed.root)):
            undo(flawed.root)
        assert read_tree(flawed.root) == before
        assert flawed.statuses() == statuses
        assert not [p for p in flawed.state.path.rglob("*") if p.name.endswith((".tmp", ".new"))]
        shutil.rmtree(flawed.state.quarantine)  # old journals are read, and would be counted
        if command is bring_back:
            plan_cleaning(flawed.root, unsafe=True).apply()
    assert killed > 30 // APART[way]


# by renames and copies, `test_move_table.py` and the points keep-by-... of the injection try it
@pytest.mark.parametrize("way", ["link"])
def test_a_kill_while_a_file_returns_loses_nothing(flawed, read_tree, tmp_path, way):
    before = read_tree(flawed.root)
    decisions = flawed.decide(tmp_path, [flawed.entry("Dog/0.jpg", "keep")])

    def keep(root, fault):
        WAYS[way]()
        fault()
        plan_cleaning(root, decisions).apply()

    plan_cleaning(flawed.root, unsafe=True).apply()
    cleaned = tmp_path / "cleaned"
    shutil.copytree(flawed.root.parent, cleaned, ignore=shutil.ignore_patterns("cleaned"))
    killed = 0
    for number in range(0, 10_000, APART[way]):
        for folder in (flawed.root, flawed.state.path):
            shutil.rmtree(folder)
            shutil.copytree(cleaned / folder.name, folder)
        code = faults.in_child(keep, flawed.root, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        recover(flawed.root)
        place, aside, parts = files_of(flawed, read_tree)
        assert not parts
        assert place | aside == before
        assert not place.keys() & aside.keys()
        plan_cleaning(flawed.root, decisions).apply()
        assert "Dog/0.jpg" in read_tree(flawed.root)
        assert flawed.statuses()["Dog/0.jpg"] == "keep"
        while any(log.state == "done" for log in cleaning_log(flawed.root)):
            undo(flawed.root)
        assert read_tree(flawed.root) == before
        assert not [p for p in flawed.state.path.rglob("*") if p.name.endswith((".tmp", ".new"))]
        if code == 0:
            break
        killed += 1
    assert killed > 30 // APART[way]


@pytest.mark.parametrize("way", BY_WAY)
def test_an_undo_takes_back_what_a_kill_cut_short(flawed, read_tree, way):
    before, statuses = read_tree(flawed.root), flawed.statuses()
    for number in range(1, 10_000, 6):
        code = faults.in_child(clean, flawed.root, way, lambda n=number: faults.kill_at(n))
        if code == 0:
            break
        if any(not log.state.endswith("undone") for log in cleaning_log(flawed.root)):
            undo(flawed.root)
        assert read_tree(flawed.root) == before
        assert flawed.statuses() == statuses
        shutil.rmtree(flawed.state.quarantine, ignore_errors=True)


# by renames and copies, the points full:ENOSPC of the injection try it
@pytest.mark.parametrize("way", ["link"])
@pytest.mark.parametrize("command", [clean, bring_back])
def test_a_full_disk_leaves_nothing_half_written_and_a_rerun_completes(
    flawed, read_tree, way, command
):
    before, statuses = read_tree(flawed.root), flawed.statuses()
    for number in range(10_000):
        if command is bring_back:
            plan_cleaning(flawed.root, unsafe=True).apply()
        code = faults.in_child(
            faults.full_disk_is_told,
            command,
            flawed.root,
            way,
            lambda n=number: faults.fill_disk_at(n),
        )
        assert code in {0, 2}, f"no clear message at {number}"
        place, aside, parts = files_of(flawed, read_tree)
        assert not parts
        assert {**place, **aside} == before
        # the very last step may fail after everything was done
        with contextlib.suppress(UsageError):
            command(flawed.root, "link", lambda: None)
        if command is clean:
            assert len(files_of(flawed, read_tree)[1]) == 3
            undo(flawed.root)
        assert read_tree(flawed.root) == before
        assert flawed.statuses() == statuses
        shutil.rmtree(flawed.state.quarantine)
        if code == 0:
            break
    assert number > 10


def clean_and_undo_for_ever(root):
    while True:
        recover(root)
        plan_cleaning(root, unsafe=True).apply()
        undo(root)


def test_kills_at_random_moments_lose_nothing(make, tmp_path, read_tree):
    audited = make(tmp_path, 40)
    for number in range(0, 40, 2):
        audited.find(f"Cat/{number}.jpg", "zero-length")
        audited.find(f"Dog/{number}.jpg", "blurry", Fix.REVIEW)
    audited.save()
    before, statuses = read_tree(audited.root), audited.statuses()
    moment = random.Random(0)
    for _ in range(100):
        child = faults.fork()
        if child == 0:
            try:
                clean_and_undo_for_ever(audited.root)
            finally:
                os._exit(1)
        time.sleep(moment.uniform(0.001, 0.15))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        place, aside, _ = files_of(audited, read_tree)
        assert {**place, **aside} == before
    recover(audited.root)
    if any(log.outcomes.get("moved") for log in cleaning_log(audited.root)):
        undo(audited.root)
    assert read_tree(audited.root) == before
    assert audited.statuses() == statuses


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or not mount or not umount:
        pytest.skip("needs root to mount a small disk")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run([umount, folder], check=True)


def test_a_disk_that_is_really_full_and_another_one_at_that(make, tmp_path, small_disk, read_tree):
    audited = make(tmp_path, 3)
    for number in range(3):
        path = f"Cat/{number}.jpg"
        audited.files[path] = bytes([number]) * 900_000
        (audited.root / path).write_bytes(audited.files[path])
        audited.find(path, "zero-length")
    audited.state = StateFolder.of(audited.root, small_disk / "state")
    audited.save()
    before = read_tree(audited.root)
    with pytest.raises(CleaningError, match=r"No space left on device(?s:.*)Free some space first"):
        plan_cleaning(audited.state).apply()
    place, aside, parts = files_of(audited, read_tree)
    assert not parts
    assert {**place, **aside} == before
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert "complete now: 3 files" in str(recover(audited.state))
    assert len(read_tree(audited.root)) == len(before) - 3
    undo(audited.state)
    assert read_tree(audited.root) == before
    assert (audited.root / "Cat/0.jpg").stat().st_size == 900_000
