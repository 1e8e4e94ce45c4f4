"""What the vectors of the pictures show: which are alike, and where they lie on a map."""

from __future__ import annotations

import threading
from typing import Any, Final

from catsclean.auditing.result import Audit
from catsclean.content.similar import Embeddings, find_similar
from catsclean.errors import UsageError
from catsclean.reports.html.content_map import HEIGHT, WIDTH, draw_map
from catsclean.reviewing.session import Review

_ALIKE: Final = 24
# more points than this cannot be told apart on a screen
_MOST_POINTS: Final = 20_000


class ContentViews:
    """Answers for one review; the vectors are loaded when they are first needed."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._lock = threading.Lock()
        self._known: tuple[Audit, Embeddings] | None = None

    def alike(self, review: Review, row: int) -> list[dict[str, Any]]:
        """Return the 24 pictures that are most like one, each with its ``similarity``.

        Args:
            review: The review.
            row: Row of the picture in the manifest.

        Raises:
            UsageError: Content was not examined, or not this picture's.
        """
        audit = review.audit
        embeddings = self._embeddings(audit)
        path = review.browser.path_at(row)
        found = find_similar(embeddings, path, _ALIKE)
        rows = review.browser.rows_of([one.path for one in found])
        return [
            {**review.browser.picture(rows[one.path]), "similarity": round(one.similarity, 3)}
            for one in found
            if one.path in rows
        ]

    def map(self, review: Review) -> dict[str, Any]:
        """Return where the pictures lie.

        Returns:
            ``width`` and ``height`` of the map; ``points``, a list of row, x, y and position of
            the label in ``labels``, a list of names and numbers of pictures; ``total``.

        Raises:
            UsageError: Content was not examined.
        """
        drawn = draw_map(review.audit.content, {}, _MOST_POINTS)
        if drawn is None:
            raise UsageError(_why_no_map(review.audit))
        rows = review.browser.rows_of([point.path for point in drawn.points])
        points = [
            [rows[point.path], point.x, point.y, point.kind]
            for point in drawn.points
            if point.path in rows
        ]
        return {
            "width": WIDTH,
            "height": HEIGHT,
            "points": points,
            "labels": [list(one) for one in drawn.legend],
            "total": drawn.total,
        }

    def _embeddings(self, audit: Audit) -> Embeddings:
        with self._lock:
            if self._known is None or self._known[0] is not audit:
                self._known = audit, audit.embeddings()
            return self._known[1]


def _why_no_map(audit: Audit) -> str:
    if audit.content is None:
        return "The audit did not examine what the pictures show: it needs the extra content."
    return f"There is no map: {audit.content.missing or 'too few pictures could be examined'}."
