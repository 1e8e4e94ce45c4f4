"""Compare the pixels of candidates in worker processes, if there are enough candidates.

An audit of many near-duplicates spends most of its time here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catsclean.core import stand_ins
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.duplicates import small_pictures
from catsclean.duplicates.compare import Answer, Ask, Question, Viewer, here, look
from catsclean.duplicates.small_pictures import Glance
from catsclean.images.read_file import read_file
from catsclean.scan.in_workers import cut, default_workers, worth
from catsclean.scan.pool import interrupts
from catsclean.scan.pool.dispatch import Failure, run_chunks
from catsclean.scan.pool.worker_process import Begin

# one comparison takes as long as reading so many bytes
_LOOK_BYTES: Final = 2**19
# reducing a small picture to 16x16 pixels takes as long as reading so many bytes
_GLANCE_BYTES: Final = 2**15
# two decoded pictures of the largest size that an audit reads
_MEMORY_BYTES: Final = 2**31


def looker(
    root: Path | Reach,
    other_root: Path | Reach | None = None,
    *,
    limits: Limits | None = None,
    workers: int | None = None,
) -> Ask:
    """Make a function that compares pairs: in this process if there are few, else in workers.

    Args:
        root: The data set, absolute; a reach says where links may lead.
        other_root: Data set of the second picture of each pair, if it is another one.
        limits: Bounds on each file, as in the audit; None: the defaults.
        workers: Number of processes; None: as many as pay off for the pairs, at most one for each
            processor.
    """
    bounds = limits or Limits()
    roots = Reach.of(root), Reach.of(other_root or root)

    def ask(questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        processes = min(workers or default_workers(), worth([_LOOK_BYTES] * len(questions)))
        if processes > 1:
            return ask_workers(roots, bounds, questions, processes)
        # with one root there is one viewer, which caches the first and second pictures together
        viewers = (_new_viewer(root, bounds) for root in dict.fromkeys(roots))
        return iter(here(*viewers)(questions))

    return ask


def ask_workers(
    roots: tuple[Reach, Reach], limits: Limits, questions: Sequence[Question], workers: int
) -> Iterator[tuple[int, Answer]]:
    """Compare pairs in worker processes, which are started for them.

    Args:
        roots: The data sets of the first and of the second picture of each pair.
        limits: Bounds on each file.
        questions: The pairs.
        workers: Number of processes.

    Yields:
        The position of each question, in any order, with its answer.
    """
    costs = [_LOOK_BYTES] * len(questions)
    paths = [question.first.path + question.second.path for question in questions]
    chunks = cut(costs, paths, workers)

    def make_task(
        chunk: range, _crashes: int
    ) -> tuple[tuple[Reach, Reach], Limits, Sequence[Question]]:
        with interrupts.admitted():
            brought.hold(chunk)
        return roots, limits, questions[chunk.start : chunk.stop]

    with (
        interrupts.held_back(),
        _bringing_pairs(roots, chunks, questions, limits) as brought,
    ):
        for chunk, answers in run_chunks(
            _look_at_chunk,
            make_task,
            chunks,
            workers=workers,
            initializer=_prepare,
            patience_s=2 * limits.patience_s,  # a comparison reads two files
        ):
            # pictures that crash a worker cannot be compared
            told = [[None]] if isinstance(answers, Failure) else answers
            brought.release(chunk)
            yield from zip(chunk, told, strict=True)


@contextmanager
def _bringing_pairs(
    roots: tuple[Reach, Reach],
    chunks: Sequence[range],
    questions: Sequence[Question],
    limits: Limits,
) -> Iterator[_BroughtPairs]:
    """Bring both pictures of each question, if a data set is elsewhere."""
    first, second = (reach.root for reach in roots)
    if first == second:
        together = stand_ins.bringing(
            first,
            chunks,
            lambda n: (questions[n].first.path, questions[n].second.path),
            limits.max_bytes,
        )
        with together as brought:
            yield _BroughtPairs((brought,))
        return
    with (
        stand_ins.bringing(
            first, chunks, lambda n: (questions[n].first.path,), limits.max_bytes
        ) as one,
        stand_ins.bringing(
            second, chunks, lambda n: (questions[n].second.path,), limits.max_bytes
        ) as other,
    ):
        yield _BroughtPairs((one, other))


class _BroughtPairs(NamedTuple):
    """What brings the pictures of both data sets."""

    both: tuple[stand_ins.Brought, ...]

    def hold(self, chunk: range) -> None:
        for one in self.both:
            one.hold(chunk)

    def release(self, chunk: range) -> None:
        for one in self.both:
            one.release(chunk)


def glancer(
    root: Path | Reach, *, limits: Limits | None = None, workers: int | None = None
) -> Glance:
    """Make a function that reduces pictures to 16x16 pixels, in workers if they are many.

    Args:
        root: The data set, absolute; a reach says where links may lead.
        limits: Bounds on each file; None: the defaults.
        workers: Number of processes; None: as many as pay off for the pictures.
    """
    bounds, reach = limits or Limits(), Reach.of(root)

    def glance(paths: Sequence[str]) -> NDArray[np.float32]:
        processes = min(workers or default_workers(), worth([_GLANCE_BYTES] * len(paths)))
        if processes <= 1:
            return _glances(reach, bounds, paths, lambda _: None)
        return glance_in_workers(reach, bounds, paths, processes)

    return glance


def glance_in_workers(
    root: Reach, limits: Limits, paths: Sequence[str], workers: int
) -> NDArray[np.float32]:
    """Reduce pictures to 16x16 pixels in worker processes, which are started for them.

    Args:
        root: The data set.
        limits: Bounds on each file.
        paths: The pictures.
        workers: Number of processes.

    Returns:
        (N, 16, 16) greys; NaN for a picture that cannot be read.
    """
    side = small_pictures.GLANCE_SIDE_PX
    made = np.full((len(paths), side, side), np.nan, dtype=np.float32)

    def make_task(chunk: range, _crashes: int) -> tuple[Reach, Limits, Sequence[str]]:
        with interrupts.admitted():
            brought.hold(chunk)
        return root, limits, paths[chunk.start : chunk.stop]

    chunks = cut([_GLANCE_BYTES] * len(paths), list(paths), workers)
    with (
        interrupts.held_back(),
        stand_ins.bringing(root.root, chunks, lambda n: (paths[n],), limits.max_bytes) as brought,
    ):
        for chunk, found in run_chunks(
            _glance_at_chunk,
            make_task,
            chunks,
            workers=workers,
            initializer=_prepare,
            patience_s=limits.patience_s,
        ):
            brought.release(chunk)
            if not isinstance(found, Failure):
                made[chunk.start : chunk.stop] = found
    return made


def _glance_at_chunk(task: Any, begin: Begin) -> NDArray[np.float32]:
    root, limits, paths = task
    found = _glances(root, limits, paths, begin)
    begin(-1)
    return found


def _glances(
    root: Reach, limits: Limits, paths: Sequence[str], begin: Callable[[int], None]
) -> NDArray[np.float32]:

    from catsclean.images.load import load_rgb

    side = small_pictures.GLANCE_SIDE_PX
    made = np.full((len(paths), side, side), np.nan, dtype=np.float32)
    for row, path in enumerate(paths):
        begin(row)
        try:
            made[row] = small_pictures.glance_at(load_rgb(root, path, limits=limits))
        except (OSError, ValueError):
            continue
    return made


def _prepare() -> None:

    from catsclean.scan import worker  # only worker processes load the decoders

    worker.prepare(_MEMORY_BYTES)


def _look_at_chunk(task: Any, begin: Begin) -> list[Answer]:
    roots, limits, questions = task
    firsts, seconds = (_viewer(root, limits) for root in roots)
    answers = []
    for row, question in enumerate(questions):
        begin(row)
        answers.append(look(firsts, seconds, question))
    begin(-1)
    return answers


# kept by each worker, because the next chunk often needs the same pictures
_viewers: dict[tuple[Reach, Limits], Viewer] = {}


def _viewer(root: Reach, limits: Limits) -> Viewer:
    key = root, limits
    if key not in _viewers:
        _viewers[key] = _new_viewer(root, limits)
    return _viewers[key]


def _new_viewer(root: Reach, limits: Limits) -> Viewer:
    def load(path: str, max_side: int | None) -> Any:
        from catsclean.images.load import load_rgb  # most audits compare no pixels

        return load_rgb(root, path, max_side=max_side, limits=limits)

    def read(path: str) -> bytes:
        return read_file(root, path, limits.max_bytes)[0]

    return Viewer(load, read)
