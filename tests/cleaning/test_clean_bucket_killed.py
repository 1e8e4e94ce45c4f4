"""A clean or an undo of a bucket that is killed at any request loses nothing, and goes on."""

import contextlib

import pytest

from catsclean.errors import CatscleanError
from catsclean.objects import object_folder


@pytest.fixture
def one_by_one(monkeypatch):
    """Make requests in one order, so that each can be the last one."""
    monkeypatch.setattr("catsclean.cleaning.move_objects.THREADS", 1)
    monkeypatch.setattr(object_folder, "THREADS", 1)


VERSIONS = [False, pytest.param(True, marks=pytest.mark.slow)]


@pytest.fixture(params=VERSIONS, ids=["no versions", "versions"])
def kept_versions(request, there):
    there.restore()
    state = "Enabled" if request.param else "Suspended"
    there.store.backend.put_bucket_versioning(there.store.name, state)
    yield
    there.store.backend.put_bucket_versioning(there.store.name, "Suspended")


def killed(there, requests, command):
    """Run a command that is killed after some requests; return whether it was."""
    there.server.stop_after(requests)
    with contextlib.suppress(CatscleanError):
        command()
    cut = there.server.meddle is not None and there.server.meddle("", "") == 503
    there.restart()
    return cut


@pytest.mark.usefixtures("kept_versions", "one_by_one")
def test_a_kill_at_any_request_loses_nothing_and_the_same_command_completes(there):
    cut = True
    for requests in range(1000):
        there.restore()
        cut = killed(there, requests, there.clean)
        there.check_nothing_is_lost()
        there.clean()
        there.check_cleaned()
        undoing = killed(there, requests, there.undo)
        there.check_nothing_is_lost()
        if there.journals()[-1]["state"] != "undone":
            there.undo()
        there.check_as_before()
        if not cut and not undoing:
            break
    assert requests > 30
