"""Why a review does not do what a page asks for."""

from __future__ import annotations


class RefusedError(ValueError):
    """What a page asks for makes no sense; the text says why."""


class BusyError(RuntimeError):
    """Something is being done already."""


class StalePlanError(RuntimeError):
    """The plan is no longer what would be done."""
