"""Which names of this machine a request may use.

A page of a stranger can let a name of its own lead to this machine (DNS rebinding).  Its requests
then carry that name, and are refused.  A port proves nothing: a tunnel may begin at any.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)


class Hosts:
    """The names that may stand in the header ``Host``.

    Args:
        served: The address that is listened at, as the user named it.
    """

    def __init__(self, served: str) -> None:
        self._names = LOOPBACK | {served.lower()}
        self._any_address = is_wildcard(served)
        if self._any_address:
            self._names |= {socket.gethostname().lower()}

    def __contains__(self, header: str) -> bool:
        """Return whether a request may name this host, with any port or none."""
        found = _HOST.fullmatch(header)
        if found is None:
            return False
        name = found[1].lower().strip("[]")
        # an address is not a name: nobody can let it lead elsewhere
        return name in self._names or (self._any_address and _address(name) is not None)


def is_wildcard(host: str) -> bool:
    """Return whether a host means all addresses of this machine, such as ``0.0.0.0``."""
    address = _address(host)
    return address is not None and address.is_unspecified


def in_address(host: str) -> str:
    """Return how to write a host in an address that a browser opens."""
    if is_wildcard(host):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
