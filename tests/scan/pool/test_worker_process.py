"""What every worker process has, whatever it is started for."""

import os
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, get_all_start_methods

import pytest
from patience import HANG_S

from catsclean.scan.pool.worker_process import Slot


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of work that workers can import."""
    (tmp_path / "some_work.py").write_text(
        "import gc, os, signal\n"
        "def nothing(): pass\n"
        "def threads(task, begin): return os.environ.get('OPENBLAS_NUM_THREADS')\n"
        "def garbage(task, begin): return gc.isenabled(), gc.get_freeze_count()\n"
        "def ignores(task, begin): return signal.getsignal(task) is signal.SIG_IGN\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import some_work

    yield some_work
    sys.modules.pop("some_work")


def test_ctrl_c_is_left_to_the_process_that_started_it(work):
    slot = Slot(work.nothing, ())
    try:
        job, future = slot.submit(work.ignores, signal.SIGINT)
        assert slot.answer(future.result(timeout=HANG_S), job) is True
    finally:
        slot.stop()


def test_a_worker_computes_in_one_thread_and_nothing_changes_here(work, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    server = forkserver.ForkServer()  # one that was started before would not know of it
    monkeypatch.setattr(forkserver, "_forkserver", server)
    for name in ("ensure_running", "connect_to_new_process", "set_forkserver_preload"):
        monkeypatch.setattr(forkserver, name, getattr(server, name))
    slot = Slot(work.nothing, ())
    try:
        job, future = slot.submit(work.threads, None)
        assert slot.answer(future.result(timeout=HANG_S), job) == "1"
        assert dict(os.environ) == before
    finally:
        slot.stop()
        server._stop()


@pytest.mark.skipif("forkserver" not in get_all_start_methods(), reason="nothing is forked here")
def test_garbage_is_looked_for_but_not_among_what_the_server_has_loaded(work):
    slot = Slot(work.nothing, ())
    try:
        job, future = slot.submit(work.garbage, None)
        enabled, frozen = slot.answer(future.result(timeout=HANG_S), job)
    finally:
        slot.stop()
    assert enabled
    assert frozen > 10_000


def test_a_worker_that_was_stopped_takes_no_task_as_one_that_crashed(work):
    slot = Slot(work.nothing, ())
    slot.stop()
    with pytest.raises(BrokenProcessPool):
        slot.submit(work.threads, None)
