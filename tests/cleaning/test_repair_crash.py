"""kill -9 and full disks at the steps of a repair, of a move inside the data set, and of undo.

The suite takes every ninth step and 25 random moments; all of them take four minutes:

    STEP=1 KILLS=500 pytest tests/cleaning/test_repair_crash.py
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pandas as pd
import pytest
from repaired import applied

from catsclean.auditing.kept_view import change_kept, read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import cleaning_log, recover, undo
from catsclean.cleaning.journal import Decided, Entry, Made, RowChange
from catsclean.cleaning.quarantine import carry_out
from catsclean.core.manifest import Manifest
from catsclean.errors import CatscleanError, UsageError

spec = importlib.util.spec_from_file_location("faults", Path(__file__).parents[1] / "faults.py")
faults = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faults)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
OLD = 1_600_000_000_123_456_789
STEP, KILLS = (int(os.environ.get(name, usual)) for name, usual in (("STEP", 9), ("KILLS", 25)))


class Plan:
    """A repair in place, one with a new name, a rename, and a sidecar file that follows."""

    def __init__(self, audited):
        self.state = audited.state
        self.made = {"Cat/0.jpg": b"repaired in place", "Cat/1.jpg": b"repaired, new name"}
        self._entries = [
            self._entry(audited, "Cat/0.jpg", made=self._made("Cat/0.jpg", "Cat/0.jpg")),
            self._entry(audited, "Cat/1.jpg", made=self._made("Cat/1.jpg", "Cat/1.png")),
            self._entry(audited, "Dog/0.jpg", target="New/0.jpg"),
            self._entry(audited, "Dog/0.txt", target="New/0.txt", owner="Dog/0.jpg"),
        ]
        sha256 = audited.sha256("Dog/0.jpg")
        self._rows = [
            RowChange({"path": "Dog/0.jpg", "sha256": sha256, "label": "Dog"},
                      {"path": "New/0.jpg", "sha256": sha256, "label": "New"}),
        ]  # fmt: skip
        self._decided = [Decided("New/0.jpg", sha256, "New")]
        self.after = {
            "Cat/0.jpg": self.made["Cat/0.jpg"], "Cat/1.png": self.made["Cat/1.jpg"],
            "New/0.jpg": audited.files["Dog/0.jpg"], "New/0.txt": audited.files["Dog/0.txt"],
        }  # fmt: skip

    def _made(self, path, target):
        data = self.made[path]
        return Made(target, hashlib.sha256(data).hexdigest(), len(data), "test")

    def _entry(self, audited, path, **fields):
        return Entry(path, audited.sha256(path), len(audited.files[path]), ["test"], **fields)


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    """A killed process loses nothing of what it wrote, fsync or not."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def audited(make, tmp_path):
    found = make(tmp_path, 3)
    found.save()
    found.files["Dog/0.txt"] = b"a caption"
    (found.root / "Dog/0.txt").write_bytes(b"a caption")
    for path in found.root.rglob("*.*"):
        os.utime(path, ns=(OLD, OLD))
    # decisions about the files that are repaired: they follow
    corrected = {path: Kept(path, found.sha256(path), "20260101-000000", "Fox")
                 for path in ("Cat/0.jpg", "Cat/1.jpg")}  # fmt: skip
    change_kept(found.state, lambda _: corrected, "recorded")
    return found


def facts(root):
    return {
        p.relative_to(root).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode)
        for p in root.rglob("*")
        if p.is_file()
    }


def decided(state):
    return {(one.path, one.sha256): one.label for one in read_kept(state).values()}


def about(files):
    """Return the decisions that are expected about files, given as bytes by path."""
    expected = {"Cat/0.jpg": "Fox", "Cat/1.jpg": "Fox", "Cat/1.png": "Fox", "New/0.jpg": "New"}
    return {
        (path, hashlib.sha256(data).hexdigest()): expected[path]
        for path, data in files.items()
        if path in expected
    }


def all_bytes(state):
    return [p.read_bytes() for p in (*state.root.rglob("*"), *state.quarantine.rglob("*"))
            if p.is_file()]  # fmt: skip


def folders(root):
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_dir())


def rows(state):
    return Manifest.load(state.manifest, state.root).table


def repair(plan, fault=lambda: None):
    fault()
    applied(plan, plan.made)


def bring_back(plan, fault=lambda: None):
    fault()
    undo(plan.state)


def leftovers(state):
    return [
        p for p in (*state.path.rglob("*"), *state.root.rglob("*"))
        if p.name.endswith((".tmp", ".new", ".part")) or p.name == "made"
    ]  # fmt: skip


def expected(plan, before):
    gone = {entry.path for entry in plan._entries}
    return {path: data[0] for path, data in before.items() if path not in gone} | plan.after


