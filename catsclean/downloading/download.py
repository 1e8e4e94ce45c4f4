"""``catsclean.download``: from a name or an address to a folder that can be audited."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.container_names import is_container_name
from catsclean.core.progress_bar import with_bar
from catsclean.core.state_names import MANIFEST_NAMES
from catsclean.core.text import human_bytes
from catsclean.downloading.download_record import (
    DownloadedArchive,
    DownloadRecord,
    read_record,
    record_of,
    write_record,
)
from catsclean.downloading.known_sets import KNOWN_SETS, KnownSet, PublishedArchive
from catsclean.downloading.transfer import BytesProgress, DownloadPatience, Fetched, fetch
from catsclean.downloading.unpack import UNPACKED_ENDINGS, unpack
from catsclean.errors import DownloadError, UsageError

_UNPACKING: Final = ".unpacking"
# what a folder of our own may be called, from an address that anybody may have made
_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9._+ -]")
_MOST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A set that was downloaded.

    Attributes:
        path: What to audit: a folder, or an archive that is read in place.
        record: The file that says what was downloaded, from where, with which digests.
        files: Number of files that were unpacked; 0 of an archive that is read in place.
        size_bytes: Bytes of the archives.
        title: What it is; empty if only an address was given.
        licence: Its licence; empty if that is not known.
        source: The page that describes it, or its address.
        is_new: It was downloaded now; otherwise it was there already.
        first_digests: Digests that nobody published: they are recorded, and the next download of
            the same address is compared with them.
        manifest: The manifest that its publisher put beside the pictures, for
            :func:`catsclean.verify`; None if there is none.
    """

    path: Path
    record: Path
    files: int
    size_bytes: int
    title: str
    licence: str
    source: str
    is_new: bool
    first_digests: tuple[str, ...] = ()
    manifest: Path | None = None

    def __repr__(self) -> str:
        shown = names.text(str(self.path))
        what = "downloaded" if self.is_new else "there already"
        return (
            f"<Downloaded {shown!r}: {self.files:,} files, {human_bytes(self.size_bytes)}, {what}>"
        )


@checked
@with_bar("downloading", "B")
def download(
    name: str,
    to: str | os.PathLike[str] = ".",
    *,
    progress: BytesProgress | None = None,
    patience: DownloadPatience | None = None,
) -> Downloaded:
    """Download a published set of pictures, check it, and unpack it into a new folder.

    A download that is cut short goes on with the next call. Nothing that exists is overwritten, and
    the folder gets its name only when everything in it is whole.

    Args:
        name: ``cats-vs-dogs``, ``rock-paper-scissors``, ``horses-or-humans``, or the address of a
            ``.zip``, ``.tar.gz``, ``.tgz``, ``.tar.bz2``, ``.tar.xz``, ``.tar`` or ``.parquet``
            file (http or https).
        to: The folder in which the new one is made.
        progress: Called as ``progress(done, total)``, in bytes, while files arrive; the total is 0
            if the server does not say.
        patience: How long servers are waited for.

    Raises:
        DownloadError: It cannot be downloaded, is not what was published or downloaded before, or
            cannot be unpacked.
        UsageError: There is no set of that name, or something else has the name of the folder.
    """
    wanted = _wanted(name)
    parent = Path(to)
    if not parent.is_dir():
        raise UsageError(f"no such folder. Received: {names.text(str(to))!r}. Make it first.")
    target = parent / wanted.name
    with _alone(target):
        return _download(name, wanted, target, patience, progress)


