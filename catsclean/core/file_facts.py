"""Owner, permissions and times of a file or folder, as far as the system lets them be set.

What stands for the file is its open descriptor, or its path where the system sets facts by path
only (Windows), then after the file was closed: closing it would set its time again.
"""

from __future__ import annotations

import os
from typing import Final

from catsclean.core.folder_handle import Handle

#: Whether times can be set by a descriptor.
TIMES_BY_DESCRIPTOR: Final = os.utime in os.supports_fd


def set_owner(place: Handle, uid: int, gid: int) -> None:
    """Set the owner; nothing on a system whose files have other kinds of owners.

    Raises:
        OSError: The system refuses.
    """
    if hasattr(os, "fchown") and not isinstance(place, str):
        os.fchown(place, uid, gid)


def set_mode(place: Handle, mode: int) -> None:
    """Set the permissions; nothing on a system that cannot set those of an open file.

    Raises:
        OSError: The system refuses.
    """
    if isinstance(place, str):
        os.chmod(place, mode)  # noqa: PTH101 - a text
    elif hasattr(os, "fchmod"):
        os.fchmod(place, mode)


def set_times(place: Handle, atime_ns: int, mtime_ns: int) -> None:
    """Set the times of the last access and of the last change, nanoseconds since 1970.

    Nothing for a descriptor on a system that sets times by path only.

    Raises:
        OSError: The system refuses.
    """
    if isinstance(place, str) or TIMES_BY_DESCRIPTOR:
        os.utime(place, ns=(atime_ns, mtime_ns))
