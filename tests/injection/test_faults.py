"""A sample of the faults; ``python -m tests.injection`` runs all of them."""

import os
import random
import re
import time
from pathlib import Path

import pytest
from injection.commands import Fault
from injection.scenarios import in_suite

# of each scenario; the moves are what the promise is about
_MOVES, _OTHERS = 8, 5
KINDS = (
    "fail-EIO", "fail-ENOSPC", "fail-EACCES", "fail-EINTR", "done-ENOENT", "done-EEXIST",
    "done-ESTALE", "done-ETIMEDOUT", "done-EIO", "short", "kill-after", "kill-halfway",
    "full-ENOSPC", "dead-EIO",
)  # fmt: skip


def sampled():
    """Give scenario, kind of fault, and how far into the command, in percent."""
    chance = random.Random(8)
    for name in in_suite():
        moves = re.fullmatch(r"(clean|undo|keep)-by-.*|undo-of-.*|undo-fix-by-links", name)
        for kind in sorted(chance.sample(KINDS, _MOVES if moves else _OTHERS)):
            yield name, kind, chance.randrange(100)


@pytest.mark.parametrize(
    ("name", "kind", "percent"),
    [pytest.param(*point, id="{}-{}-at-{}-percent".format(*point)) for point in sampled()],
)
def test_after_a_fault_nothing_is_lost_or_left_behind(ready, explain, name, kind, percent):
    scenario = ready(name)
    points = [point for point in scenario.points() if kind_of(point) == kind]
    assert points, "no call of this command can meet such a fault"
    verdict = scenario.run(points[len(points) * percent // 100])
    assert not verdict.flaws, explain(verdict)


def kind_of(fault):
    import errno

    name = f"-{errno.errorcode[fault.error]}" if fault.error else ""
    return fault.action + name


@pytest.mark.parametrize("name", in_suite())
def test_without_a_fault_all_is_well(ready, explain, name):
    verdict = ready(name).run(Fault(-1, "none"))
    assert not verdict.flaws, explain(verdict)


def test_a_fault_meets_the_call_that_is_named(ready):
    scenario = ready("clean-by-links")
    unlink = next(call for call in scenario.calls if call.name == "unlinkat")
    verdict = scenario.run(Fault(unlink.number, "kill-after"))
    assert verdict.steps[0].code == -9
    assert verdict.what.startswith("unlinkat Pets/")


@pytest.mark.parametrize(
    ("way", "call"), [("links", "linkat"), ("renames", "renameat2"), ("copies", "write")]
)
def test_each_way_of_moving_is_taken(ready, way, call):
    moves = [
        call.name
        for call in ready(f"clean-by-{way}").calls
        if "/files/" in (call.second or call.path) and call.result >= 0
    ]
    assert moves.count(call) >= 3


def test_commands_that_were_killed_leave_no_processes(ready):
    scenario = ready("audit-first")
    last = max(call.number for call in scenario.calls)
    for number in range(2, last, last // 6):
        scenario.run(Fault(number, "kill-before"))
    deadline = time.monotonic() + 60
    while (left := _workers(scenario.commands.server_pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def _workers(server):
    """Give the processes below the server, but for the one that workers are forked from."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(text.rpartition(")")[2].split()[1])
    children = [pid for pid, parent in parents.items() if parent == server]
    return [pid for pid, parent in parents.items() if parent in children and pid != os.getpid()]
