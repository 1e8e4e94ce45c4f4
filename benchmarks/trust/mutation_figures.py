"""The share of mutants that the tests notice."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from benchmarks.trust import mutation, mutation_groups
from benchmarks.trust.mutation_session import KILLED, TIMED_OUT

_NOTICED = frozenset({KILLED, TIMED_OUT})


def measure(count: int, groups: tuple[str, ...] = ()) -> dict[str, Any]:
    """Try a fixed sample of mutants of each module.

    Args:
        count: Mutants of each module.
        groups: Names of groups of modules; none: all.
    """
    chosen = {
        name: group
        for name, group in mutation_groups.GROUPS.items()
        if not groups or name in groups
    }
    fates: list[dict[str, Any]] = []
    started = time.perf_counter()
    mutation.run_groups(chosen, count, fates.append)
    found = figures(fates)
    return {**found, "sample": count, "seconds": round(time.perf_counter() - started)}


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
