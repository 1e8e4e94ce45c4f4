"""Write a report of an unexpected exception, ready to be sent.

It has versions, command and traceback.  It has no pictures, and no path that says where the data
set lies: such paths are replaced.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from catsclean.core import names
from catsclean.core.version import __version__

#: Where to send it.
ISSUES: Final = "https://github.com/catsclean/catsclean/issues"
_DISTRIBUTIONS: Final = (
    "numpy", "pandas", "pillow", "pyarrow", "rich", "scipy", "simplejpeg", "typer", "tensorflow",
    "tensorflow-cpu", "keras",
)  # fmt: skip
_STATE_SUFFIX: Final = ".catsclean"
# the folders of an absolute path, of POSIX and of Windows; the last name stays
_FOLDERS: Final = re.compile(
    r"""(?<![\w.~>/\\-])(?:/(?:[^\s/'"<>:|]+/)+|[A-Za-z]:[\\/]+(?:[^\\/'"<>:|\n]+[\\/]+)*)"""
)
_MOST_FRAMES: Final = 60


def write_report(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write the report into the state folder if there is one, else into a temporary folder.

    Args:
        error: What was raised.
        arguments: Those of the command.

    Returns:
        The file; None if it could not be written anywhere.
    """
    text = render(error, arguments)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for folder in _places(arguments):
        with suppress(OSError):
            descriptor, name = tempfile.mkstemp(".md", f"crash-{stamp}-", folder)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
            return Path(name)
    return None


def render(error: BaseException, arguments: Sequence[str]) -> str:
    """Return the report as Markdown."""
    frames = "".join(traceback.format_exception(error, limit=-_MOST_FRAMES)).splitlines()
    hide = _Hidden(arguments)
    command = " ".join(["catsclean", *(names.shell_word(hide.argument(a)) for a in arguments)])
    lines = [
        "### What happened",
        "",
        "(Please say in a few words what you did, and with what kind of files.)",
        "",
        "### Versions",
        "",
        "```",
        f"catsclean {__version__}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        *_versions(),
        "```",
        "",
        "### Command",
        "",
        "```",
        command,
        "```",
        "",
        "### Traceback",
        "",
        "```",
        *(names.text(hide(line)) for line in frames),
        "```",
        "",
    ]
    return "\n".join(lines)


def _versions() -> Iterator[str]:
    for name in _DISTRIBUTIONS:
        with suppress(metadata.PackageNotFoundError):
            yield f"{name} {metadata.version(name)}"


class _Hidden:
    """Replaces paths in a text: known folders by their role, others by ``<folder>``."""

    def __init__(self, arguments: Sequence[str]) -> None:
        known: dict[str, str] = {}
        for folder in _folders_of(arguments):
            for path in (folder, folder.absolute(), folder.resolve()):
                known.setdefault(f"{path}{_STATE_SUFFIX}", "<state folder>")
                known.setdefault(str(path), "<data set>")
        for path, role in (
            (Path(__file__).resolve().parents[2], "<catsclean>"),
            (Path(sys.prefix), "<environment>"),
            (Path(sys.base_prefix), "<Python>"),
            (Path(tempfile.gettempdir()), "<temporary folder>"),
        ):
            known.setdefault(str(path), role)
        with suppress(OSError, RuntimeError):
            known.setdefault(str(Path.cwd()), "<working folder>")
            known.setdefault(str(Path.home()), "<home>")
        # a folder comes before those that it lies in; a bare name is not a place
        self._known = sorted(
            ((path, role) for path, role in known.items() if os.path.isabs(path)),  # noqa: PTH117
            key=lambda pair: -len(pair[0]),
        )

    def __call__(self, text: str) -> str:
        for path, role in self._known:
            if path == os.sep:
                continue
            for form in {path, names.text(path), repr(path)[1:-1]}:
                text = re.sub(re.escape(form) + r"(?![\w.-])", role, text)
        return _FOLDERS.sub("<folder>/", text)

    def argument(self, argument: str) -> str:
        """Replace the path in an argument, which may be relative to the working folder."""
        option, equals, value = argument.partition("=")
        if not argument.startswith("--") or not equals:
            option, value = "", argument
        shown = value
        with suppress(OSError, ValueError):
            path = Path(value)
            if path.is_dir():
                is_state = (path / "audit.json").is_file() or path.name.endswith(_STATE_SUFFIX)
                shown = "<state folder>" if is_state else "<data set>"
            elif path.name != value and path.parent.is_dir():
                shown = f"<folder>/{path.name}"
        return f"{option}{equals}{shown}" if option else self(shown)


def _folders_of(arguments: Sequence[str]) -> Iterator[Path]:
    """Return the folders that a command names."""
    for argument in arguments:
        value = argument.partition("=")[2] if argument.startswith("--") else argument
        if value and "\0" not in value:
            with suppress(OSError, ValueError):
                if Path(value).is_dir():
                    yield Path(value)


def _places(arguments: Sequence[str]) -> Iterator[str]:
    """Return the folders to write into, best first."""
    for folder in _folders_of(arguments):
        with suppress(OSError, RuntimeError):
            resolved = folder.resolve()
            beside = resolved.with_name(resolved.name + _STATE_SUFFIX)
            for state in (resolved, beside):
                if (state / "audit.json").is_file() or (state == beside and state.is_dir()):
                    yield str(state)
    with suppress(OSError):
        yield tempfile.gettempdir()
