"""The curves of a training run while it trains, in a notebook's cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from catsclean.core.notebook_view import NotebookView
from catsclean.training.fit import find_best
from catsclean.training.run import TrainingProgress


@dataclass(frozen=True)
class CurvesSoFar(NotebookView):
    """The epochs that a run has finished.

    Attributes:
        history: One row per finished epoch.
        epochs: Number of the last epoch, unless training stops early.
        fold: Number of the fold that is trained for, from 1; 0 in a run without folds.
        folds: Number of folds.
    """

    history: tuple[dict[str, float], ...]
    epochs: int
    fold: int = 0
    folds: int = 0

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest validation loss so far."""
        return find_best(list(self.history))

    def __repr__(self) -> str:
        last = self.history[-1]
        return (
            f"<Training: epoch {last['epoch']:.0f} of {self.epochs}, validation accuracy"
            f" {last['val_accuracy']:.3f}>"
        )


@contextmanager
def showing_curves() -> Iterator[Callable[[TrainingProgress], None]]:
    """Yield a progress callback that draws the curves into the cell, and again after each epoch.

    The cell has one drawing, which is replaced; the last one stays in the saved notebook.
    """
    yield _Drawing()


class _Drawing:
    def __init__(self) -> None:
        self._handle: Any = None
        self._rows: list[dict[str, float]] = []
        self._fold = 0

    def __call__(self, progress: TrainingProgress) -> None:
        step = progress.step
        if step is None or step.finished is None or progress.part == "model":
            return  # of a learning curve, the curves of single models say little
        if progress.fold != self._fold:
            self._fold, self._rows = progress.fold, []
        self._rows.append(step.finished)
        curves = CurvesSoFar(tuple(self._rows), step.epochs, progress.fold, progress.folds)
        if self._handle is None:
            from IPython import display  # this runs in notebooks only

            show: Any = display.display  # IPython does not say what it takes
            self._handle = show(curves, display_id=True)
        else:
            self._handle.update(curves)
