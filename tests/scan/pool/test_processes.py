"""An audit may be asked for in any process, also in one of a pool's."""

import os
import subprocess
import sys
import threading
import time
from multiprocessing import forkserver

import pytest
from patience import HANG_S
from pictures import make_dataset

import catsclean
from catsclean.errors import UsageError, WorkerError
from catsclean.scan.pool import processes

_POOLS = """
import multiprocessing, os, sys, time
from concurrent.futures import ProcessPoolExecutor
import catsclean

def count(root):
    audit = catsclean.audit(root, workers=2, cache=False, save=False, select="file")
    return len(audit.manifest)

if __name__ == "__main__":
    kind, method = sys.argv[1:]
    assert count("set") == 6  # its fork server is running now
    context = multiprocessing.get_context(method)
    if kind == "executor":
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            print(list(pool.map(count, ["set", "set"])))
    else:
        with context.Pool(2) as pool:
            print(pool.map(count, ["set", "set"]))
    assert count("set") == 6
"""


@pytest.fixture
def root(tmp_path):
    return make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.parametrize(
    ("kind", "method"), [("executor", "fork"), ("pool", "fork"), ("pool", "spawn")]
)
def test_the_processes_of_a_pool_can_audit(root, kind, method):
    (root.parent / "script.py").write_text(_POOLS)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "script.py", kind, method],
        cwd=root.parent, capture_output=True, text=True, check=False, timeout=HANG_S,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[6, 6]\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("holder", ["nobody", "another thread"])
def test_a_fork_can_start_workers_whoever_was_starting_one_before(holder):
    assert processes.WorkerContext  # from its import on, forks are prepared
    lock, held, go_on = forkserver._forkserver._lock, threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            go_on.wait()

    if holder == "another thread":
        threading.Thread(target=hold).start()
        held.wait()
    try:
        if (child := os.fork()) == 0:
            # nobody who could release it exists in this process
            os._exit(not forkserver._forkserver._lock.acquire(blocking=False))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        go_on.set()


_ENDED = """
import multiprocessing, os, sys, time
from pathlib import Path

def audit():
    import catsclean
    from catsclean.scan.pool import worker_process
    made = worker_process.Slot(time.sleep, (0,))
    _, future = made.submit(hang, None)
    while made.at()[1] < 0:
        time.sleep(0.01)
    Path("pid").write_text(str(made._context.started[0].pid))
    time.sleep(3_000)

def hang(task, begin):
    begin(0)
    time.sleep(3_000)

def main():
    daemon = multiprocessing.get_context("fork").Process(target=audit, daemon=True)
    daemon.start()
    while not (Path("pid").exists() and Path("pid").read_text()):
        time.sleep(0.01)
    daemon.kill()
    daemon.join()
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc to look into")  # noqa: PTH112
def test_the_workers_of_a_daemon_end_with_it(tmp_path):
    (tmp_path / "ended.py").write_text(_ENDED)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import ended; ended.main()"],
        cwd=tmp_path, check=True, timeout=HANG_S,
    )  # fmt: skip
    pid = int((tmp_path / "pid").read_text())
    while os.path.exists(f"/proc/{pid}"):  # noqa: PTH110
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed")
def test_a_working_folder_that_is_gone_is_named_as_the_cause(root, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    code = (
        "import os, catsclean\nos.rmdir(os.getcwd())\n"
        f"try: catsclean.audit({str(root)!r}, save=False, cache=False)\n"
        "except catsclean.errors.WorkerError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "gone", capture_output=True, text=True, check=False, timeout=HANG_S,
    )  # fmt: skip
    assert "The working folder is gone" in done.stdout
    assert issubclass(WorkerError, catsclean.errors.CatscleanError)


@pytest.mark.parametrize("workers", [-1, 0, True, 2.5, "2"])
def test_a_number_of_workers_that_is_none_is_refused(root, workers):
    with pytest.raises(UsageError, match="workers must be a whole number from 1 up"):
        catsclean.audit(root, workers=workers)
    assert not (root.parent / "set.catsclean").exists()
    with pytest.raises(UsageError, match="workers must be"):
        catsclean.check_files([root / "Cat/0.jpg"], root=root, workers=workers)
