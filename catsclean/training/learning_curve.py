"""How accuracy grows with the number of training pictures, and what twice as many would give.

Several models are trained on parts of the training pictures, and all are tested on the same
pictures.  Two errors matter.  Other training pictures and another seed would give another accuracy:
repeats show how far.  Other test pictures would, too: the test pictures are drawn again and again
with replacement (a bootstrap), whole groups of copies at a time.

Accuracy is extrapolated by an inverse power law, error = a + b / pictures^c (Hestness et al. 2017,
"Deep learning scaling is predictable, empirically").  Few sizes cannot tell how much of the error
stays (a), so every share of it counts by how well it fits.  Nothing is extrapolated if the curve is
flat within its error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: Share of the intervals.
CONFIDENCE: Final = 0.95
#: The forecasts: so many times the training pictures.
TIMES: Final = (2, 4)
_DRAWS: Final = 2_000
_CHUNK: Final = 100
_LEAST_SIZES: Final = 3
# shares of the smallest error that may stay however many pictures there are
_STAYING: Final = np.linspace(0.0, 0.95, 20)
# a smaller gain by twice the pictures is none: few would collect them for it
_HARDLY: Final = 0.01
# laws of this kind fit real curves no better than this, as a share of pictures
_MISFIT: Final = 0.004
_SMALLEST_ERROR: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Estimate:
    """An accuracy, measured or forecast.

    Attributes:
        pictures: Number of training pictures.
        accuracy: The accuracy.
        low: Lower bound of its 95 % interval, which includes the error of the test pictures.
        high: Upper bound.
    """

    pictures: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Check:
    """The forecast that the smaller sizes would have given for the largest one.

    Attributes:
        fitted_up_to: The largest number of training pictures that it knows.
        forecast: The forecast.
        measured: The accuracy that was measured.
    """

    fitted_up_to: int
    forecast: Estimate
    measured: float

    @property
    def holds(self) -> bool:
        """Whether what was measured lies in the interval."""
        return self.forecast.low <= self.measured <= self.forecast.high


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Accuracy by number of training pictures.

    Attributes:
        points: What was measured, by size.
        chance: Accuracy of always answering the most frequent class.
        gain: What twice the pictures added to the accuracy, on average over the sizes at which the
            model is better than chance: estimate, lower and upper bound.  None if there are fewer
            than three such sizes.
        forecasts: What more pictures would give; empty if the curve is flat, or unknown.
        check: How well the smaller sizes forecast the largest one; None if there are too few.
    """

    points: tuple[Estimate, ...]
    chance: float
    gain: tuple[float, float, float] | None
    forecasts: tuple[Estimate, ...]
    check: Check | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for ``run.json``."""
        return asdict(self)

    @property
    def grows(self) -> bool:
        """Whether more pictures gave a better model, beyond the error."""
        return self.gain is not None and self.gain[1] > 0

    @property
    def is_flat(self) -> bool:
        """Whether twice the pictures would add less than a hundredth, whatever the error."""
        return self.gain is not None and not self.grows and self.gain[2] < _HARDLY


def draw_curve(
    sizes: Sequence[int],
    right: NDArray[np.bool_],
    groups: NDArray[np.int64],
    chance: float,
    seed: int = 0,
) -> LearningCurve:
    """Estimate a learning curve, and what more pictures would give.

    Args:
        sizes: Numbers of training pictures, ascending.
        right: (sizes, repeats, test pictures): whether the model of a size and a repeat gave the
            right label.
        groups: (test pictures,): group of copies of each test picture, from 0.
        chance: Accuracy of always answering the most frequent class.
        seed: Random seed of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    draws, errors = _draw(right, groups, rng)
    measured = right.mean(axis=(1, 2))
    points = tuple(
        _estimate(size, float(mean), draws[:, at])
        for at, (size, mean) in enumerate(zip(sizes, measured, strict=True))
    )
    better = [point.low > chance for point in points]
    # a model that guesses follows no law: the sizes from the first one on that all are better
    first = len(better) - next((n for n, ok in enumerate(better[::-1]) if not ok), len(better))
    usable = slice(first, len(sizes))
    gain = forecasts = check = None
    if len(sizes) - first >= _LEAST_SIZES:
        law = _Law(np.array(sizes[usable]), draws[:, usable], errors[usable])
        gain = law.gain
        if law.grows:
            forecasts = tuple(law.forecast(times * sizes[-1], rng) for times in TIMES)
    before = slice(first, len(sizes) - 1)
    if len(sizes) - 1 - first >= _LEAST_SIZES:
        law = _Law(np.array(sizes[before]), draws[:, before], errors[before])
        forecast = law.forecast(sizes[-1], rng, errors[-1])
        check = Check(sizes[-2], forecast, float(measured[-1]))
    return LearningCurve(points, chance, gain, forecasts or (), check)


