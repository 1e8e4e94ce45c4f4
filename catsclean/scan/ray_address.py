"""Check that something like a Ray cluster answers at an address, within seconds.

Where nothing answers, Ray itself goes on trying for more than ten minutes, and Ctrl-C
waits for 40 s.
"""

from __future__ import annotations

import os
import socket
from typing import Final
from urllib.parse import urlsplit

from catsclean.core import names
from catsclean.errors import UsageError

_PATIENCE_SECONDS: Final = 10.0
# How a client of HTTP/2, and so of gRPC, begins (RFC 9113, section 3.4): the preface and empty
# settings.  The server sends its settings first of all: a frame whose fourth byte is their type.
_HELLO: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
_TYPE_AT: Final = 3
_SETTINGS: Final = b"\4"


def check_ray_address(address: str | None) -> None:
    """Check that a server of gRPC answers at the address of a Ray cluster.

    Nothing is checked if Ray looks for the address itself, and encrypted connections (RAY_USE_TLS)
    are only opened.

    Args:
        address: The address, as ``ray.init`` takes it.

    Raises:
        UsageError: Nothing answers there, or something else.
    """
    found = address
    if address is None or address == "auto":
        found = os.environ.get("RAY_ADDRESS")
    place = _place_of(found or "")
    if place is None:
        return
    try:
        with socket.create_connection(place, _PATIENCE_SECONDS) as connection:
            if os.environ.get("RAY_USE_TLS", "").lower() in {"1", "true"}:
                return
            connection.sendall(_HELLO)
            with connection.makefile("rb") as answer:
                frame = answer.read(_TYPE_AT + 1)
        said = "" if frame[_TYPE_AT:] == _SETTINGS else "something else than Ray is there"
    except TimeoutError:
        said = f"no answer within {_PATIENCE_SECONDS:g} s"
    except OSError as error:
        said = error.strerror or str(error)
    if said:
        raise UsageError(
            f"no Ray cluster answers: {said}. Received: {names.text(str(found))!r}."
            " Start one with `ray start --head`, or name another --address (address=)."
        )


def _place_of(address: str) -> tuple[str, int] | None:
    """Return host and port of ``ray://HOST:PORT`` or ``HOST:PORT``; None for other addresses."""
    scheme, separator, _ = address.partition("://")
    if separator and scheme != "ray":
        return None
    try:
        parts = urlsplit(address if separator else f"//{address}")
        return (parts.hostname, parts.port) if parts.hostname and parts.port else None
    except ValueError:
        return None
