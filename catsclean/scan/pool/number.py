"""The number of workers as a user gives it; loads nothing that starts one."""

from __future__ import annotations

import contextlib
import operator

from catsclean.errors import UsageError


def check_workers(workers: int | None) -> int | None:
    """Check a number of workers, before anything is done; NumPy's integers are numbers, too.

    Raises:
        UsageError: It is no whole number from 1 up, nor None.
    """
    if workers is None:
        return None
    with contextlib.suppress(TypeError):
        number = operator.index(workers)
        if number >= 1 and not isinstance(workers, bool):
            return number
    raise UsageError(
        "workers is a whole number from 1 up, or None for as many as the work is worth."
        f" Received: {workers!r}."
    )
