"""What every worker process has, whatever it is started for."""

import signal
import sys

import pytest

from catsclean.scan.slot import Slot


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of work that workers can import."""
    (tmp_path / "some_work.py").write_text(
        "import signal\n"
        "def nothing(): pass\n"
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