class _Law:
    """The law of a curve, for every draw of the bootstrap.

    Args:
        sizes: Numbers of training pictures.
        draws: (draws, sizes) accuracies.
        errors: (sizes,) standard error of each by the choice of training pictures and the seed.
    """

    def __init__(
        self, sizes: NDArray[np.int64], draws: NDArray[np.float64], errors: NDArray[np.float64]
    ) -> None:
        self._x = np.log2(sizes)
        self._draws = draws
        self._variances = errors**2 + _MISFIT**2
        slopes, _ = _line(self._x, draws, 1 / self._variances)
        low, high = _interval(slopes)
        self.gain = (float(slopes.mean()), low, high)
        self.grows = low > 0

    def forecast(self, pictures: int, rng: np.random.Generator, error: float = 0.0) -> Estimate:
        """Return the accuracy with more pictures; if none is gained, that of the largest sizes."""
        if self.grows:
            found = self._extrapolate(np.log2(pictures), rng)
        else:
            found = self._draws[:, -2:].mean(axis=1)
        found = np.clip(found + error * rng.standard_normal(len(found)), 0, 1)
        return _estimate(pictures, float(np.median(found)), found)

    def _extrapolate(self, x: float, rng: np.random.Generator) -> NDArray[np.float64]:
        errors = np.maximum(1 - self._draws, _SMALLEST_ERROR)
        least = errors.min(axis=1, keepdims=True)
        fits = [self._fit(errors, share * least, x) for share in _STAYING]
        misfits = np.stack([misfit for _, misfit in fits])
        likely = np.exp(-(misfits - misfits.min(axis=0)) / 2)
        chosen = (likely.cumsum(axis=0) / likely.sum(axis=0) < rng.random(len(errors))).sum(axis=0)
        found = np.stack([accuracy for accuracy, _ in fits])
        picked: NDArray[np.float64] = found[chosen, np.arange(len(errors))]
        return picked

    def _fit(
        self, errors: NDArray[np.float64], staying: NDArray[np.float64], x: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the law for an error that stays; return the accuracy at `x`, and the misfit."""
        going = errors - staying
        # the error of a logarithm is the relative error
        slopes, middles = _line(self._x, np.log(going), going**2 / self._variances)
        slopes = np.minimum(slopes, 0)  # more pictures are never expected to harm
        weights = going**2 / self._variances
        centre = (weights * self._x).sum(axis=1) / weights.sum(axis=1)
        fitted = np.exp(middles[:, None] + slopes[:, None] * (self._x - centre[:, None]))
        misfit = ((going - fitted) ** 2 / self._variances).sum(axis=1)
        return 1 - staying[:, 0] - np.exp(middles + slopes * (x - centre)), misfit


def _line(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a weighted line to each row of `y`; return slopes, and heights at the mean of `x`."""
    weights = np.broadcast_to(weights, y.shape)
    total = weights.sum(axis=1)
    middle = (weights * y).sum(axis=1) / total
    away = x - ((weights * x).sum(axis=1) / total)[:, None]
    slopes = (weights * away * y).sum(axis=1) / (weights * away**2).sum(axis=1)
    return slopes, middle


def _draw(
    right: NDArray[np.bool_], groups: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw accuracies; return them, and the standard error of each size by its repeats."""
    sizes, repeats, _ = right.shape
    number = int(groups.max()) + 1
    pictures = np.bincount(groups, minlength=number)
    flat = right.reshape(sizes * repeats, -1)
    hits = np.stack([np.bincount(groups, weights=row, minlength=number) for row in flat], axis=1)
    found = []
    for size in _chunks(_DRAWS):
        times = rng.multinomial(number, np.full(number, 1 / number), size=size)
        found.append((times @ hits) / (times @ pictures)[:, None])
    means = np.concatenate(found).reshape(_DRAWS, sizes, repeats).mean(axis=2)
    spread = right.mean(axis=2).std(axis=1, ddof=1) if repeats > 1 else np.zeros(sizes)
    # the largest size has one set of pictures: its repeats differ less than other sets would
    spread = np.maximum(spread, 0.5 * np.sqrt((spread**2).mean()))
    errors = spread / np.sqrt(repeats)
    noise = rng.standard_t(max(1, repeats - 1), size=means.shape) if repeats > 1 else 0.0
    return means + noise * errors, errors


def _chunks(number: int) -> Iterator[int]:
    yield from [_CHUNK] * (number // _CHUNK)


def _interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _estimate(pictures: int, accuracy: float, draws: NDArray[np.float64]) -> Estimate:
    low, high = _interval(draws)
    return Estimate(pictures, accuracy, max(0.0, low), min(1.0, high))
