"""Counts findings by validator, worst first, for every form of report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from catsclean.auditing.open_questions import incompleteness as why_incomplete
from catsclean.auditing.open_questions import layout_question, name_some
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.split_names import usual_name
from catsclean.core.text import count
from catsclean.scan.layout import named_like_splits

_SETS_SHOWN = 3
_LEAKS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Tally:
    """What one validator found.

    Attributes:
        validator: Its name.
        severity: The worst of its findings that nobody decided; of all, where all are decided.
        fix: ``safe`` where any finding has it, else ``review``, else ``none``.
        findings: All of them, those that nobody decided before the others, each worst first,
            otherwise in the order of the audit.
        by_label: Number of findings by class; "" stands for findings without one.
        decided: Number of findings about files that a person decided to keep.
    """

    validator: str
    severity: Severity
    fix: Fix
    findings: tuple[Finding, ...]
    by_label: dict[str, int]
    decided: int = 0

    @property
    def undecided(self) -> tuple[Finding, ...]:
        """The findings that nobody decided, worst first."""
        return self.findings[: self.count - self.decided]

    @property
    def count(self) -> int:
        """Number of findings."""
        return len(self.findings)


def tally(audit: Audit) -> list[Tally]:
    """Count an audit's findings: validators with errors first, otherwise in the audit's order."""
    groups: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        groups.setdefault(finding.validator, []).append(finding)
    tallies = [_tally(audit, name, findings) for name, findings in groups.items()]
    return sorted(tallies, key=lambda one: (not one.undecided, -one.severity.rank))


def _tally(audit: Audit, name: str, findings: list[Finding]) -> Tally:
    ordered = sorted(findings, key=lambda one: (audit.is_decided(one), -one.severity.rank))
    return Tally(
        validator=name,
        severity=ordered[0].severity,
        fix=_fix({finding.fix for finding in findings}),
        findings=tuple(ordered),
        by_label=dict(Counter(finding.label or "" for finding in findings)),
        decided=sum(map(audit.is_decided, findings)),
    )


def severity_counts(audit: Audit) -> str:
    """Write the numbers of errors, warnings and notes: ``12 errors, 83 warnings, 2 notes``.

    What a person decided to keep is none of them: ``..., 3 kept by your decision``.
    """
    by = audit.severities()
    parts = [count(by[severity], severity.value) for severity in reversed(Severity)]
    if decided := len(audit.findings) - len(audit.undecided):
        parts.append(f"{decided:,} kept by your decision")
    return ", ".join(parts)


def found(audit: Audit) -> str:
    """Say how much was found: ``Found 3 findings: 1 error, 2 warnings, 0 notes.``."""
    known = audit.summary.get("baselined", 0)
    beside = f" beside the {known:,} of the baseline" if known else ""
    if not audit.findings:
        return f"No findings{beside}."
    counted = count(len(audit.findings), "finding")
    return f"Found {counted}{beside}: {severity_counts(audit)}."


def leak_lines(audit: Audit, shown: Callable[[str], str] = str) -> list[str]:
    """Say how many pictures of a split are in another one too: a line for each pair of splits.

    The last line names the command that splits again, and so has no leak.

    Args:
        audit: What was found.
        shown: Escapes names and commands for where the lines are shown.
    """
    if not audit.leaks:
        return []
    worst = audit.leaks[:_LEAKS_SHOWN]
    lines = [f"Leak ({leak.share:.1%}): {leak.describe(shown)}." for leak in worst]
    if more := len(audit.leaks) - len(worst):
        lines.append(f"And {count(more, 'more pair')} of splits share pictures.")
    lines[-1] += f" Split again: {shown(_split_again(audit))}"
    return lines


def _split_again(audit: Audit) -> str:
    leaking = {usual_name(name) for leak in audit.leaks for name in (leak.split, leak.other)}
    held = [name for name in ("val", "test") if name in leaking] or ["val"]
    wish = " ".join(f"--{name} 0.1" for name in held)
    return f"catsclean split {audit.state.arguments} {wish}"


def handling(audit: Audit) -> str:
    """Say how many samples can be set aside, and how many want a look; empty where none do."""
    safe, eyes = to_handle(audit)
    if not safe and not eyes:
        return ""
    return f"{len(safe):,} can be quarantined safely, {len(eyes):,} need your eyes."


def to_handle(audit: Audit) -> tuple[frozenset[str], frozenset[str]]:
    """Give the paths that can be set aside safely, and those that want a look beside them.

    What a person decided to keep is in neither.
    """
    asking = [finding for finding in audit.undecided if finding.path is not None]
    safe = frozenset(str(finding.path) for finding in asking if finding.fix is Fix.SAFE)
    eyes = frozenset(str(finding.path) for finding in asking if finding.fix is Fix.REVIEW)
    return safe, eyes - safe


def unjudged(audit: Audit) -> list[str]:
    """Say which validators had nothing to judge by, and why: a line for each."""
    known = audit.summary.get("unjudged", {})
    return [f"{name} did not judge: {why}" for name, why in known.items()]


def several_sets(audit: Audit) -> str:
    """Say where the class folders look like data sets or like splits; else empty."""
    if audit.summary.get("layout_doubt"):
        return layout_question(audit.summary, audit.state.arguments)
    found = audit.summary.get("several_sets", [])
    if not found:
        return _unlabelled_splits(audit)
    one = names.shell_word(f"{audit.state.given.rstrip('/')}/{names.decode(found[0])}")
    if len(found) == 1:
        return (
            f"Is this a data set of its own, and no class: {found[0]}?"
            f" Then audit it: catsclean audit {one}. If it is a class, add --layout classes."
        )
    return (
        f"Are these data sets of their own, and no classes: {name_some(found)}?"
        f" Then audit one at a time: catsclean audit {one}."
        " If they are the classes, add --layout classes."
    )


def _unlabelled_splits(audit: Audit) -> str:
    dataset = audit.dataset
    if dataset.forced or dataset.layout != "classes" or not named_like_splits(dataset.labels):
        return ""
    listed = " and ".join(dataset.labels[:_SETS_SHOWN])
    return (
        f"Are {listed} splits, and no classes? Then their pictures have no labels: put each class"
        f" into a folder of its own, such as {dataset.labels[-1]}/Cat."
    )


def exclusion(audit: Audit) -> str:
    """Say how much was left out as the user asked; empty where nothing was."""
    parts = []
    if number := audit.dataset.excluded:
        parts.append(f"{count(number, 'file or folder', 'files and folders')} left out (--exclude)")
    if number := audit.summary.get("ignored_by_path", 0):
        parts.append(f"{count(number, 'finding')} left out (per-path-ignores)")
    return ", ".join(parts)


def incompleteness(audit: Audit) -> str:
    """Say why the audit is incomplete; empty where it is complete."""
    return why_incomplete(audit.summary)


def _fix(fixes: set[Fix]) -> Fix:
    if Fix.SAFE in fixes:
        return Fix.SAFE
    return Fix.REVIEW if Fix.REVIEW in fixes else Fix.NONE
