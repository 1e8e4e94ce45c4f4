"""Shows how training goes: a bar with live figures on a terminal, a line an epoch everywhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from catsclean.training.run import TrainingProgress


@contextmanager
def showing_training(
    *, hidden: bool, bar: bool
) -> Iterator[Callable[[TrainingProgress], None] | None]:
    """Yield the callback for a training run; None where nothing is to be shown."""
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
    """Keep TensorFlow's own hints to its programmers off the user's terminal."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


class _View:
    def __init__(self, *, live: bool) -> None:

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._live = live
        self._bar: Any = None
        self._stage = ""
        self._task: Any = None
        self._device_said = False

    def __call__(self, progress: TrainingProgress) -> None:
        if progress.device is not None and not self._device_said:
            self._device_said = True
            self._say(f"device: {progress.device}")
        if progress.stage != self._stage:
            self._enter(progress.stage)
        if progress.stage == "decoding" and self._bar is not None:
            self._bar.update(
                self._task, completed=progress.done, total=progress.total, figures="pictures"
            )
        step = progress.step
        if step is None:
            return
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=(step.epoch - 1) * step.steps + step.step,
                total=step.epochs * step.steps,
                figures=f"epoch {step.epoch}/{step.epochs}"
                f"  loss {step.loss:.3f}  accuracy {step.accuracy:.3f}",
            )
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
        self._bar = Bar(
            TextColumn(stage), BarColumn(), TextColumn("{task.fields[figures]}", markup=False),
            TimeRemainingColumn(), console=self._console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=None, figures="")
        self._bar.start()

    def _say(self, line: str) -> None:

        self._console.print(Text(line))
