"""Score the tests by mutants: change a module in one place, and see whether a test notices."""

from __future__ import annotations

import ast
import json
import os
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.trust.mutants import REPOSITORY, Mutant, sample

# each fork would load TensorFlow again, which takes as long as a mutant that hangs
_OPTIONS = (
    "-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0",
    "-m", "not tensorflow and not fuzz",
)  # fmt: skip
# of the tests that are run on one mutant, as long as they take without it
_MOST_OWN_S, _MOST_TEST_S, _MOST_IMPORT_S = 12.0, 2.0, 2.0
_BUSY = 4
# what a map calls the time before the first test
COLLECTING = ""
# what loads once, before the fork, in place of once for each mutant
_LIBRARIES = (
    "numpy", "PIL.Image", "pyarrow.parquet", "simplejpeg", "filelock", "pathspec",
    "rich.console", "typer", "scipy.sparse.csgraph", "scipy.fft", "pandas",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Modules, and the tests that are to notice a change in them.

    Attributes:
        modules: Their files.
        tests: Folders and files of tests.
        slow: Those of them that are left out.
        own: Test files that are about all of the modules, besides those that are named after one.
        marks: The marks of the tests, as ``pytest -m`` takes them; empty: as for all groups.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    slow: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    marks: str = ""

    @property
    def chosen(self) -> list[str]:
        """What pytest is asked to run."""
        return [*self.tests, *(f"--ignore={path}" for path in self.slow), *self.marked]

    @property
    def marked(self) -> list[str]:
        """The options of pytest that choose by marks; the last such option counts."""
        return ["-m", self.marks] if self.marks else []


def run_group(
    group: Group,
    count: int,
    done: set[str],
    note: Callable[[dict[str, Any]], None],
    map_file: Path | None = None,
) -> None:
    """Try a sample of mutants of each module.

    Args:
        group: The modules, and the tests.
        count: Mutants of each module.
        done: Names of mutants to leave out.
        note: Called with what became of each mutant.
        map_file: Where what the tests reach is kept; only tests that are newer run again for it.
    """
    from benchmarks.trust.mutation_session import Trial

    mutants = [
        mutant
        for module in group.modules
        for mutant in sample(module, count)
        if mutant.name not in done
    ]
    if not mutants:
        return
    load_libraries()
    found = map_tests(group.chosen) if map_file is None else map_newer(group, map_file)
    inside = [
        Trial(
            mutant,
            *_chosen(found, mutant.path, group.own, _reaching(found, mutant), _MOST_TEST_S),
        )
        for mutant in mutants
        if mutant.in_function
    ]
    for fate in _in_fork(lambda: _try_inside(inside, group.chosen)):
        note(fate)
    for mutant in mutants:
        if not mutant.in_function:
            using = _using(found, mutant)
            tests = _chosen(found, mutant.path, group.own, using, _MOST_IMPORT_S)
            note(_try_defined(Trial(mutant, *tests)))


def load_libraries() -> None:
    import importlib

    for name in _LIBRARIES:
        importlib.import_module(name)


def map_tests(tests: Sequence[str]) -> dict[str, Any]:
    """Run tests once in a fork, and say what they reach (``TestMap.as_json``)."""
    [found] = _in_fork(lambda: _map_here(tests))
    return found


def map_afresh(group: Group, map_file: Path) -> dict[str, Any]:
    """Run the tests of a group once, and keep what they reach."""
    map_file.unlink(missing_ok=True)
    return map_newer(group, map_file)


def map_newer(group: Group, map_file: Path) -> dict[str, Any]:
    """Map the test files that are newer than a map, and keep what it says of the others."""
    known: dict[str, Any] = {"arcs": {}, "seconds": {}, "cpu": {}, "failed": []}
    since = 0.0
    if map_file.exists():
        known, since = json.loads(map_file.read_text("utf-8")), map_file.stat().st_mtime
    files = [
        str(path.relative_to(REPOSITORY))
        for test in group.tests
        for path in ([REPOSITORY / test] if test.endswith(".py") else sorted(
            (REPOSITORY / test).rglob("test_*.py")
        ))
    ]  # fmt: skip
    newer = [
        file
        for file in files
        if not file.startswith(group.slow) and (REPOSITORY / file).stat().st_mtime > since
    ]
    if newer:
        started = time.time()
        new = map_tests([*newer, *group.marked])
        for part in ("arcs", "seconds", "cpu"):
            old = {k: v for k, v in known[part].items() if k.partition("::")[0] not in newer}
            known[part] = old | {k: v for k, v in new[part].items() if "::" in k}
        _add_imports(known["arcs"], new["arcs"])
        old_failed = [k for k in known["failed"] if k.partition("::")[0] not in newer]
        known["failed"] = old_failed + new["failed"]
        map_file.parent.mkdir(exist_ok=True)
        map_file.write_text(json.dumps(known), encoding="utf-8")
        # a test file that was changed while this ran is newer
        os.utime(map_file, (started, started))
    return known


def _add_imports(known: dict[str, Any], new: dict[str, Any]) -> None:
    """Add what pytest reached while it collected: what modules do when they are imported."""
    both = known.setdefault(COLLECTING, {})
    for file, arcs in new.get(COLLECTING, {}).items():
        both[file] = sorted({tuple(arc) for arc in (*both.get(file, ()), *arcs)})


def _map_here(tests: Sequence[str]) -> Iterable[dict[str, Any]]:
    import pytest

    from benchmarks.trust.test_map import TestMap

    test_map = TestMap()
    pytest.main([*_OPTIONS, *tests], plugins=[test_map])
    yield test_map.as_json()


def _in_fork(work: Callable[[], Iterable[dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    """Run work in a fork and return its answers."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            sys.stdin.close()
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, 1)
            with os.fdopen(writing, "w", encoding="utf-8") as stream:
                for answer in work():
                    stream.write(json.dumps(answer) + "\n")
                    stream.flush()
            status = 0
        except BaseException:  # noqa: BLE001 - there is nobody else to say it
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"a process of the mutation tests ended with {status}")


def _try_inside(trials: list[Any], tests: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Try mutants of functions in forks of a process that has collected the tests."""
    import pytest

    from benchmarks.trust.mutation_session import MutationSession

    with tempfile.TemporaryFile("w+", encoding="utf-8") as answers:
        session = MutationSession(trials, lambda fate: _write(answers, fate))
        pytest.main([*_OPTIONS, *tests], plugins=[session])
        answers.seek(0)
        yield from map(json.loads, answers)


def _write(stream: Any, fate: Any) -> None:
    stream.write(json.dumps(_as_json(fate)) + "\n")
    stream.flush()
    print(f"{fate.outcome:10}{fate.seconds:6.1f} s  {fate.mutant.name}", file=sys.stderr)


def _as_json(fate: Any) -> dict[str, Any]:
    return {**asdict(fate), "mutant": fate.mutant.name, "path": fate.mutant.path}


def _try_defined(trial: Any) -> dict[str, Any]:
    """Try a mutant of what a module defines: everything is imported again, with it."""
    from benchmarks.trust.mutation_session import fate_of

    def attempt() -> str:
        import pytest

        from benchmarks.trust.mutant_import import install

        install(trial.mutant.path, trial.mutant.number)
        code = pytest.main([*_OPTIONS, "-x", *trial.tests])
        return "" if code == 0 else f"a test of {len(trial.tests)}"

    fate = fate_of(trial, attempt)
    print(f"{fate.outcome:10}{fate.seconds:6.1f} s  {fate.mutant.name}", file=sys.stderr)
    return _as_json(fate)


def _chosen(
    found: dict[str, Any], path: str, own: Sequence[str], tests: Iterable[str], most_s: float
) -> tuple[tuple[str, ...], float, tuple[float, ...]]:
    """Choose tests: the module's own ones, then others, the cheapest first, within bounds.

    Args:
        found: What tests reach.
        path: The module.
        own: Test files that count as its own, besides those named after it.
        tests: Ids of the tests that may be chosen.
        most_s: How long the others may take together, in seconds.
    """
    mirrored = f"/test_{Path(path).stem}"
    # processor time is the same on a busy machine; what other processes take shows in the seconds
    seconds = {
        test: max(found["cpu"][test], wall / _BUSY) for test, wall in found["seconds"].items()
    }

    def is_own(test: str) -> bool:
        file = test.partition("::")[0]
        return mirrored in file or file in own

    usable = {test for test in tests if test in seconds} - set(found["failed"])
    chosen: list[str] = []
    for own_ones in (True, False):
        total = 0.0
        for test in sorted(usable, key=lambda test: (seconds[test], test)):
            if is_own(test) is own_ones:
                total += seconds[test]
                if total > (_MOST_OWN_S if own_ones else most_s) and chosen:
                    break
                chosen.append(test)
    whole = sum(seconds[test] for test in chosen)
    return tuple(chosen), whole, tuple(found["cpu"][test] for test in chosen)


def _lines_of(found: dict[str, Any], path: str) -> dict[int, set[str]]:
    cached: dict[str, dict[int, set[str]]] = found.setdefault("lines", {})
    if path not in cached:
        lines: dict[int, set[str]] = defaultdict(set)
        for test, files in found["arcs"].items():
            for first, last in files.get(path, ()):
                lines[abs(first)].add(test)
                lines[abs(last)].add(test)
        cached[path] = lines
    return cached[path]


def _reaching(found: dict[str, Any], mutant: Mutant) -> set[str]:
    lines = _lines_of(found, mutant.path)
    span = range(mutant.first_line, mutant.last_line + 1)
    return set().union(*(lines.get(line, set()) for line in span))


def _using(found: dict[str, Any], mutant: Mutant) -> set[str]:
    """Find the tests that reach a place which uses the names that a definition is about."""
    tree = ast.parse((REPOSITORY / mutant.path).read_text(encoding="utf-8"))
    lines = _lines_of(found, mutant.path)
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for statement in ast.walk(tree)
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        and mutant.first_line <= statement.lineno <= mutant.last_line
        for node in ast.walk(statement)
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store)
    }
    at = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
        and isinstance(node.ctx, ast.Load)
        and (node.id if isinstance(node, ast.Name) else node.attr) in names
    }
    at -= set(range(mutant.first_line, mutant.last_line + 1))
    tests = set().union(*(lines.get(line, set()) for line in at)) - {COLLECTING}
    return {one for one in tests or set().union(*lines.values()) if "::" in one}
