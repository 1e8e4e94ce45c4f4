"""The JSON Schema of settings, made from the table of settings and the options of validators.

``python -m catsclean.cli.settings_schema > catsclean/reports/schemas/settings.schema.json`` writes
it again.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any, Final

from catsclean.cli.settings_table import SETTINGS, Setting, SettingKind
from catsclean.core.model import Severity
from catsclean.reports.json_schemas import ADDRESS
from catsclean.validators.base import Validator
from catsclean.validators.registry import all_validators

_NAMES: Final[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}
_TEXT: Final[Mapping[str, Any]] = {"type": "string", "minLength": 1}
_TYPES: Final[Mapping[SettingKind, Mapping[str, Any]]] = {
    SettingKind.NAMES: _NAMES,
    SettingKind.PATHS: {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
    SettingKind.PATH: _TEXT,
    SettingKind.TEXT: _TEXT,
    SettingKind.LABELS: _TEXT,
    SettingKind.CHOICE: {"type": "string"},
    SettingKind.FLAG: {"type": "boolean"},
    SettingKind.COUNT: {"type": "integer", "minimum": 1},
    SettingKind.LIMIT: {"type": "number", "exclusiveMinimum": 0},
    SettingKind.BY_PATTERN: {"type": "object", "additionalProperties": _NAMES},
}
# by the type of an option's default
_OPTION_TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string"}


def settings_schema() -> dict[str, Any]:
    """Return the schema of a ``catsclean.toml``, and of the table ``[tool.catsclean]``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS.format("settings"),
        "title": "catsclean settings",
        "description": "A catsclean.toml, or the table [tool.catsclean] of a pyproject.toml.",
        "type": "object",
        "properties": {setting.name: _setting(setting) for setting in SETTINGS},
        "additionalProperties": False,
    }


def render() -> str:
    """Render the schema as the file has it."""
    return json.dumps(settings_schema(), indent=2) + "\n"


def _setting(setting: Setting) -> dict[str, Any]:
    about = {"title": setting.name, "description": f"{setting.text} For {setting.commands}."}
    default = {} if setting.default is None else {"default": setting.default}
    if setting.kind is SettingKind.BY_VALIDATOR:
        return {**about, **_by_validator(), **default}
    kind = dict(_TYPES[setting.kind])
    if setting.choices:
        kind["enum"] = list(setting.choices)
    if setting.whole:
        kind["type"] = "integer"
    return {**about, **kind, **default}


def _by_validator() -> dict[str, Any]:
    ours = {
        name: kind
        for name, kind in sorted(all_validators().items())
        if kind.__module__.startswith("catsclean.")
    }
    return {
        "type": "object",
        "properties": {name: _validator(kind) for name, kind in ours.items()},
        # one that another package brings
        "additionalProperties": {"type": "object"},
    }


def _validator(kind: type[Validator]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "severity": {
            "description": "The severity of all its findings.",
            "enum": [severity.value for severity in Severity],
            "default": kind.severity.value,
        }
    }
    for option, default in kind.option_defaults().items():
        properties[option] = _option(default, kind.bounds.get(option))
    found: dict[str, Any] = {
        "description": kind.summary(),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if dashed := [name.replace("_", "-") for name in properties if "_" in name]:
        # the other spelling, which editors do not suggest
        found["patternProperties"] = {f"^({'|'.join(dashed)})$": {}}
    return found


def _option(default: Any, bounds: tuple[float, float] | None) -> dict[str, Any]:
    if isinstance(default, tuple):
        return {**_NAMES, "default": list(default)}
    ends = zip(("minimum", "maximum"), bounds or (), strict=False)
    finite = {word: bound for word, bound in ends if not math.isinf(bound)}
    return {"type": _OPTION_TYPES[type(default)], "default": default, **finite}


if __name__ == "__main__":
    sys.stdout.write(render())
