"""The address of a Ray cluster: one clear line within seconds where none answers."""

import os
import signal
import socket
import threading
import time

import pytest

from catsclean.errors import UsageError
from catsclean.scan import ray_address
from catsclean.scan.pool import interrupts
from catsclean.scan.ray_address import check_ray_address

SETTINGS = bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))


@pytest.fixture
def server():
    """Start a server that gives a callable each connection; return its port."""
    threads, left = [], threading.Event()

    def start(answer):
        listening = socket.create_server(("127.0.0.1", 0))

        def serve():
            with listening, listening.accept()[0] as connection:
                answer(connection)
                left.wait(60)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return listening.getsockname()[1]

    yield start
    left.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("prefix", ["", "ray://"])
def test_a_server_of_grpc_may_be_a_cluster(server, prefix):
    check_ray_address(f"{prefix}127.0.0.1:{server(lambda it: it.sendall(SETTINGS))}")


@pytest.mark.parametrize("prefix", ["", "ray://"])
def test_a_closed_port_is_told_in_one_line(prefix):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UsageError, match=f"no Ray cluster answers.*{port}.*--address") as told:
        check_ray_address(f"{prefix}127.0.0.1:{port}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n", b"\0\0\0\7"])
def test_a_server_of_something_else_is_told(server, said):
    def answer(connection):
        connection.recv(99)
        connection.sendall(said)
        connection.shutdown(socket.SHUT_RDWR)

    with pytest.raises(UsageError, match="something else than Ray is there"):
        check_ray_address(f"127.0.0.1:{server(answer)}")


def test_a_server_that_never_answers_is_left_after_a_while(server, monkeypatch):
    monkeypatch.setattr(ray_address, "_PATIENCE_SECONDS", 0.2)
    with pytest.raises(UsageError, match=r"no answer within 0\.2 s"):
        check_ray_address(f"127.0.0.1:{server(lambda _: None)}")


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_the_wait_for_an_answer(server, monkeypatch):
    monkeypatch.setattr(ray_address, "_PATIENCE_SECONDS", 60)

    def interrupt(_connection):
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    with interrupts.held_back(), interrupts.admitted(), pytest.raises(KeyboardInterrupt):
        check_ray_address(f"127.0.0.1:{server(interrupt)}")


def test_the_environment_is_checked_as_ray_reads_it(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    for address in (None, "auto"):
        with pytest.raises(UsageError, match=str(port)):
            check_ray_address(address)
    check_ray_address("local")


def test_an_encrypted_connection_is_only_opened(server, monkeypatch):
    monkeypatch.setenv("RAY_USE_TLS", "1")
    check_ray_address(f"127.0.0.1:{server(lambda _: None)}")


@pytest.mark.parametrize(
    "address", [None, "", "auto", "local", "host", "ray://host", "other://host:1", "[::1]:77777"]
)
def test_what_is_not_host_and_port_is_left_to_ray(monkeypatch, address):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    check_ray_address(address)
