"""The modules and styles of the pages as one module, which is all that a widget may bring along.

Nothing is built before: the files of the pages are joined when the widget is first needed.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from catsclean.core.parse_json import parse_json

_FIRST: Final = "widget"
#: The module that has what a page fetches: the keys and the styles.
_SHARED: Final = "shared"
_IMPORT: Final = re.compile(r'^import (?P<what>.+) from "\./(?P<name>\w+)\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^export (?P<kind>const|class|function|async function) (?P<name>\w+)", re.MULTILINE
)
_REM: Final = re.compile(r"(?<![\w.#-])(\d*\.?\d+)rem\b")
_REM_PX: Final = 16
# what the page around a cell says of its elements does not reach into it; a cell has no window of
# its own whose size its styles could follow
_CELL: Final = """
:host { all: initial; display: block; color: var(--ink); font: 15px/1.5 var(--sans); }
.widget { height: 640px; min-width: 320px; min-height: 600px; resize: vertical; overflow: hidden; container: widget / size; border: 1px solid var(--line); border-radius: 12px; background: var(--paper); }
.desk { position: relative; height: 100%; }
.desk .notices { position: absolute; top: 58px; max-width: min(480px, 100% - 32px); }
@media (pointer: fine) { @container widget (max-width: 760px) { .bar kbd, .top kbd { display: inline-block; } #show-help { display: inline-flex; } } }
"""  # noqa: E501 - a rule of a style sheet is a line


@cache
def widget_source() -> str:
    """Return the widget's module: self-contained, and without a request to anywhere."""
    static = files("catsclean.reviewing") / "static"
    shared = files("catsclean.reports.html") / "shared"
    keys = parse_json((shared / "keys.json").read_text(encoding="utf-8"))
    known = {"keys": keys, "styles": _styles(static, shared)}
    constants = "".join(f"const {name} = {_literal(value)};\n" for name, value in known.items())
    joined = {_SHARED: _module(_SHARED, constants, list(known))}
    _join(static, _FIRST, joined)
    return "\n".join(
        [*joined.values(), f"export default {{ render: {_called(_FIRST)}.render }};\n"]
    )


def _join(static: Traversable, name: str, joined: dict[str, str]) -> None:
    """Add a module behind those that it imports; none imports another that imports it."""
    if name in joined:
        return
    text = (static / f"{name}.js").read_text(encoding="utf-8")
    for found in _IMPORT.finditer(text):
        _join(static, found["name"], joined)
    exported = [found["name"] for found in _EXPORT.finditer(text)]
    joined[name] = _module(
        name, _EXPORT.sub(r"\g<kind> \g<name>", _IMPORT.sub(_take, text)), exported
    )


def _module(name: str, body: str, exported: list[str]) -> str:
    """Give a module a scope of its own: others have the same names for other things."""
    return (
        f"const {_called(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"
    )


def _take(found: re.Match[str]) -> str:
    what = found["what"].removeprefix("* as ")
    return f"const {what} = {_called(found['name'])};\n"


def _called(name: str) -> str:
    return f"${name}"


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _styles(static: Traversable, shared: Traversable) -> str:
    tokens = (shared / "tokens.css").read_text(encoding="utf-8").replace(":root {", ":host {")
    page = (static / "review.css").read_text(encoding="utf-8")
    # a notebook decides how large the letters of its page are, and so how large 1rem is
    page = _REM.sub(lambda found: f"{float(found[1]) * _REM_PX:g}px", page)
    page = re.sub(r"@media \((max|min)-(width|height)", r"@container widget (\1-\2", page)
    return tokens + page + _CELL
