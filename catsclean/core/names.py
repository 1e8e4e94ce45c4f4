r"""File names that can be shown anywhere, and converted back.

A file name may hold anything but NUL and ``/``: escape sequences that drive a terminal, newlines
that forge a line of a report, right-to-left marks, bytes that are not text at all.  Therefore
catsclean escapes every path from discovery on; samples, manifests, findings and reports hold only
this form.  Printable characters of every language stand for themselves.  A backslash becomes
``\\``; a character that is not printable becomes ``\x1b``, ``\u202e`` or ``\U000e0041``; a byte
that is not UTF-8 becomes ``\udcff``.  The form is unambiguous: :func:`decode` returns the name,
byte for byte.  It is also the same in every locale: names are bytes on POSIX, and are always read
as UTF-8 here, even if Python reads them otherwise (``LC_ALL=C``).
"""

from __future__ import annotations

import os
import re
import shlex
import sys

from catsclean.errors import printable

# Windows and macOS store names as text
_IN_ANOTHER_ENCODING = os.name == "posix" and sys.getfilesystemencoding().lower() != "utf-8"
_ESCAPE = re.compile(r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))")
FORMULA_STARTS = frozenset("=+-@")
_ESCAPED_STARTS = {f"\\x{ord(c):02x}": c for c in FORMULA_STARTS}


def encode(name: str) -> str:
    """Escape a native path (``os.fsdecode`` form, ``/`` between parts) to show or store it."""
    return escape(_as_utf8(name) if _IN_ANOTHER_ENCODING else name)


def encode_all(names: list[str]) -> list[str]:
    """Escape native names; in most folders, none needs it."""
    together = "".join(names)
    if not _IN_ANOTHER_ENCODING and together.isprintable() and "\\" not in together:
        return names
    return [encode(name) for name in names]


def decode(path: str) -> str:
    """Convert an escaped path back into the native one, which opens the file.

    Raises:
        ValueError: A backslash starts no known escape, so catsclean did not write this path.
    """
    return native(unescape(path))


def escape(text: str) -> str:
    """Escape text that is not a native path, such as a result of :func:`unescape`."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_encode_character(character) for character in text)


def unescape(path: str) -> str:
    r"""Return an escaped path as text, the same in every locale; ``\udcff`` for an invalid byte.

    Raises:
        ValueError: As :func:`decode`.
    """
    if "\\" not in path:
        return path
    parts: list[str] = []
    position = 0
    while (found := path.find("\\", position)) >= 0:
        parts.append(path[position:found])
        match = _ESCAPE.match(path, found)
        if match is None:
            raise ValueError(
                f"not an escaped path: the backslash at position {found + 1} begins no escape, such"
                f" as \\\\ for a backslash or \\x0a for a line break. Received: {path!a}."
                " Write / between folders"
            )
        digits = match[1] or match[2] or match[3]
        parts.append(chr(int(digits, 16)) if digits else "\\")
        position = match.end()
    parts.append(path[position:])
    return "".join(parts)


def native(text: str) -> str:
    """Convert a path that is text into the form in which this process opens files.

    Raises:
        ValueError: It cannot be a file name on this system.
    """
    if _IN_ANOTHER_ENCODING and not text.isascii():
        return os.fsdecode(text.encode("utf-8", "surrogateescape"))
    return text


def raw_bytes(path: str) -> bytes:
    """Return the bytes of an escaped path on the file system."""
    return os.fsencode(decode(path))


def is_text(path: str) -> bool:
    """Return whether the native name is valid text, so that an escaped path loses no bytes."""
    return r"\udc" not in path


def text(message: str) -> str:
    r"""Make any text from outside (an EXIF value, a decoder's message) safe to show on one line."""
    return printable(message)


def received(value: object) -> str:
    """Show a value of the wrong type or content; if it has many lines, show its type."""
    shown = repr(value)
    return f"a {type(value).__name__}" if "\n" in shown else text(shown)


def shell_word(path: str) -> str:
    r"""Quote a native path for a shell, in a command to paste: ``'my cats'``, ``$'a\x1bb'``."""
    if sys.platform == "win32":
        return f'"{path}"' if " " in path else path
    if path.startswith("-"):
        path = f"./{path}"  # no option
    if path.isprintable():
        return shlex.quote(path)
    return f"$'{''.join(_shell_character(character) for character in path)}'"


def cell(value: str) -> str:
    r"""Escape the first character of a CSV cell that a spreadsheet would run as a formula.

    The result is still an escape for :func:`decode`; :func:`from_cell` reverts it.
    """
    if value and value[0] in FORMULA_STARTS:
        return f"\\x{ord(value[0]):02x}{value[1:]}"
    return value


def from_cell(value: str) -> str:
    """Undo :func:`cell`."""
    start = _ESCAPED_STARTS.get(value[:4])
    return value if start is None else start + value[4:]


def _as_utf8(name: str) -> str:
    if name.isascii():
        return name
    try:
        return os.fsencode(name).decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # text from elsewhere that cannot be a name on this system
        return name


def _shell_character(character: str) -> str:
    if character.isprintable():
        return f"\\{character}" if character in "\\'" else character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def _encode_character(character: str) -> str:
    return "\\\\" if character == "\\" else printable(character)
