"""Whatever reads the files, the verdicts are the same, byte for byte.

Ray and Dask take seconds to start, so each has one test, which skips if it is not installed.
"""

import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import poison
import pytest
from embedders import NamedColours, make_colours

import catsclean
from catsclean.core.cache_files import read_table
from catsclean.duplicates import compare_on_engine, search_elsewhere
from catsclean.reports.json_format import render
from catsclean.scan import read_task
from catsclean.testing.practice import make_practice

LIMITS = catsclean.Limits(timeout_s=0.5)
POSIX = pytest.mark.skipif(os.name == "nt", reason="poison files abort their process")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The practice set, three files that kill or hang their reader, and old times."""
    folder = tmp_path_factory.mktemp("engines")
    root = make_practice(folder / "PetImages", count=24, seed=11).root
    with pytest.MonkeyPatch.context() as patch:
        poison.install_here(folder / "site", patch)
        poison.plant(root)
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink():
                os.utime(path, (1e9, 1e9))
        yield root
    poison.uninstall_here()


@pytest.fixture
def small_tasks(monkeypatch):
    monkeypatch.setattr(read_task, "_LEAST_FILES", 10)
    monkeypatch.setattr(read_task, "_LEAST_BYTES", 400_000)
    monkeypatch.setattr(compare_on_engine, "_LEAST_PAIRS", 2)
    monkeypatch.setattr(compare_on_engine, "_LEAST_GLANCES", 2)
    monkeypatch.setattr(search_elsewhere, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(search_elsewhere, "_SECONDS_A_TASK", 0.0)


def audit(root, state_dir, **options):
    return catsclean.audit(
        root, select=["all"], limits=LIMITS, content=False, state_dir=state_dir, **options
    )


def verdicts(audit):
    return render(audit), audit.state.manifest.read_bytes(), audit.state.findings.read_bytes()


@pytest.fixture(scope="module")
def reference(root, tmp_path_factory):
    alone = audit(root, tmp_path_factory.mktemp("one"), workers=1)
    lost = {path for path, outcome in alone.summary["not_examined"] if outcome != "unreadable"}
    assert lost == set(poison.FILES)
    return verdicts(alone)


@POSIX
def test_two_workers_agree_with_one(root, reference, tmp_path):
    assert verdicts(audit(root, tmp_path, workers=2)) == reference


class Recording:
    """Passes tasks on, and remembers what they were."""

    def __init__(self, executor):
        self.executor = executor
        self.works = []

    def submit(self, work, /, *arguments):
        self.works.append(work.__name__)
        return self.executor.submit(work, *arguments)


@POSIX
@pytest.mark.parametrize("kind", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_executors_of_the_standard_library_agree(root, reference, tmp_path, small_tasks, kind):
    seen = []
    with kind(2) as executor:
        engine = Recording(executor)
        made = audit(root, tmp_path, engine=engine, progress=seen.append)
        assert verdicts(made) == reference
        assert set(engine.works) == {"read_task", "do_steps", "look_task"}
        comparing = [one for one in seen if one.stage == "comparing"]
        assert comparing[-1].done_pairs == comparing[-1].total_pairs > 5
        reading = [one for one in seen if one.stage == "reading"]
        assert len(reading) > 5
        assert reading[-1].done_files == reading[-1].total_files == made.summary["files_read"]
        again = audit(root, tmp_path, engine=executor)
    # those three, and nothing else, are tried again
    assert again.summary["files_read"] == 3
    assert verdicts(again) == reference


@POSIX
def test_an_interrupted_engine_continues_where_it_stopped(root, reference, tmp_path, small_tasks):
    class StopError(Exception):
        pass

    def stop(progress):
        if progress.done_files > progress.total_files / 2:
            raise StopError

    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(StopError):
            audit(root, tmp_path, engine=executor, progress=stop)
        again = audit(root, tmp_path, engine=executor)
    assert again.summary["files_reused"] > 50
    assert verdicts(again) == reference


def test_pictures_that_only_lack_a_vector_are_read_on_the_engine(tmp_path):
    root = tmp_path / "colours"
    make_colours(root, 30)
    alone = catsclean.audit(root, embedder=NamedColours(), state_dir=tmp_path / "alone")
    catsclean.audit(root, content=False)
    with ThreadPoolExecutor(2) as executor:
        engine, seen = Recording(executor), []
        made = catsclean.audit(root, embedder=NamedColours(), engine=engine, progress=seen.append)
    assert engine.works == ["read_task"]
    assert [one.done_files for one in seen if one.stage == "embedding"] == [60]
    assert verdicts(made) == verdicts(alone)


DRIVER = """
import os, signal, sys
from concurrent.futures import ThreadPoolExecutor
import catsclean
from catsclean.scan import parts, read_task

