"""The JSON Schemas of files that catsclean reads and writes, for editors and other programs.

They are files in ``schemas``: JSON Schema, draft 2020-12.  That of settings is made from the table
of settings (``catsclean/cli/settings_schema.py``); the tests compare the others with the outputs.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, Final, Literal, get_args

from catsclean.core import names
from catsclean.core.parse_json import parse_json
from catsclean.errors import UsageError

SchemaName = Literal["settings", "audit", "decisions", "baseline"]
#: Their names.
SCHEMA_NAMES: Final[tuple[SchemaName, ...]] = get_args(SchemaName)
#: The address of each, with its name in the braces.
ADDRESS: Final = (
    "https://raw.githubusercontent.com/catsclean/catsclean/main/catsclean/reports/schemas/"
    "{}.schema.json"
)


def json_schema(name: SchemaName) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a file that catsclean reads or writes.

    Args:
        name: ``settings`` (a ``catsclean.toml``, or ``[tool.catsclean]`` in ``pyproject.toml``),
            ``audit`` (``audit --format json``), ``decisions`` (``decisions.json``) or ``baseline``
            (``audit --write-baseline``).

    Raises:
        UsageError: There is no schema of this name.
    """
    if name not in SCHEMA_NAMES:
        raise UsageError(
            f"there is no such schema. Received: {names.received(name)}."
            f" Known: {', '.join(SCHEMA_NAMES)}."
        )
    file = resources.files("catsclean.reports") / "schemas" / f"{name}.schema.json"
    found: dict[str, Any] = parse_json(file.read_text(encoding="utf-8"))
    return found
