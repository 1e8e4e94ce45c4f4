"""Count the calls that code makes to the file system, and let one of them fail or lose its reply."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest import mock

from catsclean.core import name_calls

CHANGING = (
    "link", "unlink", "mkdir", "rmdir", "replace", "rename", "symlink", "write", "fchown", "fchmod",
    "utime", "setxattr",
)  # fmt: skip
LOOKING = (
    "open",
    "stat",
    "readlink",
    "read",
    "fsync",
    "listxattr",
    "getxattr",
    "scandir",
    "listdir",
)
_RENAME = "_rename_without_replacing"  # renameat2, which Python does not offer
REFUSALS = (errno.EIO, errno.EACCES, errno.ENOENT, errno.EINTR)
LIES = (errno.ENOENT, errno.EEXIST, errno.EIO)


@dataclass(frozen=True)
class CallFault:
    """One call, counted from 0, and what it reports: instead of its work, or after it (`done`)."""

    number: int
    name: str
    code: int
    done: bool

    def __str__(self):
        return f"{self.number} {self.name} {'done' if self.done else 'fails'} {errno.errorcode[self.code]}"


@contextmanager
def counted(
    fault: CallFault | None = None, failing: dict[str, Callable] | None = None
) -> Iterator[list[str]]:
    """Give the names of the calls that are made inside.

    Args:
        fault: What one of them meets.
        failing: By call, what tells from its first argument what it reports; 0: it does its work.
    """
    made: list[str] = []

    def watching(name: str, real: Callable) -> Callable:
        def watched(*arguments, **named):
            number = len(made)
            made.append(name)
            if failing and name in failing and (code := failing[name](arguments[0])):
                raise OSError(code, os.strerror(code))
            if fault is not None and number == fault.number:
                assert name == fault.name, f"call {number} is {name}, not {fault.name}"
                if fault.done:
                    real(*arguments, **named)
                raise OSError(fault.code, os.strerror(fault.code))
            answer = real(*arguments, **named)
            # those of the system (SELinux) are not on every machine
            own = name == "listxattr"
            return [one for one in answer if one.startswith("user.")] if own else answer

        return watched

    with ExitStack() as stack:
        for name in (*CHANGING, *LOOKING):
            if hasattr(os, name):
                stack.enter_context(mock.patch.object(os, name, watching(name, getattr(os, name))))
        real = getattr(name_calls, _RENAME)
        stack.enter_context(mock.patch.object(name_calls, _RENAME, watching("renameat2", real)))
        yield made


def faults_of(calls: list[str]) -> Iterator[CallFault]:
    """Give each fault that each of some calls can meet."""
    for number, name in enumerate(calls):
        changing = name in CHANGING or name == "renameat2"
        for code in REFUSALS:
            yield CallFault(number, name, code, done=False)
        if changing:
            yield CallFault(number, name, errno.ENOSPC, done=False)
            for code in LIES:
                yield CallFault(number, name, code, done=True)
