"""Improve an estimate of how one picture lies on another, in rounds, in reused memory.

A round needs some thirty arrays of the size of the picture.  Allocating and freeing them each time
would cost as much as the computation.
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CONVERGED: Final = 2e-3  # in half sides: a tenth of a pixel
_LONGEST_STEP: Final = 0.1
_LEAST_COVERED: Final = 0.4
_DIAGONAL: Final = np.diag_indices(6)


class Climber:
    """Lays square pictures of one size over one another; not thread-safe.

    Args:
        side: Side of the pictures, in pixels.
    """

    def __init__(self, side: int) -> None:
        self._side = side
        self._half = (side - 1) / 2
        count = side * side
        y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
        # y, x and 1 of the centres of the pixels, with corners at -1 and 1
        self._places = np.stack([y.ravel(), x.ravel(), np.ones(count)])
        self._to, self._corner, self._other = (np.empty((2, count)) for _ in range(3))
        self._near = np.empty((2, count), np.bool_)
        self._inside = np.empty(count, np.bool_)
        self._at = np.empty(count, np.intp)
        self._taken, self._upper, self._lower = (np.empty(count) for _ in range(3))
        self._mask, self._weights, self._below, self._above = (np.empty(count) for _ in range(4))
        self._slopes, self._own, self._along = (np.empty((6, count)) for _ in range(3))

    def warp(
        self, picture: NDArray[np.float64], matrix: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Lay a picture over another one.

        Args:
            picture: (S, S) greys.
            matrix: (3, 3) map from a place in the other picture to one in this picture.

        Returns:
            (S, S) greys, and (S, S) whether the picture covers each place; valid until the next
            call.
        """
        side, half, to = self._side, self._half, self._to
        np.matmul(matrix[:2], self._places, out=to)
        np.less_equal(np.abs(to, out=self._other), 1, out=self._near)
        np.logical_and(self._near[0], self._near[1], out=self._inside)
        to *= half
        to += half
        np.clip(to, 0, side - 1.001, out=to)
        np.floor(to, out=self._corner)
        to -= self._corner
        down, right = to
        np.multiply(self._corner[0], side, out=self._upper)
        self._upper += self._corner[1]
        np.copyto(self._at, self._upper, casting="unsafe")
        up, left = np.subtract(1, to, out=self._other)
        flat = picture.ravel()
        for row, first in ((self._upper, flat), (self._lower, flat[side:])):
            # no index is out of range; checking each one takes longer than fetching it
            first.take(self._at, out=row, mode="clip")
            first[1:].take(self._at, out=self._taken, mode="clip")
            np.multiply(row, left, out=row)
            np.multiply(self._taken, right, out=self._taken)
            np.add(row, self._taken, out=row)
        self._upper *= up
        self._lower *= down
        self._upper += self._lower
        return self._upper.reshape(side, side), self._inside.reshape(side, side)

    def climb(
        self,
        first: NDArray[np.float64],
        second: NDArray[np.float64],
        matrix: NDArray[np.float64],
        rounds: int,
    ) -> tuple[NDArray[np.float64], float]:
        """Find the best map, starting from an estimate.

        Args:
            first: (S, S) greys of the lower picture.
            second: (S, S) greys of the upper picture.
            matrix: (3, 3) the estimate.
            rounds: Largest number of rounds.

        Returns:
            The map, and the correlation under it.
        """
        self._set_slopes(first)
        slopes, own, mask, weights = self._slopes, self._own, self._mask, self._weights
        a, b = self._below, self._above
        flat = first.ravel()
        best, best_score = matrix, -1.0
        for _ in range(rounds):
            moved, covered = (part.ravel() for part in self.warp(second, matrix))
            inside = np.count_nonzero(covered)
            if inside / len(flat) < _LEAST_COVERED:
                break
            np.copyto(mask, covered)
            np.divide(mask, inside, out=weights)
            np.subtract(flat, flat @ weights, out=a)
            np.subtract(moved, moved @ weights, out=b)
            np.subtract(slopes, (slopes @ weights)[:, None], out=own)
            if inside < len(flat):
                for values in (a, b, own):
                    np.multiply(values, mask, out=values)
            scale_a, scale_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
            if scale_a < 1e-6 or scale_b < 1e-6:
                break
            score = float(a @ b) / (scale_a * scale_b)
            if score > best_score:
                best, best_score = matrix, score
            towards = np.divide(a, scale_a, out=self._taken)
            own -= np.multiply((own @ towards)[:, None], towards, out=self._along)
            normal = own @ own.T
            normal[_DIAGONAL] *= 1.01
            normal[_DIAGONAL] += 1e-9 * np.trace(normal) + 1e-12
            b *= scale_a / scale_b
            b -= a
            step = np.clip(np.linalg.solve(normal, own @ b), -_LONGEST_STEP, _LONGEST_STEP)
            change = np.eye(3)
            change[:2] += step.reshape(2, 3)
            matrix = matrix @ inverse(change)
            if np.abs(step).max() < _CONVERGED:
                break
        return best, best_score

    def _set_slopes(self, picture: NDArray[np.float64]) -> None:
        """Compute the derivatives of a picture by each of the six numbers of the map."""
        y, x, _ = self._places
        down, right = (self._slopes[row].reshape(picture.shape) for row in (2, 5))
        for slope, greys in ((down, picture), (right.T, picture.T)):
            # the same as np.gradient, in place
            np.subtract(greys[2:], greys[:-2], out=slope[1:-1])
            slope[1:-1] /= 2
            np.subtract(greys[1], greys[0], out=slope[0])
            np.subtract(greys[-1], greys[-2], out=slope[-1])
            np.multiply(slope, self._half, out=slope)
        for row in (0, 3):
            np.multiply(self._slopes[row + 2], y, out=self._slopes[row])
            np.multiply(self._slopes[row + 2], x, out=self._slopes[row + 1])


class _Kept(threading.local):
    def __init__(self) -> None:
        self.climbers: dict[int, Climber] = {}


_kept = _Kept()


def climber(side: int) -> Climber:
    """Return this thread's climber for pictures of so many pixels a side."""
    found = _kept.climbers.get(side)
    if found is None:
        found = _kept.climbers[side] = Climber(side)
    return found


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse map."""
    return np.linalg.inv(matrix).astype(np.float64, copy=False)
