"""Settings as TOML: a catsclean.toml that sets what is in force, with comments on its sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from catsclean.cli.settings_in_force import SettingInForce, SettingsInForce
from catsclean.core import names


def render(shown: SettingsInForce) -> str:
    """Render settings; the text is a valid ``catsclean.toml``.

    A setting that nothing sets, and that has no value as default, is a comment.
    """
    where = "no settings file" if shown.file is None else names.text(str(shown.file))
    lines = [f"# settings file: {where}", ""]
    tables = [one for one in shown.settings if isinstance(one.value, Mapping)]
    lines += [_line(shown, one) for one in shown.settings if one not in tables]
    if shown.options:
        lines += ["", "# environment variables that set options of one command"]
        lines += [f"#   {name}={names.text(text)}" for name, text in shown.options.items()]
    if shown.unknown:
        lines += ["", "# environment variables that catsclean does not know"]
        lines += [f"#   {names.text(name)}" for name in shown.unknown]
    for one in tables:
        lines += ["", f"[{one.name}]  # {_source(shown, one)}", *_entries(one.name, one.value)]
    return "".join(f"{line}\n" for line in lines)


def _line(shown: SettingsInForce, setting: SettingInForce) -> str:
    if setting.value is None:
        return f"# {setting.name} is not set: {setting.text}"
    return f"{setting.name} = {_value(setting.value)}  # {_source(shown, setting)}"


def _source(shown: SettingsInForce, setting: SettingInForce) -> str:
    origin = shown.origin(setting)
    return setting.source if origin is None else f"{setting.source}: {names.text(origin)}"


def _entries(table: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table; a table in it follows under its own heading."""
    inner = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    for name, value in values.items():
        if name not in inner:
            yield f"{_value(name)} = {_value(value)}"
    for name, value in inner.items():
        heading = f"{table}.{_value(name)}"
        yield ""
        yield f"[{heading}]"
        yield from _entries(heading, value)


def _value(value: Any) -> str:
    """Write a value: JSON's spelling is TOML's, but for characters that a terminal must not get."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return "".join(one if one.isprintable() else _escaped(ord(one)) for one in text)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
