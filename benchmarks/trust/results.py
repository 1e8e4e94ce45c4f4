"""The figures of the page docs/trust.md: read, replaced part by part, and written."""

from __future__ import annotations

import json
import time
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from benchmarks import machine
from benchmarks.trust.mutants import REPOSITORY

RECORD: Final = REPOSITORY / "docs" / "trust.json"
SECURITY: Final = REPOSITORY / "SECURITY.md"
_VERSIONS: Final = ("Python", "catsclean", "pillow", "simplejpeg", "numpy")


def read(record: Path = RECORD) -> dict[str, Any]:
    """Read the figures; none if nothing was measured yet."""
    if not record.exists():
        return {}
    found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return found


def replace(part: str, figures: dict[str, Any], command: str, record: Path = RECORD) -> None:
    """Write the figures of one part; the others stay.

    Args:
        part: Its name.
        figures: What was measured.
        command: How it was measured.
        record: The file.
    """
    found = read(record)
    found[part] = {"command": command, "measured": origin(), **figures}
    record.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def origin() -> dict[str, str]:
    """Say when and where something is measured."""
    facts = machine.describe()
    pytest = metadata.version("pytest")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{facts['processor']}, {facts['cores']} cores, {facts['system']}",
        "versions": ", ".join([*(f"{n} {facts[n]}" for n in _VERSIONS if n in facts),
                               f"pytest {pytest}"]),
    }  # fmt: skip
