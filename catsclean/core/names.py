r"""File names that can be shown anywhere, and turned back.

A file name may hold anything but NUL and ``/``: escape sequences that drive a terminal, newlines
that forge a line of a report, right-to-left marks, bytes that are no text at all.  From discovery
on, catsclean therefore writes every path in an escaped form, and only that form is kept in
samples, manifests, findings and reports.  Printable characters of every language stand for
themselves; a backslash becomes ``\\``; what is not printable, ``\x1b``, ``\u202e`` or
``\U000e0041``; a byte that is not UTF-8, ``\udcff``.  The form is unambiguous: :func:`decode`
gives back the name, byte for byte.  It is also the same in every locale: names are bytes on POSIX,
and are always read as UTF-8 here, whatever Python takes them for (``LC_ALL=C``).
"""

from __future__ import annotations

import os
import re
import shlex
import sys

# Windows and macOS keep names as text
_IN_ANOTHER_ENCODING = os.name == "posix" and sys.getfilesystemencoding().lower() != "utf-8"
_ESCAPE = re.compile(r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))")
FORMULA_STARTS = frozenset("=+-@")
_ESCAPED_STARTS = {f"\\x{ord(c):02x}": c for c in FORMULA_STARTS}


def encode(name: str) -> str:
    """Escape a native path (``os.fsdecode`` form, ``/`` between parts) for showing and keeping."""
    return escape(_as_utf8(name) if _IN_ANOTHER_ENCODING else name)


def encode_all(names: list[str]) -> list[str]:
    """Escape native names, of which most folders hold none that needs it."""
    together = "".join(names)
    if not _IN_ANOTHER_ENCODING and together.isprintable() and "\\" not in together:
        return names
    return [encode(name) for name in names]


def decode(path: str) -> str:
    """Turn an escaped path back into the native one, by which a file is opened.

    Raises:
        ValueError: A backslash starts no known escape: this is not a path that catsclean wrote.
    """
    return native(unescape(path))


def escape(text: str) -> str:
    """Escape text that is no native path, such as what :func:`unescape` gave."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_encode_character(character) for character in text)


def unescape(path: str) -> str:
    r"""Return an escaped path as text, the same in every locale; ``\udcff`` for a byte without.

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
            raise ValueError(f"not an escaped path: stray backslash at {found}. Received: {path!a}")
        digits = match[1] or match[2] or match[3]
        parts.append(chr(int(digits, 16)) if digits else "\\")
        position = match.end()
    parts.append(path[position:])
    return "".join(parts)


def native(text: str) -> str:
    """Return a path that is text in the form in which this process opens files.

    Raises:
        ValueError: No name can be made of it.
    """
    if _IN_ANOTHER_ENCODING and not text.isascii():
        return os.fsdecode(text.encode("utf-8", "surrogateescape"))
    return text


def raw_bytes(path: str) -> bytes:
    """Return the bytes that the file system knows an escaped path by."""
    return os.fsencode(decode(path))


def is_text(path: str) -> bool:
    """Tell whether the native name is valid text, so that an escaped path loses no bytes."""
    return r"\udc" not in path


def text(message: str) -> str:
    r"""Make any text from outside (an EXIF value, a decoder's message) safe to show on one line."""
    if message.isprintable():
        return message
    return "".join(c if c.isprintable() else _encode_character(c) for c in message)


def received(value: object) -> str:
    """Show what was given where something else was wanted; what takes many lines, by its type."""
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

    It stays an escape that :func:`decode` reads; :func:`from_cell` takes it back.
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
    except UnicodeEncodeError:  # no name of this system, but text from elsewhere
        return name


def _shell_character(character: str) -> str:
    if character.isprintable():
        return f"\\{character}" if character in "\\'" else character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def _encode_character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
