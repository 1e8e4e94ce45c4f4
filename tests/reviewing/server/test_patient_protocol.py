"""Whoever holds connections open, or sends without end, does not lock out the owner."""

import select
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from bare_sockets import ask, connect, exchange, send_until_refused, take
from review_server import reviewing

from catsclean.reviewing.server.patient_protocol import ClientPatience

HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "


@pytest.fixture(scope="module")
def hasty():
    """A review that waits for a head and a body half a second each."""
    with reviewing(patience=ClientPatience(head_s=0.5, body_s=0.5)) as review:
        yield review


@pytest.fixture
def still_serving(hasty):
    """Check in the end that the owner is served, and that nothing changed."""
    yield
    assert hasty.owner.get("/page").status == 200
    assert hasty.changed == []


def is_closed(connection):
    """Wait until the server has closed a connection."""
    return take(connection).status == 0


def body_begun(review, framing):
    head = [f"POST {review.owner.base}/change HTTP/1.1", f"Host: {review.owner.host}"]
    head += [f"{name}: {value}" for name, value in review.owner.changing.items()]
    return "\r\n".join([*head, framing, "", ""]).encode()


@pytest.mark.usefixtures("still_serving")
@pytest.mark.parametrize("sent", [b"", b"G", HALF])
def test_a_head_that_never_ends_is_given_up(hasty, sent):
    with connect(hasty.served.port) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


@pytest.mark.usefixtures("still_serving")
def test_a_head_that_comes_drop_by_drop_is_given_up(hasty):
    with connect(hasty.served.port) as connection:
        assert send_until_refused(connection, b"G", 10_000, 0.01) < 10_000


@pytest.mark.usefixtures("still_serving")
def test_the_second_request_of_a_connection_has_a_deadline_too(hasty):
    one = f"GET {hasty.owner.base}/page HTTP/1.1\r\nHost: localhost\r\nCookie: {hasty.owner.cookie}\r\n\r\n"
    with connect(hasty.served.port) as connection:
        connection.sendall(one.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        time.sleep(0.7)  # a connection may rest for longer than a head may take
        connection.sendall(one.encode())
        assert connection.recv(4096)
        assert len(take_after(connection, HALF)) < 4096


def take_after(connection, data):
    connection.sendall(data)
    return take(connection).body


@pytest.mark.usefixtures("still_serving")
@pytest.mark.parametrize("sent", [b"", b"1"])
def test_a_body_that_never_ends_is_given_up(hasty, sent):
    with connect(hasty.served.port) as connection:
        connection.sendall(body_begun(hasty, "Content-Length: 500") + sent)
        assert is_closed(connection)


@pytest.mark.usefixtures("still_serving")
@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", "Content-Length: 99999999999"])
def test_a_body_without_end_is_given_up_after_its_refusal(hasty, framing):
    with connect(hasty.served.port) as connection:
        connection.sendall(body_begun(hasty, framing))
        assert connection.recv(100).split()[1] in {b"411", b"413"}
        assert send_until_refused(connection, b"1\r\n1\r\n", 10_000, 0.01) < 10_000


@pytest.mark.usefixtures("still_serving")
def test_a_head_of_a_hundred_megabytes_is_refused(hasty):
    with connect(hasty.served.port) as connection:
        connection.sendall(HALF)
        # some of it lies in the buffers of both sides
        assert send_until_refused(connection, b"a" * 1_000_000, 100) < 20


@pytest.mark.usefixtures("still_serving")
@pytest.mark.parametrize("count", [4_000, 20_000])
def test_thousands_of_headers_are_refused(hasty, count):
    lines = b"".join(b"X-%d: a\r\n" % n for n in range(count))
    with connect(hasty.served.port) as connection:
        answer = exchange(connection, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n")
        assert answer.status in {0, 400}


@pytest.mark.usefixtures("still_serving")
def test_a_client_that_takes_nothing_of_an_answer_is_given_up():
    with (
        reviewing(patience=ClientPatience(answer_s=0.5)) as review,
        connect(review.served.port) as idle,
    ):
        head = f"GET {review.owner.base}/large?bytes=50000000 HTTP/1.1\r\nHost: localhost\r\n"
        idle.sendall(f"{head}Cookie: {review.owner.cookie}\r\n\r\n".encode())
        time.sleep(1.5)
        assert len(take(idle).body) < 50_000_000


def test_the_owner_is_served_while_1600_requests_are_half_open():
    with reviewing() as review, ExitStack() as stack:
        held = []
        for _ in range(1_600):
            connection = stack.enter_context(connect(review.served.port))
            connection.sendall(HALF)
            held.append(connection)
        assert review.owner.get("/page").status == 200
        assert review.owner.change().status == 200
        poll = select.poll()
        for connection in held:
            poll.register(connection)
        ended = [fd for fd, event in poll.poll() if event & (select.POLLIN | select.POLLHUP)]
        # the first ones made room, and no more of them than the bound asks for
        assert {fd.fileno() for fd in held[:400]} <= set(ended)
        assert len(ended) < 600


def test_requests_that_are_being_answered_make_no_room():
    with reviewing(patience=ClientPatience(most_connections=2)) as review, ExitStack() as stack:
        head = f"GET {review.owner.base}/wait HTTP/1.1\r\nHost: localhost\r\nCookie: {review.owner.cookie}\r\n\r\n"
        busy = [stack.enter_context(connect(review.served.port)) for _ in range(2)]
        for connection in busy:
            connection.sendall(head.encode())
        time.sleep(0.2)
        with connect(review.served.port) as third:
            assert is_closed(third)
        poll = select.poll()
        for connection in busy:
            poll.register(connection, select.POLLIN)
        assert poll.poll(0) == []


def test_a_thousand_requests_at_once_are_answered():
    with reviewing() as review:
        path, headers = f"{review.owner.base}/page", {"Cookie": review.owner.cookie}
        with ThreadPoolExecutor(200) as threads, ExitStack() as stack:
            rest = [stack.enter_context(connect(review.served.port)) for _ in range(800)]
            answers = list(
                threads.map(lambda _: ask(review.owner, "GET", path, headers), range(1_000))
            )
            assert {answer.status for answer in answers} == {200}
            assert len(rest) == 800
