"""A page asks for pictures by HTTP."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from bare_sockets import Owner, connect
from patience import HANG_S
from pictures import make_dataset
from review_server import WAYS_OUT, reviewing
from running import is_running
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from catsclean.reviewing.server.made_picture import FULL_PX, SMALL_PX
from catsclean.reviewing.server.picture_response import respond_made
from catsclean.reviewing.server.picture_service import PictureService

TESTS = Path(__file__).parents[2]


def picture_app(root, **options):
    """Make an application that shows the pictures of a folder by their number and digest."""
    rows = [
        (path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(root.rglob("*.*"))
    ]
    pictures = PictureService(root, timeout_s=HANG_S, **options)

    @asynccontextmanager
    async def lifespan(app):
        async with pictures:
            yield

    async def picture(request):
        row, side = request.path_params["row"], request.path_params["side"]
        if row >= len(rows) or rows[row][1][:12] != request.path_params["digest"]:
            return PlainTextResponse("There is no such picture.", 404)
        if side not in {*SMALL_PX, FULL_PX}:
            return PlainTextResponse("There is no picture of this size.", 404)
        return await respond_made(request, pictures.get(*rows[row], side))

    route = Route("/picture/{side:int}/{row:int}/{digest}", picture)
    return Starlette(routes=[route], lifespan=lifespan), pictures, rows


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    root = make_dataset(tmp_path_factory.mktemp("shown") / "Pets", {"Cat": 30})
    (root / "Cat" / "text.jpg").write_bytes(b"hello")
    app, pictures, rows = picture_app(root, readers=1)
    with reviewing(app) as review:
        yield SimpleNamespace(owner=review.owner, pictures=pictures, rows=rows, root=root)


def address(shown, row, side=160):
    return f"/picture/{side}/{row}/{shown.rows[row][1][:12]}"


def test_a_picture_comes_with_its_type_and_is_kept_by_the_browser(shown):
    answer = shown.owner.get(address(shown, 0))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.body.startswith(b"RIFF")


def test_a_picture_of_full_size_comes_too(shown):
    assert shown.owner.get(address(shown, 0, 4096)).headers["content-type"] == "image/png"


def test_what_is_no_picture_says_why_and_is_not_kept(shown):
    row = [path for path, _ in shown.rows].index("Cat/text.jpg")
    answer = shown.owner.get(address(shown, row))
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")
    assert b"not a picture" in answer.body


@pytest.mark.parametrize("path", [
    "/picture/0/0/{digest}", "/picture/99999/0/{digest}", "/picture/160/-1/{digest}", "/picture/160/31/{digest}",
    f"/picture/160/{10**30}/{{digest}}", "/picture/160/0/000000000000", "/picture/160/1/{digest}",
    "/picture/160/0/{digest}/x", "/picture/1e2/0/{digest}",
])  # fmt: skip
def test_nothing_but_rows_and_sizes_can_be_named(shown, path):
    answer = shown.owner.get(path.format(digest=shown.rows[0][1][:12]))
    assert answer.status == 404


@pytest.mark.parametrize("path", WAYS_OUT)
def test_no_spelling_of_a_way_out_shows_a_picture(shown, path):
    assert shown.owner.get(path.replace("/static", "/picture/160/0", 1)).status == 404


def test_a_request_whose_client_left_is_dropped(shown):
    pid = shown.pictures._readers[0].start()._context.started[0].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        made = shown.pictures.made
        left = [connect(shown.owner.port) for _ in range(10)]
        for row, connection in enumerate(left, start=10):
            head = (
                f"GET {shown.owner.base}{address(shown, row, 320)} HTTP/1.1\r\nHost: localhost\r\n"
            )
            connection.sendall(f"{head}Cookie: {shown.owner.cookie}\r\n\r\n".encode())
        wait_until(lambda: len(shown.pictures._jobs) == 10)
        for connection in left:
            connection.close()
        wait_until(lambda: len(shown.pictures._jobs) == 1)  # the one in work
    finally:
        os.kill(pid, signal.SIGCONT)
    assert shown.owner.get(address(shown, 1, 640)).status == 200
    assert shown.pictures.made == made + 2


def wait_until(reached):
    until = time.monotonic() + HANG_S
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_thousand_requests_at_once_are_answered(shown):
    rows = [row for row, (path, _) in enumerate(shown.rows) if path != "Cat/text.jpg"]
    wanted = [address(shown, rows[n % len(rows)], (160, 320, 640)[n % 3]) for n in range(1_000)]
    with ThreadPoolExecutor(300) as threads:
        answers = list(threads.map(shown.owner.get, wanted))
    assert {answer.status for answer in answers} == {200}


def test_too_many_pictures_are_busy_for_a_moment(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 4})
    app, pictures, rows = picture_app(root, readers=1, most_waiting=1)
    with reviewing(app) as review, ThreadPoolExecutor(4) as threads:
        pid = pictures._readers[0].start()._context.started[0].pid
        os.kill(pid, signal.SIGSTOP)
        wanted = [f"/picture/160/{row}/{rows[row][1][:12]}" for row in range(4)]
        asking = [threads.submit(review.owner.get, path) for path in wanted]
        wait_until(lambda: sum(one.done() for one in asking) == 2)
        os.kill(pid, signal.SIGCONT)
        answers = sorted((one.result() for one in asking), key=lambda answer: answer.status)
    assert [answer.status for answer in answers] == [200, 200, 503, 503]
    assert answers[-1].headers["retry-after"] == "1"


PROGRAM = """
import sys
from pathlib import Path
from test_picture_response import picture_app
from catsclean.reviewing.server.serving import serving

app, pictures, rows = picture_app(Path(sys.argv[1]), readers=2)
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def page(request):
    return PlainTextResponse("")

app.routes.append(Route("/", page))
with serving(app) as served:
    for reader in pictures._readers:
        reader.start()
    print(served.address, *rows[0], *(r._slot._context.started[0].pid for r in pictures._readers), flush=True)
    served.wait()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_reader_outlives_the_program(tmp_path, number):
    root = make_dataset(tmp_path / "Pets", {"Cat": 1})
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), str(Path(__file__).parent)])
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(root)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    with program:
        printed, _, sha256, *pids = program.stdout.readline().split()
        assert Owner(printed).get(f"/picture/160/0/{sha256[:12]}").status == 200
        program.send_signal(number)
        assert program.wait(HANG_S) != 0
    wait_until(lambda: not any(is_running(int(pid)) for pid in pids))
