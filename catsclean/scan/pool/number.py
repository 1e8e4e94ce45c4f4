"""Check the number of workers that a user asks for, without loading the worker pool."""

from __future__ import annotations

import contextlib
import operator

from catsclean.errors import UsageError


def check_workers(workers: int | None) -> int | None:
    """Check a number of workers before any work begins; NumPy's integers count as well.

    Raises:
        UsageError: It is neither None nor a whole number from 1 up.
    """
    if workers is None:
        return None
    with contextlib.suppress(TypeError):
        number = operator.index(workers)
        if number >= 1 and not isinstance(workers, bool):
            return number
    raise UsageError(
        "workers must be a whole number from 1 up, or None to choose by the work."
        f" Received: {workers!r}."
    )
