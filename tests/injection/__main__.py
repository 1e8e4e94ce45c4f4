"""Run every point of the fault injection, or some: ``python -m tests.injection``.

    python -m tests.injection                          all points and all power cuts (hours)
    python -m tests.injection --sample 50              50 points of each scenario
    python -m tests.injection clean-by-links           one scenario; several may be named
    python -m tests.injection clean-by-links:271:done:ENOENT   one point, with all that was said
    python -m tests.injection cut:clean-by-links:88:all-but-3  one power cut
    python -m tests.injection --record FILE            what was tried, as JSON
    python -m tests.injection --list                   the scenarios and their numbers of points

From the root of the repository, with a C compiler, on Linux.  Prints a table: points, and how many
of them lost a picture, brought one back inexactly, left something behind, ended in a traceback, and
so on; then every flaw by its cause.  Ends with 1 if there is any.
"""

import argparse
import collections
import json
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .checks import KINDS
from .commands import Commands, compiler
from .disk import make_pets
from .points import fault_named, prepare, sample
from .powercuts import PowerCuts
from .scenarios import AUDIT, PETS, all_scenarios

_SHOWN = 6


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.injection")
    parser.add_argument("names", nargs="*", help="scenarios, or points of them")
    parser.add_argument("--sample", type=int, help="points of each scenario")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=("faults", "cuts"))
    parser.add_argument("--record", type=Path, help="write what was tried into this file, as JSON")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if compiler() is None:
        sys.exit("there is no C compiler here")
    names = options.names or list(all_scenarios())
    if any(":" in name for name in names):
        sys.exit(max(one(name) for name in names))
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(lambda name: scenario(name, options), names))
    if options.record:
        options.record.write_text(json.dumps(recorded(rows), indent=1) + "\n")
    sys.exit(show(rows))


def start(folder):
    commands = Commands(folder)
    make_pets(commands.work / PETS)
    commands.warm_up(AUDIT)
    return commands


def scenario(name, options):
    """Run the points of one scenario; give its name and verdicts, of faults and of power cuts."""
    with tempfile.TemporaryDirectory() as folder, start(folder) as commands:
        ready = prepare(commands, name)
        points, cuts = ready.points(), PowerCuts(ready)
        if options.list:
            print(
                f"{name}: {len(points):,} points, {len(list(cuts.states())):,} power cuts",
                flush=True,
            )
            return name, [], []
        states = cuts.states()
        if options.sample:
            points = sample(points, options.sample, options.seed)
            states = cuts.sample(options.sample, options.seed)
        faults, dark = [], []
        if options.only != "cuts":
            faults = [ready.run(point) for point in points]
        if options.only != "faults":
            dark = [cuts.run(state) for state in states]
    bad = [verdict for verdict in (*faults, *dark) if verdict.flaws]
    print(f"{name}: {len(faults):,} points, {len(dark):,} power cuts, {len(bad)} bad", flush=True)
    for verdict in bad[:_SHOWN]:
        print(f"    {verdict.name}  {verdict.flaws[0].kind}: {verdict.flaws[0].text}", flush=True)
    return name, faults, dark


def recorded(rows):
    """Count what was tried, and what was bad, by scenario."""
    return {
        name: {
            "points": len(faults), "power_cuts": len(dark),
            "bad": [verdict.name for verdict in (*faults, *dark) if verdict.flaws],
        }
        for name, faults, dark in rows
    }  # fmt: skip


def one(name):
    """Run one point and show all of it."""
    cut = name.startswith("cut:")
    kind, _, rest = name.removeprefix("cut:").partition(":")
    with tempfile.TemporaryDirectory() as folder, start(folder) as commands:
        ready = prepare(commands, kind)
        if cut:
            cuts = PowerCuts(ready)
            verdict = cuts.run(next(cuts.states({name})))
        else:
            verdict = ready.run(fault_named(rest))
    print(f"{verdict.name}: {verdict.what}")
    for step in verdict.steps:
        print(f"$ catsclean {' '.join(step.argv)}  -> {step.code}\n{step.said}")
    for flaw in verdict.flaws:
        print(f"{flaw.kind}: {flaw.text}")
    return int(bool(verdict.flaws))


def show(rows):
    """Print the table and the flaws; give the exit code."""
    print(f"\n{'':28}{'points':>8}" + "".join(f"{kind:>13}" for kind in KINDS))
    total = collections.Counter()
    causes = collections.defaultdict(list)
    for name, *both in rows:
        for label, verdicts in zip(("faults", "power cuts"), both, strict=True):
            counts = collections.Counter(
                kind for v in verdicts for kind in {flaw.kind for flaw in v.flaws}
            )
            _row(f"{name} {label}", len(verdicts), counts)
            total.update(counts)
            total["points"] += len(verdicts)
            for verdict in verdicts:
                for flaw in verdict.flaws:
                    causes[flaw.kind, _cause(flaw.text)].append(verdict)
    _row("all", total["points"], total)
    for (kind, text), found in sorted(causes.items()):
        verdicts = list(dict.fromkeys(found))
        print(f"\n{kind}: {text}  ({len(verdicts)})")
        for verdict in verdicts[:_SHOWN]:
            print(f"    {verdict.name}  {verdict.what}")
    return int(bool(causes))


def _cause(text):
    """Take names out of a flaw that differ from point to point."""
    text = re.sub(r"\.[\w-]{5,12}\.tmp", ".*.tmp", text)
    text = re.sub(r"-[0-9a-f]{20}\.part", "-*.part", text)
    text = re.sub(r"(catsclean-part)/.*", r"\1/...", text)
    text = re.sub(r"(Cat|Dog)/[^ :]*", "FILE", text)
    return re.sub(r"\d+", "N", text)


def _row(name, points, counts):
    print(f"{name:28}{points:8,}" + "".join(f"{counts[kind]:13,}" for kind in KINDS))


if __name__ == "__main__":
    main()
