"""All pictures of a data set: filtered, sorted, and handed out by rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catsclean.auditing.result import Audit
from catsclean.core.arrow import rows_of, rows_with, to_numpy, with_text
from catsclean.core.model import Sample

#: The most rows that are returned at once.
MOST_ROWS: Final = 500
_VIEWS: Final = 8
_BINS: Final = 40
_DIGITS: Final = 16
#: Columns by which pictures can be sorted.
MEASURES: Final = (
    "width_px", "height_px", "size_bytes", "brightness", "contrast", "sharpness",
    "colourfulness", "entropy_bits",
)  # fmt: skip
_FACTS: Final = (
    "path", "label", "split", "sha256", "width_px", "height_px", "size_bytes", "format", "status",
    "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """Which pictures to show, in which order.

    Attributes:
        label: Only those of this class; empty: all.
        split: Only those of this split folder; empty: all.
        format: Only those of this format; empty: all.
        validator: Only those with a finding of this validator; empty: all.
        text: Only those with this text in their name, whatever the case; empty: all.
        decided: Only those that a person decided about: ``any``, or an action such as ``keep``;
            empty: all.
        sort: One of :data:`MEASURES`; empty: by path.
        descending: The greatest first.
        least: Only those with at least so much of `sort`; None: all.
        most: Only those with at most so much of `sort`; None: all.
    """

    label: str = ""
    split: str = ""
    format: str = ""
    validator: str = ""
    text: str = ""
    decided: str = ""
    sort: str = ""
    descending: bool = False
    least: float | None = None
    most: float | None = None


class Browser:
    """The rows of a manifest, and the views of them that were asked for last."""

    def __init__(self, audit: Audit) -> None:
        """Take the manifest and the findings of an audit."""
        self._table = audit.manifest.packed
        self._paths = self._table.column("path")
        self._findings = audit.findings
        self._views: OrderedDict[View, NDArray[np.int64]] = OrderedDict()
        self._decided: Mapping[str, str] = {}

    def know(self, decided: Mapping[str, str]) -> None:
        """Take the actions that were decided, by path, for the views that ask for them."""
        if decided == self._decided:
            return
        self._decided = decided
        for view in [view for view in self._views if view.decided]:
            del self._views[view]

    def samples(self, rows: Iterable[int]) -> dict[int, Sample]:
        """Return path, label and sha256 of some rows; rows that do not exist are left out."""
        known = [row for row in rows if 0 <= row < len(self._table)]
        some = rows_of(self._table.select(["path", "sha256", "label"]), np.array(known, np.int64))
        columns = (column.to_pylist() for column in with_text(some, keep_missing=True).columns)
        return {
            row: Sample(path, sha256=sha256 or "", label=label or "")
            for row, path, sha256, label in zip(known, *columns, strict=True)
        }

    def rows_of(self, paths: Collection[str]) -> dict[str, int]:
        """Return the row of each path; those that are no samples are left out."""
        rows = rows_with(self._paths, paths)
        named = rows_of(self._table.select(["path"]), rows).column("path").to_pylist()
        return dict(zip(named, rows.tolist(), strict=True))

    def named(self, row: int, digest: str) -> tuple[str, str] | None:
        """Return path and sha256 of a row; None if there is none, or its digest begins otherwise.

        Args:
            row: The row.
            digest: The first 16 digits of its sha256; empty if it was not read.
        """
        found = self._named(row)
        return found if found is not None and found[1][:_DIGITS] == digest else None

    def pair(self, first: int, second: int) -> tuple[tuple[str, str], tuple[str, str]] | None:
        """Return path and sha256 of two rows; None if one does not exist."""
        one, other = self._named(first), self._named(second)
        return None if one is None or other is None else (one, other)

    def path_at(self, row: int) -> str:
        """Return the path of a row; empty if there is none, which no sample has."""
        return self.picture(row)["path"] if 0 <= row < len(self._table) else ""

    def picture(self, row: int) -> dict[str, Any]:
        """Return what a page shows of a picture.

        Returns:
            ``row``, ``path``, ``label``, ``split``, ``width_px``, ``height_px``, ``size_bytes``,
            ``format``, ``status``, ``reason``; ``digest``, the first 16 digits of its sha256.
        """
        return self._pictures(np.array([row]))[0]

    def some(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Return pictures as of :meth:`picture`; rows that do not exist are left out."""
        known = [row for row in rows if 0 <= row < len(self._table)]
        return self._pictures(np.array(known, np.int64))

    def pictures(self, view: View, start: int, number: int) -> dict[str, Any]:
        """Return a part of a view.

        Args:
            view: Which pictures.
            start: Position of the first one.
            number: How many, at most 500.

        Returns:
            ``total``, and ``pictures`` as of :meth:`picture`.
        """
        rows = self._rows(view)
        some = rows[max(0, start) :][: max(0, min(number, MOST_ROWS))]
        return {"total": len(rows), "pictures": self._pictures(some)}

    def histogram(self, view: View) -> dict[str, Any]:
        """Count the pictures of a view by the measure that sorts them, whatever its bounds.

        Returns:
            ``edges`` of the 40 equal intervals between the 1st and the 99th percentile, beyond
            which the first and the last one count, too; ``counts`` of each; empty lists if the
            view has no measure or no pictures with it.
        """
        rows = self._rows(replace(view, least=None, most=None, descending=False))
        values = self._values(view.sort)[rows] if view.sort else np.empty(0)
        values = values[np.isfinite(values)]
        if not len(values):
            return {"edges": [], "counts": []}
        low, high = np.percentile(values, [1, 99]).tolist()
        edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
        counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
        return {"edges": edges.tolist(), "counts": counts.tolist()}

    def choices(self) -> dict[str, list[str]]:
        """Return what a view may be limited to: labels, splits, formats, validators."""
        return {
            **{
                f"{name}s": sorted(filter(None, self._table.column(name).unique().to_pylist()))
                for name in ("label", "split", "format")
            },
            "validators": list(dict.fromkeys(f.validator for f in self._findings if f.path)),
        }

    def _named(self, row: int) -> tuple[str, str] | None:
        if not 0 <= row < len(self._table):
            return None
        columns = self._table.select(["path", "sha256"])
        table = with_text(rows_of(columns, np.array([row])), keep_missing=True)
        path, sha256 = (column.to_pylist()[0] or "" for column in table.columns)
        return path, sha256

    def _pictures(self, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
        table = with_text(rows_of(self._table.select(list(_FACTS)), rows), keep_missing=True)
        return [
            {"row": row, "digest": (facts.pop("sha256") or "")[:_DIGITS], **facts}
            for row, facts in zip(rows.tolist(), table.to_pylist(), strict=True)
        ]

    def _rows(self, view: View) -> NDArray[np.int64]:
        if view not in self._views:
            self._views[view] = self._find(view)
            if len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        self._views.move_to_end(view)
        return self._views[view]

    def _find(self, view: View) -> NDArray[np.int64]:
        mask = np.ones(len(self._table), np.bool_)
        for name in ("label", "split", "format"):
            if wanted := getattr(view, name):
                same = pc.fill_null(pc.equal(self._table.column(name), wanted), fill_value=False)
                mask &= to_numpy(same)
        if view.text:
            mask &= to_numpy(pc.match_substring(self._paths, view.text, ignore_case=True))
        if view.validator:
            found = {f.path for f in self._findings if f.validator == view.validator and f.path}
            mask &= self._has(found)
        if view.decided:
            mask &= self._has(
                {path for path, one in self._decided.items() if view.decided in {"any", one}}
            )
        rows = np.flatnonzero(mask)
        if view.sort not in MEASURES:
            return rows[::-1] if view.descending else rows
        values = self._values(view.sort)[rows]
        if view.least is not None:
            rows, values = rows[keep := values >= view.least], values[keep]
        if view.most is not None:
            rows, values = rows[keep := values <= view.most], values[keep]
        # what has no measure is last in either order
        order = np.argsort(-values if view.descending else values, kind="stable")
        return rows[order]

    def _has(self, paths: Collection[str]) -> NDArray[np.bool_]:
        has = np.zeros(len(self._table), np.bool_)
        has[rows_with(self._paths, paths)] = True
        return has

    def _values(self, name: str) -> NDArray[np.float64]:
        return to_numpy(pc.cast(self._table.column(name), pa.float64())).astype(np.float64)
