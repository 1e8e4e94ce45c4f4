"""The packages that a server needs are an extra."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from catsclean.core.install_command import missing_extra

_NEEDED: Final = ("h11", "starlette", "uvicorn")


def require_extra() -> None:
    """Check that the extra ``review`` is installed; call it before anything imports Starlette.

    Raises:
        MissingExtraError: It is not.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise missing_extra("a review in the browser needs its extra", "review")