@pytest.mark.parametrize("command", [repair, bring_back])
def test_a_kill_at_any_step_loses_nothing_and_the_next_command_completes(audited, command):
    plan, before, table = Plan(audited), facts(audited.root), rows(audited.state)
    around = folders(audited.root)
    killed = 0
    for number in range(0, 10_000, STEP):
        if command is bring_back:
            repair(plan)
        code = faults.in_child(command, plan, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        if code == 0:
            break
        killed += 1
        kept = all_bytes(audited.state)
        assert all(data in kept for data, *_ in before.values()), f"lost at {number}"
        recovery = recover(audited.state)
        now = {path: data for path, (data, *_) in facts(audited.root).items()}
        whole = [expected(plan, before), {path: data for path, (data, *_) in before.items()}]
        assert now in whole, f"half done at {number}"
        if recovery is not None:
            assert now == whole[command is bring_back]
        assert not leftovers(audited.state), number
        assert decided(audited.state) == about(now)
        if any(log.outcomes.get("moved") for log in cleaning_log(audited.state)):
            undo(audited.state)
        assert facts(audited.root) == before
        assert folders(audited.root) == around
        assert decided(audited.state) == about(audited.files)
        pd.testing.assert_frame_equal(rows(audited.state), table)
        shutil.rmtree(audited.state.quarantine, ignore_errors=True)
    assert killed * STEP > 60


def test_an_undo_takes_back_what_a_kill_cut_short(audited):
    plan, before, table = Plan(audited), facts(audited.root), rows(audited.state)
    for number in range(4, 10_000, STEP):
        code = faults.in_child(repair, plan, lambda n=number: faults.kill_at(n))
        if code == 0:
            break
        if any(not log.state.endswith("undone") for log in cleaning_log(audited.state)):
            undo(audited.state)
        else:
            recover(audited.state)
        assert facts(audited.root) == before
        assert not leftovers(audited.state), number
        pd.testing.assert_frame_equal(rows(audited.state), table)
        shutil.rmtree(audited.state.quarantine, ignore_errors=True)


@pytest.mark.parametrize("command", [repair, bring_back])
def test_a_full_disk_leaves_nothing_half_done_and_a_rerun_completes(audited, command):
    plan, before, table = Plan(audited), facts(audited.root), rows(audited.state)
    for number in range(0, 10_000, STEP):
        if command is bring_back:
            repair(plan)
        code = faults.in_child(
            faults.full_disk_is_told, command, plan, lambda n=number: faults.fill_disk_at(n)
        )
        assert code in {0, 2}, f"no clear message at {number}"
        kept = all_bytes(audited.state)
        assert all(data in kept for data, *_ in before.values()), f"lost at {number}"
        with contextlib.suppress(UsageError):
            command(plan)
        if command is repair:
            undo(audited.state)
        assert facts(audited.root) == before
        assert not leftovers(audited.state), number
        pd.testing.assert_frame_equal(rows(audited.state), table)
        shutil.rmtree(audited.state.quarantine)
        if code == 0:
            break


def test_a_changed_file_is_set_aside_even_if_the_undo_is_killed(audited):
    plan, before = Plan(audited), facts(audited.root)
    for number in range(0, 10_000, 5):
        repair(plan)
        (audited.root / "Cat/0.jpg").write_bytes(b"drawn over")
        code = faults.in_child(bring_back, plan, lambda n=number: faults.kill_at(n))
        recover(audited.state)
        if any(log.outcomes.get("moved") for log in cleaning_log(audited.state)):
            undo(audited.state)
        assert facts(audited.root) == before
        aside = [p.read_bytes() for p in audited.state.quarantine.glob("*/changed/Cat/0.jpg")]
        assert aside == [b"drawn over"], number
        shutil.rmtree(audited.state.quarantine)
        if code == 0:
            break


def repair_and_undo_for_ever(plan):
    while True:
        recover(plan.state)
        with contextlib.suppress(UsageError):
            undo(plan.state)
        repair(plan)
        undo(plan.state)


def test_kills_at_random_moments_lose_nothing(audited):
    plan, before, table = Plan(audited), facts(audited.root), rows(audited.state)
    moment = random.Random(0)
    for _ in range(KILLS):
        child = faults.fork()
        if child == 0:
            try:
                repair_and_undo_for_ever(plan)
            finally:
                os._exit(1)
        time.sleep(moment.uniform(0.001, 0.25))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        kept = all_bytes(audited.state)
        assert all(data in kept for data, *_ in before.values())
    recover(audited.state)
    if any(log.outcomes.get("moved") for log in cleaning_log(audited.state)):
        undo(audited.state)
    assert facts(audited.root) == before
    pd.testing.assert_frame_equal(rows(audited.state), table)


def test_a_read_only_folder_is_refused_in_one_clear_message(audited):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    plan, before = Plan(audited), facts(audited.root)
    (audited.root / "Cat").chmod(0o500)
    with contextlib.suppress(CatscleanError):
        repair(plan)
    (audited.root / "Cat").chmod(0o755)
    recover(audited.state)
    undo(audited.state)
    assert facts(audited.root) == before


def test_an_old_journal_is_read_and_undone(audited):
    before = facts(audited.root)
    entry = Entry("Cat/2.jpg", audited.sha256("Cat/2.jpg"), len(audited.files["Cat/2.jpg"]), ["x"])
    run = carry_out(audited.state, [entry], (), seen=0).run
    journal = audited.state.quarantine / run / "journal.json"
    document = json.loads(journal.read_text())
    document["schema_version"] = 1
    for key in ("rows", "created"):
        del document[key]
    for one in document["entries"]:
        del one["target"], one["made"]
    journal.write_text(json.dumps(document))
    undo(audited.state)
    assert facts(audited.root) == before
