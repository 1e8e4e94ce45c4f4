"""Bring one file from a server that may be slow, forgetful or wrong, and know that it is whole.

What arrived lies in a hidden ``.part`` file beside the target until size and digest are right; a
download that was cut short goes on there, if the server still has the same file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catsclean.core import names
from catsclean.core.files import replacing
from catsclean.core.name_calls import rename_to_free
from catsclean.core.parse_json import parse_json
from catsclean.core.text import human_bytes
from catsclean.core.version import __version__
from catsclean.errors import DownloadError

if TYPE_CHECKING:
    import requests

#: Called as ``progress(done, total)`` with bytes; the total is 0 while it is not known.
BytesProgress = Callable[[int, int], None]

#: Room that stays free on the disk.
SPARE_BYTES: Final = 2**28
_CHUNK_BYTES: Final = 2**20
_ROOM_EVERY_BYTES: Final = 2**26
# an attempt that brings less than this might go on for ever
_WORTH_BYTES: Final = 2**16
_MOST_REDIRECTS: Final = 10
_MOST_WAIT_S: Final = 60.0
_OK, _PARTIAL, _RANGE_NOT_SATISFIABLE, _TOO_MANY = 200, 206, 416, 429
_SERVER_ERROR: Final = 500
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+)")


@dataclass(frozen=True, slots=True)
class DownloadPatience:
    """How long a server is waited for.

    Attributes:
        connect_s: Seconds until it answers at all.
        silence_s: Seconds in which it sends nothing.
        least_bytes_a_second: Slower than this, over `silence_s`, counts as silence.
        tries: Attempts in a row that bring hardly anything before the next address is tried.
        pause_s: Seconds before the second attempt; each later pause is twice as long.
    """

    connect_s: float = 20.0
    silence_s: float = 60.0
    least_bytes_a_second: float = 1_000.0
    tries: int = 5
    pause_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched.

    Attributes:
        url: The address that it came from.
        size_bytes: Its size.
        sha256: Its digest.
    """

    url: str
    size_bytes: int
    sha256: str


class _RefusedError(Exception):
    """This address does not have the file; trying it again would change nothing."""


