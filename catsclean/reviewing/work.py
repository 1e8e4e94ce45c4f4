"""What a page can have done: clean, fix, undo and split, one at a time, in a thread of its own."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from catsclean import cleaning
from catsclean.cleaning.plan import CleaningPlan, plan_cleaning
from catsclean.cleaning.repair_plan import RepairPlan, plan_repairs
from catsclean.core import names
from catsclean.core.portable_names import faults_of
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import CatscleanError, StateError
from catsclean.reports.plan_lines import undone, wait_for_a_person
from catsclean.reviewing.refusals import BusyWorkError, RefusedRequestError, StalePlanError
from catsclean.splitting.split import split

_SIDECAR: Final = "sidecar"
_NAMED: Final = 200
# a page has neither options nor commands: messages for a terminal lose theirs
_PAGE_WORDS: Final = (
    (re.compile(r" \((?:--|-o )[^)]*\)"), ""),
    (re.compile(r"; --keep-split .*"), ""),
    (re.compile(r": run catsclean clean .* --apply, and"), ": carry them out above, and"),
)


@dataclass(slots=True)
class PageJob:
    """What is being done, or was done last.

    Attributes:
        name: ``clean``, ``fix``, ``undo`` or ``split``; empty before the first.
        running: It has not ended.
        done: Number of files done.
        total: Number of files to do; 0 while that is not known.
        said: What came of it, one line each.
        failed: It ended with an error, which `said` explains.
    """

    name: str = ""
    running: bool = False
    done: int = 0
    total: int = 0
    said: list[str] = field(default_factory=list)
    failed: bool = False


class PageWork:
    """Does for one data set what a page asks for."""

    def __init__(self, state: StateFolder, ended: Callable[[], None]) -> None:
        """Take the state folder, and what to call after each job."""
        self._state = state
        self._ended = ended
        self._lock = threading.Lock()
        self._trying = threading.Lock()
        self.job = PageJob()

    def plan(self) -> dict[str, Any]:
        """Return what a clean would do now, as counts and as lists of at most 200 files.

        Where no picture is ever moved, as in archives, it is what would be recorded.  With it
        comes a name for the folder of a split that nothing has yet.

        Raises:
            CatscleanError: As :func:`catsclean.plan_cleaning`.
        """
        name = {"split_name": self._free_name()}
        if self._state.never_moved():
            return {**self._would_record(), **name}
        plan = plan_cleaning(self._state)
        return {**_shown(plan), "fixes": plan.left_to_fix, **name}

    def repairs(self) -> dict[str, Any]:
        """Return what repairing the pictures that a review left to ``fix`` would do.

        Each repair is tried, which takes as long as the repair.

        Raises:
            BusyWorkError: They are being tried already.
            CatscleanError: As :func:`catsclean.plan_repairs`.
        """
        if not self._trying.acquire(blocking=False):
            raise BusyWorkError("the repairs are being tried already; wait for that to end")
        try:
            plan = plan_repairs(self._state, decided=True)
        finally:
            self._trying.release()
        return {
            "id": _id_of_repairs(plan),
            "repairs": plan.count,
            "files": [
                {"path": one.path, "target": one.target, "how": one.how, "lossless": one.lossless}
                for one in plan.repairs[:_NAMED]
            ],
            "refused": [{"path": one.path, "why": one.why} for one in plan.kept_back[:_NAMED]],
        }

    def fix(self, shown: str) -> None:
        """Begin to repair the pictures that a review left to ``fix``.

        Args:
            shown: The id of what :meth:`repairs` returned.

        Raises:
            BusyWorkError: Something is being done already.
        """

        def repair(progress: Callable[[int, int], None]) -> list[str]:
            made = plan_repairs(self._state, decided=True)
            if _id_of_repairs(made) != shown:
                raise StateError("the repairs have changed since they were shown. Look again.")
            result = made.apply(progress)
            said = ", ".join(result.counts.in_words()) or "Nothing to repair"
            return [f"{said}.", *_refused("stays", result.refused)]

        self._begin("fix", repair)

    def clean(self, plan: str) -> None:
        """Begin to carry out a plan.

        Args:
            plan: Its id, as :meth:`plan` returned it.

        Raises:
            BusyWorkError: Something is being done already.
            StalePlanError: Something else would be done now.
            CatscleanError: As :func:`catsclean.plan_cleaning`.
        """
        if self._state.never_moved():
            _refuse_stale(plan, self._would_record()["id"])
            self._begin("clean", self._record)
            return
        made = plan_cleaning(self._state)
        _refuse_stale(plan, _id_of(made))

        def carry_out(progress: Callable[[int, int], None]) -> list[str]:
            result = made.apply(progress)
            said = [] if result.recovery is None else [str(result.recovery)]
            if result.returned:
                said.append(f"{count(len(result.returned), 'file')} restored from quarantine.")
            if parts := result.counts.in_words():
                said.append(f"{', '.join(parts)}.")
            return [*(said or ["Nothing to move."]), *_refused("stays", result.refused)]

        self._begin("clean", carry_out)

    def _would_record(self) -> dict[str, Any]:
        return _recorded(cleaning.record_decisions(self._state, dry_run=True))

    def _record(self, _progress: Callable[[int, int], None]) -> list[str]:
        found = cleaning.record_decisions(self._state)
        done = len(found.kept) + len(found.left_out) + len(found.relabelled)
        return [f"{count(done, 'decision')} recorded.", *_refused("is not decided", found.refused)]

    def undo(self) -> None:
        """Begin to revert the last clean or repair.

        Raises:
            BusyWorkError: Something is being done already.
        """

        def revert(progress: Callable[[int, int], None]) -> list[str]:
            result = cleaning.undo(self._state, progress=progress)
            said = [f"{', '.join(undone(result))} (run {result.run})."]
            return [*said, *_refused("stays in quarantine", result.refused + result.missing)]

        self._begin("undo", revert)

    def split(self, val: float, test: float, name: str) -> None:
        """Begin to write a split beside the data set.

        Args:
            val: Share of the validation split, 0 to 1.
            test: Share of the test split, 0 to 1.
            name: Name of the new folder.

        Raises:
            BusyWorkError: Something is being done already.
            RefusedRequestError: The name or a share cannot be used.
        """
        if (
            not name.isprintable()
            or not name
            or "/" in name
            or "\\" in name
            or name.startswith(".")
            or faults_of(name)
        ):
            raise RefusedRequestError("the folder needs a plain name, without slashes")
        if not (0 <= val < 1 and 0 <= test < 1 and 0 < val + test < 1):
            raise RefusedRequestError(
                "the shares must be between 0 and 1, and leave some for training"
            )
        if self._is_taken(name):
            raise RefusedRequestError(
                f"there is something named {name} already: choose another name, such as"
                f" {self._free_name()}"
            )
        shares = {name: share for name, share in (("val", val), ("test", test)) if share}

        def write(progress: Callable[[int, int], None]) -> list[str]:
            made = split(self._state, shares)
            made.write(self._state.root.with_name(name), progress=progress)
            made.save()
            totals = made.table.groupby("split", sort=False)["samples"].sum().to_dict()
            parts = (f"{part} {samples:,}" for part, samples in totals.items())
            warnings = (f"{_in_page_words(one)}." for one in made.warnings)
            return [f"Wrote {name}: {', '.join(parts)}.", *warnings]

        self._begin("split", write)

    def _free_name(self) -> str:
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", self._state.root.name).lstrip(".-") + "-split"
        tried = (f"{name}-{number}" for number in itertools.count(2))
        return next(one for one in itertools.chain([name], tried) if not self._is_taken(one))

    def _is_taken(self, name: str) -> bool:
        return os.path.lexists(self._state.root.with_name(name))

    def status(self) -> dict[str, Any]:
        """Return what is being done, or was done last, as :class:`PageJob` describes it."""
        return asdict(self.job)

    def log(self) -> list[dict[str, Any]]:
        """Return the cleans and repairs of the data set, the newest first.

        Raises:
            StateError: A journal cannot be trusted.
        """
        return [
            {
                "run": one.run,
                "kind": one.kind.value,
                "state": one.state.value,
                "started": one.started,
                "outcomes": one.outcomes,
                "validators": one.validators,
                "kept": one.kept,
            }
            for one in reversed(cleaning.cleaning_log(self._state))
        ]

    def _begin(self, name: str, work: Callable[[Callable[[int, int], None]], list[str]]) -> None:
        with self._lock:
            if self.job.running:
                raise BusyWorkError(f"{self.job.name} is at work; wait for it to end")
            job = self.job = PageJob(name, running=True)

        def progress(done: int, total: int) -> None:
            job.done, job.total = done, total

        def run() -> None:
            try:
                job.said = work(progress)
            except CatscleanError as error:
                job.said, job.failed = [_in_page_words(str(error))], True
            finally:
                self._ended()
                job.running = False

        threading.Thread(target=run, name=f"catsclean-{name}").start()


def _in_page_words(text: str) -> str:
    for pattern, words in _PAGE_WORDS:
        text = pattern.sub(words, text)
    return text


def _refuse_stale(shown: str, made: str) -> None:
    if shown != made:
        raise StalePlanError("the plan has changed since it was shown")


def _shown(plan: CleaningPlan) -> dict[str, Any]:
    moves = [move for found in plan.moves.values() for move in found]
    relabels = [one for one in plan.relabels if one.asked_by != _SIDECAR]
    return {
        "id": _id_of(plan),
        "moves": plan.count - plan.along,
        "along": plan.along,
        "by_validator": {name: len(found) for name, found in plan.moves.items()},
        "relabels": len(relabels),
        "restores": len(plan.returns),
        "keeps": len(plan.decided) - len(relabels),
        "stays": len(wait_for_a_person(plan)),
        "to_repair": plan.to_repair,
        "emptied": list(plan.emptied_classes),
        "takes_most": plan.takes_most,
        "files": [
            {"path": move.path, "why": ", ".join(move.validators), "copy_of": move.keeper}
            for move in moves[:_NAMED]
        ],
        "relabelled": [
            {"path": one.path, "before": one.before, "label": one.label}
            for one in relabels[:_NAMED]
        ],
        "refused": [{"path": path, "why": why} for path, why in plan.refused[:_NAMED]],
        "quarantine": names.text(str(plan.state.quarantine)),
    }


def _recorded(found: cleaning.RecordedDecisions) -> dict[str, Any]:
    lines = [f"keep {path}" for path in found.kept] + [f"leave {path}" for path in found.left_out]
    lines += [f"relabel {path} {label}" for path, label in found.relabelled.items()]
    return {
        "id": _digest(lines),
        "recorded": True,
        "left_out": len(found.left_out),
        "keeps": len(found.kept),
        "relabels": len(found.relabelled),
        "files": [{"path": path, "why": "decision"} for path in found.left_out[:_NAMED]],
        "relabelled": [
            {"path": path, "label": label}
            for path, label in list(found.relabelled.items())[:_NAMED]
        ],
        "refused": [{"path": path, "why": why} for path, why in found.refused[:_NAMED]],
    }


def _id_of_repairs(plan: RepairPlan) -> str:
    """Return a digest of all that a repair would do."""
    return _digest([f"fix {one.path} {one.target} {one.made_sha256}" for one in plan.repairs])


def _id_of(plan: CleaningPlan) -> str:
    """Return a digest of all that a plan would do."""
    lines = [f"move {m.path} {m.sha256}" for found in plan.moves.values() for m in found]
    lines += [f"relabel {one.path} {one.label}" for one in plan.relabels]
    lines += [f"restore {path} {run}" for path, run in plan.returns.items()]
    lines += [f"keep {path}" for path in plan.decided]
    return _digest(lines)


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


def _refused(what: str, refused: tuple[tuple[str, str], ...]) -> list[str]:
    said = [f"{path} {what}: {why}." for path, why in refused[:_NAMED]]
    return [*said, f"And {len(refused) - _NAMED:,} more."] if len(refused) > _NAMED else said
