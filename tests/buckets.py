"""A bucket on this machine for tests: moto's server on loopback, which counts the requests."""

import hashlib
import http.server
import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import loopback
import pytest

_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # as moto has it
KEY_ID = "AKIATESTTESTTESTTEST"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYsecretsecret"
ACCOUNT = "123456789012"
_NUMBERS = itertools.count(1)


#: The server does what it is asked, and answers that it failed.
LOST = -1


@dataclass
class Server:
    """A server of buckets, and what was asked of it.

    Attributes:
        url: Its address.
        log: Method and path of each request; a listing is LIST, a copy is COPY.
        meddle: Called for each request before it is served, with method and path; returns a status
            to answer without serving it, or LOST.
        ignores_conditions: Copies and deletions are made whatever their conditions say.
        stopped: It serves nothing any more, see :meth:`stop_after`.
    """

    url: str
    log: list[tuple[str, str]] = field(default_factory=list)
    meddle: Callable[[str, str], int | None] | None = None
    ignores_conditions: bool = False
    stopped: bool = False

    def stop_after(self, requests: int, changes: bool = False) -> None:
        """Serve so many requests, and then nothing more: what a killed process asks for.

        Args:
            requests: Their number.
            changes: Count those only that change something.
        """
        left = iter(range(requests))
        self.stopped = False

        def meddle(method: str, _: str) -> int | None:
            counts = not changes or method not in {"GET", "HEAD", "LIST"}
            self.stopped |= counts and next(left, None) is None
            return 503 if self.stopped else None

        self.meddle = meddle

    def count(self, inside: str = "") -> Counter:
        """Count the requests by method; a listing counts as LIST."""
        return Counter(method for method, path in self.log if inside in path)

    def make(self) -> "Store":
        """Make an empty bucket; its name is new, for all servers of a process share their buckets."""
        store = Store(self, f"pets-{next(_NUMBERS)}")
        store.backend.create_bucket(store.name, "us-east-1")
        return store