class _AgainError(Exception):
    """The transfer ended early; it may go on."""

    def __init__(self, text: str, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.wait_s = wait_s


def fetch(
    urls: Sequence[str],
    target: Path,
    *,
    size_bytes: int | None = None,
    sha256: str = "",
    needs_bytes: Callable[[int], int] = int,
    patience: DownloadPatience | None = None,
    progress: BytesProgress | None = None,
) -> Fetched:
    """Download a file; it gets its name when it is whole.

    Args:
        urls: Addresses of the same file (http or https), tried in this order.
        target: The file to make; its folder must exist, and its name must be free. No other process
            may download it at the same time.
        size_bytes: Its size, if that is known.
        sha256: Its digest, if that is known.
        needs_bytes: Says how much room there must be on the disk for a file of a size.
        patience: How long servers are waited for.
        progress: Called as bytes arrive.

    Raises:
        DownloadError: No address has the file, it has other bytes than it should, or the disk is
            full. What arrived stays, for the next call.
    """
    part = _PartFile(target, needs_bytes)
    refusals = []
    for url in urls:
        transfer = _Transfer(url, part, size_bytes, sha256, patience or DownloadPatience())
        try:
            transfer.run(progress)
            return part.finish(url, size_bytes, sha256)
        except _RefusedError as error:
            refusals.append(f"{names.text(url)}: {names.text(str(error))}")
        except OSError as error:
            raise DownloadError(
                f"cannot write {str(part.path)!r}: {error.strerror or error}. Make room, and run"
                " the same command again: it goes on where it stopped."
            ) from error
    raise DownloadError(f"nothing was downloaded. {'; '.join(refusals)}.")


class _PartFile:
    """What has arrived so far, and what it is a part of."""

    def __init__(self, target: Path, needs_bytes: Callable[[int], int]) -> None:
        self._target = target
        self.path = target.with_name(f".{target.name}.part")
        self._about = target.with_name(f".{target.name}.part.json")
        self._needs_bytes = needs_bytes

    @property
    def size(self) -> int:
        with suppress(OSError):
            return self.path.stat().st_size
        return 0

    def about(self) -> dict[str, Any]:
        """Return what it is a part of; empty if that is not known."""
        try:
            known = parse_json(self._about.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def begin(self, about: dict[str, Any]) -> None:
        """Forget what arrived, and note what arrives now."""
        self.discard()
        with replacing(self._about) as temporary:
            temporary.write_text(json.dumps(about), encoding="utf-8")

    def discard(self) -> None:
        """Remove what arrived."""
        for path in (self.path, self._about):
            path.unlink(missing_ok=True)

    def require_room(self, left_bytes: int) -> None:
        """Check that there is room for so many more bytes, and what is made of the file.

        Raises:
            DownloadError: There is not.
        """
        needed = left_bytes + self._needs_bytes(self.size + left_bytes) + SPARE_BYTES
        free = shutil.disk_usage(self._target.parent).free
        if free < needed:
            raise DownloadError(
                f"{human_bytes(needed)} are needed in {str(self._target.parent)!r}, and"
                f" {human_bytes(free)} are free. Make room, or name another folder."
            )

    def finish(self, url: str, size_bytes: int | None, sha256: str) -> Fetched:
        """Check the whole file, and give it its name.

        Raises:
            _RefusedError: It has other bytes than it should; it is removed.
        """
        digest, size = hashlib.sha256(), 0
        with self.path.open("rb+") as stream:  # Windows syncs only what is open for writing
            while data := stream.read(_CHUNK_BYTES):
                digest.update(data)
                size += len(data)
            os.fsync(stream.fileno())
        found = Fetched(url, size, digest.hexdigest())
        if size_bytes not in {None, size} or sha256 not in {"", found.sha256}:
            self.discard()
            raise _RefusedError(
                f"it has {size:,} bytes with sha256 {found.sha256}, where"
                f" {'any number of' if size_bytes is None else format(size_bytes, ',')} bytes with"
                f" sha256 {sha256 or '(not published)'} were expected"
            )
        folder = os.open(self.path.parent, os.O_RDONLY) if os.rename in os.supports_dir_fd else None
        try:
            self._name(folder)
        finally:
            if folder is not None:
                os.close(folder)
        self._about.unlink(missing_ok=True)
        return found

    def _name(self, folder: int | None) -> None:
        if folder is None:  # Windows: a rename there never replaces a file
            self.path.rename(self._target)
        else:
            rename_to_free(self.path.name, folder, self._target.name, folder)


class _Transfer:
    """The attempts to bring one file from one address."""

    def __init__(
        self,
        url: str,
        part: _PartFile,
        size_bytes: int | None,
        sha256: str,
        patience: DownloadPatience,
    ) -> None:
        self._url = url
        self._part = part
        self._size_bytes = size_bytes
        # whatever address the beginning came from, the digest of the whole tells
        self._is_checked = bool(sha256)
        self._patience = patience

    def run(self, progress: BytesProgress | None) -> None:
        """Bring the rest of the file.

        Raises:
            _RefusedError: The server does not have it, or brings nothing new for too long.
            DownloadError: There is no room for it.
            OSError: It cannot be written.
        """
        import requests

        _check_scheme(self._url)
        tries = 0
        with requests.Session() as session:
            session.max_redirects = _MOST_REDIRECTS
            while True:
                before = self._part.size
                try:
                    self._attempt(session, progress)
                    return
                except requests.TooManyRedirects:
                    raise _RefusedError("it redirects without end") from None
                except (requests.RequestException, _AgainError) as error:
                    tries = 0 if self._part.size >= before + _WORTH_BYTES else tries + 1
                    if tries >= self._patience.tries:
                        kept = f"; {self._part.size:,} bytes arrived and stay" * bool(
                            self._part.size
                        )
                        raise _RefusedError(
                            f"{_reason(error)}, {tries} times in a row{kept}. Run the same command"
                            " again to go on"
                        ) from None
                    wait_s = self._patience.pause_s * 2 ** max(0, tries - 1)
                    asked_s = getattr(error, "wait_s", 0.0)
                    time.sleep(min(max(wait_s, asked_s), _MOST_WAIT_S))

    def _attempt(self, session: requests.Session, progress: BytesProgress | None) -> None:
        start, headers = self._resumed()
        with session.get(
            self._url,
            headers={
                "User-Agent": f"catsclean/{__version__}",
                "Accept-Encoding": "identity",  # the bytes as they are, and ranges of them
                **headers,
            },
            stream=True,
            timeout=(self._patience.connect_s, self._patience.silence_s),
        ) as reply:
            _check_redirects(self._url, reply)
            start = self._accept(reply, start)
            total = self._total_of(reply, start)
            self._part.require_room(max(0, total - start))
            self._receive(reply, start, total, progress)

    def _resumed(self) -> tuple[int, dict[str, str]]:
        """Return where to go on, and the headers that ask for it."""
        known, size = self._part.about(), self._part.size
        validator = str(known.get("validator", ""))
        same = known.get("url") == self._url and bool(validator)
        if not size or not (same or (self._is_checked and known)):
            return 0, {}
        headers = {"Range": f"bytes={size}-"}
        return size, {**headers, "If-Range": validator} if same else headers

    def _accept(self, reply: requests.Response, start: int) -> int:
        """Return where the bytes of a reply begin.

        Raises:
            _AgainError: It has none; another request may.
            _RefusedError: No request will have any.
        """
        status = reply.status_code
        if status == _PARTIAL:
            found = _CONTENT_RANGE.fullmatch(reply.headers.get("Content-Range", ""))
            if found is not None and int(found[1]) == start > 0:
                return start
            self._part.discard()
            raise _AgainError("the server sends another part of the file than it was asked for")
        if status == _RANGE_NOT_SATISFIABLE and start:
            self._part.discard()
            raise _AgainError("the file on the server is shorter than before")
        if status == _OK:
            self._part.begin({"url": self._url, "validator": _validator_of(reply)})
            return 0
        what = f"the server answers {status} {reply.reason or ''}".strip()
        if status == _TOO_MANY or status >= _SERVER_ERROR:
            raise _AgainError(what, _retry_after(reply))
        raise _RefusedError(what)

    def _total_of(self, reply: requests.Response, start: int) -> int:
        """Return the size of the whole file, 0 if the server does not say.

        Raises:
            _RefusedError: It is not the size that the file should have.
        """
        text = reply.headers.get("Content-Length", "")
        total = start + int(text) if text.isdigit() else 0
        if total and self._size_bytes not in {None, total}:
            self._part.discard()
            raise _RefusedError(
                f"the file there has {total:,} bytes, where {self._size_bytes:,} were expected"
            )
        return total or self._size_bytes or 0

    def _receive(
        self, reply: requests.Response, start: int, total: int, progress: BytesProgress | None
    ) -> None:
        """Append what arrives.

        Raises:
            _AgainError: It ends early, or hardly anything arrives.
            _RefusedError: It is longer than it should be.
        """
        done, room_at = start, start + _ROOM_EVERY_BYTES
        since, seen = time.monotonic(), start
        with self._part.path.open("ab") as stream:
            stream.truncate(start)
            for data in _arriving(reply):
                stream.write(data)
                done += len(data)
                if total and done > total:
                    break
                if not total and done > room_at:
                    self._part.require_room(_ROOM_EVERY_BYTES)
                    room_at = done + _ROOM_EVERY_BYTES
                if progress is not None:
                    progress(done, total)
                passed = time.monotonic() - since
                if passed > self._patience.silence_s:
                    if done - seen < self._patience.least_bytes_a_second * passed:
                        raise _AgainError("the server sends hardly anything")
                    since, seen = time.monotonic(), done
        if total and done > total:
            self._part.discard()
            raise _RefusedError(f"the server sends more than the {total:,} bytes of the file")
        if total and done < total:
            raise _AgainError(f"the connection ended after {done:,} of {total:,} bytes")


def _arriving(reply: requests.Response) -> Iterator[bytes]:
    """Yield bytes as they arrive: a full block could take for ever.

    Raises:
        _AgainError: The connection failed.
    """
    import urllib3

    try:
        while data := reply.raw.read1(_CHUNK_BYTES):
            yield data
    except urllib3.exceptions.TimeoutError:
        raise _AgainError("the server stopped sending") from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _AgainError("the connection ended early") from error


def _check_scheme(url: str) -> None:
    if not url.lower().startswith(("http://", "https://")):
        raise _RefusedError("only http:// and https:// can be downloaded")


def _check_redirects(url: str, reply: requests.Response) -> None:
    """Refuse a way that leaves https: anybody on it could change the file."""
    _check_scheme(reply.url)
    way = [*(one.url for one in reply.history[1:]), reply.url]
    if url.lower().startswith("https://") and any(not one.startswith("https://") for one in way):
        raise _RefusedError("it redirects from https to http, where anybody could change the file")


def _validator_of(reply: requests.Response) -> str:
    """Return what tells whether the file is still the same; empty if nothing does."""
    etag: str = reply.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return "" if etag else str(reply.headers.get("Last-Modified", ""))


def _retry_after(reply: requests.Response) -> float:
    text = reply.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0


def _reason(error: Exception) -> str:
    """Say in a few words what went wrong; requests' own texts are long and name objects."""
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not valid"
    if isinstance(error, requests.Timeout):
        return "the server does not answer"
    if isinstance(error, requests.ConnectionError):
        return "the connection failed"
    return names.text(str(error))[:200]
