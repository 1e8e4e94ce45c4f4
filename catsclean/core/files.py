"""Write files to a place that the user names, without destroying anything there.

One rule holds for every command and method that takes such a path.  Nothing is written into a data
set or among the files of its state folder.  A regular file is replaced, completely or not at all,
if catsclean may have written it.  If the path is a link, its target is written, never the link.  A
FIFO or a device is opened and written to.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa

from catsclean.core import names
from catsclean.core.folder_handle import BY_DESCRIPTOR
from catsclean.core.leftovers import TEMPORARY, claim, remove_temporaries_of
from catsclean.core.name_calls import remove_name, replace_name
from catsclean.errors import UsageError

#: Whether a file that begins with these bytes may be replaced.
MayReplace = Callable[[bytes], bool]

#: Key in a manifest's file metadata under which it names its data set.
METADATA_KEY = b"catsclean"
#: Suffix of a state folder's name.
SUFFIX = ".catsclean"
_HEAD_BYTES: Final = 1 << 13
_TRIES: Final = 3
#: Names of files that this process has open: their targets are appended to, not replaced.
_OPEN_ALREADY: Final = re.compile(r"/dev/(stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")


def is_text(head: bytes) -> bool:
    """Return whether a file that begins with `head` is text, like reports; not so for archives."""
    if b"\0" in head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def is_parquet(head: bytes) -> bool:
    """Return whether a file that begins with `head` is Parquet, as manifests are."""
    return head.startswith(b"PAR1")


def check_target(
    path: str | os.PathLike[str], may_replace: MayReplace, outside: Iterable[Path] | None = None
) -> None:
    """Check that a file may be written: before an hour's work, and again before writing.

    Args:
        path: The file.
        may_replace: Whether a file that begins with some bytes is of the kind to be written.
        outside: Folders that it must not lie in: the data set that it describes and its state
            folder; None: every audited data set and every state folder.

    Raises:
        UsageError: It may not; the message says why, and what to do.
    """
    shown = f"Received: {names.text(os.fspath(path))!r}."
    target = Path(os.path.realpath(path))
    try:
        _check_place(target, outside, shown)
        ours = _may_be_replaced(target, may_replace, shown)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot check the output file: {reason}. {shown}") from error
    if not ours:
        raise UsageError(
            "the file exists and was not written by catsclean, so it is not replaced."
            f" {shown} Name another file."
        )


def _check_place(target: Path, outside: Iterable[Path] | None, shown: str) -> None:
    if target.is_dir():
        raise UsageError(f"this is a folder, not a file. {shown} Name a file.")
    if not target.parent.is_dir():
        raise UsageError(
            f"the folder of this file does not exist. {shown} Make it, or name another."
        )
    if folder := _protecting(target, outside):
        raise UsageError(
            f"the file must not be inside the data set or its state folder,"
            f" {names.text(folder.name)!r}. {shown} Name one outside it."
        )


def _may_be_replaced(target: Path, may_replace: MayReplace, shown: str) -> bool:
    """Return whether a file may be written to, or does not exist yet."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return True
    if stat.S_ISBLK(status.st_mode):
        raise UsageError(f"this is a disk, not a file. {shown} Name a file.")
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        return True
    with target.open("rb") as stream:
        return may_replace(stream.read(_HEAD_BYTES))


@contextmanager
def saving(
    path: str | os.PathLike[str], may_replace: MayReplace, outside: Iterable[Path] | None = None
) -> Iterator[Path]:
    """Yield a temporary path to write to; on success its bytes go to the user's path.

    Args:
        path: The file.
        may_replace: As in :func:`check_target`.
        outside: As in :func:`check_target`.

    Raises:
        UsageError: It may not or cannot be written.
    """
    check_target(path, may_replace, outside)
    try:
        if _is_stream(path):
            with tempfile.TemporaryDirectory() as folder:
                temporary = Path(folder) / "file"
                yield temporary
                _continue(path, temporary)
        else:
            with replacing(Path(os.path.realpath(path))) as temporary:
                yield temporary
    except OSError as error:
        raise UsageError(
            f"cannot write {names.text(os.fspath(path))!r}: {error.strerror or error}."
            " Name another file."
        ) from error


