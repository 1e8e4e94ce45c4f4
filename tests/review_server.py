"""A small application behind the guard, which notes all that reaches it."""

import asyncio
from contextlib import contextmanager
from types import SimpleNamespace

from bare_sockets import Owner
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from catsclean.reviewing.server.guard import change_token
from catsclean.reviewing.server.json_body import read_json
from catsclean.reviewing.server.serving import serving

# eleven ways to say "one folder up", or to leave by another door
WAYS_OUT = [
    "/static/../secret", "/static/%2e%2e/secret", "/static/..%2fsecret", "/static/%2e%2e%2fsecret",
    "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/..\\secret", "/static/a.css%00.js",
    "/static/%252e%252e%252fsecret", "/static/..%5csecret", "/../../etc/passwd",
]  # fmt: skip


def small_app():
    """Make the application, and two lists: the paths that were read, the changes that were made."""
    read, changed = [], []

    async def page(request):
        read.append(request.url.path)
        return PlainTextResponse(change_token(request.scope))

    async def anything(request):
        read.append(request.url.path)
        return PlainTextResponse("read")

    async def change(request):
        changed.append(await read_json(request))
        return JSONResponse({"changed": len(changed)})

    async def fail(request):
        raise RuntimeError("a secret")

    async def wait(request):
        await asyncio.sleep(3600)

    async def large(request):
        return Response(
            bytes(int(request.query_params["bytes"])), headers={"X-Frame-Options": "no"}
        )

    routes = [
        Route("/", page), Route("/change", change, methods=["POST"]), Route("/fail", fail),
        Route("/wait", wait), Route("/large", large), Route("/{any:path}", anything),
    ]  # fmt: skip
    return Starlette(routes=routes), read, changed


@contextmanager
def reviewing(app=None, **options):
    """Serve an application, else the small one; give its owner, and what reached the small one."""
    small, read, changed = small_app()
    if app is not None:
        app.routes.append(small.routes[0])
    with serving(app or small, **options) as served:
        owner = Owner(served.address)
        read.clear()
        yield SimpleNamespace(served=served, owner=owner, read=read, changed=changed)
