"""Show training progress: a line per epoch; on a terminal, also a bar and a small curve."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich import console as consoles
from rich import progress as bars
from rich import text

from catsclean import training
from catsclean.cli.sparkline import sparkline

# with more epochs, a block stands for several of them
_MOST_BLOCKS: Final = 60


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
        self._accuracies: list[float] = []
        self._below = ""

    def __call__(self, progress: training.TrainingProgress) -> None:
        if progress.device is not None and not self._device_said:
            self._device_said = True
            self._say(f"device: {progress.device}")
        if progress.stage != self._stage:
            self._enter(progress.stage)
        if progress.stage == "training" and progress.fold > self._fold:
            self._say_curve()
            self._fold = progress.fold
            self._say(f"{progress.part} {progress.fold} of {progress.folds}")
        if progress.stage in {"decoding", "embedding"} and self._bar is not None:
            self._bar.update(
                self._task, completed=progress.done, total=progress.total, figures="pictures"
            )
        step = progress.step
        if step is None and progress.part != "model":
            return
        if self._bar is not None:
            done, total, _ = progress.counted
            self._bar.update(self._task, completed=done, total=total, figures=progress.description)
        # a learning curve has dozens of models: a line each is enough
        if step is not None and step.finished is not None and progress.part != "model":
            row = step.finished
            self._say(
                # 80 columns hold it; all figures by their full names are in history.csv
                f"epoch {step.epoch:>3}/{step.epochs}"
                f"  accuracy {row['accuracy']:.3f}  val {row['val_accuracy']:.3f}"
                f"  loss {row['loss']:.3f}  val {row['val_loss']:.3f}  {row['seconds']:.1f} s"
            )
            self._accuracies.append(row["val_accuracy"])
            self._below = self._draw_curve()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw_curve(self) -> str:
        """Draw the validation accuracy of each epoch; nothing if the terminal lacks the blocks."""
        name, values = "val accuracy", self._accuracies
        if len(values) < 2 or self._console.options.ascii_only:
            return ""
        ends = f"{values[0]:.3f} to {values[-1]:.3f}, best {max(values):.3f}"
        room = self._console.width - len(name) - len(ends) - 5
        blocks = sparkline(values, min(room, _MOST_BLOCKS))
        return f"{name}  {blocks}  {ends}" if blocks else ""

    def _say_curve(self) -> None:
        """Leave the curve behind, on a terminal; elsewhere, lines of figures are enough."""
        if self._live and (curve := self._draw_curve()):
            self._say(curve)
        self._accuracies = []
        self._below = ""

    def _enter(self, stage: str) -> None:
        self._say_curve()
        self.close()
        self._stage = stage
        if not self._live:
            return
        self._bar = _make_bar(
            lambda: self._below,
            bars.TextColumn(stage),
            bars.BarColumn(bar_width=20),  # all columns fit into 80 characters
            bars.TextColumn("{task.fields[figures]}", markup=False),
            bars.TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, figures="")
        self._bar.start()

    def _say(self, line: str) -> None:
        self._console.print(text.Text(line))


def _make_bar(below: Callable[[], str], *columns: Any, **options: Any) -> Any:
    """Make a bar with a line of text below it."""

    class BarWithCurve(bars.Progress):  # here, because this module must not load rich
        def get_renderables(self) -> Iterable[Any]:
            yield from super().get_renderables()
            if line := below():
                yield text.Text(line, no_wrap=True, overflow="crop")

    return BarWithCurve(*columns, **options)
