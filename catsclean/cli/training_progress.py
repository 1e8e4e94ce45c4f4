"""Show training progress: a bar with live figures on a terminal, a line per epoch everywhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich import console as consoles
from rich import progress as bars
from rich import text

from catsclean import training


@contextmanager
def showing_training(
    *, hidden: bool, bar: bool
) -> Iterator[Callable[[training.TrainingProgress], None] | None]:
    """Yield the callback for a training run; None if nothing is shown."""
    hush_tensorflow()
    if hidden:
        yield None
        return
    view = _View(live=bar and sys.stderr.isatty())
    try:
        yield view
    finally:
        view.close()


def hush_tensorflow() -> None:
    """Hide TensorFlow's hints to programmers."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


class _View:
    def __init__(self, *, live: bool) -> None:
        self._console = consoles.Console(stderr=True, highlight=False, soft_wrap=True)
        self._live = live
        self._bar: Any = None
        self._stage = ""
        self._task: Any = None
        self._device_said = False
        self._fold = 0

    def __call__(self, progress: training.TrainingProgress) -> None:
        if progress.device is not None and not self._device_said:
            self._device_said = True
            self._say(f"device: {progress.device}")
        if progress.stage != self._stage:
            self._enter(progress.stage)
        if progress.stage == "training" and progress.fold > self._fold:
            self._fold = progress.fold
            self._say(f"fold {progress.fold} of {progress.folds}")
        if progress.stage in {"decoding", "embedding"} and self._bar is not None:
            self._bar.update(
                self._task, completed=progress.done, total=progress.total, figures="pictures"
            )
        step = progress.step
        if step is None:
            return
        if self._bar is not None:
            done, total, _ = progress.counted
            self._bar.update(self._task, completed=done, total=total, figures=progress.description)
        if step.finished is not None:
            row = step.finished
            self._say(
                # 80 columns hold it; all figures by their full names are in history.csv
                f"epoch {step.epoch:>3}/{step.epochs}"
                f"  accuracy {row['accuracy']:.3f}  val {row['val_accuracy']:.3f}"
                f"  loss {row['loss']:.3f}  val {row['val_loss']:.3f}  {row['seconds']:.1f} s"
            )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _enter(self, stage: str) -> None:
        self.close()
        self._stage = stage
        if not self._live:
            return
        self._bar = bars.Progress(
            bars.TextColumn(stage),
            bars.BarColumn(),
            bars.TextColumn("{task.fields[figures]}", markup=False),
            bars.TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, figures="")
        self._bar.start()

    def _say(self, line: str) -> None:
        self._console.print(text.Text(line))
