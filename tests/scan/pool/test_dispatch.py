"""Chunks in worker processes: whatever a worker does, each item has one answer or one failure."""

import errno
import sys
from pathlib import Path

import pytest

from catsclean.errors import WorkerError
from catsclean.scan.pool import dispatch, worker_process
from catsclean.scan.pool.dispatch import Failure, run_chunks

# items that spoil their chunk; others are doubled
RAISES, GREEDY, LARGE, ENDS, WORDY = range(90, 95)
WORK = f"""
import os
def nothing(): pass
def double(task, begin):
    answers = []
    for row, item in enumerate(task):
        begin(row)
        if item == {RAISES}: raise ValueError("odd")
        if item == {WORDY}: raise ValueError("x" * 10_000)
        if item == {GREEDY}: raise MemoryError
        if item == {ENDS}: os._exit(3)
        answers.append("x" * 5_000 if item == {LARGE} else 2 * item)
    begin(-1)
    return answers
def embed(task, begin):
    begin(-1)
    if {RAISES} in task: raise ValueError("odd")
    if {ENDS} in task: os._exit(3)
    return double(task, begin)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of work that workers can import."""
    (tmp_path / "chunk_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    import chunk_work

    yield chunk_work
    sys.modules.pop("chunk_work")


def answers_of(work, called, items, chunk=4, **options):
    """Return the answer or the failure of each item."""
    found = {}
    chunks = [range(at, min(at + chunk, len(items))) for at in range(0, len(items), chunk)]
    for rows, answer in run_chunks(
        called, lambda rows, _crashes: [items[row] for row in rows], chunks,
        workers=1, initializer=work.nothing, patience_s=60.0, **options,
    ):  # fmt: skip
        given = [answer] if isinstance(answer, Failure) else answer
        assert not found.keys() & set(rows)
        found |= dict(zip(rows, given, strict=True))
    return found


def test_nothing_starts_no_worker(work, monkeypatch):
    monkeypatch.setattr(dispatch, "Slot", None)
    assert answers_of(work, work.double, []) == {}


@pytest.mark.parametrize(
    ("item", "failure"),
    [
        (RAISES, Failure("raised", text="ValueError: odd")),
        (GREEDY, Failure("memory")),
        (ENDS, Failure("died", 3)),
    ],
)
def test_an_item_that_fails_costs_no_other_of_its_chunk(work, item, failure):
    found = answers_of(work, work.double, [1, 2, item, 4, 5])
    assert found == {0: 2, 1: 4, 2: failure, 3: 8, 4: 10}


def test_the_text_of_an_error_is_cut_to_what_a_pipe_delivers_whole(work):
    [failure] = answers_of(work, work.double, [WORDY]).values()
    assert failure.kind == "raised"
    assert len(failure.text) == 500


def test_an_item_that_fails_between_two_items_is_found_by_halves(work):
    found = answers_of(work, work.embed, [1, 2, RAISES, 4])
    assert found == {0: 2, 1: 4, 2: Failure("raised", text="ValueError: odd"), 3: 8}


def test_a_crash_between_two_items_is_tried_again_and_then_found_by_halves(work, monkeypatch):
    monkeypatch.setattr(dispatch, "_TRIES", 2)
    found = answers_of(work, work.embed, [1, ENDS])
    assert found == {0: 2, 1: Failure("died", 3)}


def test_an_answer_that_is_too_large_is_given_in_parts_and_that_of_one_item_not_at_all(work):
    found = answers_of(work, work.double, [1, 2, LARGE, 4], answer_bytes=1_000)
    said = found.pop(2)
    assert found == {0: 2, 1: 4, 3: 8}
    assert said.kind == "raised"
    assert said.text.startswith("its evidence takes 5,0")


def test_workers_that_crash_one_after_the_other_without_a_result_end_the_audit(work, monkeypatch):
    monkeypatch.setattr(dispatch, "_FRUITLESS_DEATHS", 2)
    with pytest.raises(WorkerError, match=r"3 worker processes in a row crashed \(exit code 3\)"):
        answers_of(work, work.double, [ENDS] * 9)


def test_a_worker_that_ends_before_its_task_is_replaced(work, monkeypatch):
    submit, stopped = worker_process.Slot.submit, []

    def stop_the_first(self, *arguments):
        if not stopped:
            stopped.append(self.stop())
        return submit(self, *arguments)

    monkeypatch.setattr(worker_process.Slot, "submit", stop_the_first)
    assert answers_of(work, work.double, [1, 2]) == {0: 2, 1: 4}


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EAGAIN, "Free some memory, or ask for fewer workers"),
        (errno.EMFILE, "Free some memory, or ask for fewer workers"),
        (errno.EPERM, "If this process must not start others, audit from another one"),
    ],
)
def test_a_system_that_starts_no_worker_is_told_with_advice(work, monkeypatch, number, advice):
    def refuse(*_):
        raise OSError(number, "refused")

    monkeypatch.setattr(worker_process.Slot, "submit", refuse)
    assert Path.cwd().is_dir()
    with pytest.raises(WorkerError, match=f"no worker process could be started: .*{advice}"):
        answers_of(work, work.double, [1])
