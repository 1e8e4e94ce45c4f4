"""What the page says of the set as a whole: verdict, figures, what was left out, and how."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Severity
from catsclean.core.stand_ins import is_stand_in
from catsclean.core.text import as_percent, count
from catsclean.reports.questions.ask import Queue
from catsclean.reports.questions.asked_so_far import AskedSoFar
from catsclean.reports.questions.left_to_do import LeftToDo
from catsclean.reports.tally import (
    exclusion,
    incompleteness,
    label_reasons,
    leak_lines,
    severity_counts,
    unjudged,
)
from catsclean.validators.installed import list_names
from catsclean.validators.registry import validator_of

_VERSIONS_OF: Final = ("pillow", "simplejpeg", "numpy", "pandas", "pyarrow")
_NOT_EXAMINED_SHOWN: Final = 200
_OTHERS_SHOWN: Final = 20
_OVERLAPS_SHOWN: Final = 12


def verdict(audit: Audit) -> dict[str, Any]:
    """Say whether the set is ready to train on."""
    by = audit.severities()
    leaks = leak_lines(audit)
    if why := incompleteness(audit):
        return {
            "kind": "error",
            "title": "The audit is incomplete: do not trust a clean result",
            "text": f"{why}. {severity_counts(audit)} were found in the rest.".capitalize(),
            "besides": leaks,
        }
    if errors := by[Severity.ERROR]:
        return {
            "kind": "error",
            "title": f"Not ready to train on: {count(errors, 'error')}",
            "text": "Errors break training, or make its score wrong.",
            "besides": leaks,
        }
    if warnings := by[Severity.WARNING]:
        return {
            "kind": "warning",
            "title": f"Nothing breaks training, {count(warnings, 'warning')} to look at",
            "text": "Warnings probably cost accuracy.",
            "besides": (),
        }
    return {
        "kind": "good",
        "title": "Clean: ready to train on",
        "text": _nothing(audit),
        "besides": _not_looked_for(audit),
    }


def _nothing(audit: Audit) -> str:
    if not audit.findings:
        return "Nothing was found."
    decided = len(audit.findings) - len(audit.undecided)
    parts = [f"{count(len(audit.undecided), 'note')} to read"] if audit.undecided else []
    parts += [f"{count(decided, 'finding')} that you decided to keep"] if decided else []
    return f"No error and no warning; {', '.join(parts)}."


def _not_looked_for(audit: Audit) -> list[str]:
    ran = audit.summary.get("validators", {})
    off = [name for name in list_names() if name not in ran]
    lines = [f"Not checked: {', '.join(off)}. --select +NAME adds one."] if off else []
    return lines + [f"{line}." for line in unjudged(audit)]


def tiles(audit: Audit, left: LeftToDo) -> list[dict[str, Any]]:
    """Return the figures at the top, each with its text."""
    by = audit.severities()
    states = audit.manifest.table["status"].value_counts()
    clean = int(states.get("keep", 0))
    total = len(audit.manifest)
    leaving = "files can be moved" if left.decided else "files can be moved safely"
    if audit.dataset.never_moved:
        leaving = "files that a split leaves out"
    return [
        *(
            {"kind": one.value, "value": by[one], "text": one.value if by[one] == 1 else f"{one}s"}
            for one in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
        ),
        {"kind": "plain", "value": len(left.leaving), "text": leaving},
        {"kind": "plain", "value": len(left.waiting), "text": "files to review"},
        {
            "kind": "good",
            "value": clean,
            "text": f"good as they are ({as_percent(clean / max(total, 1), 1)})",
        },
    ]


def to_do(asked: AskedSoFar, place_of: Callable[[Queue], str]) -> dict[str, Any] | None:
    """Say what waits for a person, what leaves by itself, and the commands; None if nothing does.

    Args:
        asked: The questions.
        place_of: Gives the anchor of the part of the page with a queue's questions.
    """
    dataset = asked.audit.dataset
    open_, left = asked.unanswered, asked.left
    if not (open_.questions or left.leaving or left.to_repair or open_.answered):
        return None
    return {
        "open": open_,
        "files": len(left.waiting),
        "leaving": len(left.leaving),
        "decided": len(left.decided),
        "to_repair": len(left.to_repair),
        "queues": [
            (queue.name, open_.by_queue[queue.key], place_of(queue))
            for queue in asked.queues
            if queue.key in open_.by_queue
        ],
        "reviews": not is_stand_in(dataset.root),
        "trouble": asked.trouble,
    }


def not_examined(audit: Audit) -> dict[str, Any]:
    """List what was not looked at, and why."""
    found = [f for f in audit.findings if validator_of(f.validator).not_examined]
    rows = [(f.path or "the data set", f.validator, f.message) for f in found]
    dataset = audit.dataset
    rows += [(path, "folder not listed", why) for path, why in dataset.unreadable_folders]
    rows += [(path, "folder not entered", why) for path, why in dataset.skipped_folders]
    return {
        "rows": rows[:_NOT_EXAMINED_SHOWN],
        "total": len(rows),
        "other_files": len(dataset.other_files),
        "others": list(dataset.other_files)[:_OTHERS_SHOWN],
        "excluded": exclusion(audit),
    }


def content(audit: Audit, lacking: str = "") -> dict[str, Any]:
    """Say who looked at what the pictures show, how good it is, and which classes it confuses.

    Args:
        audit: What was found.
        lacking: Why the page cannot compare pictures; empty if it can.
    """
    known = audit.content
    if known is None or not len(known.table):
        return {"examined": False, "why": why_no_content(audit), "overlaps": (), "lacking": ""}
    quality, reasons = known.facts["judge"], label_reasons(known)
    labelled = any(known.rows["label"].tolist())
    return {
        "examined": True,
        "lacking": lacking,
        "embedder": known.facts["embedder"],
        "pictures": known.facts["pictures"],
        "embedded": known.facts["embedded"],
        "judge": quality,
        "reasons": reasons,
        "why_none": reasons[0][0] if labelled and reasons else "the pictures have no labels",
        "named": known.facts["odd"]["named"],
        "naming_failed": known.facts["odd"].get("naming_failed", ""),
        "flagged": int(known.rows["flagged"].sum()),
        "overlaps": known.facts["overlaps"][:_OVERLAPS_SHOWN],
        "overlaps_total": len(known.facts["overlaps"]),
    }


def why_no_content(audit: Audit) -> str:
    """Say in a sentence why nobody looked at what the pictures show; empty if somebody did.

    The words are those of the command line: the page and the terminal name its options.
    """
    known = audit.content
    if known is not None and not known.missing:
        return "" if len(known.table) else "no picture could be looked at."
    again = f"Run: catsclean audit {audit.state.arguments} --content"
    if known is None and audit.summary.get("content"):
        return f"its record is no longer in the state folder. {again}"
    found = audit.summary.get("unjudged", {})
    reasons = [why for name, why in found.items() if validator_of(name).uses_content]
    why = known.missing if known is not None else next(iter(reasons), "").partition(": ")[2]
    if why:
        return f"{why}."
    if reasons:
        return f"the audit ran with --no-content. {again}"
    return f"no validator that needs it was selected. {again}"


def method(audit: Audit, command: str | None) -> dict[str, Any]:
    """Say how the audit was made: command, versions, limits and thresholds."""
    summary, name = audit.summary, names.shell_word(audit.root.name)
    recorded = summary.get("versions")
    versions = dict(recorded) if isinstance(recorded, dict) else _versions()
    return {
        "command": command or summary.get("command") or f"catsclean audit {name}",
        "created": str(summary.get("created", "")).replace("T", " ").replace("+00:00", " UTC"),
        "version": summary.get("catsclean", ""),
        "versions": versions,
        "versions_of": "the audit" if isinstance(recorded, dict) else "this report",
        "limits": summary.get("limits", {}),
        "validators": summary.get("validators", {}),
        "seconds": summary.get("seconds", 0.0),
    }


def _versions() -> dict[str, str]:
    found = {}
    for distribution in _VERSIONS_OF:
        try:
            found[distribution] = version(distribution)
        except PackageNotFoundError:
            continue
    return found
