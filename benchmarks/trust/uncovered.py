"""Lines and branches that no test here can reach, each with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from benchmarks.trust.mutants import REPOSITORY

EXCEPTIONS: Final = Path(__file__).with_name("uncovered.json")
Entries = dict[str, list[dict[str, str]]]
Missing = dict[str, dict[str, list[Any]]]


def exceptions() -> Entries:
    """Return the exceptions of each file: ``code`` (its text) and ``why``."""
    known: Entries = json.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    return known


def explain(missing: Missing, known: Entries, root: Path = REPOSITORY) -> dict[str, Any]:
    """Tell what is missing for a known reason from what a test lacks.

    Args:
        missing: Lines and branches that were not reached, by file.
        known: The exceptions of the files that were measured.
        root: The folder that the paths start from.

    Returns:
        ``missing`` without a reason, ``explained`` with one, and ``stale``: exceptions that
        explain nothing any more.
    """
    left: Missing = {}
    explained: Missing = {}
    stale: list[str] = []
    for file in sorted({*missing, *known}):
        found = missing.get(file, {"lines": [], "branches": []})
        lines, branches = found["lines"], found["branches"]
        reasons: set[int] = set()
        for entry in known.get(file, ()):
            covered = places(entry["code"], root / file)
            if not covered.intersection(lines) and not any(covered & {*one} for one in branches):
                stale.append(f"{file}: {entry['code']}")
            reasons |= covered
        for into, chosen in ((explained, True), (left, False)):
            part = {
                "lines": [one for one in lines if (one in reasons) is chosen],
                "branches": [one for one in branches if bool(reasons & {*one}) is chosen],
            }
            if part["lines"] or part["branches"]:
                into[file] = part
    return {"missing": left, "explained": explained, "stale": stale}


def places(code: str, file: Path) -> set[int]:
    """Return the numbers of the lines that an exception is about.

    They are those that say what its code says, one after another, and the block that the last of
    them begins.  None if the file says that nowhere, or in more than one place.
    """
    wanted = [line.strip() for line in code.splitlines()]
    there = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    said = [line.strip() for line in there]
    starts = [at for at in range(len(said)) if said[at : at + len(wanted)] == wanted]
    if len(starts) != 1:
        return set()
    end = starts[0] + len(wanted)
    begun = _indent(there[end - 1])
    while end < len(there) and (not said[end] or _indent(there[end]) > begun):
        end += 1
    return set(range(starts[0] + 1, end + 1))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
