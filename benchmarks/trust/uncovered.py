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
        part: dict[str, list[Any]] = {"lines": [], "branches": []}
        for entry in known.get(file, ()):
            lines, branches = _explained(entry["code"], root / file, found)
            if not lines and not branches:
                stale.append(f"{file}: {entry['code']}")
            part["lines"] += [one for one in lines if one not in part["lines"]]
            part["branches"] += [one for one in branches if one not in part["branches"]]
        rest = {kind: [one for one in found[kind] if one not in part[kind]] for kind in part}
        for into, chosen in ((explained, part), (left, rest)):
            if chosen["lines"] or chosen["branches"]:
                into[file] = chosen
    return {"missing": left, "explained": explained, "stale": stale}


def _explained(code: str, file: Path, missing: dict[str, list[Any]]) -> tuple[list[Any], list[Any]]:
    """Return the missing lines and branches of a file that an exception explains."""
    own, block = places(code, file)
    if block and block[0] not in missing["lines"]:
        block = range(0)  # tests enter it, so that its other lines need reasons of their own
    lines = [one for one in missing["lines"] if one in own or one in block]
    branches = [
        [first, last]
        for first, last in missing["branches"]
        if first in own or first in block or last in lines
    ]
    return lines, branches


def places(code: str, file: Path) -> tuple[range, range]:
    """Return the numbers of the lines that an exception is about, and of the block they begin.

    The former say what its code says, one after another.  None if the file says that nowhere, or
    in more than one place.
    """
    wanted = [line.strip() for line in code.splitlines()]
    there = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    said = [line.strip() for line in there]
    starts = [at for at in range(len(said)) if said[at : at + len(wanted)] == wanted]
    if len(starts) != 1:
        return range(0), range(0)
    start, end = starts[0] + 1, starts[0] + len(wanted)
    last, begun = end, _indent(there[end - 1])
    while last < len(there) and (not said[last] or _indent(there[last]) > begun):
        last += 1
    return range(start, end + 1), range(end + 1, last + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