root, state_dir, timeout_s = sys.argv[1:]
parts._PART_SECONDS, read_task._LEAST_FILES, read_task._LEAST_BYTES = 0, 10, 400_000

def kill(progress):
    if not progress.done_files:
        print(progress.total_files, flush=True)
    if progress.done_files > 0.6 * progress.total_files:
        os.kill(os.getpid(), signal.SIGKILL)

with ThreadPoolExecutor(1) as executor:
    catsclean.audit(
        root, select=["all"], limits=catsclean.Limits(timeout_s=float(timeout_s)), content=False,
        state_dir=state_dir, engine=executor, progress=kill,
    )
"""


def committed(state_dir):
    """The files whose evidence an audit that was killed has saved."""
    parts = [read_table(path) for path in state_dir.glob("cache/part-*.arrow")]
    return {path for part in parts for path in part.column("path").to_pylist()}


@POSIX
def test_what_a_killed_audit_committed_is_never_read_again(root, reference, tmp_path):
    """Not even the files that killed their reader."""
    state_dir, to_read, known = tmp_path / "state", [], set()
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, str(root), str(state_dir), str(LIMITS.timeout_s)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr
        to_read.append(int(done.stdout) + len(known))
        known = committed(state_dir)
    assert known & set(poison.FILES)
    final = audit(root, state_dir)
    to_read.append(final.summary["files_read"] + len(known))
    assert to_read == to_read[:1] * 3
    assert verdicts(final) == reference


@POSIX
def test_a_copy_of_the_data_set_is_recognised_on_an_engine_too(root, reference, tmp_path):
    audit(root, tmp_path)
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (1e9 + 7, 1e9 + 7))
    try:
        with ThreadPoolExecutor(2) as executor:
            again = audit(root, tmp_path, engine=executor)
        assert again.summary["files_recognised"] > 0.7 * again.summary["files_read"]
        assert render(again) == reference[0]
    finally:
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink():
                os.utime(path, (1e9, 1e9))


def children_named(word):
    """The pids of processes below this one whose command line has a word."""
    parents, found = {}, []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            if word in command:
                found.append(int(entry.name))

    def below(pid):
        while pid in parents:
            if pid == os.getpid():
                return True
            pid = parents[pid]
        return False

    return [pid for pid in found if below(pid)]


@POSIX
@pytest.mark.skipif(not find_spec("ray"), reason="needs Ray")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_ray_agrees_even_if_one_of_its_workers_is_killed(root, reference, tmp_path, small_tasks):
    import ray

    killed = []

    def kill_one(progress):
        if not killed and progress.done_files and progress.stage == "reading":
            killed.extend(children_named("ray::read_task")[:1])
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        made = audit(root, tmp_path, engine="ray", progress=kill_one)
    finally:
        ray.shutdown()
    assert killed
    assert verdicts(made) == reference


@POSIX
@pytest.mark.skipif(not find_spec("distributed"), reason="needs Dask")
@pytest.mark.filterwarnings("ignore")
def test_dask_agrees(root, reference, tmp_path, small_tasks):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        made = audit(root, tmp_path, engine=client.get_executor(retries=3))
    assert verdicts(made) == reference
