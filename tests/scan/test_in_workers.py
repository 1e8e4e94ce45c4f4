"""Workers may die, hang and run out of memory; every file still gets exactly one verdict."""

import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import pytest
from embedders import Crashes, CrashesAtLoad
from hypothesis import given
from hypothesis import strategies as st
from patience import HANG_S
from pictures import jpeg
from PIL import Image

import catsclean
from catsclean.core import limits as limits_module
from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.errors import WorkerError
from catsclean.scan import in_workers, worker
from catsclean.scan.discover import discover
from catsclean.scan.embedding import VECTOR_FAILURE
from catsclean.scan.pool import dispatch, worker_process
from catsclean.scan.scan import gather
from catsclean.validators.base import Validator

POSIX = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no clock of processor time"
)
LIMITS = replace(Limits(), timeout_s=3.0, memory_bytes=128 * 2**20)


@pytest.fixture
def saboteur(tmp_path, monkeypatch):
    """A validator, importable by workers, whose inspect does what a file's name says."""
    (tmp_path / "saboteur.py").write_text(
        textwrap.dedent("""
            import os, signal, time
            from catsclean.core.model import Severity
            from catsclean.validators.base import Validator

            class Saboteur(Validator):
                \"\"\"Does harm.\"\"\"
                name = "saboteur"
                family = "file"
                columns = {"harmed": False}

                def inspect(self, image):
                    if "kill" in image.path:
                        os.kill(os.getpid(), signal.SIGKILL)
                    if "exit" in image.path:
                        os._exit(7)
                    if "segfault" in image.path:
                        os.kill(os.getpid(), signal.SIGSEGV)
                    if "hang" in image.path:
                        while True:
                            pass
                    if "sleep" in image.path:
                        time.sleep(1_000)
                    if "nap" in image.path:
                        time.sleep(2.5)
                    if "stop" in image.path:
                        os.kill(os.getpid(), signal.SIGSTOP)
                    if "eat" in image.path:
                        hoard = []
                        while True:
                            hoard.append(bytearray(16 * 2**20))
                    if "raise" in image.path:
                        raise RuntimeError("no \\x1b[31m good")
                    return {"harmed": False}

                def judge(self, evidence):
                    return ()
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import saboteur

    yield saboteur.Saboteur
    sys.modules.pop("saboteur")


def scan(root, validators, workers=2, limits=LIMITS):
    listing = discover(root)
    gathered = gather(root, listing, limits, validators, workers=workers, cache=None)
    table = gathered.table.append_column("path", [listing.paths])
    return {row["path"]: row for row in table.to_pylist()}


def test_a_file_that_kills_hangs_or_exhausts_its_worker_costs_only_its_own_verdict(
    tmp_path, saboteur
):
    root = tmp_path / "set"
    root.mkdir()
    data = jpeg(1, (64, 48))
    for number in range(497):
        (root / f"{number:03d}.jpg").write_bytes(data)
    for name in ("100-kill", "200-hang", "300-eat"):
        (root / f"{name}.jpg").write_bytes(data)
    rows = scan(root, [saboteur()])
    assert len(rows) == 500
    bad = {path: row["outcome"] for path, row in rows.items() if row["outcome"] != "decoded"}
    assert bad == {
        "100-kill.jpg": Outcome.CRASHED,
        "200-hang.jpg": Outcome.TIMEOUT,
        "300-eat.jpg": Outcome.MEMORY,
    }


@pytest.mark.parametrize(
    ("name", "detail"), [("exit", "exit code 7"), ("segfault", "signal SIGSEGV")]
)
def test_the_death_of_a_worker_is_told_with_its_cause(tmp_path, saboteur, name, detail):
    root = tmp_path / "set"
    root.mkdir()
    (root / f"{name}.jpg").write_bytes(jpeg())
    assert detail in scan(root, [saboteur()])[f"{name}.jpg"]["outcome_detail"]


def test_a_validator_that_raises_leaves_the_verdict_of_the_file_alone(tmp_path, saboteur):
    root = tmp_path / "set"
    root.mkdir()
    (root / "raise.jpg").write_bytes(jpeg())
    row = scan(root, [saboteur()])["raise.jpg"]
    assert row["outcome"] == Outcome.DECODED
    failure = r"saboteur: RuntimeError: no \\x1b\[31m good \(saboteur\.py:\d+\)"
    assert re.fullmatch(failure, row["validator_failures"])
    assert row["validator_tracebacks"].endswith(r"RuntimeError: no \x1b[31m good")
    assert 'raise RuntimeError("no' in row["validator_tracebacks"]


@POSIX
def test_a_file_that_computes_for_too_long_is_ended_by_its_processor_time(tmp_path, saboteur):
    root = tmp_path / "set"
    root.mkdir()
    (root / "hang.jpg").write_bytes(jpeg())
    row = scan(root, [saboteur()], limits=replace(LIMITS, timeout_s=0.5))["hang.jpg"]
    assert row["outcome"] == Outcome.TIMEOUT
    assert row["outcome_detail"] == "took more than 0.5 s of processor time (--timeout)"


def test_a_file_that_waits_without_end_is_ended_by_the_wall_clock(tmp_path, saboteur, monkeypatch):
    monkeypatch.setattr(limits_module, "_LEAST_PATIENCE_S", 0.0)
    monkeypatch.setattr(limits_module, "_PATIENCE_FACTOR", 2.0)
    root = tmp_path / "set"
    root.mkdir()
    for name in ("0", "1-sleep", "2"):
        (root / f"{name}.jpg").write_bytes(jpeg())
    rows = scan(root, [saboteur()])
    assert {path: row["outcome"] for path, row in rows.items()} == {
        "0.jpg": Outcome.DECODED,
        "1-sleep.jpg": Outcome.TIMEOUT,
        "2.jpg": Outcome.DECODED,
    }
    assert rows["1-sleep.jpg"]["outcome_detail"] == "did not answer within 6 s"


@POSIX
def test_a_worker_that_is_stopped_for_ever_is_replaced(tmp_path, saboteur, monkeypatch):
    monkeypatch.setattr(limits_module, "_LEAST_PATIENCE_S", 0.0)
    monkeypatch.setattr(limits_module, "_PATIENCE_FACTOR", 2.0)
    root = tmp_path / "set"
    root.mkdir()
    for number in range(40):
        (root / f"{number:02}{'-stop' * (number % 20 == 7)}.jpg").write_bytes(jpeg())
    rows = scan(root, [saboteur()])
    lost = {path: row["outcome"] for path, row in rows.items() if row["outcome"] != "decoded"}
    assert lost == {"07-stop.jpg": Outcome.TIMEOUT, "27-stop.jpg": Outcome.TIMEOUT}
    assert len(rows) == 40


@POSIX
def test_a_worker_that_never_begins_is_replaced(tmp_path, saboteur, monkeypatch):
    (tmp_path / "0.jpg").write_bytes(jpeg())
    submit, submitted = worker_process.Slot.submit, []

    def stop_the_first(self, work, task):
        given = submit(self, work, task)
        if not submitted:
            os.kill(self._context.started[0].pid, signal.SIGSTOP)
        submitted.append(task)
        return given

    monkeypatch.setattr(worker_process.Slot, "submit", stop_the_first)
    monkeypatch.setattr(dispatch, "_START_SECONDS", 5.0)
    assert scan(tmp_path, [], workers=1)["0.jpg"]["outcome"] == Outcome.DECODED


@POSIX
@pytest.mark.parametrize("handling", ["ignored", "blocked"])
def test_the_time_limit_counts_even_if_a_parent_left_its_signal_ignored_or_blocked(
    tmp_path, handling
):
    (tmp_path / "0.jpg").write_bytes(jpeg())
    change = {
        "ignored": "signal.signal(signal.SIGPROF, signal.SIG_IGN)",
        "blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPROF})",
    }[handling]
    child = textwrap.dedent(f"""
        import signal
        {change}
        from catsclean.scan import worker
        worker.prepare(2**31)
        worker.arm(0.2)
        while True:
            pass
    """)
    done = subprocess.run([sys.executable, "-c", child], check=False)
    assert done.returncode == -signal.SIGPROF


@POSIX
def test_every_file_is_begun_with_the_whole_of_its_time(tmp_path):
    """Otherwise what the file before has left could run out in it."""

    class Burn(Validator):
        """Takes half a second of processor time."""

        name = "burn"
        family = "file"
        columns = {"burnt": False}  # noqa: RUF012

        def inspect(self, image):
            begun = time.process_time()
            while time.process_time() - begun < 0.5:
                pass

        def judge(self, evidence):
            return ()

    for name in ("0.jpg", "1.jpg"):
        (tmp_path / name).write_bytes(jpeg())
    left_s = []
    task = worker.Task(str(tmp_path), ("0.jpg", "1.jpg"), Limits(timeout_s=1_000.0), (Burn(),))
    worker.scan_chunk(task, lambda _row: left_s.append(signal.getitimer(signal.ITIMER_PROF)[0]))
    assert left_s[0] > 999.7
    assert left_s[1] > 999.7
    assert left_s[2] == 0.0


@POSIX
def test_time_in_which_a_worker_does_not_compute_counts_for_nothing(tmp_path, saboteur):
    root = tmp_path / "set"
    root.mkdir()
    (root / "nap.jpg").write_bytes(jpeg())
    row = scan(root, [saboteur()], limits=replace(LIMITS, timeout_s=1.0))["nap.jpg"]
    assert row["outcome"] == Outcome.DECODED


@POSIX
def test_a_worker_that_is_stopped_and_goes_on_gives_its_true_verdict(
    tmp_path, saboteur, monkeypatch
):
    root = tmp_path / "set"
    root.mkdir()
    (root / "stop.jpg").write_bytes(jpeg())
    processes, make = [], worker_process.WorkerContext.Process

    def remember(self, *arguments, **named):
        processes.append(make(self, *arguments, **named))
        return processes[-1]

    monkeypatch.setattr(worker_process.WorkerContext, "Process", remember)
    over = threading.Event()

    def resume():
        while not over.wait(2.5):
            os.kill(processes[0].pid, signal.SIGCONT)

    resuming = threading.Thread(target=resume)
    resuming.start()
    try:
        row = scan(root, [saboteur()], limits=replace(LIMITS, timeout_s=1.0))["stop.jpg"]
    finally:
        over.set()
        resuming.join()
    assert len(processes) == 1
    assert row["outcome"] == Outcome.DECODED


def test_time_in_which_the_audit_itself_is_stopped_counts_for_nothing(
    tmp_path, saboteur, monkeypatch
):
    """After Ctrl-Z, and in a laptop that was closed, every look at the clock finds much passed."""

    class LeapingClock:
        looks = 0

        def monotonic(self):
            self.looks += 1
            return self.looks * 1_000.0

    root = tmp_path / "set"
    root.mkdir()
    (root / "nap.jpg").write_bytes(jpeg())
    monkeypatch.setattr(dispatch, "time", LeapingClock())
    assert scan(root, [saboteur()])["nap.jpg"]["outcome"] == Outcome.DECODED


def test_a_file_beyond_its_processor_time_is_over_limit_and_never_moved(tmp_path):
    root = tmp_path / "set"
    (root / "Cat").mkdir(parents=True)
    # fifty times as much work as allowed: enough for any machine
    Image.effect_noise((5000, 5000), 90).save(root / "Cat" / "slow.jpg")
    audit = catsclean.audit(root, limits=Limits(timeout_s=0.02), workers=1)
    [finding] = [f for f in audit.findings if f.path == "Cat/slow.jpg"]
    assert finding.validator == "over-limit"
    assert "took more than 0.02 s of processor time (--timeout)" in finding.message
    assert catsclean.plan_cleaning(root, unsafe=True).count == 0


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_evidence_does_not_depend_on_the_number_of_workers(tmp_path, workers):
    for number in range(20):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number, (90 + number, 80)))
    reference = scan(tmp_path, [], workers=1)
    assert repr(scan(tmp_path, [], workers=workers)) == repr(reference)


def test_chunks_cover_every_file_once_and_are_cut_by_bytes():
    sizes = [10] * 300 + [in_workers.CHUNK_BYTES] * 3 + [10]
    chunks = in_workers.cut(sizes, ["Cat/0.jpg"] * len(sizes), workers=1)
    assert [i for chunk in chunks for i in chunk] == list(range(len(sizes)))
    assert all(len(chunk) <= in_workers.CHUNK_FILES for chunk in chunks)
    assert range(301, 302) in chunks


@given(
    st.lists(st.integers(0, 2 * in_workers.CHUNK_BYTES), max_size=400),
    st.integers(1, 8),
    st.integers(1, 300),
)
def test_whatever_the_files_chunks_cover_each_once_and_stay_within_the_limits(
    sizes, workers, name_length
):
    paths = ["a" * name_length] * len(sizes)
    chunks = in_workers.cut(sizes, paths, workers)
    assert [i for chunk in chunks for i in chunk] == list(range(len(sizes)))
    for chunk in chunks:
        assert 1 <= len(chunk) <= in_workers.CHUNK_FILES
        if len(chunk) > 1:
            assert sum(sizes[chunk.start : chunk.stop]) <= in_workers.CHUNK_BYTES
            assert len(chunk) * name_length * 4 <= in_workers.CHUNK_PATH_BYTES


def test_the_last_chunks_are_small_so_that_no_worker_waits_for_long():
    chunks = in_workers.cut([30_000] * 2_000, ["Cat/0.jpg"] * 2_000, workers=2)
    lengths = [len(chunk) for chunk in chunks]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == in_workers.CHUNK_FILES
    assert lengths[-1] <= 17
    large = in_workers.cut([2_500_000] * 20, ["Cat/0.jpg"] * 20, workers=2)
    assert [len(chunk) for chunk in large[:3] + large[-3:]] == [2, 2, 2, 1, 1, 1]


def test_a_script_without_a_main_guard_can_audit(tmp_path):
    (tmp_path / "set" / "Cat").mkdir(parents=True)
    (tmp_path / "set" / "Cat" / "0.jpg").write_bytes(jpeg())
    script = tmp_path / "script.py"
    script.write_text("import catsclean\nprint(len(catsclean.audit('set').manifest))\n")
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_S,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.parametrize(
    ("failure", "outcome", "detail"),
    [
        (dispatch.Failure("memory"), Outcome.MEMORY, "its worker ran out of memory"),
        (dispatch.Failure("raised", text="ValueError: \x1b"), Outcome.CRASHED,
         "reading it failed: ValueError: \\x1b"),
        (dispatch.Failure("died", -9), Outcome.CRASHED,
         "its worker was killed, as the system does when memory runs out"),
        (dispatch.Failure("died", -77), Outcome.CRASHED, "its worker crashed (signal 77)"),
        (dispatch.Failure("died", 3), Outcome.CRASHED, "its worker crashed (exit code 3)"),
    ],
)  # fmt: skip
def test_each_failure_of_a_worker_has_an_outcome_and_its_words(
    monkeypatch, failure, outcome, detail
):
    monkeypatch.setattr(in_workers, "run_chunks", lambda *_, **__: iter([(range(1), failure)]))
    [(rows, columns)] = in_workers.run("/data", ["1.jpg"], [9], LIMITS, (), 1)
    assert (rows, columns["outcome"], columns["outcome_detail"]) == (range(1), [outcome], [detail])


def test_workers_that_do_not_start_with_an_embedder_read_without_it(tmp_path, monkeypatch):
    for number in range(30):
        (tmp_path / f"{number:02}.jpg").write_bytes(jpeg(number, (32, 24)))
    monkeypatch.setattr(dispatch, "_FRUITLESS_DEATHS", 1)
    found = {}
    paths = [path.name for path in sorted(tmp_path.iterdir())]
    for rows, columns in in_workers.run(
        tmp_path, paths, [500] * 30, LIMITS, (), 1, embedder=CrashesAtLoad()
    ):
        assert not found.keys() & set(rows)
        found |= dict(zip(rows, columns["outcome"], strict=True))
        assert columns[VECTOR_FAILURE] == ["no worker starts with this embedder"] * len(rows)
    assert found == dict.fromkeys(range(30), Outcome.DECODED)


def test_long_paths_are_read_without_an_embedder_in_tasks_that_fit_into_a_pipe(monkeypatch):
    tasks = []

    def run_chunks(work, make_task, chunks, *, arguments, **_):
        if arguments[1] is not None:
            raise WorkerError("none starts")
        for chunk in chunks:
            tasks.append(len(pickle.dumps(make_task(chunk, 0))))
            yield chunk, {"outcome": ["decoded"] * len(chunk)}

    monkeypatch.setattr(in_workers, "run_chunks", run_chunks)
    paths = [f"{number}-{'猫' * 1_500}.jpg" for number in range(20)]
    found = in_workers.run("/data", paths, [9] * 20, LIMITS, (), 1, embedder=CrashesAtLoad())
    assert [row for rows, _ in found for row in rows] == list(range(20))
    assert 1 < len(tasks) < 20
    assert max(tasks) < 2**16


def test_files_whose_worker_crashes_at_embedding_are_read_without_it(tmp_path):
    (tmp_path / "1.jpg").write_bytes(jpeg(1))
    [(_, columns)] = in_workers.run(tmp_path, ["1.jpg"], [9], LIMITS, (), 1, embedder=Crashes())
    assert columns["outcome"] == [Outcome.DECODED]
    assert columns[VECTOR_FAILURE] == ["its worker crashed while it was embedded"]


def test_without_workers_that_start_nothing_is_read(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(1, "not permitted")

    monkeypatch.setattr(worker_process.Slot, "submit", refuse)
    with pytest.raises(WorkerError, match="no worker process could be started: not permitted"):
        list(in_workers.run(tmp_path, ["1.jpg"], [9], LIMITS, (), 1))


def test_on_a_system_that_bounds_no_processors_all_of_them_are_used(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert in_workers.default_workers() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert in_workers.default_workers() == 1


def test_little_to_read_is_worth_one_worker_and_much_is_worth_more():
    assert in_workers.worth([]) == 1
    assert in_workers.worth([3_000] * 190) == 1
    assert in_workers.worth([25_000] * 2_000) > 10
    assert in_workers.worth([2_500_000] * 20) > 4


@pytest.mark.parametrize(("asked", "started"), [(None, 1), (2, 2)])
def test_as_many_workers_are_started_as_are_asked_for_or_else_worth_it(
    tmp_path, monkeypatch, asked, started
):
    for number in range(20):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    run, workers = in_workers.run, []
    monkeypatch.setattr(
        in_workers,
        "run",
        lambda *given, **named: [workers.append(given[-1]), run(*given, **named)][1],
    )
    scan(tmp_path, [], workers=asked)
    assert workers == [started]
