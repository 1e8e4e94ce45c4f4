"""Limit linear algebra libraries to one thread: more would only busy-wait for one another."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

OPENBLAS: Final = ("OPENBLAS_NUM_THREADS",)
# read by OpenBLAS, Intel's and Apple's libraries when NumPy is imported; each falls back to OMP's
EVERY: Final = (
    *OPENBLAS, "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS",
)  # fmt: skip


@contextmanager
def one_thread(variables: Sequence[str] = EVERY) -> Iterator[None]:
    """Make libraries that are loaded, and processes started, within the block use one thread.

    Values that the user has set stay.

    Args:
        variables: Names of the environment variables that the libraries read.
    """
    set_here = [name for name in variables if name not in os.environ]
    os.environ.update(dict.fromkeys(set_here, "1"))
    try:
        yield
    finally:
        for name in set_here:
            os.environ.pop(name, None)
