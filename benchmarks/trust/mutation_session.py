"""Run the tests that reach a mutant, each mutant in a fork of one process; a plugin of pytest.

The process has collected the tests and loaded what they need.  In the fork, the functions that a
mutant changes get its code: everything that imported them before has the mutant, too.  Processes
that the tests start import it (``hooks/sitecustomize.py``).
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import select
import shutil
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from benchmarks.trust.hook_path import put_on_path
from benchmarks.trust.mutants import REPOSITORY, Mutant, mutated

KILLED, SURVIVED, UNREACHED, TIMED_OUT = "killed", "survived", "unreached", "timed out"
# of processor time for one test, and of time for all of them, beyond what they take
_SLACK_S, _TIMES_SLOWER = 3.0, 8
_PACKAGES = (
    "core", "images", "scan", "duplicates", "validators", "auditing", "cleaning", "splitting",
    "containers", "reports",
)  # fmt: skip
_WAITING_S = 60.0
_MOST_MESSAGE = 4096
Key = tuple[str, int]


@dataclass(frozen=True)
class Fate:
    """What became of a mutant, and by which test; `seconds` it took."""

    mutant: Mutant
    outcome: str
    test: str
    seconds: float


@dataclass(frozen=True)
class Trial:
    """A mutant and the tests to run on it, the cheapest first.

    Attributes:
        mutant: The mutant.
        tests: Ids of the tests.
        seconds: How long they take together.
        cpu: The processor time that each of them takes.
    """

    mutant: Mutant
    tests: tuple[str, ...]
    seconds: float
    cpu: tuple[float, ...]


class MutationSession:
    """Runs trials in place of the collected tests."""

    def __init__(self, trials: Sequence[Trial], note: Callable[[Fate], None]) -> None:
        self._trials, self._note = trials, note
        self._functions: dict[str, dict[Key, list[FunctionType]]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: Any) -> None:  # noqa: ARG002
        """Find the functions of the files before others hide them from the garbage collector.

        All modules are loaded before that, because each fork would load them again.
        """
        for package in _PACKAGES:
            found = importlib.import_module(f"catsclean.{package}")
            for module in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
                importlib.import_module(module.name)
        self._functions = _live_functions({trial.mutant.path for trial in self._trials})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        """Run the trials."""
        items = {item.nodeid: item for item in session.items}
        for trial in self._trials:
            chosen = [items[test] for test in trial.tests if test in items]
            self._note(
                fate_of(
                    trial, lambda trial=trial, chosen=chosen: self._change_and_run(trial, chosen)
                )
            )
        return True

    def _change_and_run(self, trial: Trial, items: list[Any]) -> str:
        path = trial.mutant.path
        functions = self._functions.get(path, {})
        for key, code in changed_code(trial.mutant):
            for function in functions.get(key, ()):
                function.__code__ = code
        return run_until_one_fails(items, dict(zip(trial.tests, trial.cpu, strict=True)))


def run_until_one_fails(items: list[Any], cpu: dict[str, float]) -> str:
    """Run tests; return the one that failed, or an empty text.

    A test that takes many times its processor time ends the process.
    """
    if not items:
        return ""
    watcher = _FirstFailure()
    manager = items[0].config.pluginmanager
    manager.register(watcher)
    for item, following in zip(items, [*items[1:], None], strict=True):
        limit = _SLACK_S + _TIMES_SLOWER * cpu.get(item.nodeid, 0.0)
        signal.setitimer(signal.ITIMER_VIRTUAL, limit)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if watcher.failed:
            break
    return watcher.failed


class _FirstFailure:
    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def fate_of(trial: Trial, attempt: Callable[[], str]) -> Fate:
    """Run an attempt in a fork, which ends with all the processes that it started."""
    if not trial.tests:
        return Fate(trial.mutant, UNREACHED, "", 0.0)
    started = time.perf_counter()
    scratch = tempfile.mkdtemp(prefix="trust-")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_attempt(trial, attempt, scratch, writing)
    os.close(writing)
    ended = _wait(child, _WAITING_S + _TIMES_SLOWER * trial.seconds)
    _kill_group(child)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().decode("utf-8", "replace")
    _remove(scratch)
    seconds = time.perf_counter() - started
    if not ended or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGVTALRM):
        return Fate(trial.mutant, TIMED_OUT, "", seconds)
    if said.startswith("survived"):
        return Fate(trial.mutant, SURVIVED, "", seconds)
    test = said.removeprefix("killed ") or f"process ended with {status}"
    return Fate(trial.mutant, KILLED, test, seconds)


def _be_attempt(trial: Trial, attempt: Callable[[], str], scratch: str, writing: int) -> None:
    said = "killed by an error of the tests themselves"
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.environ["TRUST_MUTANT"] = f"{trial.mutant.path}#{trial.mutant.number}"
        os.environ["PYTEST_DEBUG_TEMPROOT"] = scratch
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        put_on_path()
        failed = attempt()
        said = f"killed {failed}" if failed else "survived"
    except SystemExit as end:
        said = f"killed by exit code {end.code}"
    except BaseException as error:  # noqa: BLE001 - whatever a mutant does, it was noticed
        said = f"killed by {type(error).__name__}"
    finally:
        os.write(writing, said.encode()[:_MOST_MESSAGE])
        os._exit(0)


def _wait(child: int, seconds: float) -> bool:
    """Return whether a process ended in time."""
    handle = os.pidfd_open(child)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def _kill_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        return


def _remove(folder: str) -> None:
    for path in Path(folder).rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def changed_code(mutant: Mutant) -> Iterator[tuple[Key, CodeType]]:
    """Return the code of the functions that a mutant changes, by name and first line."""
    file = REPOSITORY / mutant.path
    original = dict(_functions_in(compile(file.read_text("utf-8"), str(file), "exec")))
    changed = dict(_functions_in(compile(mutated(mutant.path, mutant.number), str(file), "exec")))
    for key, code in changed.items():
        if original.get(key) != code:
            yield key, code


def _functions_in(code: CodeType) -> Iterator[tuple[Key, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _functions_in(constant)


def _live_functions(paths: set[str]) -> dict[str, dict[Key, list[FunctionType]]]:
    gc.unfreeze()  # what was frozen is not listed
    files = {str(REPOSITORY / path): path for path in paths}
    found: dict[str, dict[Key, list[FunctionType]]] = defaultdict(lambda: defaultdict(list))
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            code = one.__code__
            key = code.co_qualname, code.co_firstlineno
            found[files[code.co_filename]][key].append(one)
    return found
