"""The widget of a review: it answers the messages of its cell as the server answers requests."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeGuard

import anywidget
import traitlets

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.text import count
from catsclean.reviewing.notebook.background_pictures import pictures_of
from catsclean.reviewing.notebook.saved_view import SavedView
from catsclean.reviewing.notebook.widget_source import widget_source
from catsclean.reviewing.page_requests import NO_PICTURE, PageRequests, Reply
from catsclean.reviewing.server.json_text import MOST_BODY_BYTES, parse_json
from catsclean.reviewing.server.made_picture import NoPicture, Reason
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

_LOG: Final = logging.getLogger("catsclean.review")
_VIEW: Final = "application/vnd.jupyter.widget-view+json"
_MOST_TEXT: Final = 4_096
_THREADS: Final = 4
_FAILED: Final = Reply(500, "catsclean failed here. Run this cell again.")
_REFUSED: Final = Reply(400, "The request is not one that the cell makes.")
# the thread of the kernel's cells stays free for cells
_WORKERS: Final = ThreadPoolExecutor(_THREADS, "catsclean review")


class ReviewWidget(anywidget.AnyWidget):
    """The questions of an audit in a cell.

    Its state, which notebooks may save, holds no picture: these are sent when they are asked for.
    """

    _esm = widget_source()
    #: Class of the saved view, which is hidden beside the review itself.
    saved_view = traitlets.Unicode().tag(sync=True)

    def __init__(self, audit: Audit) -> None:
        """Find the questions of an audit.

        Raises:
            StateError: The decisions of earlier reviews are damaged.
        """
        self._review = Review(audit)
        self._requests = PageRequests(self._review, PageWork(audit.state, self._changed))
        self._pictures = pictures_of(audit.dataset.reach, audit.state.thumbnails)
        super().__init__()
        self.saved_view = f"catsclean-{self.model_id}"
        self._saved = SavedView(self._review, self.saved_view, self.__repr__)
        self._is_shown = False
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        summary = self._review.summary()
        waiting = sum(
            queue["total"] - queue["answered"]
            for queue in summary["queues"]
            if not queue["by_itself"] and not queue["repairs"]
        )
        return (
            f"<Review of {names.encode(summary['name'])!r}: {count(waiting, 'open question')};"
            " shows itself in a notebook, elsewhere use catsclean.review()>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": repr(self), "text/html": self._saved.html()}, metadata

    def _ipython_display_(self, **_kwargs: Any) -> None:
        # Two outputs: if its kernel is gone, JupyterLab shows nothing else of an output that has a
        # widget.
        from IPython.display import display

        data, metadata = super()._repr_mimebundle_() or ({}, {})
        self._saved.show()
        self._is_shown = True
        display({**data, "text/plain": repr(self)}, metadata=metadata, raw=True)

    def _changed(self) -> None:
        if self._is_shown:
            self._saved.renew_soon()

    def _hear(self, _widget: object, message: object, _buffers: object) -> None:
        """Answer a message, later and from another thread."""
        if not isinstance(message, dict) or not _is_text(message.get("id")):
            return
        path, kind = message.get("path"), message.get("kind")
        if not _is_text(path):
            self._reply(message, _REFUSED)
        elif kind == "picture":
            self._show(message, path)
        elif kind == "read" and path == "api/difference":
            self._compare(message)
        elif kind in {"read", "change"}:
            self._answer(message, _WORKERS.submit(self._work, kind, path, message))
        else:
            self._reply(message, _REFUSED)

    def _work(self, kind: str, path: str, message: dict[str, Any]) -> Reply:
        path = path.removeprefix("api/")
        if kind == "read":
            query = _query(message)
            return _REFUSED if query is None else self._requests.read(path, query)
        body = message.get("body")
        if not isinstance(body, str) or len(body) > MOST_BODY_BYTES:
            return _REFUSED
        try:
            parsed = parse_json(body.encode())
        except ValueError as error:  # half of a surrogate pair, too
            return Reply(_REFUSED.status, str(error))
        reply = self._requests.change(path, parsed)
        self._changed()
        return reply

    def _compare(self, message: dict[str, Any]) -> None:
        query = _query(message)
        if query is None:
            self._reply(message, _REFUSED)
            return
        requests = self._requests
        self._answer(
            message, self._pictures.ask(lambda service: requests.difference(service, query))
        )

    def _show(self, message: dict[str, Any], path: str) -> None:
        digests = message.get("digests")
        if not _is_text(digests):
            self._reply(message, _REFUSED)
            return

        async def make(service: Any) -> Any:
            making = self._requests.picture(service, path, digests)
            return None if making is None else await making

        self._answer(message, self._pictures.ask(make))

    def _answer(self, message: dict[str, Any], making: Future[Any]) -> None:
        def done(made: Future[Any]) -> None:
            try:
                found = made.result()
            except Exception:  # noqa: BLE001 - the cell must hear of it
                _LOG.exception("a request failed: %s", message.get("path"))
                found = _FAILED
            self._reply(message, found)

        making.add_done_callback(done)

    def _reply(self, message: dict[str, Any], found: Any) -> None:
        if found is None:
            found = NO_PICTURE
        if isinstance(found, NoPicture):
            found = Reply(503 if found.reason is Reason.BUSY else 404, found.why)
        if isinstance(found, Reply):
            status, content, buffers = found.status, found.content, None
        else:
            status, content, buffers = 200, found.media_type, [found.body]
        self.send({"id": message["id"], "status": status, "content": content}, buffers)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MOST_TEXT


def _query(message: dict[str, Any]) -> dict[str, str] | None:
    query = message.get("query")
    if not isinstance(query, dict) or not all(map(_is_text, query.values())):
        return None
    return query
