"""Whichever call of a clean or an undo fails, what was said is so, and the next undo restores all."""

import random
import sys

import disk_calls
import pytest

from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.core.model import Fix
from catsclean.errors import CatscleanError, UsageError

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the calls are those of Linux"
)
# of some hundred calls, each with up to eight faults
_TRIED = 30


def flawed(make, folder):
    """A class that a clean empties, a copy whose original stays, a new label, a sidecar file."""
    audited = make(folder, 3)
    for path in ("Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg"):
        audited.find(path, "truncated")
    audited.find("Dog/0.jpg", "exact-duplicate", related=("Dog/1.jpg",))
    audited.find("Dog/2.jpg", "blurry", Fix.REVIEW)
    return audited.save()


def clean(audited):
    return plan_cleaning(audited.root, relabel={"Dog/2.jpg": "Cat"}).apply()


def back(audited):
    return undo(audited.root)


def undo_everything(audited):
    for _ in range(4):
        try:
            undo(audited.root)
        except UsageError:
            return
    raise AssertionError("there is always something left to undo")


@pytest.mark.parametrize("command", [clean, back])
def test_nothing_is_lost_and_an_undo_brings_everything_back(make, read_tree, tmp_path, command):
    for name in ("loads modules", "is counted"):
        first = flawed(make, tmp_path / name)
        before, statuses = read_tree(first.root), first.statuses()
        if command is back:
            clean(first)
        with disk_calls.counted() as calls:
            command(first)
    faults = list(disk_calls.faults_of(calls))
    told = 0
    for fault in random.Random(1).sample(faults, _TRIED):
        audited = flawed(make, tmp_path / str(fault))
        if command is back:
            clean(audited)
        result = None
        try:
            with disk_calls.counted(fault):
                result = command(audited)
        except (CatscleanError, OSError):
            told += 1
        assert result is None or result.unaccounted == 0, fault
        lost = {*before.values()} - everything(audited, read_tree)
        assert not lost, fault
        recover(audited.root)
        assert not [run for run in cleaning_log(audited.root) if run.state.value == "moving"], fault
        undo_everything(audited)
        assert read_tree(audited.root) == before, fault
        assert audited.statuses() == statuses, fault
    assert told


def everything(audited, read_tree):
    aside = [read_tree(run) for run in audited.state.quarantine.glob("*/files")]
    return {data for tree in (read_tree(audited.root), *aside) for data in tree.values()}
