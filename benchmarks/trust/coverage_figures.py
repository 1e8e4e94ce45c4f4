"""Which lines and branches the tests reach, in worker processes as well."""

from __future__ import annotations

import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import coverage

from benchmarks.trust import mutation_groups, uncovered
from benchmarks.trust.mutants import REPOSITORY
from benchmarks.trust.mutation import Group, load_libraries, map_afresh, map_newer

PACKAGES: Final = ("cleaning", "splitting", "images", "core", "scan")
# all tests of a package, where those that run on its mutants are a few; and of what these leave out
# all but what kills the program again and again
_GROUPS: Final = {
    "all-splitting": Group((), ("tests/splitting",)),
    "all-core": Group((), ("tests/core",)),
    "cleaning": mutation_groups.GROUPS["cleaning"],
    "repairs-cleaning": Group((), ("tests/cleaning/repairs",)),
    "buckets-cleaning": Group(
        (),
        tuple(
            f"tests/cleaning/test_{name}.py"
            for name in ("clean_bucket", "decide_in_bucket", "move_objects")
        ),
    ),
    "scan": Group((), ("tests/scan",), slow=("tests/scan/test_faults.py",)),
    "tensorflow-scan": Group((), ("tests/scan/test_tensorflow_probe.py",), marks="tensorflow"),
    "images": mutation_groups.GROUPS["images"],
}
# of all packages: what Windows lacks
_WHOLE: Final = {"other-systems": Group((), ("tests/test_other_systems.py",))}
_COUNTS: Final = ("num_statements", "covered_lines", "num_branches", "covered_branches")


def measure(packages: tuple[str, ...] = PACKAGES, *, again: bool = False) -> dict[str, Any]:
    """Run tests, and count what all of them together reach in the packages.

    What they reach is kept, so that the mutants need not run all of them once more.

    Args:
        packages: Those that count; the tests of the others do not run for them.
        again: Run only test files that have changed since; the code must not have.
    """
    load_libraries()
    arcs: dict[str, set[tuple[int, int]]] = defaultdict(set)
    failed: list[str] = []
    seconds, tests = 0.0, 0
    groups = {name: group for name, group in _GROUPS.items() if name.rpartition("-")[2] in packages}
    for name, group in (groups | _WHOLE).items():
        found = (map_newer if again else map_afresh)(group, mutation_groups.map_file(name))
        failed += found["failed"]
        seconds += sum(found["seconds"].values())
        tests += len(found["seconds"])
        for files in found["arcs"].values():
            for file, new in files.items():
                arcs[file].update((first, last) for first, last in new)
    report = _report(arcs, packages)
    known = {file: why for file, why in uncovered.exceptions().items() if _is_in(file, packages)}
    return {
        "tests": tests,
        "failed": failed,
        "seconds": round(seconds),
        "packages": {package: _totals(report, package) for package in packages},
        **uncovered.explain(_missing(report), known),
    }


def _report(arcs: dict[str, set[tuple[int, int]]], packages: tuple[str, ...]) -> dict[str, Any]:
    """Let coverage.py compare what was reached with what there is."""
    with tempfile.TemporaryDirectory(prefix="trust-") as folder:
        data_file = Path(folder, "data")
        data = coverage.CoverageData(str(data_file))
        data.add_arcs({str(REPOSITORY / file): sorted(found) for file, found in arcs.items()})
        data.write()
        judge = coverage.Coverage(
            data_file=str(data_file), branch=True, config_file=False, messages=False,
            source=[str(REPOSITORY / "catsclean" / package) for package in packages],
        )  # fmt: skip
        judge.load()
        judge.exclude(r"if TYPE_CHECKING:")
        judge.exclude(r"^\s*\.\.\.$")
        out = Path(folder, "report.json")
        with redirect_stdout(io.StringIO()):
            judge.json_report(outfile=str(out))
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    root = f"{REPOSITORY}/"
    report = {file.removeprefix(root): one for file, one in found["files"].items()}
    return {file: one for file, one in report.items() if _is_in(file, packages)}


def _is_in(file: str, packages: Iterable[str]) -> bool:
    return file.startswith(tuple(f"catsclean/{package}/" for package in packages))


def _totals(report: dict[str, Any], package: str) -> dict[str, int]:
    of_package = [one for file, one in report.items() if _is_in(file, [package])]
    return {count: sum(one["summary"][count] for one in of_package) for count in _COUNTS} | {
        "excluded_lines": sum(len(one["excluded_lines"]) for one in of_package)
    }


def _missing(report: dict[str, Any]) -> dict[str, dict[str, list[Any]]]:
    return {
        file: {"lines": one["missing_lines"], "branches": one["missing_branches"]}
        for file, one in sorted(report.items())
        if one["missing_lines"] or one["missing_branches"]
    }
