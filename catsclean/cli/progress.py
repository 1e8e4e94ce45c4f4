"""Shows how far a scan has come: one bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catsclean.scan.gather import Progress, ProgressCallback

_HIDDEN_SECONDS = 1.0
_LINE_SECONDS = 30.0


@contextmanager
def showing_progress(*, hidden: bool) -> Iterator[ProgressCallback | None]:
    """Yield the callback for an audit; None where nothing is to be shown."""
    if hidden:
        yield None
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as Bar,
    )

    console = Console(stderr=True)
    bar = Bar(
        TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TextColumn("files"),
        TimeRemainingColumn(), console=console, transient=True,
    )  # fmt: skip
    task = bar.add_task("", total=None)
    begun = time.monotonic()
    started = False

    def show(progress: Progress) -> None:
        nonlocal started
        if not started and time.monotonic() - begun > _HIDDEN_SECONDS:
            bar.start()
            started = True
        # time goes by bytes, people count files
        share = progress.done_bytes / progress.total_bytes if progress.total_bytes else 1.0
        bar.update(task, completed=round(share * progress.total_files), total=progress.total_files)

    try:
        yield show
    finally:
        if started:
            bar.stop()


class _Lines:
    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last >= _LINE_SECONDS:
            self._last = now
            line = f"reading: {progress.done_files:,} of {progress.total_files:,} files"
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line
