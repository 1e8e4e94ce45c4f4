"""Why a file of a data set is not read; an audit makes a finding of each."""

from __future__ import annotations


def reason_of(error: OSError | ValueError) -> str:
    """Return the reason that the system gives for an error, else the text of the error."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


class NotRegularError(OSError):
    """The path names a link, a pipe, a socket or a device, which is never opened for reading."""


class TooLargeError(OSError):
    """The file has more bytes than the limit."""


class ChangedError(OSError):
    """The file changed while it was read."""
