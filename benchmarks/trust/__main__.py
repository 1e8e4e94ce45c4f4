"""Measure how far the promises can be trusted, and write docs/trust.md and docs/trust.json.

python -m benchmarks.trust                          # all parts: about an hour
python -m benchmarks.trust --only mutation,faults   # others keep their last figures
python -m benchmarks.trust --only mutation --quick  # the CI's sample; writes nothing
python -m benchmarks.trust --redraw                 # the page, from trust.json
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.trust import (
    coverage_figures,
    fault_figures,
    fuzzing_figures,
    mutation_figures,
    mutation_groups,
    page,
    results,
)

_PARTS = ("coverage", "mutation", "faults", "fuzzing")


def main(arguments: list[str]) -> int:
    chosen = _parse(arguments)
    parts = chosen.only.split(",") if not chosen.redraw else []
    if unknown := sorted(set(parts) - set(_PARTS)):
        print(f"--only takes {', '.join(_PARTS)}. Received: {', '.join(unknown)}.", file=sys.stderr)
        return 2
    if chosen.quick:
        return _check_quickly(parts)
    told = [one for one in arguments if one not in {"--python", chosen.python}]
    command = f"python3 dev.py trust {' '.join(told)}".strip()
    for part in parts:
        results.replace(part, _measure(part, chosen), command)
    found = results.read()
    results.RECORD.with_suffix(".md").write_text(page.write(found), encoding="utf-8")
    security = results.SECURITY.read_text(encoding="utf-8")
    results.SECURITY.write_text(page.with_figures(security, found), encoding="utf-8")
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default=",".join(_PARTS), help="parts, with commas")
    parser.add_argument("--quick", action="store_true", help="a few mutants; fail below the floor")
    parser.add_argument("--again", action="store_true", help="only what is new or was not noticed")
    parser.add_argument("--redraw", action="store_true", help="measure nothing")
    packages = ",".join(coverage_figures.PACKAGES)
    parser.add_argument("--packages", default=packages, help="of the coverage, with commas")
    parser.add_argument("--each", type=int, default=mutation_groups.MANY, help="mutants a module")
    parser.add_argument("--points", type=int, default=100, help="faults of each scenario")
    parser.add_argument("--seconds", type=int, default=600, help="fuzzing of each target")
    parser.add_argument("--mutants", type=int, default=100_000, help="of the differential test")
    parser.add_argument("--seed", type=int, default=1, help="of faults and fuzzing")
    parser.add_argument("--python", default=sys.executable, help="interpreter with atheris")
    return parser.parse_args(arguments)


def _measure(part: str, chosen: argparse.Namespace) -> dict:
    if part == "coverage":
        return coverage_figures.measure(tuple(chosen.packages.split(",")), again=chosen.again)
    if part == "mutation":
        mapped = "coverage" in chosen.only.split(",")
        groups = mutation_groups.GROUPS
        return mutation_figures.measure(chosen.each, groups, again=chosen.again, mapped=mapped)
    if part == "faults":
        return fault_figures.measure(chosen.points, chosen.seed)
    before = results.read().get("fuzzing", {})
    return fuzzing_figures.measure(
        before, chosen.seconds, chosen.seed, chosen.mutants, chosen.python
    )


def _check_quickly(parts: list[str]) -> int:
    if parts != ["mutation"]:
        print("--quick is for --only mutation.", file=sys.stderr)
        return 2
    found = mutation_figures.measure(mutation_groups.FEW, mutation_groups.QUICK, at_once=2)
    score, floor = found["score"], mutation_groups.FLOOR
    print(
        f"{score:.1%} of the mutants noticed, in {found['seconds']} s; at least {floor:.0%} must be"
    )
    for name in found["left"]:
        print(f"  not noticed: {name}")
    return int(score < floor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
