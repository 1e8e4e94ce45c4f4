"""Workers may die, hang and run out of memory; every file still gets exactly one verdict."""

import signal
import sys
import textwrap
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import jpeg

from catsclean.evidence import Outcome
from catsclean.reading.discover import discover
from catsclean.reading.limits import Limits
from catsclean.scan import pool
from catsclean.scan.gather import gather

LIMITS = replace(Limits(), timeout_s=3.0, memory_bytes=128 * 2**20)


@pytest.fixture
def saboteur(tmp_path, monkeypatch):
    """A validator, importable by workers, whose inspect does what a file's name says."""
    (tmp_path / "saboteur.py").write_text(
        textwrap.dedent("""
            import os, signal, time
            from catsclean.model import Severity
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
    begun = time.monotonic()
    rows = scan(root, [saboteur()])
    assert time.monotonic() - begun < 60
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
    assert row["validator_failures"] == r"saboteur: RuntimeError: no \x1b[31m good"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_time_limit_is_reported_with_its_value(tmp_path, saboteur):
    root = tmp_path / "set"
    root.mkdir()
    (root / "hang.jpg").write_bytes(jpeg())
    row = scan(root, [saboteur()], limits=replace(LIMITS, timeout_s=0.5))["hang.jpg"]
    assert row["outcome_detail"] == "took longer than 0.5 s (--timeout)"


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_evidence_does_not_depend_on_the_number_of_workers(tmp_path, workers):
    for number in range(20):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number, (90 + number, 80)))
    reference = scan(tmp_path, [], workers=1)
    assert repr(scan(tmp_path, [], workers=workers)) == repr(reference)


def test_chunks_cover_every_file_once_and_are_cut_by_bytes():
    sizes = [10] * 300 + [pool.CHUNK_BYTES] * 3 + [10]
    chunks = pool.cut(sizes, ["Cat/0.jpg"] * len(sizes), workers=1)
    assert [i for chunk in chunks for i in chunk] == list(range(len(sizes)))
    assert all(len(chunk) <= pool.CHUNK_FILES for chunk in chunks)
    assert range(301, 302) in chunks


@given(
    st.lists(st.integers(0, 2 * pool.CHUNK_BYTES), max_size=400),
    st.integers(1, 8),
    st.integers(1, 300),
)
def test_whatever_the_files_chunks_cover_each_once_and_stay_within_the_limits(
    sizes, workers, name_length
):
    paths = ["a" * name_length] * len(sizes)
    chunks = pool.cut(sizes, paths, workers)
    assert [i for chunk in chunks for i in chunk] == list(range(len(sizes)))
    for chunk in chunks:
        assert 1 <= len(chunk) <= pool.CHUNK_FILES
        if len(chunk) > 1:
            assert sum(sizes[chunk.start : chunk.stop]) <= pool.CHUNK_BYTES
            assert len(chunk) * name_length * 4 <= pool.CHUNK_PATH_BYTES


def test_the_last_chunks_are_small_so_that_no_worker_waits_for_long():
    chunks = pool.cut([30_000] * 2_000, ["Cat/0.jpg"] * 2_000, workers=2)
    lengths = [len(chunk) for chunk in chunks]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == pool.CHUNK_FILES
    assert lengths[-1] <= 17
    large = pool.cut([2_500_000] * 20, ["Cat/0.jpg"] * 20, workers=2)
    assert [len(chunk) for chunk in large[:3] + large[-3:]] == [2, 2, 2, 1, 1, 1]


def test_a_script_without_a_main_guard_can_audit(tmp_path):
    import subprocess

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
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_little_to_read_is_worth_one_worker_and_much_is_worth_more():
    assert pool.worth([]) == 1
    assert pool.worth([3_000] * 190) == 1
    assert pool.worth([25_000] * 2_000) > 10
    assert pool.worth([2_500_000] * 20) > 4


@pytest.mark.parametrize(("asked", "started"), [(None, 1), (2, 2)])
def test_as_many_workers_are_started_as_are_asked_for_or_else_worth_it(
    tmp_path, monkeypatch, asked, started
):
    for number in range(20):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    run, workers = pool.run, []
    monkeypatch.setattr(pool, "run", lambda *given: [workers.append(given[-1]), run(*given)][1])
    scan(tmp_path, [], workers=asked)
    assert workers == [started]
