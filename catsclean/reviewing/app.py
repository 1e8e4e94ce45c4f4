"""The web application of a review: each address, and what it answers.

Nothing that a page sends is believed.  It names pictures by row and digest, and questions by key;
no text of it becomes the name of a file, but for that of a new split, which :meth:`PageWork.split`
checks.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial, wraps
from html import escape
from importlib.resources import files
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from catsclean.errors import CatscleanError, StateError
from catsclean.reviewing.browsing import View
from catsclean.reviewing.content_views import ContentViews
from catsclean.reviewing.differing_facts import describe_difference
from catsclean.reviewing.refusals import BusyWorkError, RefusedRequestError, StalePlanError
from catsclean.reviewing.server.guard import change_token
from catsclean.reviewing.server.json_body import read_json
from catsclean.reviewing.server.made_picture import NoPicture, Reason, Show
from catsclean.reviewing.server.picture_response import respond_made, respond_picture
from catsclean.reviewing.server.picture_service import PictureService
from catsclean.reviewing.server.static_files import StaticFiles
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

Handler = Callable[[Request], Awaitable[Response]]

_MOST_TEXT: Final = 200
_PAGE: Final = 40
_ROWS: Final = 400
_LARGEST: Final = 2**53
_NO_PICTURE: Final = "There is no such picture, or it is another one by now."


def make_app(review: Review, work: PageWork, pictures: PictureService) -> Starlette:
    """Make the application.

    Args:
        review: The questions and answers.
        work: Does what the page asks for.
        pictures: Makes the pictures; the application enters and leaves it.
    """
    pages = _Pages(review, work, pictures)

    @asynccontextmanager
    async def living(_app: Starlette) -> AsyncIterator[None]:
        async with pictures:
            yield

    routes = [
        Route("/", pages.index),
        Route("/static/{name:path}", pages.static),
        Route("/p/{side:int}/{row:int}", pages.picture),
        Route("/a/{first:int}/{second:int}", partial(pages.compared, Show.LAID_OVER)),
        Route("/d/{first:int}/{second:int}", partial(pages.compared, Show.DIFFERENCE)),
        Route("/api/difference", pages.difference),
        Route("/api/summary", pages.summary),
        Route("/api/questions/{queue}", pages.questions),
        Route("/api/changes", pages.changes),
        Route("/api/about", pages.about),
        Route("/api/answers", pages.answers, methods=["POST"]),
        Route("/api/pictures", pages.pictures),
        Route("/api/histogram", pages.histogram),
        Route("/api/choices", pages.choices),
        Route("/api/alike", pages.alike),
        Route("/api/map", pages.map),
        Route("/api/plan", pages.plan),
        Route("/api/job", pages.job),
        Route("/api/log", pages.log),
        Route("/api/clean", pages.clean, methods=["POST"]),
        Route("/api/repairs", pages.repairs),
        Route("/api/fix", pages.fix, methods=["POST"]),
        Route("/api/undo", pages.undo, methods=["POST"]),
        Route("/api/split", pages.split, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=living)


def _answering(handler: Callable[[_Pages, Request], Awaitable[Response]]) -> Any:
    """Turn what went wrong into an answer with its reason."""

    @wraps(handler)
    async def answer(self: _Pages, request: Request) -> Response:
        try:
            return await handler(self, request)
        except RefusedRequestError as error:
            return PlainTextResponse(str(error), 400)
        except (BusyWorkError, StalePlanError) as error:
            return PlainTextResponse(str(error), 409)
        except StateError as error:  # another command is at work, or the disk is full
            return PlainTextResponse(str(error), 503)
        except CatscleanError as error:
            return PlainTextResponse(str(error), 422)

    return answer


class _Pages:
    def __init__(self, review: Review, work: PageWork, pictures: PictureService) -> None:
        self._review = review
        self._work = work
        self._pictures = pictures
        self._static = StaticFiles(files("catsclean.reviewing") / "static")
        # what the report looks like, too, and its keys
        self._shared = StaticFiles(files("catsclean.reports.html") / "shared")
        self._content = ContentViews()

    @_answering
    async def index(self, request: Request) -> Response:
        page = self._static.text("index.html")
        return Response(
            page.replace("{{change}}", escape(change_token(request.scope))),
            media_type="text/html",
        )

    @_answering
    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        place = self._shared if name in self._shared.names else self._static
        return place.respond(request, name)

    @_answering
    async def picture(self, request: Request) -> Response:
        named = self._review.picture(request.path_params["row"], request.query_params.get("v", ""))
        if named is None:
            return PlainTextResponse(_NO_PICTURE, 404)
        return await respond_picture(request, self._pictures, *named, request.path_params["side"])

    async def compared(self, show: Show, request: Request) -> Response:
        digests = request.query_params.get("v", "").split("-")
        rows = (request.path_params[name] for name in ("first", "second"))
        named = [self._review.picture(*one) for one in zip(rows, digests, strict=False)]
        if len(named) != 2 or named[0] is None or named[1] is None:
            return PlainTextResponse(_NO_PICTURE, 404)
        return await respond_made(request, self._pictures.compare(named[0], named[1], show))

    @_answering
    async def difference(self, request: Request) -> Response:
        rows = [_number(request, name, 0) for name in ("first", "second")]
        pair = await run_in_threadpool(self._review.browser.pair, *rows)
        if pair is None:
            return PlainTextResponse(_NO_PICTURE, 404)
        made = await self._pictures.compare(*pair, Show.WORDS)
        if isinstance(made, NoPicture):
            return PlainTextResponse(made.why, 503 if made.reason is Reason.BUSY else 404)
        found = json.loads(made.body)
        known = [self._review.browser.picture(row) for row in rows]
        return JSONResponse(describe_difference(found, *known))

    @_answering
    async def summary(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._review.summary))

    @_answering
    async def questions(self, request: Request) -> Response:
        queue = request.path_params["queue"]
        start, number = _number(request, "from", 0), _number(request, "n", _PAGE)
        return JSONResponse(await run_in_threadpool(self._review.questions, queue, start, number))

    @_answering
    async def changes(self, request: Request) -> Response:
        journal = _number(request, "journal", 0)
        return JSONResponse(await run_in_threadpool(self._review.changes, journal))

    @_answering
    async def about(self, request: Request) -> Response:
        rows = [
            _whole("rows", text) for text in request.query_params.get("rows", "").split(",") if text
        ]
        return JSONResponse(await run_in_threadpool(self._review.about, rows))

    @_answering
    async def answers(self, request: Request) -> Response:
        body = await read_json(request)
        saved, taken = await run_in_threadpool(self._review.save, body)
        return JSONResponse(saved, 200 if taken else 409)

    @_answering
    async def pictures(self, request: Request) -> Response:
        start, number = _number(request, "from", 0), _number(request, "n", _ROWS)
        browser, view = self._review.browser, _view(request)
        return JSONResponse(await run_in_threadpool(browser.pictures, view, start, number))

    @_answering
    async def histogram(self, request: Request) -> Response:
        browser, view = self._review.browser, _view(request)
        return JSONResponse(await run_in_threadpool(browser.histogram, view))

    @_answering
    async def choices(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._review.browser.choices))

    @_answering
    async def alike(self, request: Request) -> Response:
        row = _number(request, "row", 0)
        found = await run_in_threadpool(self._content.alike, self._review, row)
        return JSONResponse({"pictures": found})

    @_answering
    async def map(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._content.map, self._review))

    @_answering
    async def plan(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._work.plan))

    @_answering
    async def job(self, _request: Request) -> Response:
        return JSONResponse(self._work.status())

    @_answering
    async def log(self, _request: Request) -> Response:
        return JSONResponse({"runs": await run_in_threadpool(self._work.log)})

    @_answering
    async def clean(self, request: Request) -> Response:
        body = await read_json(request)
        plan = body.get("plan") if isinstance(body, dict) else None
        if not isinstance(plan, str):
            raise RefusedRequestError("a clean needs the id of the plan that was shown")
        await run_in_threadpool(self._work.clean, plan)
        return JSONResponse(self._work.status(), 202)

    @_answering
    async def repairs(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self._work.repairs))

    @_answering
    async def fix(self, request: Request) -> Response:
        body = await read_json(request)
        shown = body.get("plan") if isinstance(body, dict) else None
        if not isinstance(shown, str):
            raise RefusedRequestError("a repair needs the id of the plan that was shown")
        self._work.fix(shown)
        return JSONResponse(self._work.status(), 202)

    @_answering
    async def undo(self, request: Request) -> Response:
        await read_json(request)
        self._work.undo()
        return JSONResponse(self._work.status(), 202)

    @_answering
    async def split(self, request: Request) -> Response:
        body = await read_json(request)
        body = body if isinstance(body, dict) else {}
        val, test = (body.get(name, 0) for name in ("val", "test"))
        if any(type(share) not in {int, float} for share in (val, test)):
            raise RefusedRequestError("the shares of a split are numbers")
        self._work.split(float(val), float(test), str(body.get("output", "")))
        return JSONResponse(self._work.status(), 202)


def _view(request: Request) -> View:
    def text(name: str) -> str:
        return request.query_params.get(name, "")[:_MOST_TEXT]

    return View(
        label=text("label"),
        split=text("split"),
        format=text("format"),
        validator=text("validator"),
        text=text("text"),
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


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return _whole(name, text) if text else default


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or (number := int(text[:20])) > _LARGEST:
        raise RefusedRequestError(f"{name} must be a number from 0 up")
    return number
