"""A clean or an undo of a bucket that is killed at any request loses nothing, and goes on."""

import contextlib
import signal
import subprocess
import sys
import threading

import pytest
from patience import HANG_S

from catsclean.errors import CatscleanError
from catsclean.objects import object_folder


@pytest.fixture
def one_by_one(monkeypatch):
    """Make requests in one order, so that each can be the last one."""
    monkeypatch.setattr("catsclean.cleaning.move_objects.THREADS", 1)
    monkeypatch.setattr(object_folder, "THREADS", 1)


def killed(there, requests, command, changes):
    """Run a command that is killed after some requests; return whether it was."""
    there.server.stop_after(requests, changes)
    with contextlib.suppress(CatscleanError):
        command()
    cut = there.server.stopped
    there.restart()
    return cut


@pytest.mark.usefixtures("one_by_one")
@pytest.mark.parametrize("versions", [False, True])
def test_a_kill_at_any_request_loses_nothing_and_the_same_command_completes(there, versions):
    for requests in range(1000):
        there.restore()
        there.store.keep_versions(versions)
        # between two requests that change something, the bucket is the same: once is enough
        cut = killed(there, requests, there.clean, changes=versions)
        there.check_nothing_is_lost()
        if requests % 4 == 0:
            there.forget_machine()
        there.clean()
        there.check_cleaned()
        undoing = killed(there, requests, there.undo, changes=versions)
        there.check_nothing_is_lost()
        if there.journals()[-1]["state"] != "undone":
            there.undo()
        there.check_as_before()
        if not cut and not undoing:
            break
    there.store.keep_versions(False)
    assert requests > (12 if versions else 30)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
@pytest.mark.parametrize("method", ["COPY", "DELETE"])
def test_a_process_that_is_killed_in_the_middle_loses_nothing(there, method):
    there.restore()
    reached, dead = threading.Event(), threading.Event()

    def stall(asked, _):
        if asked == method and not reached.is_set():
            reached.set()
            dead.wait(HANG_S)
            return 503
        return None

    there.server.meddle = stall
    command = [sys.executable, "-m", "catsclean", "clean", there.url, "--apply"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        assert reached.wait(HANG_S)
        process.kill()
    dead.set()
    there.restart()
    there.check_nothing_is_lost()
    there.clean()
    there.check_cleaned()
