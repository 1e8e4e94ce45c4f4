"""Keep libraries of linear algebra from threads that would only wait, busily, for one another."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

OPENBLAS: Final = ("OPENBLAS_NUM_THREADS",)
# what OpenBLAS, Intel's and Apple's libraries read when NumPy is imported; each falls back to OMP's
EVERY: Final = (
    *OPENBLAS, "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS",
)  # fmt: skip


@contextmanager
def one_thread(variables: Sequence[str] = EVERY) -> Iterator[None]:
    """Let libraries that are loaded meanwhile, and processes started meanwhile, use one thread.

    What the user has set stays.

    Args:
        variables: Names of the environment variables that say so to the libraries.
    """
    set_here = [name for name in variables if name not in os.environ]
    os.environ.update(dict.fromkeys(set_here, "1"))
    try:
        yield
    finally:
        for name in set_here:
            os.environ.pop(name, None)
