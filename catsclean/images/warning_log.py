"""Collect Python warnings per file, word for word.

``warnings.catch_warnings`` is process-wide and slow to enter for every file.  A worker handles one
file at a time in one thread, so it installs a hook once; elsewhere the standard way is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# of one file; comparing each message with all before it took a minute for 65,000 tags
_MOST_MESSAGES = 100

_sinks: list[list[str]] = []
_installed: list[bool] = []


def install() -> None:
    """Take over this process's warnings; for workers, never for a user's process."""
    warnings.simplefilter("always")
    warnings.showwarning = _note
    _installed.append(True)


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Collect the texts of the warnings that the block gives, each once."""
    messages: list[str] = []
    if _installed:
        _sinks.append(messages)
        try:
            yield messages
        finally:
            _sinks.pop()
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield messages
    for warning in caught:
        _append(messages, str(warning.message))


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    if _sinks:
        _append(_sinks[-1], str(message))


def _append(messages: list[str], text: str) -> None:
    if len(messages) >= _MOST_MESSAGES:
        return
    line = " ".join(text.split(" ")).strip()
    if line not in messages:
        messages.append(line)
