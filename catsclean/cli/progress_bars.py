"""Show the progress of an audit: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich import console as consoles
from rich import progress as bars

from catsclean.scan import scan

_HIDDEN_SECONDS = 1.0
_LINE_SECONDS = 30.0


@contextmanager
def showing_progress(*, hidden: bool) -> Iterator[scan.ProgressCallback | None]:
    """Yield the callback for an audit; None if nothing is shown."""
    if hidden:
        yield None
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    bar = bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=30),  # all columns fit into 80 characters
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[unit]}"),
        bars.TimeRemainingColumn(),
        console=consoles.Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("reading", total=None, unit="files")
    begun = time.monotonic()
    started = False
    stage = "reading"

    def show(progress: scan.Progress) -> None:
        nonlocal started, stage, task
        if not started and time.monotonic() - begun > _HIDDEN_SECONDS:
            bar.start()
            started = True
        done, total, unit = progress.counted
        if progress.stage != stage:
            stage = progress.stage
            # a new task: the total of an old one cannot become unknown again
            bar.remove_task(task)
            task = bar.add_task(progress.description, total=total or None, unit=unit)
        if stage == "reading":
            # time goes by bytes, people count files
            share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 1.0
            done = round(share * total)
        bar.update(
            task,
            description=progress.description,
            completed=done,
            total=total if stage == "reading" else total or None,
        )

    try:
        yield show
    finally:
        if started:
            bar.stop()


class _Lines:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, progress: scan.Progress) -> None:
        now = time.monotonic()
        if now - self._last >= _LINE_SECONDS:
            self._last = now
            done, total, unit = progress.counted
            line = f"{progress.description}: {done:,} of {total:,} {unit}"
            if not total:
                line = f"{progress.description}: searching for {unit}"
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line