def _download(
    name: str,
    wanted: KnownSet,
    target: Path,
    patience: DownloadPatience | None,
    progress: BytesProgress | None,
) -> Downloaded:
    record = read_record(target)
    if target.exists() or target.is_symlink():
        if record is None or record.name != name:
            raise UsageError(
                f"{names.text(str(target))!r} is there already, and this download did not make it."
                " Move it away, or name another folder."
            )
        return _result(wanted, target, record, is_new=False)
    get = _get_whole if is_container_name(wanted.name) else _get_unpacked
    made = get(name, wanted, target, record, patience, progress)
    return _result(wanted, target, made, is_new=True)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keep other processes away that download the same set to the same folder.

    Raises:
        DownloadError: One is at work.
    """
    lock = FileLock(target.with_name(f".{target.name}.download.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise DownloadError(
            f"another catsclean is downloading {target.name!r} to this folder. Wait for it, or name"
            " another folder."
        ) from None
    except OSError as error:
        raise DownloadError(
            f"cannot write to {names.text(str(target.parent))!r}: {error.strerror or error}. Name"
            " another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()
        with suppress(OSError):
            Path(lock.lock_file).unlink()


def _wanted(name: str) -> KnownSet:
    """Return what a name or an address stands for.

    Raises:
        UsageError: It stands for nothing.
    """
    if name in KNOWN_SETS:
        return KNOWN_SETS[name]
    try:
        parts = urlsplit(name) if "://" in name else None
    except ValueError:  # such as brackets that do not close
        parts = None
    if parts is None or parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            f"no data set of that name. Received: {names.text(name)[:200]!r}. There are:"
            f" {', '.join(KNOWN_SETS)}; or give an address that begins with https://."
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError("an address must not hold a user name or a password: it is recorded.")
    file = _UNUSUAL.sub("_", PurePosixPath(unquote(parts.path)).name)[-_MOST_NAME:].lstrip(".-")
    ending = _ending_of(file)
    stem = file[: -len(ending)] if ending else file.rpartition(".")[0]
    if ending and stem:
        return KnownSet(stem, "", "", name, (PublishedArchive((name,)),))
    if is_container_name(file) and stem:
        return KnownSet(file, "", "", name, (PublishedArchive((name,)),))
    raise UsageError(
        "the address does not end with the name of a .zip, .tar.gz, .tar or .parquet file."
        f" Received: {names.text(name)[:200]!r}. Download it yourself, and audit its folder."
    )


def _ending_of(file: str) -> str:
    """Return what says how an archive is unpacked; empty if nothing does."""
    return next((ending for ending in UNPACKED_ENDINGS if file.lower().endswith(ending)), "")


def _hidden(target: Path, number: int, archive: PublishedArchive) -> Path:
    """Return where an archive lies until it is unpacked."""
    path = unquote(urlsplit(archive.urls[0]).path)
    return target.with_name(f".{target.name}.{number}{_ending_of(path)}")


def _get_whole(
    name: str,
    wanted: KnownSet,
    target: Path,
    before: DownloadRecord | None,
    patience: DownloadPatience | None,
    progress: BytesProgress | None,
) -> DownloadRecord:
    """Download an archive that is read in place."""
    (archive,) = wanted.archives
    known = _recorded(before, archive)
    fetched = fetch(
        archive.urls, target, size_bytes=archive.size_bytes, sha256=archive.sha256,
        needs_bytes=lambda _: 0, patience=patience, progress=progress,
    )  # fmt: skip
    try:
        _compare(fetched, known, before, target)
    except DownloadError:
        target.unlink(missing_ok=True)
        raise
    record = _record(name, wanted, before, [_noted(archive, fetched)], 0)
    _write(target, record)
    return record


def _get_unpacked(
    name: str,
    wanted: KnownSet,
    target: Path,
    before: DownloadRecord | None,
    patience: DownloadPatience | None,
    progress: BytesProgress | None,
) -> DownloadRecord:
    """Download the archives of a set, and unpack them together."""
    files, archives = 0, []
    with _unpacking(target) as folder:
        for number, archive in enumerate(wanted.archives):
            file = _hidden(target, number, archive)
            fetched = _fetch_archive(archive, file, patience, progress)
            try:
                _compare(fetched, _recorded(before, archive), before, target)
                inside = folder / archive.into
                inside.mkdir(exist_ok=True)
                files += unpack(file, inside, archive.strip)
            except DownloadError:
                file.unlink(missing_ok=True)  # it would fail again
                raise
            archives.append(_noted(archive, fetched))
        record = _record(name, wanted, before, archives, files)
        _write(target, record)
        try:
            folder.rename(target)
        except OSError as error:
            raise DownloadError(
                f"cannot make {names.text(str(target))!r}: {error.strerror or error}. Move away"
                " what has this name, or name another folder."
            ) from error
    for number, archive in enumerate(wanted.archives):
        _hidden(target, number, archive).unlink(missing_ok=True)
    return record


def _fetch_archive(
    archive: PublishedArchive,
    file: Path,
    patience: DownloadPatience | None,
    progress: BytesProgress | None,
) -> Fetched:
    """Download an archive, unless a call that ended early has done so."""
    if file.exists():  # it got this name when it was whole; its digest is compared in any case
        file.replace(file.with_name(f".{file.name}.part"))
    return fetch(
        archive.urls, file, size_bytes=archive.size_bytes, sha256=archive.sha256,
        patience=patience, progress=progress,
    )  # fmt: skip


@contextmanager
def _unpacking(target: Path) -> Iterator[Path]:
    """Make a hidden folder beside the target, and remove it if it was not renamed."""
    prefix = f".{target.name}."
    with suppress(OSError):  # what a killed call left
        for left in target.parent.glob(f"{_literal(prefix)}*{_UNPACKING}"):
            shutil.rmtree(left, ignore_errors=True)
    try:
        made = Path(tempfile.mkdtemp(prefix=prefix, suffix=_UNPACKING, dir=target.parent))
    except OSError as error:
        raise DownloadError(
            f"cannot write to {names.text(str(target.parent))!r}: {error.strerror or error}. Name"
            " another folder."
        ) from error
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _literal(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)


def _recorded(before: DownloadRecord | None, archive: PublishedArchive) -> DownloadedArchive | None:
    """Return what an earlier download recorded of an archive without a published digest."""
    if before is None or archive.sha256:
        return None
    found = (one for one in before.archives if set(one.urls) & set(archive.urls))
    return next(found, None)


def _compare(
    fetched: Fetched,
    known: DownloadedArchive | None,
    before: DownloadRecord | None,
    target: Path,
) -> None:
    """Refuse a file that is another one than the first time.

    Raises:
        DownloadError: It is.
    """
    if known is None or before is None or known.sha256 == fetched.sha256:
        return
    raise DownloadError(
        f"{names.text(fetched.url)} has changed: on {before.time[:10]} it had {known.size_bytes:,}"
        f" bytes with sha256 {known.sha256}, and now {fetched.size_bytes:,} with {fetched.sha256}."
        f" To take the new one, remove {names.text(str(record_of(target)))!r}."
    )


def _noted(archive: PublishedArchive, fetched: Fetched) -> DownloadedArchive:
    urls = tuple(dict.fromkeys((fetched.url, *archive.urls)))
    return DownloadedArchive(urls, fetched.size_bytes, fetched.sha256, bool(archive.sha256))


def _record(
    name: str,
    wanted: KnownSet,
    before: DownloadRecord | None,
    archives: Sequence[DownloadedArchive],
    files: int,
) -> DownloadRecord:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    time = before.time if before is not None and before.name == name else now
    return DownloadRecord(name, time, wanted.licence, wanted.source, files, tuple(archives))


def _write(target: Path, record: DownloadRecord) -> None:
    try:
        write_record(target, record)
    except OSError as error:
        raise DownloadError(
            f"cannot write {names.text(str(record_of(target)))!r}: {error.strerror or error}. Make"
            " room, and run the same command again."
        ) from error


def _result(wanted: KnownSet, target: Path, record: DownloadRecord, *, is_new: bool) -> Downloaded:
    unpublished = tuple(one.sha256 for one in record.archives if not one.published)
    data = _data_of(target, wanted)
    manifest = data / MANIFEST_NAMES[0]
    return Downloaded(
        path=data,
        record=record_of(target),
        files=record.files,
        size_bytes=sum(one.size_bytes for one in record.archives),
        title=wanted.title,
        licence=wanted.licence,
        source=wanted.source,
        is_new=is_new,
        first_digests=unpublished if is_new else (),
        manifest=manifest if manifest.is_file() else None,
    )


def _data_of(target: Path, wanted: KnownSet) -> Path:
    """Return what to audit: of an address, the only folder inside, or all of it."""
    if wanted.data:
        return target / wanted.data
    if wanted.title or not target.is_dir():
        return target
    inside = [one for one in target.iterdir() if one.name != "__MACOSX"]
    if len(inside) == 1 and inside[0].is_dir() and any(one.is_dir() for one in inside[0].iterdir()):
        return inside[0]
    return target
