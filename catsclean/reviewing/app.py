"""The web application of a review: its addresses; what they answer is in :mod:`.page_requests`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from html import escape
from importlib.resources import files

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from catsclean.errors import CatscleanError
from catsclean.reviewing.page_requests import NO_PICTURE, PageRequests, Reply
from catsclean.reviewing.server.guard import change_token
from catsclean.reviewing.server.json_body import read_json
from catsclean.reviewing.server.made_picture import SMALL_PX
from catsclean.reviewing.server.picture_response import respond_made
from catsclean.reviewing.server.picture_service import PictureService
from catsclean.reviewing.server.static_files import StaticFiles
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

# as in pictures.js: of more pictures, each is shown smaller, and these are seen first
_FEW, _MOST_AHEAD = 4, 6
_SMALL, _MEDIUM = SMALL_PX[-2:]


def make_app(review: Review, work: PageWork, pictures: PictureService) -> Starlette:
    """Make the application.

    Args:
        review: The questions and answers.
        work: Does what the page asks for.
        pictures: Makes the pictures; the application enters and leaves it.
    """
    pages = _Pages(PageRequests(review, work), pictures)

    @asynccontextmanager
    async def living(_app: Starlette) -> AsyncIterator[None]:
        async with pictures:
            opening = asyncio.create_task(_make_first(review, pictures))
            yield
            opening.cancel()

    routes = [
        Route("/", pages.index),
        Route("/static/{name:path}", pages.static),
        *(
            Route(f"/{kind}/{{first:int}}/{{second:int}}", partial(pages.picture, kind))
            for kind in ("p", "a", "d")
        ),
        Route("/api/difference", pages.difference),
        Route("/api/{path:path}", pages.read),
        Route("/api/{path:path}", pages.change, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=living)


async def _make_first(review: Review, pictures: PictureService) -> None:
    """Make the pictures of the first question while the browser starts."""
    if not pictures.keeps:
        return
    with suppress(CatscleanError):  # whoever opens the page hears of it
        question = await run_in_threadpool(review.first_open)
        shown = () if question is None else question.pictures
        side = _MEDIUM if len(shown) <= _FEW else _SMALL
        samples = [one.facts.sample for one in shown[:_MOST_AHEAD]]
        await asyncio.gather(*(pictures.get(one.path, one.sha256, side) for one in samples))


class _Pages:
    def __init__(self, requests: PageRequests, pictures: PictureService) -> None:
        self._requests = requests
        self._pictures = pictures
        self._static = StaticFiles(files("catsclean.reviewing") / "static")
        # what the report looks like, too, and its keys
        self._shared = StaticFiles(files("catsclean.reports.html") / "shared")

    async def index(self, request: Request) -> Response:
        page = self._static.text("index.html")
        return Response(
            page.replace("{{change}}", escape(change_token(request.scope))),
            media_type="text/html",
        )

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        place = self._shared if name in self._shared.names else self._static
        return place.respond(request, name)

    async def picture(self, kind: str, request: Request) -> Response:
        path = f"{kind}/{request.path_params['first']}/{request.path_params['second']}"
        making = self._requests.picture(self._pictures, path, request.query_params.get("v", ""))
        if making is None:
            return _respond(NO_PICTURE)
        return await respond_made(request, making)

    async def difference(self, request: Request) -> Response:
        return _respond(await self._requests.difference(self._pictures, request.query_params))

    async def read(self, request: Request) -> Response:
        path, query = request.path_params["path"], request.query_params
        return _respond(await run_in_threadpool(self._requests.read, path, query))

    async def change(self, request: Request) -> Response:
        body = await read_json(request)
        path = request.path_params["path"]
        return _respond(await run_in_threadpool(self._requests.change, path, body))


def _respond(reply: Reply) -> Response:
    if isinstance(reply.content, str):
        return PlainTextResponse(reply.content, reply.status)
    return JSONResponse(reply.content, reply.status)
