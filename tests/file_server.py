"""A server of one file on loopback that may lie, stall, forget, redirect and change its mind."""

import hashlib
import http.server
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from loopback import serving


@dataclass
class Behaviour:
    """How the server answers one request; the last of them answers all further ones.

    Attributes:
        data: The file.
        status: A status other than 200 and 206, without the file.
        etag: Its ETag; None: it has none.
        ranges: Whether it knows ranges.
        says: The length that it claims; None: the right one; -1: none, and the connection ends.
        chunked: It sends pieces with their lengths, and no length of the whole.
        sends: It sends so many bytes of the answer and hangs up.
        drips_s: It sends byte by byte, with pauses.
        to: It redirects to there.
        shift: It answers a range with one that begins so many bytes later.
        retry_after: What it says about the next attempt.
    """

    data: bytes = b""
    status: int = 200
    etag: str | None = "by digest"
    ranges: bool = True
    says: int | None = None
    chunked: bool = False
    sends: int | None = None
    drips_s: float = 0.0
    to: str = ""
    shift: int = 0
    retry_after: str = ""


@dataclass
class FileServer:
    """What it does, and what it was asked."""

    address: str
    behaviours: list[Behaviour] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def url(self, name="set.zip"):
        return f"{self.address}/{name}"

    def will(self, *behaviours):
        self.behaviours = list(behaviours)

    def next(self, headers):
        self.asked.append(headers)
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


def _answer(handler, one):
    if one.status != 200 or one.to:
        handler.send_response(one.status if one.status != 200 else 302)
        if one.to:
            handler.send_header("Location", one.to)
        if one.retry_after:
            handler.send_header("Retry-After", one.retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    etag = f'"{hashlib.md5(one.data).hexdigest()}"' if one.etag == "by digest" else one.etag
    wanted = handler.headers.get("Range", "")
    start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and one.ranges else 0
    if handler.headers.get("If-Range", etag) != etag:
        start = 0
    if start and start >= len(one.data):
        handler.send_response(416)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    handler.send_response(206 if start else 200)
    if start:
        start += one.shift
        handler.send_header("Content-Range", f"bytes {start}-{len(one.data) - 1}/{len(one.data)}")
    body = one.data[start:]
    if one.chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif one.says != -1:
        handler.send_header("Content-Length", str(len(body) if one.says is None else one.says))
    if etag is not None:
        handler.send_header("ETag", etag)
    handler.end_headers()
    sent = body if one.sends is None else body[: one.sends]
    if one.chunked:
        handler.wfile.write(b"%x\r\n%s" % (len(body), sent))
        if one.sends is None:
            handler.wfile.write(b"\r\n0\r\n\r\n")
    elif one.drips_s:
        for at in range(len(sent)):
            handler.wfile.write(sent[at : at + 1])
            time.sleep(one.drips_s)
    else:
        handler.wfile.write(sent)
    if one.sends is not None or one.says is not None:
        handler.close_connection = True


@contextmanager
def serving_files():
    """Run the server; yield it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            try:
                _answer(self, found.next(dict(self.headers)))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_):
            pass

    found = FileServer("")
    with serving(Handler) as found.address:
        yield found
