"""What a saved notebook shows of a review, without a kernel: counts and pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from catsclean.auditing.result import Audit
from catsclean.reports.notebook import CellView
from catsclean.reports.notebook.audit_view import view
from catsclean.reports.notebook.view_parts import Grid, Sentences, ViewPart, draw
from catsclean.reviewing.session import Review

# somebody decides once a second; the view is for later
_SETTLED_S: Final = 3.0


class SavedView:
    """An output beside a review, which hides it; it follows what is decided, a little later.

    Args:
        review: The review.
        name: Class of its element, and id of its output.
        text: Returns a line for where there is no HTML.
        settled_s: So long nothing must have changed before it is drawn again.
    """

    def __init__(
        self,
        review: Review,
        name: str,
        text: Callable[[], str],
        settled_s: float = _SETTLED_S,
    ) -> None:
        self._review = review
        self._name = name
        self._text = text
        self._settled_s = settled_s
        self._lock = threading.Lock()
        self._later: threading.Timer | None = None
        self._shown: tuple[Audit, CellView] | None = None

    def html(self) -> str:
        """Return the counts of the queues, and what an audit shows of itself, without script."""
        queues = self._review.summary()["queues"]
        rows = [(one["title"], _who(one), one["total"], one["answered"]) for one in queues]
        columns = ("question", "who decides", "pictures or groups", "decided")
        said = "Run the cell again to decide here." if rows else "Nothing waits for you."
        parts: list[ViewPart] = [Sentences([said])]
        if rows:
            parts.append(Grid(columns, rows, numbers=frozenset(columns[2:]), noun="questions"))
        shown = self._audit_view()
        made = draw(CellView(shown.name, shown.facts, [*parts, *shown.parts]))
        return f'<div class="{self._name}">{made}</div>'

    def show(self) -> None:
        """Put the view into the cell that is running."""
        self._publish(update=False)

    def renew_soon(self) -> None:
        """Draw the view again when nothing has changed for a while."""
        with self._lock:
            if self._later is not None:
                self._later.cancel()
            self._later = threading.Timer(self._settled_s, self._publish, kwargs={"update": True})
            self._later.daemon = True
            self._later.start()

    def _publish(self, *, update: bool) -> None:
        from IPython.display import display  # a part of ipywidgets

        data = {"text/plain": self._text(), "text/html": self.html()}
        display(data, raw=True, display_id=self._name, update=update)

    def _audit_view(self) -> CellView:
        audit = self._review.audit
        if self._shown is None or self._shown[0] is not audit:
            self._shown = audit, view(audit)
        return self._shown[1]


def _who(queue: Mapping[str, Any]) -> str:
    if queue["by_itself"]:
        return "clean"
    return "fix" if queue["repairs"] else "you"
