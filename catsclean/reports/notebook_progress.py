"""A progress bar for notebooks; in a terminal the same bar is drawn with characters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from catsclean.scan.scan import Progress, ProgressCallback


@contextmanager
def showing_bar(description: str = "reading") -> Iterator[ProgressCallback]:
    """Yield the callback for an audit's `progress`, and close the bar at the end.

    Example:
        ::

            with showing_bar() as progress:
                audit = catsclean.audit("PetImages", progress=progress)
    """
    with tqdm(total=0, desc=description, unit=" files") as bar:

        def show(progress: Progress) -> None:
            done, bar.total, unit = progress.counted
            if progress.stage != "reading":  # while reading, the bar keeps the caller's description
                bar.set_description(progress.stage, refresh=False)
                bar.unit = f" {unit}"
            bar.update(done - bar.n)

        yield show
