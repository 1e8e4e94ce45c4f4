"""The steps of a search for pairs: each can be done alone, in any order and on any machine.

A step is given the hashes and its number, and finds the pairs within the radius by these hashes
alone.  Whoever collects them (:class:`~.pair_collector.Found`) takes pairs in any order.  Crowds
are different: how a crowd is linked depends on those before it.  So steps name their crowds, and
these are linked in the order of the steps, whichever process finished first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from catsclean.duplicates.pair_collector import Found
from catsclean.duplicates.saved_search import SavedSearch
from catsclean.scan.pool import interrupts

# Takes both ends of some pairs, each pair once.
Report = Callable[[NDArray[np.intp], NDArray[np.intp]], None]

#: The most pairs that a step sends: 2 MB.  A step with more is done where they are collected.
MOST_PAIRS: Final = 1 << 18
# Members of crowds that wait for their turn: 64 MB.  Those of a step beyond are forgotten, and the
# step is done again when it is its turn.
_MOST_WAITING: Final = 1 << 24


class TooCrowdedError(Exception):
    """The buckets are so uneven that comparing all with all is cheaper."""


class StepResult(NamedTuple):
    """What a step has besides its pairs.

    Attributes:
        crowds: The members of each crowd.
        work: Number of distances that the step stands for.
    """

    crowds: tuple[NDArray[np.intp] | NDArray[np.uint32], ...] = ()
    work: int = 0


class Steps(Protocol):
    """The steps of a search; it can be pickled."""

    @property
    def count(self) -> int:
        """Number of steps."""

    @property
    def radius(self) -> int:
        """Largest distance."""

    @property
    def seconds(self) -> float:
        """Time of one core for a step, estimated."""

    @property
    def most_work(self) -> float:
        """With more distances, the search is given up."""

    @property
    def most_members(self) -> int:
        """The most members that the crowds of a step usually have."""

    def run(self, words: NDArray[np.uint64], number: int, report: Report) -> StepResult:
        """Do a step: report its pairs.

        Args:
            words: (W, n) words of the hashes.
            number: Number of the step, from 0.
            report: Takes the pairs, as positions.
        """

    def column(self, number: int) -> int:
        """Return which word of the hashes a step looks at."""


class StepAnswer(NamedTuple):
    """What a step found elsewhere.

    Attributes:
        first: (P,) one end of the pairs, as positions.
        second: (P,) their other end.
        result: Its crowds and its work.
    """

    first: NDArray[np.uint32]
    second: NDArray[np.uint32]
    result: StepResult


class _TooManyError(Exception):
    """A step has more pairs than it may send."""


def answer_of(steps: Steps, words: NDArray[np.uint64], number: int) -> StepAnswer | None:
    """Do one step for another process; None if it has too many pairs to send."""
    ends: list[tuple[NDArray[np.uint32], NDArray[np.uint32]]] = []
    held = 0

    def report(first: NDArray[np.intp], second: NDArray[np.intp]) -> None:
        nonlocal held
        held += len(first)
        if held > MOST_PAIRS:
            raise _TooManyError
        ends.append((first.astype(np.uint32), second.astype(np.uint32)))

    try:
        crowds, work = steps.run(words, number, report)
    except _TooManyError:
        return None
    none = np.empty(0, np.uint32)
    first, second = (np.concatenate([none, *(pair[end] for pair in ends)]) for end in (0, 1))
    return StepAnswer(
        first, second, StepResult(tuple(ids.astype(np.uint32) for ids in crowds), int(work))
    )


class Collecting:
    """Collects the pairs of all steps of a search."""

    def __init__(
        self, steps: Steps, words: NDArray[np.uint64], found: Found, saved: SavedSearch | None
    ) -> None:
        """Go on from where an earlier search was.

        Args:
            steps: The steps.
            words: (W, n) words of the hashes.
            found: Takes the pairs.
            saved: Saves how far the search is.
        """
        self._steps = steps
        self._words = words
        self._found = found
        self._saved = saved
        self._waiting: dict[int, StepResult | None] = {}
        self._members = 0
        if saved is not None:
            saved.resume(found)

    @property
    def left(self) -> range:
        """The steps that are not finished."""
        return range(self._found.steps, self._steps.count)

    def take(self, answers: Iterable[tuple[int, StepAnswer | None]]) -> None:
        """Take the answers of steps that were done elsewhere, in any order.

        Raises:
            TooCrowdedError: There is far more work than comparing all pairs.
        """
        for number, answer in answers:
            with interrupts.admitted():
                self._take(number, answer)

    def finish(self) -> None:
        """Do all steps that are not finished.

        Raises:
            TooCrowdedError: There is far more work than comparing all pairs.
        """
        for number in self.left:
            if number >= self._found.steps:  # else it came along with an earlier one
                self._take(number, None)

    def _take(self, number: int, answer: StepAnswer | None) -> None:
        if answer is None:
            self._waiting[number] = None
        else:
            self._found.add(answer.first.astype(np.intp), answer.second.astype(np.intp))
            self._wait(number, answer.result)
        while self._found.steps in self._waiting:
            self._end_step(self._waiting.pop(self._found.steps))

    def _wait(self, number: int, result: StepResult) -> None:
        members = _members(result)
        if number > self._found.steps and self._members + members > _MOST_WAITING:
            self._waiting[number] = None
        else:
            self._waiting[number] = result
            self._members += members

    def _end_step(self, result: StepResult | None) -> None:
        found = self._found
        if result is None:
            # pairs that it has reported before count once
            result = self._steps.run(self._words, found.steps, found.add)
        else:
            self._members -= _members(result)
        values = self._words[self._steps.column(found.steps)]
        for ids in result.crowds:
            members = ids.astype(np.intp)
            found.work += found.crowd(members, values[members], self._steps.radius)
        found.work += result.work
        if found.work > self._steps.most_work:
            raise TooCrowdedError
        found.steps += 1
        if self._saved is not None:
            self._saved.keep(found)


def _members(result: StepResult) -> int:
    return sum(map(len, result.crowds))
