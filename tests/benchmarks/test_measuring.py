"""What a command costs is what all of its processes cost."""

import os
import sys

import pytest
from patience import HANG_S

from benchmarks import measuring

BURN = """
import os, sys, time
def burn(seconds):
    stop = time.process_time() + seconds
    while time.process_time() < stop:
        pass
"""
ORPHAN = BURN + "if os.fork() == 0:\n    burn(SECONDS)\n    os._exit(0)\n"
WAITED_FOR = BURN + "if os.fork() == 0:\n    burn(SECONDS)\n    os._exit(0)\nos.wait()\n"
OWN = BURN + "burn(SECONDS)\n"
# a fork server's way: its parent ends while it still has work and children of its own
SERVER = (
    BURN
    + "if os.fork() == 0:\n"
    + "    time.sleep(0.2)\n"
    + "    if os.fork() == 0:\n        burn(SECONDS)\n        os._exit(0)\n"
    + "    os.wait()\n    os._exit(0)\n"
)


def run(code, **options):
    options = {"limit_s": HANG_S, "patience_s": HANG_S, **options}
    return measuring.run([sys.executable, "-I", "-S", "-c", code], **options)


@pytest.fixture(scope="module")
def bare_s():
    """What the interpreter itself costs on this machine."""
    return max(run("import os, sys, time").cpu_s for _ in range(3))


def burn(code, bare_s):
    """Run code that burns much more than the interpreter costs; give what, and its share of it."""
    seconds = max(0.4, 10 * bare_s)
    measured = run(code.replace("SECONDS", str(seconds)))
    return measured.cpu_s / seconds, measured.main_cpu_s / seconds


@pytest.mark.parametrize("code", [OWN, ORPHAN, WAITED_FOR, SERVER])
def test_the_cpu_time_of_every_process_counts_once(code, bare_s):
    total, _ = burn(code, bare_s)
    assert 0.95 < total < 1.8


def test_the_main_process_is_told_from_its_children(bare_s):
    assert burn(WAITED_FOR, bare_s)[1] < 0.5
    assert burn(OWN, bare_s)[1] > 0.95


def test_memory_is_that_of_all_processes_together():
    code = (
        "import os, time\n"
        "child = os.fork()\n"
        "block = bytearray(os.urandom(1)) * 40_000_000\n"
        "time.sleep(2)\n"
        "if child:\n    os.wait()\n"
    )
    measured = run(code, memory=True)
    assert 80 < measured.peak_mb < 150


def test_memory_that_processes_share_counts_once():
    code = (
        "import os, time\n"
        "block = bytearray(os.urandom(1)) * 40_000_000\n"
        "child = os.fork()\n"
        "time.sleep(2)\n"
        "if child:\n    os.wait()\n"
    )
    assert 40 < run(code, memory=True).peak_mb < 75


def test_output_is_handed_on():
    assert run("print('seven')").output == "seven\n"


def test_a_failure_says_what_the_command_said():
    with pytest.raises(measuring.CommandFailedError, match="code 3: no such thing"):
        run("import sys; print('no such thing', file=sys.stderr); sys.exit(3)")


def test_an_exit_code_that_is_allowed_is_no_failure():
    assert run("import sys; sys.exit(1)", codes=(0, 1)).code == 1


def test_a_program_that_is_not_there_is_a_failure():
    with pytest.raises(measuring.CommandFailedError, match="could not be started"):
        measuring.run(["no-such-program-anywhere"])


LINGERING = """
import os, sys, time
if os.fork() == 0:
    with open(sys.argv[1] + ".new", "w") as note:
        note.write(str(os.getpid()))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    time.sleep(3_000)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""


def is_alive(note):
    try:
        os.kill(int(note.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def test_a_command_that_does_not_end_is_killed_with_all_that_it_started(tmp_path):
    note = tmp_path / "pid"
    code = LINGERING + "time.sleep(3_000)"
    limit_s = 1
    while not note.exists():  # a slow machine takes longer to start what has to be killed
        limit_s *= 2
        with pytest.raises(measuring.CommandFailedError, match=f"not done in {limit_s} s"):
            measuring.run([sys.executable, "-c", code, str(note)], limit_s=limit_s)
    assert not is_alive(note)


def test_what_a_command_leaves_behind_is_waited_for_so_long_and_no_longer(tmp_path):
    note = tmp_path / "pid"
    measuring.run([sys.executable, "-c", LINGERING, str(note)], patience_s=0.1)
    assert not is_alive(note)


def test_ways_take_turns_and_costly_ones_take_fewer():
    calls = []
    ways = {name: (lambda name=name: calls.append(name) or name) for name in "abc"}
    results = measuring.take_turns(ways, 3, {"b": 1})
    assert "".join(calls) == "abcacac"
    assert results == {"a": ["a"] * 3, "b": ["b"], "c": ["c"] * 3}
