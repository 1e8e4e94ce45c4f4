"""What every worker process has, whatever it is started for."""

import os
import signal
import sys
from multiprocessing import forkserver

import pytest

from catsclean.scan.slot import Slot


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of work that workers can import."""
    (tmp_path / "some_work.py").write_text(
        "import os, signal\n"
        "def nothing(): pass\n"
        "def threads(task, begin): return os.environ.get('OPENBLAS_NUM_THREADS')\n"
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
        assert slot.answer(future.result(timeout=60), job) is True
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
        assert slot.answer(future.result(timeout=60), job) == "1"
        assert dict(os.environ) == before
    finally:
        slot.stop()
        server._stop()
