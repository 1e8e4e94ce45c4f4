"""What a training run found, in sentences: its score, how far to trust it, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol

from catsclean.core.text import count
from catsclean.training.evaluate import Evaluation
from catsclean.training.learning_curve import Check, Estimate, LearningCurve

if TYPE_CHECKING:
    import pandas as pd

# A run that learns this well has seen all that its training pictures hold.
_LEARNED: Final = 0.97
# A gain in training accuracy, over the last third of the epochs, that more epochs would continue.
_STILL_RISES: Final = 0.01
_FEWEST_EPOCHS: Final = 3
_SHOWN: Final = 3


class Told(Protocol):
    """What is told of a run (:class:`catsclean.training.run.Run`, which has these attributes)."""

    @property
    def history(self) -> pd.DataFrame:
        """One row per epoch."""

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest validation loss."""

    @property
    def overfits_from(self) -> int | None:
        """The epoch from which it memorised its training pictures."""

    @property
    def has_epochs(self) -> bool:
        """Whether it saw its training pictures several times."""

    @property
    def stopped(self) -> str:
        """``finished``, ``early`` or ``interrupted``."""

    @property
    def validation(self) -> Evaluation:
        """Scores of the best model."""

    @property
    def test(self) -> Evaluation | None:
        """Its scores on the test split."""

    @property
    def untrained(self) -> tuple[str, ...]:
        """The classes without a training picture."""

    @property
    def folds(self) -> pd.DataFrame | None:
        """One row per fold."""

    @property
    def curve(self) -> LearningCurve | None:
        """How accuracy grows with the number of training pictures."""


def describe_run(run: Told) -> Iterator[str]:
    """Yield what a run found: its score, how far to trust it, and whether to go on."""
    best, folds = run.validation, run.folds
    score = f"accuracy {best.accuracy:.3f} ± {best.standard_error:.3f}"
    pictures = count(best.pictures, "picture")
    if not run.has_epochs:
        yield (
            f"Validation {score} on {pictures}."
            if folds is None
            else f"All folds: {score} on {pictures}, each judged by a model that was not trained on"
            " it."
        )
    elif folds is None:
        yield (
            f"Best at epoch {run.best_epoch} (lowest validation loss): validation {score}"
            f" on {pictures}."
        )
    else:
        yield (
            f"Best at epoch {run.best_epoch} (lowest loss over all folds): {score} on {pictures},"
            " each judged by a model that was not trained on it."
        )
    if folds is not None:
        accuracies = folds["accuracy"]
        yield f"The {len(folds)} folds: {accuracies.min():.3f} to {accuracies.max():.3f}."
    if said := _compare(best):
        yield said
    if run.test is not None:
        yield (
            f"Test accuracy of that model: {run.test.accuracy:.3f}"
            f" ± {run.test.standard_error:.3f} on {count(run.test.pictures, 'picture')}."
        )
    if said := _describe_untrained(run):
        yield said
    if run.overfits_from is not None:
        last = run.history.iloc[-1]
        yield (
            f"Overfits from epoch {run.overfits_from} on: at the end training accuracy is"
            f" {last['accuracy']:.3f}, validation accuracy {last['val_accuracy']:.3f}."
        )
    elif run.has_epochs and run.stopped == "finished" and _still_learns(run.history):
        last = run.history.iloc[-1]
        yield (
            f"No overfitting so far: training accuracy is {last['accuracy']:.3f} and still rises."
            f" More epochs would show it (--epochs {2 * len(run.history)},"
            f" epochs={2 * len(run.history)})."
        )
    if run.stopped == "early":
        yield "Stopped early: the validation loss no longer fell."
    if run.curve is not None:
        yield from _describe_curve(run.curve)


def _describe_untrained(run: Told) -> str:
    """Return how many pictures of classes without a training picture were scored, else nothing."""
    if not run.untrained:
        return ""
    scored = {"validation": run.validation, "test": run.test}
    parts = []
    for split, scores in scored.items():
        if scores is not None and (
            few := int(scores.per_class["pictures"][[*run.untrained]].sum())
        ):
            parts.append(f"{count(few, f'{split} picture')} ({few / scores.pictures:.1%})")
    if not parts:
        return ""
    named = ", ".join(run.untrained[:_SHOWN]) + (", …" if len(run.untrained) > _SHOWN else "")
    return (
        f"There were no training pictures of {named}, so the model cannot recognise the"
        f" {' and the '.join(parts)} of {'it' if len(run.untrained) == 1 else 'them'}."
    )


def _describe_curve(curve: LearningCurve) -> Iterator[str]:
    """Yield what more training pictures would do for this recipe."""
    first, last = curve.points[0], curve.points[-1]
    measured = (
        f"accuracy is {_shown(first)} with {first.pictures:,} training pictures and"
        f" {_shown(last)} with {last.pictures:,}"
    )
    if curve.gain is None:
        yield (
            f"Cannot tell whether more pictures would help: {measured}, and with too few of these"
            f" numbers it is better than always giving one answer ({curve.chance:.3f})."
        )
        return
    gain, low, high = curve.gain
    twice = f"twice as many added {gain:+.3f} ({low:+.3f} to {high:+.3f})"
    if curve.grows:
        yield f"More pictures help this recipe: {measured}; {twice}."
        more = [f"{one.pictures:,} would give about {_shown(one)}" for one in curve.forecasts]
        yield f"Forecast: {', '.join(more)}."
    elif curve.is_flat:
        yield (
            f"More pictures would hardly help this recipe: {measured}; {twice}. Another recipe or"
            " better labels may help."
        )
    else:
        yield (
            f"Not clear whether more pictures would help this recipe: {measured}; {twice}. A larger"
            " validation split would tell."
        )
    if curve.check is not None:
        yield _describe_check(curve.check)


def _describe_check(check: Check) -> str:
    said = (
        f"Check: from up to {check.fitted_up_to:,} pictures, {_shown(check.forecast)} would have"
        f" been forecast for {check.forecast.pictures:,}; it is {check.measured:.3f}."
    )
    return said if check.holds else f"{said} So don't rely on the forecast."


def _shown(one: Estimate) -> str:
    return f"{one.accuracy:.3f} ({one.low:.3f} to {one.high:.3f})"


def _still_learns(history: pd.DataFrame) -> bool:
    """Tell whether training accuracy rose over the last third of the epochs, and has room left."""
    accuracy = history["accuracy"].to_numpy()
    if len(accuracy) < _FEWEST_EPOCHS:
        return True
    third = max(1, len(accuracy) // 3)
    last, before = accuracy[-third:].mean(), accuracy[-2 * third : -third].mean()
    return bool(last < _LEARNED and last - before > _STILL_RISES)


def _compare(scores: Evaluation) -> str:
    """Return a warning if the model is no better than always giving one answer, else nothing."""
    label, share = scores.most_frequent
    if scores.accuracy - 2 * scores.standard_error > share:
        return ""
    judged = "No better" if scores.accuracy <= share else "Not clearly better"
    only = scores.only_answer
    return (
        f"{judged} than always answering {label}, the most frequent class: that gives {share:.3f}."
        + (f" The model answers {only} for every picture." if only else "")
    )
