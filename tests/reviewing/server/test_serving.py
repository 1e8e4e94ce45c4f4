"""A server starts, serves and ends, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from bare_sockets import Owner, ask, connect
from patience import HANG_S
from review_server import reviewing, small_app
from starlette.applications import Starlette

from catsclean.errors import MissingExtraError, UsageError
from catsclean.reviewing.server import extra
from catsclean.reviewing.server.serving import serving

TESTS = Path(__file__).parents[2]
# a program that serves until it is interrupted, as the command does
PROGRAM = """
import signal, sys
from review_server import small_app
from catsclean.reviewing.server.serving import serving

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, interrupt)
try:
    with serving(small_app()[0]) as served:
        print(served.address, flush=True)
        served.wait()
except KeyboardInterrupt:
    sys.exit(130)
"""


def start(before=""):
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.Popen(
        [sys.executable, "-c", before + PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_a_waiting_program_though_requests_are_open(number):
    with start() as program:
        owner = Owner(program.stdout.readline().strip())
        with connect(owner.port) as half, connect(owner.port) as waiting:
            half.sendall(b"GET /")
            head = f"GET {owner.base}/wait HTTP/1.1\r\nHost: localhost\r\nCookie: {owner.cookie}\r\n\r\n"
            waiting.sendall(head.encode())
            program.send_signal(number)
            assert program.wait(HANG_S) == 130
        assert program.stderr.read() == ""


def test_few_open_files_are_enough():
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
    with start(few) as program, ExitStack() as stack:
        owner = Owner(program.stdout.readline().strip())
        for _ in range(150):
            stack.enter_context(connect(owner.port)).sendall(b"GET /")
        assert owner.get("/page").status == 200
        program.send_signal(signal.SIGINT)
        assert program.wait(HANG_S) == 130
        assert program.stderr.read() == ""


def test_the_end_of_the_block_frees_the_port_and_the_thread():
    before = threading.active_count()
    with reviewing() as review:
        assert review.owner.get("/").status == 200
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        connect(review.served.port)
    with reviewing(port=review.served.port) as again:
        assert again.served.port == review.served.port


def test_a_request_may_end_the_wait():
    with reviewing() as review:
        threading.Timer(0.1, review.served.stop).start()
        review.served.wait()


def test_an_error_in_the_block_ends_the_server():
    with pytest.raises(ZeroDivisionError), reviewing() as review:
        1 / 0  # noqa: B018
    with pytest.raises(ConnectionRefusedError):
        connect(review.served.port)


def test_two_servers_run_beside_each_other():
    with reviewing() as one, reviewing() as other:
        for review in (one, other):
            assert review.owner.get("/").status == 200
        assert ask(one.owner, "GET", other.owner.opening).status == 404


def test_only_the_loopback_is_listened_at():
    with reviewing() as review:
        assert review.served.host == "127.0.0.1"


def test_the_address_names_the_host_that_was_asked_for():
    with serving(small_app()[0], host="localhost") as served:
        assert served.address.startswith(f"http://localhost:{served.port}/")


def test_a_port_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken_already = pytest.raises(UsageError, match=f"^port {port} of 127.0.0.1 is taken")
        with taken_already as caught, reviewing(port=port):
            pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("port", [-1, 65536, 10**30])
def test_a_port_that_is_none_is_refused(port):
    with (
        pytest.raises(UsageError, match=f"from 0 .* to 65535. Received: {port}"),
        reviewing(port=port),
    ):
        pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "", "a b", "\x1b[31m"])
def test_a_host_that_is_not_this_machine_is_refused(host):
    with (
        pytest.raises(UsageError, match="cannot listen at port 0 of") as caught,
        reviewing(host=host),
    ):
        pass
    assert str(caught.value).isprintable()


def lived(noted, failure=None):
    @asynccontextmanager
    async def lifespan(app):
        if failure is not None:
            raise failure
        noted.append("began")
        yield
        noted.append("ended")

    return Starlette(lifespan=lifespan)


def test_the_application_begins_and_ends_with_the_server():
    noted = []
    with serving(lived(noted)):
        assert noted == ["began"]
    assert noted == ["began", "ended"]


def test_an_application_that_cannot_begin_says_why(capfd):
    with (
        pytest.raises(UsageError, match="no manifest"),
        serving(lived([], UsageError("no manifest"))),
    ):
        pass
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed_whatever_comes_in(capfd):
    with reviewing() as review:
        review.owner.get("/fail")
        with connect(review.served.port) as connection:
            connection.sendall(b"\x00\xff nonsense\r\n\r\n")
            connection.recv(1000)
        review.owner.get("/page", {"Connection": "Upgrade, close", "Upgrade": "websocket"})
    assert capfd.readouterr() == ("", "")


def test_without_the_extra_there_is_one_line(monkeypatch):
    monkeypatch.setattr(extra, "_NEEDED", ("starlette", "no_such_package"))
    with pytest.raises(MissingExtraError, match=r"\[review\]"), reviewing():
        pass
