"""The files of the pages are served by their names alone."""

import pytest
from bare_sockets import Owner
from review_server import WAYS_OUT
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from catsclean.reviewing.server.guard import change_token
from catsclean.reviewing.server.serving import serving
from catsclean.reviewing.server.static_files import StaticFiles


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "secret").write_text("secret")
    static = folder / "static"
    (static / "parts").mkdir(parents=True)
    (static / "a.css").write_text("body {}")
    (static / "parts" / "keys.js").write_text("export const A = 1;")
    (static / "notes.txt").write_text("not for a page")
    (static / "made.py").write_text("")
    return static


@pytest.fixture(scope="module")
def owner(folder):
    files = StaticFiles(folder)

    async def page(request):
        return PlainTextResponse(change_token(request.scope))

    async def static(request):
        return files.respond(request, request.path_params["name"])

    app = Starlette(routes=[Route("/", page), Route("/static/{name:path}", static)])
    with serving(app) as served:
        yield Owner(served.address)


def test_a_file_comes_with_its_type_and_a_tag(owner):
    answer = owner.get("/static/parts/keys.js")
    assert (answer.status, answer.body) == (200, b"export const A = 1;")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


def test_a_browser_that_has_the_file_is_told_so(owner):
    tag = owner.get("/static/a.css").headers["etag"]
    answer = owner.get("/static/a.css", {"If-None-Match": tag})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
    assert owner.get("/static/a.css", {"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize(
    "path", [*WAYS_OUT, "/static/", "/static/parts", "/static/notes.txt", "/static/made.py"]
)
def test_nothing_else_is_served(owner, path):
    answer = owner.get(path)
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_only_names_that_were_there_at_the_start_are_served(folder, owner):
    (folder / "later.js").write_text("1")
    assert owner.get("/static/later.js").status == 404
    (folder / "a.css").write_text("changed")
    assert owner.get("/static/a.css").body == b"body {}"


def test_the_names_and_texts_are_known(folder):
    files = StaticFiles(folder)
    assert "parts/keys.js" in files.names
    assert "notes.txt" not in files.names
    assert files.text("parts/keys.js") == "export const A = 1;"
