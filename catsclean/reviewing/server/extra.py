"""The packages that a server needs are an extra."""

from __future__ import annotations

from typing import Final

from catsclean.core.install_command import REVIEW_PACKAGES, is_installed, missing_extra

_NEEDED: Final = REVIEW_PACKAGES


def require_extra() -> None:
    """Check that the extra ``review`` is installed; call it before anything imports Starlette.

    Raises:
        MissingExtraError: It is not.
    """
    if not is_installed(_NEEDED):
        raise missing_extra("a review in the browser needs its extra", "review")
