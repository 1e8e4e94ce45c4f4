"""Show or clear the evidence that is kept between audits; the data set is never touched."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from catsclean.cli import options
from catsclean.core import names
from catsclean.core.state import locate
from catsclean.core.text import human_bytes
from catsclean.errors import StateError
from catsclean.scan.cache import Cache


class CacheAction(StrEnum):
    """What to do with the cache."""

    INFO = "info"
    CLEAR = "clear"


def command(
    action: Annotated[
        CacheAction,
        typer.Argument(help="'info' says where it is and how large; 'clear' deletes it."),
    ],
    path: options.OptionalRoot = None,
    state_dir: options.StateDir = None,
) -> None:
    state = locate(path, state_dir)
    state.remove_leftovers()
    state.exists(state.cache)  # raises where it cannot be looked into
    shown = names.text(str(state.cache))
    cache = Cache(state.cache, "")
    if action is CacheAction.CLEAR:
        typer.echo(f"{human_bytes(cache.clear())} freed in {shown}")
        if cache.size_bytes():
            raise StateError(f"not all of {shown!r} could be deleted. Run this as a user who can.")
    else:
        typer.echo(f"{human_bytes(cache.size_bytes())} in {shown}")
