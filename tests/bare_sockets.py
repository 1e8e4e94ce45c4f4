"""Talks HTTP with a review's server by bare sockets, so that a test can send what no browser would."""

from __future__ import annotations

import socket
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field

CHANGE = "x-catsclean-change"
WAIT_S = 60


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    every: list[tuple[str, str]] = field(default_factory=list)


class Owner:
    """The person who opened the address that was printed."""

    def __init__(self, address: str):
        parts = urllib.parse.urlsplit(address)
        self.port = parts.port
        self.host = f"127.0.0.1:{self.port}"
        self.opening = f"{parts.path}?{parts.query}"
        self.base = parts.path.removesuffix("/open")
        self.cookie = ask(self, "GET", self.opening).headers["set-cookie"].partition(";")[0]
        self.token = self.get("/").body.decode()

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return ask(self, "GET", self.base + path, {"Cookie": self.cookie, **(headers or {})})

    @property
    def changing(self) -> dict[str, str]:
        """The headers of a change that is let through."""
        return {
            "Cookie": self.cookie, "Origin": f"http://{self.host}", CHANGE: self.token,
            "Content-Type": "application/json",
        }  # fmt: skip

    def change(self, body: bytes = b"1", **headers: str | None) -> Answer:
        """Change something; a header that is None is left out."""
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        usual = {name.lower(): value for name, value in self.changing.items()}
        sent = {name: value for name, value in (usual | named).items() if value is not None}
        return ask(self, "POST", f"{self.base}/change", sent, body)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)


def ask(owner, method, path, headers=None, body=None, host=None) -> Answer:
    """Send one request as it stands, and take the answer."""
    sent = {"Host": owner.host if host is None else host, "Connection": "close", **(headers or {})}
    if body is not None and "content-length" not in {name.lower() for name in sent}:
        sent["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    with connect(owner.port) as connection:
        return exchange(connection, "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))


def exchange(connection: socket.socket, data: bytes) -> Answer:
    """Send bytes, and take an answer until the server closes the connection."""
    with suppress(OSError):  # it may be refused before it was read
        connection.sendall(data)
    return take(connection)


def send_until_refused(
    connection: socket.socket, part: bytes, times: int, pause_s: float = 0.0
) -> int:
    """Send bytes again and again until the server closes the connection; return how often."""
    for sent in range(times):
        try:
            connection.sendall(part)
        except OSError:
            return sent
        time.sleep(pause_s)
    return times


def take(connection: socket.socket) -> Answer:
    """Take an answer; status 0 if the connection ends without one."""
    received = bytearray()
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    every = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    return Answer(int(first.split(" ")[1]) if first else 0, dict(every), body, every)
