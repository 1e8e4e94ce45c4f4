"""Turn the roles of docstrings, such as ``:class:`Audit```, into Markdown for the reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    Extension = object
else:
    try:
        from griffe import Extension
    except ImportError:  # the text of docstrings is read without it, too
        Extension = object

_ROLE: Final = re.compile(r":\w+:`(~?)([\w.]+)`")


def without_roles(text: str) -> str:
    """Return a docstring with its roles as names in code type, and double backticks as single."""
    return re.sub(r"(?<!`)``(?!`)", "`", _ROLE.sub(lambda match: f"`{_shown(match)}`", text))


def with_links(text: str) -> str:
    """Return a docstring with its roles as links, each only if its goal is in the reference."""
    return _ROLE.sub(_link, text)


class RoleExtension(Extension):
    """Rewrites each docstring that griffe reads."""

    def on_instance(self, *, obj: Any, **_: Any) -> None:
        """Rewrite the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = with_links(obj.docstring.value)


def _shown(match: re.Match[str]) -> str:
    path = match[2].lstrip(".")
    return path.rpartition(".")[2] if match[1] else path.removeprefix("catsclean.")


def _link(match: re.Match[str]) -> str:
    shown = f"<code>{_shown(match)}</code>"
    if not match[2].startswith("catsclean."):
        return f"`{_shown(match)}`"
    return f'<autoref identifier="{match[2]}" optional>{shown}</autoref>'
