"""Show the size of the cache, or clear it.

The cache holds what earlier audits read, so that unchanged files need not be read again. Your data
set is never touched.

Examples:
  catsclean cache info PetImages
  catsclean cache clear PetImages

Docs: https://github.com/catsclean/catsclean/blob/main/docs/performance.md#warm-audit
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from catsclean.cli import options
from catsclean.core import names
from catsclean.core import state as states
from catsclean.core.text import human_bytes
from catsclean.errors import StateError
from catsclean.scan import cache as caches


class CacheAction(StrEnum):
    """What to do with the cache."""

    INFO = "info"
    CLEAR = "clear"


def command(
    action: Annotated[
        CacheAction,
        typer.Argument(metavar="ACTION", help="info shows the size, clear deletes the cache."),
    ],
    path: options.OptionalRoot = None,
    state_dir: options.StateDir = None,
) -> None:
    state = states.locate(path, state_dir)
    state.remove_leftovers()
    state.exists(state.cache)  # raises if it cannot be read
    shown = names.text(str(state.cache))
    cache = caches.Cache(state.cache, "")
    if action is CacheAction.CLEAR:
        typer.echo(f"{human_bytes(cache.clear())} freed in {shown}")
        if cache.size_bytes():
            raise StateError(
                f"not all of {shown!r} could be deleted. Run this as a user who may delete it."
            )
    else:
        typer.echo(f"{human_bytes(cache.size_bytes())} in {shown}")
