"""Count findings by validator, worst first, for every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catsclean.auditing.carried_split import say_carried
from catsclean.auditing.open_questions import incompleteness as why_incomplete
from catsclean.auditing.open_questions import layout_question, name_some, nested_classes
from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Dataset
from catsclean.core.label_source import LabelKind, is_table_name
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.stand_ins import is_stand_in
from catsclean.core.text import as_percent, count, name_few
from catsclean.reports.split_advice import split_options
from catsclean.scan.layout import named_like_splits
from catsclean.validators.registry import repair_of, validator_of

_SETS_SHOWN = 3
_LEAKS_SHOWN = 6
_OVERLAPS_SHOWN = 3
_LABELS_SHOWN = 5
_LABEL_CHARACTERS = 40
_REASONS_SHOWN = 2
_FEW_LABELS, _ONE_OF = 20, 20


@dataclass(frozen=True, slots=True)
class Tally:
    """What one validator found.

    Attributes:
        validator: Its name.
        severity: The worst of its undecided findings; of all if all are decided.
        fix: ``safe`` if any finding has it, else ``review`` if any has it, else ``none``.
        findings: All of them, undecided ones first, each worst first, otherwise by the rank that
            the judges of content gave them, or in the order of the audit.
        by_label: Number of findings by class; "" counts findings without a class.
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
        """The undecided findings, worst first."""
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
    ranks = _ranks(audit, name)
    ordered = sorted(
        findings,
        key=lambda one: (
            audit.is_decided(one), -one.severity.rank, ranks.get(one.path or "", len(ranks)),
        ),
    )  # fmt: skip
    return Tally(
        validator=name,
        severity=ordered[0].severity,
        fix=_fix({finding.fix for finding in findings}),
        findings=tuple(ordered),
        by_label=dict(Counter(finding.label or "" for finding in findings)),
        decided=sum(map(audit.is_decided, findings)),
    )


def _ranks(audit: Audit, name: str) -> dict[str, int]:
    """Return the rank of each picture for a validator whose findings are ranked."""
    column, content = validator_of(name).ranked_by, audit.content
    if not column or content is None or not len(content.table):
        return {}
    rows = content.rows
    return dict(zip(rows["path"].tolist(), rows[column].tolist(), strict=True))


def severity_counts(audit: Audit) -> str:
    """Return the numbers of errors, warnings and notes: ``12 errors, 83 warnings, 2 notes``.

    Files that a person decided to keep are counted apart: ``..., 3 decided by you``.
    """
    by = audit.severities()
    parts = [count(by[severity], severity.value) for severity in reversed(Severity)]
    if decided := len(audit.findings) - len(audit.undecided):
        parts.append(f"{decided:,} decided by you")
    return ", ".join(parts)


def found(audit: Audit) -> str:
    """Return how much was found: ``Found 3 findings: 1 error, 2 warnings, 0 notes.``."""
    known = audit.summary.get("baselined", 0)
    beside = f" besides {known:,} in the baseline" if known else ""
    if not audit.findings:
        return f"No findings{beside}."
    counted = count(len(audit.findings), "finding")
    return f"Found {counted}{beside}: {severity_counts(audit)}."


def leak_lines(audit: Audit, shown: Callable[[str], str] = str) -> list[str]:
    """Return how many pictures two splits share: a line for each pair of splits.

    The last line names the command that splits again without leaks.

    Args:
        audit: What was found.
        shown: Escapes names and commands for where the lines are shown.
    """
    if not audit.leaks:
        return []
    worst = audit.leaks[:_LEAKS_SHOWN]
    lines = [f"Leak ({as_percent(leak.share, 1)}): {leak.describe(shown)}." for leak in worst]
    if more := len(audit.leaks) - len(worst):
        lines.append(f"And {count(more, 'more pair')} of splits share pictures.")
    again = f"catsclean split {audit.state.arguments} {split_options(audit)[0]}"
    lines[-1] += f" Split again: {shown(again)}"
    return lines