@dataclass
class Store:
    """A bucket that is written to without any client, so that its keys may be anything."""

    server: Server
    name: str

    @property
    def backend(self):
        from moto.s3.models import s3_backends

        return s3_backends[ACCOUNT]["aws"]

    def put(self, key: str, data: bytes) -> None:
        self.backend.put_object(self.name, key, data)

    def keep_versions(self, on: bool = True) -> None:
        """Turn versioning on, or make it as if it had never been on."""
        self.backend.get_bucket(self.name).versioning_status = "Enabled" if on else None

    def versions(self, key: str) -> list[tuple[str, bytes | None]]:
        """Return id and bytes of each version, oldest first; None: a delete marker."""
        kept = self.backend.get_bucket(self.name).keys.getlist(key, [])
        return [(one.version_id, getattr(one, "value", None)) for one in kept]

    def contents(self, inside: str = "") -> dict[str, bytes]:
        """Return the bytes of each object by its key."""
        return {key: self.get(key) for key in self.all_keys() if inside in key}

    def restore(self, contents: dict[str, bytes]) -> None:
        """Put exactly these objects into the bucket, as if they had been there for long."""
        self.backend.get_bucket(self.name).keys.clear()
        for key, data in contents.items():
            self.put(key, data)
            self.backend.get_object(self.name, key).last_modified = _LONG_AGO

    def put_folder(self, folder, prefix: str) -> None:
        """Put every file of a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def get(self, key: str) -> bytes:
        return self.backend.get_object(self.name, key).value

    def delete(self, key: str) -> None:
        self.backend.delete_object(self.name, key)

    def all_keys(self) -> list[str]:
        from moto.s3.models import FakeDeleteMarker

        kept = self.backend.get_bucket(self.name).keys
        return sorted(key for key in kept if not isinstance(kept[key], FakeDeleteMarker))


def check_copy(environ) -> int | None:
    """Return 412 if a condition of a copy does not hold: moto ignores most of them."""
    from moto.s3.models import s3_backends

    def etag_at(path: str) -> str:
        bucket, _, key = path.lstrip("/").partition("/")
        found = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
        return "" if found is None else found.etag

    wanted = environ.get("HTTP_X_AMZ_COPY_SOURCE_IF_MATCH")
    if wanted is not None and etag_at(unquote(environ["HTTP_X_AMZ_COPY_SOURCE"])) != wanted:
        return 412
    free = environ.get("HTTP_IF_NONE_MATCH") == "*"
    return 412 if free and etag_at(environ["PATH_INFO"]) else None


@contextmanager
def serving():
    """Run moto's server; yield it."""
    pytest.importorskip("obstore", reason="needs the extra cloud (obstore)")
    server = pytest.importorskip("moto.server", reason="needs moto[server]")
    from moto import settings  # noqa: F401 - moto reads the environment once
    from werkzeug import serving as werkzeug

    app = server.create_backend_app("s3")  # finding the service each time costs as much as it
    found = Server("")

    def counting(environ, start_response):
        query = parse_qs(environ.get("QUERY_STRING", ""))
        method = environ["REQUEST_METHOD"]
        listed = "list-type" in query
        where = query.get("prefix", [""])[0] if listed else environ["PATH_INFO"]
        method = "COPY" if "HTTP_X_AMZ_COPY_SOURCE" in environ else method
        method = "LIST" if listed else method
        found.log.append((method, where))
        status = found.meddle(method, where) if found.meddle else None
        if found.ignores_conditions and method == "DELETE":
            environ.pop("HTTP_IF_MATCH", None)
        if status is None and method == "COPY" and not found.ignores_conditions:
            status = check_copy(environ)
        if status is None:
            return app(environ, start_response)
        if status == LOST:
            list(app(environ, lambda *_: None))
        else:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        # as real servers do, it repeats what must not be shown
        data = f"<Error><Code>No</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>".encode()
        shown = 500 if status == LOST else status
        start_response(f"{shown} Error", [("Content-Length", str(len(data)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else data]

    class Quiet(werkzeug.WSGIRequestHandler):
        def log(self, *_, **__):
            pass

    made = werkzeug.make_server("127.0.0.1", 0, counting, threaded=True, request_handler=Quiet)
    found.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def use(patch, url: str) -> None:
    """Let the environment name a server and credentials for it, as a user does."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    patch.setenv("AWS_REGION", "us-east-1")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    patch.setenv("AWS_ENDPOINT_URL", url)
    patch.setenv("AWS_ALLOW_HTTP", "true")


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Rule:
    """How a misbehaving server answers a read.

    Attributes:
        status: Its status.
        data: Other bytes than those listed.
        etag: Another ETag than that listed.
        sends: It promises all bytes, sends so many, and hangs up.
        waits_s: It waits before it answers.
        times: It behaves like this so many times only.
    """

    status: int = 200
    data: bytes | None = None
    etag: str = ""
    sends: int | None = None
    waits_s: float = 0.0
    times: int = 10**9


def etag_of(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


class BadServer:
    """A server whose answers can be made wrong: it lists and reads one bucket, badly.

    Attributes:
        objects: Key -> bytes.
        etags: Key -> its ETag, if it is not a digest of the bytes.
        rules: Key -> how a read of it is answered; "" -> how a listing is.
        log: Method and key of each request.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.rules: dict[str, Rule] = {}
        self.etags: dict[str, str] = {}
        self.log: list[tuple[str, str]] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def answer(self, handler) -> None:
        url = urlsplit(handler.path)
        key = unquote(url.path).partition("/")[2].partition("/")[2]
        query = parse_qs(url.query, keep_blank_values=True)
        self.log.append((handler.command, key))
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        rule = self.rules.get(key, Rule())
        if rule.times <= 0:
            rule = Rule()
        rule.times -= 1
        time.sleep(rule.waits_s)
        # before the answer: who has it all may ask for the next before this thread goes on
        with self._lock:
            self.at_once -= 1
        if "list-type" in query:
            data = self._listing(query.get("prefix", [""])[0])
            self._send(handler, rule, data, "")
        elif key in self.objects or rule.status != 200:
            data = self.objects.get(key, b"")
            etag = self.etags.get(key, etag_of(data))
            self._send(handler, rule, data if rule.data is None else rule.data, etag)
        else:
            self._send(handler, Rule(404), b"", "")

    def _send(self, handler, rule: Rule, data: bytes, etag: str) -> None:
        if rule.status != 200:
            # as real servers do, it repeats what must not be shown
            data = (
                f"<Error><Code>No</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>".encode()
            )
        handler.send_response(rule.status)
        handler.send_header("Content-Length", str(len(data)))
        handler.send_header("ETag", rule.etag or etag)
        handler.send_header("Last-Modified", "Sun, 01 Nov 2026 10:00:00 GMT")
        handler.end_headers()
        handler.wfile.write(data[: rule.sends])
        if rule.sends is not None:
            handler.close_connection = True

    def _listing(self, prefix: str) -> bytes:
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size><ETag>"
            f"{escape(self.etags.get(key, etag_of(data)))}</ETag><LastModified>2026-11-01T10:00:00.000Z</LastModified>"
            "</Contents>"
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return (
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()
        )


@contextmanager
def misbehaving():
    """Run a misbehaving server; yield it and its address."""
    pytest.importorskip("obstore", reason="needs the extra cloud (obstore)")
    bad = BadServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            try:
                bad.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_PUT = do_GET  # noqa: N815 - the name that the library calls

        def log_message(self, *_):
            pass

    with loopback.serving(Handler) as address:
        yield bad, address
