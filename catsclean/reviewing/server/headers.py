"""The headers of every answer, and how a refusal is sent."""

from __future__ import annotations

from typing import Any, Final

Header = tuple[bytes, bytes]

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none';"
    " require-trusted-types-for 'script'"
)
#: No answer is without these, whatever the application says.
SAFETY: Final[tuple[Header, ...]] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_CACHE_CONTROL: Final = b"cache-control"
_NAMES: Final = frozenset(name for name, _ in SAFETY)


def safe(headers: list[Header]) -> list[Header]:
    """Return the headers of an answer with those that make it safe.

    An answer may be stored only if it says so itself.
    """
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in _NAMES]
    if all(name != _CACHE_CONTROL for name, _ in kept):
        kept.append((_CACHE_CONTROL, b"no-store"))
    return [*kept, *SAFETY]


async def send_text(
    send: Any,
    status: int,
    text: str,
    headers: tuple[Header, ...] = (),
    media_type: str = "text/plain",
) -> None:
    """Answer a request with a short text.

    Args:
        send: As ASGI passes it.
        status: Of HTTP.
        text: What happened and what to do; shown to people.
        headers: More headers.
        media_type: Of the text.
    """
    body = text.encode()
    own = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": safe(own)})
    await send({"type": "http.response.body", "body": body})
