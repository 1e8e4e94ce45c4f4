"""Standard output and error that never end a command: what cannot be written is dropped.

A clean that has moved files must say so by its exit code, even if nobody reads its output.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import textwrap
from typing import Any, Final, TextIO

_COMMAND: Final = "Run: catsclean "


class _Forgiving(io.FileIO):
    """Takes all that is written, and remembers why some of it could not be."""

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        if self.failure is None:
            try:
                return super().write(data)
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


def forgive() -> None:
    """Put streams in the place of standard output and error that never raise."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # the next file to be opened would take its number, and what is printed
            os.open(os.devnull, os.O_RDONLY)
    sys.stdout = _forgiving(sys.stdout, 1)
    sys.stderr = _forgiving(sys.stderr, 2)


def output_failure() -> OSError | None:
    """Return why standard output took not all that was written; None where it did, or was left."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    raw = _raw(sys.stdout)
    failure = raw.failure if isinstance(raw, _Forgiving) else None
    # whoever read it has seen enough
    return None if isinstance(failure, BrokenPipeError) else failure


def wrapped(sentence: str, stream: TextIO) -> str:
    """Break a sentence between words, where a terminal would break it anywhere.

    In a pipe it stays whole, and so does a command to copy at the end of a sentence.
    """
    width = shutil.get_terminal_size().columns
    if not stream.isatty() or len(sentence) <= width:
        return sentence
    sentence, found, command = sentence.partition(_COMMAND)
    if found:
        return f"{wrapped(f'{sentence}Run:', stream)}\n  catsclean {command}"
    lines = textwrap.wrap(
        sentence,
        width,
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)


def _forgiving(stream: Any, descriptor: int) -> Any:
    if stream is not None and not isinstance(_raw(stream), io.FileIO):
        return stream  # the console of Windows, or what a caller put there
    buffer = io.BufferedWriter(_Forgiving(descriptor, "w", closefd=False))
    lines = descriptor == 2 or os.isatty(descriptor)
    encoding = getattr(stream, "encoding", "utf-8")
    return io.TextIOWrapper(buffer, encoding, "backslashreplace", line_buffering=lines)


def _raw(stream: Any) -> Any:
    buffer = getattr(stream, "buffer", None)
    return getattr(buffer, "raw", buffer)  # PYTHONUNBUFFERED leaves out what buffers