def counted_under(validators: Iterable[str], *, can_repair: bool) -> str:
    """Return the validator under which a picture with several findings is counted.

    What only a person can judge comes before what ``fix`` can repair: the repair would not settle
    it.  Of these, copies come first, then the gravest, then the first.

    Args:
        validators: Who found something that is to be done, in the order of the audit.
        can_repair: The picture lies where ``fix`` can change files.
    """

    def urgency(name: str) -> tuple[bool, bool, int]:
        kind = validator_of(name)
        return can_repair and bool(repair_of(name)), kind.copies is None, -kind.severity.rank

    return min(validators, key=urgency)


def unjudged(audit: Audit) -> list[str]:
    """Return which validators could not run, and why: a line for each reason."""
    by_reason: dict[str, list[str]] = {}
    for name, why in audit.summary.get("unjudged", {}).items():
        by_reason.setdefault(why, []).append(name)
    return [f"{', '.join(those)} did not run: {why}" for why, those in by_reason.items()]


def content_line(audit: Audit) -> str:
    """Say who judged the labels, how many, and how good the judge is; empty if nobody did."""
    facts = audit.summary.get("content") or {}
    quality = facts.get("judge") or {}
    if not quality.get("judged"):
        return ""
    others = facts["pictures"] - quality["judged"]
    left = f" ({others:,} {'was' if others == 1 else 'were'} not judged{_why_unjudged(audit)})"
    left = left if others else ""
    names = (facts.get("odd") or {}).get("naming_failed")
    return (
        f"{facts['embedder']} judged {count(quality['judged'], 'label')}{left} and agrees with"
        f" {as_percent(quality['accuracy'], 1)} of them (± {quality['error']:.1%}, chance"
        f" {as_percent(quality['chance'])})."
        + (f" Odd pictures were judged without its names: {names}." if names else "")
    )


def label_reasons(content: ContentEvidence) -> list[tuple[str, int]]:
    """Return why labels were not judged, and of how many pictures; the most frequent first."""
    counts = Counter(why for why in content.rows["not_judged"].tolist() if why)
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _why_unjudged(audit: Audit) -> str:
    """Return why labels were not judged: ``, because it has no label``."""
    content = audit.content
    reasons = label_reasons(content) if content is not None and len(content.table) else []
    if not reasons:
        return ""
    if len(reasons) == 1:
        why, number = reasons[0]
        return f", {'each ' if number > 1 else ''}because {why}"
    shown = [f"{number:,} because {why}" for why, number in reasons[:_REASONS_SHOWN]]
    more = ", and others" if len(reasons) > _REASONS_SHOWN else ""
    return f": {', '.join(shown)}{more}"


@dataclass(frozen=True, slots=True)
class WorthALook:
    """How many of the first ranks of a list are worth the time.

    Attributes:
        labels: Of the labels, most suspicious first: as many as are flagged or whose pictures look
            at least as much like another class, but not more than one in twenty or 20.
        odd: Of the pictures that are unlike the others, the oddest first.
    """

    labels: int = 0
    odd: int = 0


