"""A progress bar for notebooks; in a terminal the same bar is drawn with characters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from catsclean.scan.scan import Progress, ProgressCallback


@contextmanager
def showing_bar(description: str = "") -> Iterator[ProgressCallback]:
    """Yield the callback for an audit's `progress`, and close the bar at the end.

    Args:
        description: Text of the bar while files are read; empty: ``reading``, and whether content
            is examined.

    Example:
        ::

            with showing_bar() as progress:
                audit = catsclean.audit("PetImages", progress=progress)
    """
    with tqdm(total=0, desc=description or "reading", unit=" files") as bar:

        def show(progress: Progress) -> None:
            done, bar.total, unit = progress.counted
            own = description if progress.stage == "reading" else ""
            bar.set_description(own or progress.description, refresh=False)
            bar.unit = f" {unit}"
            bar.update(done - bar.n)

        yield show
