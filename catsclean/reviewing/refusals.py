"""Why a review does not do what a page asks for."""

from __future__ import annotations


class RefusedRequestError(ValueError):
    """What a page asks for makes no sense; the text says why."""


class BusyWorkError(RuntimeError):
    """Something is being done already."""


class StalePlanError(RuntimeError):
    """The plan is no longer what would be done."""
