"""The sections of ``python -m benchmarks``: each has a title, a method, and ``measure``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.results import Row
    from benchmarks.workshop import Workshop

NAMES = (
    "cold", "containers", "content", "pieces", "workers", "warm", "memory", "many", "million",
    "rows", "startup", "duplicates", "film", "report", "review", "split",
)  # fmt: skip


class Topic(Protocol):
    """What a module of this package offers."""

    TITLE: str
    METHOD: str
    PEERS: tuple[str, ...]

    @staticmethod
    def measure(workshop: Workshop) -> Iterator[Row]:
        """Measure, a row at a time."""


def find(name: str) -> Topic:
    """Import a section."""
    return cast("Topic", import_module(f"benchmarks.sections.{name}"))
