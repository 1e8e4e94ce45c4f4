"""A manifest in a notebook: its classes by status and split, and its first rows."""

from __future__ import annotations

from typing import Final

from catsclean.core import names
from catsclean.core.manifest import Manifest
from catsclean.core.model import Status
from catsclean.core.text import count, human_bytes
from catsclean.reports.html.charts import class_bars
from catsclean.reports.notebook.album import Album
from catsclean.reports.notebook.view_parts import (
    MAX_CLASSES,
    Calls,
    Cards,
    CellView,
    Grid,
    Meter,
    PictureCard,
    ViewPart,
)

_FIRST: Final = 8
_STATUSES: Final = tuple(status.value for status in Status)
_SHOWN: Final = ("path", "label", "split", "status", "reason", "width_px", "height_px", "format")


def view(manifest: Manifest) -> CellView:
    """Show a manifest."""
    table = manifest.columns(["label", "split", "status", "size_bytes"])
    by_status = table["status"].value_counts()
    facts = [
        f"{count(len(manifest), 'sample')}, {human_bytes(int(table['size_bytes'].sum()))}",
        ", ".join(f"{by_status[s]:,} {s}" for s in _STATUSES if s in by_status) or "no status",
    ]
    parts: list[ViewPart] = []
    if len(manifest):
        bars = class_bars(table)
        rows = [
            (bar.name, Meter(_shares(bar.keep, bar.review, bar.drop, bar.widest)), bar.total,
             bar.keep, bar.review, bar.drop)
            for bar in bars
        ]  # fmt: skip
        columns = ("class", "share of the largest", "samples", *_STATUSES)
        numbers = frozenset({"samples", *_STATUSES})
        parts.append(
            Grid(columns, rows, "Classes", numbers, "classes", most=MAX_CLASSES, legend=_STATUSES)
        )
    splits = table["split"].value_counts().sort_index()
    if len(splits):
        parts.append(Grid(("split", "samples"), list(splits.items()), "Splits",
                          frozenset({"samples"}), "splits"))  # fmt: skip
    parts += _first_rows(manifest)
    parts.append(Calls([("manifest.table", "all rows and columns, a pandas DataFrame")]))
    return CellView(names.encode(manifest.root.name), facts, parts)


def _shares(*numbers: int) -> tuple[tuple[str, float], ...]:
    *own, widest = numbers
    return tuple((name, n / max(widest, 1)) for name, n in zip(_STATUSES, own, strict=True))


def _first_rows(manifest: Manifest) -> list[ViewPart]:
    first = manifest.columns(list(_SHOWN)).head(_FIRST).astype(object)
    first = first.where(first.notna(), "")
    if first.empty:
        return []
    rows: list[tuple[object, ...]] = []
    album, cards = Album(), []
    for path, *facts, width, height, kind in first.itertuples(index=False, name=None):
        size = f"{width:,} × {height:,}" if width and height else ""
        rows.append((path, *facts, size, kind))
        if made := album.make(manifest.root, path):
            cards.append(PictureCard(path, " · ".join(filter(None, facts[:3])), thumbnail=made))
    columns = ("path", "label", "split", "status", "reason", "pixels", "format")
    more = f"First {len(rows)} of {len(manifest):,}" if len(manifest) > _FIRST else "Grid"
    return [Cards(cards), Grid(columns, rows, more)]
