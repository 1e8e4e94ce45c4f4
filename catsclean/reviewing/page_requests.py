"""What a page of a review may ask for, and the answers: the same over HTTP and in a notebook.

Nothing that a page sends is believed.  It names pictures by row and digest, and questions by key;
no text of it becomes the name of a file, but for that of a new split, which :meth:`PageWork.split`
checks.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

from catsclean.core.parse_json import parse_json
from catsclean.errors import CatscleanError, StateError
from catsclean.reviewing.browsing import View
from catsclean.reviewing.content_views import ContentViews
from catsclean.reviewing.differing_facts import describe_difference
from catsclean.reviewing.refusals import BusyWorkError, RefusedRequestError, StalePlanError
from catsclean.reviewing.server.made_picture import (
    FULL_PX,
    SMALL_PX,
    NoPicture,
    Picture,
    Reason,
    Show,
)
from catsclean.reviewing.server.picture_service import PictureService
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

Query = Mapping[str, str]

_MOST_TEXT: Final = 200
_PAGE: Final = 40
_ROWS: Final = 400
_LARGEST: Final = 2**53
_DIGITS: Final = 16
_OK: Final = 200
_ACCEPTED: Final = 202
_REFUSED: Final = 400
_MISSING: Final = 404
_CONFLICT: Final = 409
_UNABLE: Final = 422
_BUSY: Final = 503
_SHOWN: Final = {"a": Show.LAID_OVER, "d": Show.DIFFERENCE}


class Reply(NamedTuple):
    """The answer to a page.

    Attributes:
        status: As in HTTP.
        content: Plain values; or a text, which says why there is nothing else.
    """

    status: int
    content: Any


NO_PICTURE: Final = Reply(_MISSING, "There is no such picture, or it is another one by now.")
_NO_PAGE: Final = Reply(_MISSING, "There is no such page.")


class PageRequests:
    """Answers the requests of a page; may be used from several threads.

    Args:
        review: The questions and answers.
        work: Does what the page asks for.
    """

    def __init__(self, review: Review, work: PageWork) -> None:
        self._review = review
        self._work = work
        self._content = ContentViews()
        self._reads: dict[str, Callable[[str, Query], Any]] = {
            "summary": lambda _, __: review.summary(),
            "questions": self._questions,
            "changes": lambda _, query: review.changes(_number(query, "journal", 0)),
            "about": self._about,
            "pictures": self._pictures,
            "histogram": lambda _, query: review.histogram(_view(query)),
            "choices": lambda _, __: review.browser.choices(),
            "alike": self._alike,
            "map": lambda _, __: self._content.map(review),
            "plan": lambda _, __: work.plan(),
            "repairs": lambda _, __: work.repairs(),
            "job": lambda _, __: work.status(),
            "log": lambda _, __: {"runs": work.log()},
        }
        self._changes: dict[str, Callable[[Any], Reply]] = {
            "answers": self._save,
            "clean": self._clean,
            "fix": self._fix,
            "undo": self._undo,
            "split": self._split,
        }

    def read(self, path: str, query: Query) -> Reply:
        """Answer a request that changes nothing; it may take a while.

        Args:
            path: What is asked for, such as ``questions/copies``.
            query: Its parameters.
        """
        name, _, rest = path.partition("/")
        found = self._reads.get(name)
        if found is None or (rest and name != "questions"):
            return _NO_PAGE
        return _answering(lambda: Reply(_OK, found(rest, query)))

    def change(self, path: str, body: Any) -> Reply:
        """Answer a request that changes something; it may take a while.

        Args:
            path: The change to make, such as ``answers``.
            body: What the page sends with it.
        """
        found = self._changes.get(path)
        return _NO_PAGE if found is None else _answering(lambda: found(body))

    def picture(
        self, pictures: PictureService, path: str, digests: str
    ) -> Coroutine[Any, Any, Picture | NoPicture] | None:
        """Return what makes a picture; None if there is none of this name.

        Args:
            pictures: Makes it.
            path: ``p/SIDE/ROW`` for one picture, ``a/ROW/ROW`` for the second as it lies on the
                first, ``d/ROW/ROW`` for their difference.
            digests: The beginning of its sha256, as the page knows it; of two, with a hyphen.
        """
        kind, *given = path.split("/")
        if len(given) != 2 or not all(map(_is_number, given)):
            return None
        first, second = int(given[0]), int(given[1])
        if kind == "p" and first in {*SMALL_PX, FULL_PX}:
            named = self._review.picture(second, digests)
            return None if named is None else pictures.get(*named, first)
        if kind not in _SHOWN:
            return None
        one, _, other = digests.partition("-")
        lower, upper = self._review.picture(first, one), self._review.picture(second, other)
        if lower is None or upper is None:
            return None
        return pictures.compare(lower, upper, _SHOWN[kind])

    async def difference(self, pictures: PictureService, query: Query) -> Reply:
        """Answer in words how two pictures differ.

        Args:
            pictures: Compares them.
            query: Their rows, as ``first`` and ``second``.
        """
        try:
            rows = _number(query, "first", 0), _number(query, "second", 0)
        except RefusedRequestError as error:
            return Reply(_REFUSED, str(error))
        browser = self._review.browser
        pair = browser.pair(*rows)
        if pair is None:
            return NO_PICTURE
        made = await pictures.compare(*pair, Show.WORDS)
        if isinstance(made, NoPicture):
            return Reply(_BUSY if made.reason is Reason.BUSY else _MISSING, made.why)
        known = [browser.picture(row) for row in rows]
        return Reply(_OK, describe_difference(parse_json(made.body), *known))

    def _questions(self, queue: str, query: Query) -> dict[str, Any]:
        start, number = _number(query, "from", 0), _number(query, "n", _PAGE)
        return self._review.questions(queue, start, number)

    def _about(self, _rest: str, query: Query) -> dict[str, Any]:
        rows = [_whole("rows", text) for text in query.get("rows", "").split(",") if text]
        return self._review.about(rows)

    def _pictures(self, _rest: str, query: Query) -> dict[str, Any]:
        start, number = _number(query, "from", 0), _number(query, "n", _ROWS)
        return self._review.pictures(_view(query), start, number)

    def _alike(self, _rest: str, query: Query) -> dict[str, Any]:
        return {"pictures": self._content.alike(self._review, _number(query, "row", 0))}

    def _save(self, body: Any) -> Reply:
        saved, taken = self._review.save(body)
        return Reply(_OK if taken else _CONFLICT, saved)

    def _clean(self, body: Any) -> Reply:
        self._work.clean(_plan_in(body, "a clean"))
        return Reply(_ACCEPTED, self._work.status())

    def _fix(self, body: Any) -> Reply:
        self._work.fix(_plan_in(body, "a repair"))
        return Reply(_ACCEPTED, self._work.status())

    def _undo(self, _body: Any) -> Reply:
        self._work.undo()
        return Reply(_ACCEPTED, self._work.status())

    def _split(self, body: Any) -> Reply:
        body = body if isinstance(body, dict) else {}
        val, test = (body.get(name, 0) for name in ("val", "test"))
        if any(type(share) not in {int, float} for share in (val, test)):
            raise RefusedRequestError("the shares of a split are numbers")
        self._work.split(float(val), float(test), str(body.get("output", "")))
        return Reply(_ACCEPTED, self._work.status())


def _answering(work: Callable[[], Reply]) -> Reply:
    """Turn what went wrong into an answer with its reason."""
    try:
        return work()
    except RefusedRequestError as error:
        return Reply(_REFUSED, str(error))
    except (BusyWorkError, StalePlanError) as error:
        return Reply(_CONFLICT, str(error))
    except StateError as error:  # another command is at work, or the disk is full
        return Reply(_BUSY, str(error))
    except CatscleanError as error:
        return Reply(_UNABLE, str(error))


def _plan_in(body: Any, what: str) -> str:
    """Return the id of the plan that a page was shown, and that it wants carried out."""
    plan = body.get("plan") if isinstance(body, dict) else None
    if not isinstance(plan, str):
        raise RefusedRequestError(f"{what} needs the id of the plan that was shown")
    return plan


def _view(query: Query) -> View:
    def text(name: str) -> str:
        return query.get(name, "")[:_MOST_TEXT]

    return View(
        label=text("label"),
        split=text("split"),
        format=text("format"),
        validator=text("validator"),
        text=text("text"),
        decided=text("decided"),
        sort=text("sort"),
        descending=text("descending") == "1",
        least=_bound(text("least")),
        most=_bound(text("most")),
    )


def _bound(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise RefusedRequestError("a bound must be a number") from None


def _number(query: Query, name: str, default: int) -> int:
    text = query.get(name, "")
    return _whole(name, text) if text else default


def _whole(name: str, text: str) -> int:
    if not _is_number(text):
        raise RefusedRequestError(f"{name} must be a number from 0 up")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= _LARGEST