def worth_a_look(audit: Audit) -> WorthALook:
    """Return after which ranks the lists about content are not worth the time."""
    content = audit.content
    if content is None or not len(content.table):
        return WorthALook()
    doubtful = doubtful_labels(content)
    # both judges agree with the labels that follow, but for a few that they rank otherwise; a poor
    # judge doubts so many that nobody would look at them all
    most = max(_FEW_LABELS, int((content.rows["label_rank"] > 0).sum()) // _ONE_OF)
    odd = int(content.facts["odd"]["worth_seeing"])
    return WorthALook(min(int(doubtful.sum()), most), odd)


def doubtful_labels(content: ContentEvidence) -> NDArray[np.bool_]:
    """Return which labels are flagged, or less likely than another one; none by a poor judge."""
    rows = content.rows
    doubtful = (rows["label_rank"] > 0) & (rows["flagged"] | (rows["suggested"] != rows["label"]))
    reliable = bool(content.facts["judge"].get("reliable"))
    return np.asarray(doubtful & reliable, np.bool_)


def worth_line(audit: Audit) -> str:
    """Say how far the report's lists about content are worth the time; empty if there are none."""
    content = audit.content
    if content is None or not len(content.table):
        return ""
    worth = worth_a_look(audit)
    parts = [count(worth.odd, "odd picture") if worth.odd else "no odd pictures"]
    if content.facts["judge"].get("reliable"):
        labels = count(worth.labels, "label to check", "labels to check")
        parts.insert(0, labels if worth.labels else "no labels")
    return f"Worth a look in the report: {', '.join(parts)}."


def saved_split_line(audit: Audit) -> str:
    """Say how many samples keep the split that was saved, or why none does; else nothing."""
    split = f"catsclean split {audit.state.arguments}"
    found = audit.summary.get("saved_split", {})
    return say_carried(found, f"{split}, with the same options", f"{split} --forget")


def unlabelled_line(audit: Audit) -> str:
    """Say what a data set without labels means for the audit; empty if it has some."""
    return "" if audit.dataset.labelled else "no labels; validators of labels are skipped"


def labels_line(audit: Audit) -> str:
    """Say where the labels come from, unless that is the class folders alone; else nothing.

    If there are no labels, but a table in the data set or beside it that may have them, it names
    the option that reads it.
    """
    dataset = audit.dataset
    source = dataset.label_source
    note = f"; {source.note}" if source.note else ""
    forced = " (--labels)" if source.forced and source.kind is not LabelKind.GIVEN else ""
    if not source.by_folders:
        shown = ", ".join(
            label if len(label) <= _LABEL_CHARACTERS else f"{label[: _LABEL_CHARACTERS - 1]}…"
            for label in dataset.labels[:_LABELS_SHOWN]
        )
        more = ", …" if len(dataset.labels) > _LABELS_SHOWN else ""
        return f"labels: {source.describe()}{forced}: {shown}{more}{note}"
    if note:
        return f"labels: {source.describe() if dataset.labelled else 'none'}{note}"
    tables = [path for path in dataset.other_files if is_table_name(path)]
    # one folder says no more than none: it often holds the pictures beside their table
    single = dataset.labels[0] if len(dataset.labels) == 1 else ""
    clear = dataset.labelled and not single and not named_like_splits(dataset.labels)
    now = f"one class, {single}" if dataset.labelled and single else "none"
    if source.beside and len(tables) != 1:
        table = names.shell_word(_beside(audit, names.decode(source.beside).removeprefix("../")))
        return f"labels: {now}. Does {table} have them? Then add --labels {table}"
    if clear or dataset.forced or len(tables) != 1:
        return ""
    if packed := _packed_in(dataset, tables[0]):
        return (
            f"labels: {now}. Does {tables[0]} have them? Then copy it out of the {packed}, and add"
            " --labels FILE"
        )
    table = names.shell_word(f"{audit.state.given.rstrip('/')}/{names.decode(tables[0])}")
    return f"labels: {now}. Does {table} have them? Then add --labels {table}"


def _beside(audit: Audit, name: str) -> str:
    """Return how to name a file beside the data set, in the way the user named that."""
    given = Path(audit.state.given)
    here = bool(given.name) and given.parent.resolve() == audit.root.parent
    return str((given.parent if here else audit.root.parent) / name)


def _packed_in(dataset: Dataset, path: str) -> str:
    """Return ``archive`` or ``bucket`` if a file lies in one; else empty."""
    if is_stand_in(dataset.root):
        return "bucket"
    inside = any(not one or path.startswith(f"{one}/") for one in dataset.containers)
    return "archive" if inside else ""


def replaced_line(audit: Audit) -> str:
    """Say that the audit takes the place of one of more archives; empty if it does not."""
    others = audit.summary.get("dataset", {}).get("other_containers", ())
    if not others:
        return ""
    return (
        f"The last audit also read {count(len(others), 'other archive')}, such as {others[0]}: this"
        " one takes its place."
    )


def gone_line(audit: Audit) -> str:
    """Say how many files of the last audit are gone; empty if all are there."""
    number, named = audit.summary.get("files_gone", 0), audit.summary.get("gone", ())
    if not number or not named:
        return ""
    such = f", such as {named[0]}" if number > 1 else f": {named[0]}"
    return f"{count(number, 'file')} of the last audit {'is' if number == 1 else 'are'} gone{such}."


def overlap_line(audit: Audit, shown: Callable[[str], str] = str) -> str:
    """Return the classes whose pictures look most often like another one; empty if there are none.

    Args:
        audit: What was found.
        shown: Escapes labels for where the line is shown.
    """
    found = (audit.summary.get("content") or {}).get("overlaps", ())[:_OVERLAPS_SHOWN]
    pairs = [
        f"{shown(one['given'])} as {shown(one['suggested'])} {one['count']:,}"
        f" ({as_percent(one['share'], 1)})"
        for one in found
    ]
    return f"Looks like another class: {'; '.join(pairs)}." if pairs else ""


def several_sets(audit: Audit) -> str:
    """Ask about class folders that look like data sets or splits; empty if there are none."""
    if audit.summary.get("layout_doubt"):
        return layout_question(audit.summary, audit.state.arguments)
    found = audit.summary.get("several_sets", [])
    if not found:
        return _unlabelled_splits(audit)
    if audit.dataset.layout == "splits":
        return f"{nested_classes(found)}: loaders take {found[0]} for a class."
    one = names.shell_word(f"{audit.state.given.rstrip('/')}/{names.decode(found[0])}")
    if len(found) == 1:
        return (
            f"Is {found[0]} a data set of its own, not a class?"
            f" Then audit it: catsclean audit {one}. If it is a class, add --layout classes."
        )
    return (
        f"Are {name_some(found)} data sets of their own, not classes?"
        f" Then audit one at a time: catsclean audit {one}."
        " If they are classes, add --layout classes."
    )


def _unlabelled_splits(audit: Audit) -> str:
    dataset = audit.dataset
    if dataset.forced or dataset.layout != "classes" or not named_like_splits(dataset.labels):
        return ""
    listed = " and ".join(dataset.labels[:_SETS_SHOWN])
    return (
        f"Are {listed} splits, not classes? Then their pictures have no labels: put each class"
        f" in its own folder, such as {dataset.labels[-1]}/Cat."
    )


def exclusion(audit: Audit) -> str:
    """Return how much was skipped because the user asked for it; empty if nothing was."""
    parts = []
    if number := audit.dataset.excluded:
        parts.append(f"{count(number, 'file or folder', 'files and folders')} skipped (--exclude)")
    if number := audit.summary.get("ignored_by_path", 0):
        parts.append(f"{count(number, 'finding')} ignored (per-path-ignores)")
    return ", ".join(parts)


def exclude_words(patterns: Sequence[str]) -> str:
    """Name the patterns of files to skip: ``the pattern 'raw/' (--exclude)``."""
    shown = name_few([repr(names.text(one)) for one in patterns])
    return f"the {'pattern' if len(patterns) == 1 else 'patterns'} {shown} (--exclude)"


def incompleteness(audit: Audit) -> str:
    """Return why the audit is incomplete; empty if it is complete."""
    return why_incomplete(audit.summary)


def _fix(fixes: set[Fix]) -> Fix:
    if Fix.SAFE in fixes:
        return Fix.SAFE
    return Fix.REVIEW if Fix.REVIEW in fixes else Fix.NONE
