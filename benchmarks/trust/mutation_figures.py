"""The share of mutants that the tests notice."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.trust import mutation, mutation_groups
from benchmarks.trust.mutants import REPOSITORY, sample
from benchmarks.trust.mutation_session import KILLED, SURVIVED, TIMED_OUT

_NOTICED = frozenset({KILLED, TIMED_OUT})


def measure(
    count: int,
    groups: Mapping[str, mutation.Group],
    *,
    again: bool = False,
    mapped: bool = False,
    at_once: int = 1,
) -> dict[str, Any]:
    """Try a fixed sample of mutants of each module.

    Args:
        count: Mutants of each module.
        groups: The modules, with their tests.
        mapped: What the tests reach was found just now.
        again: Try only mutants that the last run of this checkout did not notice, or that are new.
        at_once: Groups that run side by side, which helps if their tests leave processors idle.
    """
    started = time.perf_counter()
    with ProcessPoolExecutor(at_once) as pool:
        running = [
            pool.submit(_try_group, name, group, count, again=again, mapped=mapped)
            for name, group in groups.items()
        ]
        fates = [fate for one in running for fate in one.result()]
    seconds = round(time.perf_counter() - started)
    return {**figures(fates), "sample": count, "seconds": seconds}


def _try_group(
    name: str, group: mutation.Group, count: int, *, again: bool, mapped: bool
) -> list[dict[str, Any]]:
    """Try the mutants of a group, and return what became of each."""
    known = {one["mutant"]: one for one in _read(name, count)} if again else {}
    done = {mutant for mutant, one in known.items() if one["outcome"] in _NOTICED}
    tried: list[dict[str, Any]] = []
    map_file = mutation_groups.map_file(name)
    if not again and not mapped:
        map_file.unlink(missing_ok=True)
    skipped = mutation_groups.equivalent_mutants().keys()
    mutation.run_group(group, count, done | skipped, tried.append, map_file)
    mutants = {one.name: one for module in group.modules for one in sample(module, count)}
    found = [one for mutant, one in known.items() if mutant in done & mutants.keys()] + tried
    found += [
        {"mutant": name, "path": mutants[name].path, "outcome": SURVIVED}
        for name in sorted(skipped & mutants.keys())
    ]
    _write(name, count, found)
    return found


def _file(group: str, count: int) -> Path:
    return REPOSITORY / ".trust" / f"{group}-{count}.json"


def _read(group: str, count: int) -> list[dict[str, Any]]:
    file = _file(group, count)
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8")) if file.exists() else []
    return found


def _write(group: str, count: int, fates: list[dict[str, Any]]) -> None:
    file = _file(group, count)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(fates, indent=0), encoding="utf-8")


def figures(fates: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what became of mutants; those that change nothing that can be seen do not count."""
    known = mutation_groups.equivalent_mutants()
    modules: dict[str, Counter[str]] = {}
    for fate in fates:
        outcome = fate["outcome"]
        if outcome not in _NOTICED and fate["mutant"] in known:
            outcome = "equivalent"
        modules.setdefault(fate["path"], Counter())[outcome] += 1
    left = sorted(
        fate["mutant"] for fate in fates
        if fate["outcome"] not in _NOTICED and fate["mutant"] not in known
    )  # fmt: skip
    noticed = sum(fate["outcome"] in _NOTICED for fate in fates)
    return {
        "modules": {path: dict(counts) for path, counts in modules.items()},
        "noticed": noticed,
        "left": left,
        "score": round(noticed / max(1, noticed + len(left)), 4),
    }
