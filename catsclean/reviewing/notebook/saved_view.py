"""What a saved notebook shows of a review, without a kernel: counts and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from catsclean.reports.notebook import CellView
from catsclean.reports.notebook.audit_view import view
from catsclean.reports.notebook.view_parts import Grid, Sentences, ViewPart, draw
from catsclean.reviewing.session import Review

# as words.js calls them
_TITLES: Final = {"label-conflict": "One picture, two labels", "copies": "Duplicates"}
_PROPER: Final = {
    "tensorflow": "TensorFlow", "keras": "Keras", "gps": "GPS", "lfs": "LFS", "exif": "Exif",
    "iptc": "IPTC",
}  # fmt: skip


def title_of(queue: str) -> str:
    """Return what people call a queue."""
    if queue in _TITLES:
        return _TITLES[queue]
    words = " ".join(_PROPER.get(word, word) for word in queue.split("-"))
    return f"{words[:1].upper()}{words[1:]}"


def saved_view(review: Review) -> str:
    """Return the counts of the queues, and what an audit shows of itself, as HTML without script.

    Args:
        review: The review.
    """
    queues = review.summary()["queues"]
    rows = [
        (title_of(queue["name"]), _who(queue), queue["total"], queue["answered"])
        for queue in queues
    ]
    columns = ("question", "who decides", "pictures or groups", "decided")
    numbers = frozenset(columns[2:])
    said = "Run the cell again to decide here." if rows else "Nothing waits for you."
    parts: list[ViewPart] = [Sentences([said])]
    if rows:
        parts.append(Grid(columns, rows, numbers=numbers, noun="questions"))
    shown = view(review.audit)
    return draw(CellView(shown.name, shown.facts, [*parts, *shown.parts]))


def _who(queue: Mapping[str, Any]) -> str:
    if queue["by_itself"]:
        return "clean"
    return "fix" if queue["repairs"] else "you"
