"""Compare the pixels of candidates on an engine, each task in a child process of its own.

So a picture that kills or hangs its reader costs one answer, and never the task.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.duplicates import compare_in_workers
from catsclean.duplicates.compare import Answer, Ask, Question
from catsclean.duplicates.small_pictures import GLANCE_SIDE_PX, Glance
from catsclean.scan.engines import TaskEngine, in_pieces, run_tasks, size_of_task
from catsclean.scan.pool import interrupts
from catsclean.scan.read_task import check_present, check_versions, versions_of

# about a second of work
_LEAST_PAIRS: Final = 150
_LEAST_GLANCES: Final = 2_000


@dataclass(frozen=True, slots=True)
class LookTask:
    """Pairs to compare, with everything that the answers depend on; it can be pickled.

    Attributes:
        roots: The data sets of the first and of the second picture of each pair.
        limits: Bounds on each file.
        questions: The pairs.
        versions: Those of the process that made the task (``read_task.versions_of``).
    """

    roots: tuple[Reach, Reach]
    limits: Limits
    questions: Sequence[Question]
    versions: str


@dataclass(frozen=True, slots=True)
class GlanceTask:
    """Pictures to reduce to 16x16 pixels; it can be pickled.

    Attributes:
        root: The data set.
        limits: Bounds on each file.
        paths: The pictures.
        versions: As :attr:`LookTask.versions`.
    """

    root: Reach
    limits: Limits
    paths: Sequence[str]
    versions: str


def looker(
    root: Path | Reach,
    other_root: Path | Reach | None = None,
    *,
    limits: Limits,
    workers: int | None = None,
    engine: TaskEngine | None = None,
) -> Ask:
    """Make a function that compares pairs on an engine if there are many.

    Args:
        root: The data set, absolute; a reach says where links may lead.
        other_root: Data set of the second picture of each pair, if it is another one.
        limits: Bounds on each file, as in the audit.
        workers: Number of processes of this machine that compare few pairs.
        engine: The engine; None: this machine compares all.
    """
    here = compare_in_workers.looker(root, other_root, limits=limits, workers=workers)
    if engine is None:
        return here
    roots, chosen = (Reach.of(root), Reach.of(other_root or root)), engine

    def ask(questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        if len(questions) < _LEAST_PAIRS:
            yield from here(questions)
            return
        cut, versions = _cut(len(questions), _LEAST_PAIRS), versions_of(limits)
        tasks = (
            LookTask(roots, limits, tuple(questions[one.start : one.stop]), versions) for one in cut
        )
        with interrupts.held_back():
            for number, answers in run_tasks(chosen, look_task, tasks):
                yield from zip(cut[number], answers, strict=True)

    return ask


def glancer(
    root: Path | Reach,
    *,
    limits: Limits,
    workers: int | None = None,
    engine: TaskEngine | None = None,
) -> Glance:
    """Make a function that reduces pictures to 16x16 pixels on an engine if they are many.

    Args:
        root: The data set, absolute; a reach says where links may lead.
        limits: Bounds on each file, as in the audit.
        workers: Number of processes of this machine that reduce few pictures.
        engine: The engine; None: this machine reduces all.
    """
    here = compare_in_workers.glancer(root, limits=limits, workers=workers)
    if engine is None:
        return here
    reach, chosen = Reach.of(root), engine

    def glance(paths: Sequence[str]) -> NDArray[np.float32]:
        if len(paths) < _LEAST_GLANCES:
            return here(paths)
        made = np.empty((len(paths), GLANCE_SIDE_PX, GLANCE_SIDE_PX), dtype=np.float32)
        cut, versions = _cut(len(paths), _LEAST_GLANCES), versions_of(limits)
        tasks = (
            GlanceTask(reach, limits, tuple(paths[one.start : one.stop]), versions) for one in cut
        )
        with interrupts.held_back():
            for number, greys in run_tasks(chosen, glance_task, tasks):
                made[cut[number].start : cut[number].stop] = greys
        return made

    return glance


def look_task(task: LookTask) -> list[Answer]:
    """Compare the pairs of a task in one child process.

    Raises:
        DatasetError: A data set is not on this machine.
        UsageError: This machine has other versions than the one that made the task.
        WorkerError: No child process can be started.
    """
    check_versions(task.versions, versions_of(task.limits))
    answers: list[Answer] = [[None]] * len(task.questions)
    asked = compare_in_workers.ask_workers(task.roots, task.limits, task.questions, 1)
    for position, answer in asked:
        answers[position] = answer
    if all(answer == [None] for answer in answers):
        check_present(task.roots[0], [question.first.path for question in task.questions])
        check_present(task.roots[1], [question.second.path for question in task.questions])
    return answers


def glance_task(task: GlanceTask) -> NDArray[np.float32]:
    """Reduce the pictures of a task in one child process; it raises what :func:`look_task` does."""
    check_versions(task.versions, versions_of(task.limits))
    greys = compare_in_workers.glance_in_workers(task.root, task.limits, task.paths, 1)
    if np.isnan(greys).all():
        check_present(task.root, task.paths)
    return greys


def _cut(count: int, least: int) -> list[range]:
    return in_pieces(range(count), size_of_task(count, least))