def _is_stream(path: str | os.PathLike[str]) -> bool:
    if _OPEN_ALREADY.fullmatch(os.path.abspath(path)):  # noqa: PTH100 - a link stays one
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - path may be a text
    except FileNotFoundError:
        return False


def _continue(path: str | os.PathLike[str], source: Path) -> None:
    # standard output may be a file that others append to as well
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    with os.fdopen(descriptor, "wb") as stream, source.open("rb") as written:
        shutil.copyfileobj(written, stream)


def _protecting(target: Path, outside: Iterable[Path] | None) -> Path | None:
    """Return the data set or state folder that would hold the file; None if there is none."""
    if outside is not None:
        return next((folder for folder in outside if _lies_in(target, folder)), None)
    for folder in target.parents:
        if folder.name == "runs" and _is_state(folder.parent):
            return None
        if _is_state(folder) or (folder.name and _is_state(folder.with_name(folder.name + SUFFIX))):
            return folder
    return None


def _is_state(folder: Path) -> bool:
    return (folder / "audit.json").is_file() and (folder / "manifest.parquet").is_file()


def _lies_in(target: Path, folder: Path) -> bool:
    """Return whether a file lies below a folder, even by another name: a mount, another case."""
    if target.is_relative_to(folder):
        return True
    try:
        status = folder.stat()
    except OSError:
        return False
    return any(os.path.samestat(status, parent.stat()) for parent in target.parents)


@contextmanager
def replacing(path: Path, suffix: str = TEMPORARY) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success rename it to `path`, complete.

    Temporary files that killed writers of the same file left are removed first.

    Args:
        path: The file.
        suffix: Suffix of the temporary name.

    Raises:
        OSError: The file cannot be written; the previous file is still there.
    """
    remove_temporaries_of(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=suffix, dir=path.parent)
    temporary = Path(name)
    try:
        _hold(handle)
        yield temporary
        _complete(temporary)
        replace_name(name, os.fspath(path))
    except BaseException:
        with suppress(OSError):
            remove_name(name)
        raise
    finally:
        _let_go(handle)


def _hold(handle: int) -> None:
    """Lock a temporary file; where no lock is, close it, because Windows renames no open file."""
    if BY_DESCRIPTOR:
        claim(handle)
    else:
        os.close(handle)


def _let_go(handle: int) -> None:
    if BY_DESCRIPTOR:
        os.close(handle)


def _complete(temporary: Path) -> None:
    """Write a temporary file to the disk, and give it the permissions of a new file."""
    # open it again, because the writer may have put another file there
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())
    temporary.chmod(0o666 & ~_umask())


def _name_whole(temporary: Path, path: Path) -> None:
    """Give a complete file another name, which must be free."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with temporary.open("rb") as source, path.open("xb") as stream:
            try:
                shutil.copyfileobj(source, stream)
                os.fsync(stream.fileno())
            except BaseException:
                with suppress(OSError):
                    remove_name(os.fspath(path))
                raise


def again_if_taken(write: Callable[[], None]) -> None:
    """Write a file that several machines may write at once; try again if one disturbs the other.

    Where machines do not see each other's locks, another one may take our temporary file for that
    of a killed process, and remove it.

    Raises:
        OSError: It cannot be written.
    """
    for left in reversed(range(_TRIES)):
        try:
            write()
        except FileNotFoundError:
            if not left:
                raise
        else:
            return


@contextmanager
def make_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it gets that name, which must be free.

    Raises:
        FileExistsError: Something has the name.
        OSError: The file cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        _hold(handle)
        yield temporary
        _complete(temporary)
        _name_whole(temporary, path)
    finally:
        with suppress(OSError):
            remove_name(name)
        _let_go(handle)


def arrow_file(path: Path, mode: Literal["rb", "wb"]) -> pa.OSFile:
    """Open a file for Arrow, whose own functions reject paths that are not UTF-8.

    Raises:
        OSError: It cannot be opened.
    """
    return pa.OSFile(os.fsencode(path), mode)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
