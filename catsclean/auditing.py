"""The audit: discover → scan → relate → judge, and what comes of it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from catsclean.arguments import checked
from catsclean.errors import DatasetError, StateError
from catsclean.evidence import INCOMPLETE, Dataset, Evidence, Outcome
from catsclean.model import Finding, Fix, Severity
from catsclean.reading.limits import Limits
from catsclean.state import StateFolder
from catsclean.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from catsclean.leaks import Leak
    from catsclean.manifest import Manifest
    from catsclean.path_ignores import PerPathIgnores
    from catsclean.reading.links import Folders
    from catsclean.scan.gather import ProgressCallback
    from catsclean.validators.base import Validator

_TENSORFLOW: Final = "unsupported-by-tensorflow"


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        findings: All findings, in the order of the catalogue, then of paths.
        manifest: One row per sample.
        evidence: What the findings were judged from; None for an audit that was loaded.
        kept: Paths of the samples that a person decided to keep, with the bytes that they have.
        dataset: What is known of the folder as a whole.
        state: Where manifest, findings and cache are kept.
        summary: Figures and settings, as in ``audit.json``: plain values only.
    """

    findings: tuple[Finding, ...]
    manifest: Manifest
    dataset: Dataset
    state: StateFolder
    summary: dict[str, Any]
    evidence: Evidence | None = field(default=None, repr=False)
    kept: frozenset[str] = frozenset()

    @property
    def root(self) -> Path:
        """The data set, absolute."""
        return self.dataset.root

    @property
    def incomplete(self) -> bool:
        """Something was not judged: do not trust a clean result."""
        return bool(self.summary["incomplete"])

    def is_decided(self, finding: Finding) -> bool:
        """Tell whether a person answered a finding by the decision to keep its file.

        A finding whose fix is ``none`` asks for no decision, and is never answered by one.
        """
        return finding.path in self.kept and finding.fix is not Fix.NONE

    @property
    def undecided(self) -> tuple[Finding, ...]:
        """The findings that nobody decided, in their order: what exit codes and verdicts go by."""
        if not self.kept:
            return self.findings
        return tuple(finding for finding in self.findings if not self.is_decided(finding))

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """How many pictures of a split are in another one too, by pair of splits; worst first."""
        from catsclean.leaks import find_leaks

        return find_leaks(self)

    def counts(self) -> dict[str, int]:
        """Number of findings by validator, in the order of the catalogue; the decided ones too."""
        counts: dict[str, int] = {}
        for finding in self.findings:
            counts[finding.validator] = counts.get(finding.validator, 0) + 1
        return counts

    def severities(self) -> dict[Severity, int]:
        """Number of findings that nobody decided by severity; every severity is there."""
        counts = dict.fromkeys(Severity, 0)
        for finding in self.undecided:
            counts[finding.severity] += 1
        return counts

    def to_pandas(self) -> pd.DataFrame:
        """Give the findings as a table, one row each; ``severity`` is ordered, notes first."""
        import pandas as pd

        from catsclean.findings import to_table

        table = to_table(self.findings).to_pandas()
        order = [severity.value for severity in Severity]
        return table.assign(severity=pd.Categorical(table["severity"], order, ordered=True))

    @property
    def only_new(self) -> tuple[str, ...]:
        """Paths of the pictures that the other data set does not have; see `against`.

        Raises:
            UsageError: The audit was loaded, or made without `against`.
        """
        from catsclean.errors import UsageError

        if self.evidence is None or self.evidence.elsewhere is None:
            raise UsageError(
                "there is no other data set to compare with. Audit with against= (--against)."
            )
        known = set(self.evidence.elsewhere["path"])
        return tuple(p for p in self.evidence.decoded["path"].tolist() if p not in known)

    def without(self, known: frozenset[str]) -> Audit:
        """Leave out findings whose fingerprint is known (see :mod:`catsclean.baseline`)."""
        from catsclean.baseline import fingerprints

        prints = fingerprints(self)
        kept = tuple(f for f, p in zip(self.findings, prints, strict=True) if p not in known)
        summary = {**self.summary, "baselined": len(self.findings) - len(kept)}
        return replace(self, findings=kept, summary=summary)

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one self-contained page.

        Raises:
            UsageError: The file cannot be written, lies inside of the data set or its state
                folder, or stands there and is no text.
        """
        from catsclean.reports.html import address_of, render_html
        from catsclean.saving import check_target, is_text, saving

        outside = (self.root, self.state.path)
        check_target(path, is_text, outside)
        page = render_html(self, files=address_of(self.root, path))
        with saving(path, is_text, outside) as temporary:
            temporary.write_text(page, encoding="utf-8")

    def __repr__(self) -> str:
        from catsclean.counting import count
        from catsclean.reading import names

        by = self.severities()
        classes = count(len(self.dataset.labels), "class", "classes")
        layout = f"layout {self.dataset.layout!r}"
        if self.dataset.labelled:
            layout += f" with {classes}"
        decided = len(self.findings) - len(self.undecided)
        beside = f", {decided} kept by decision" if decided else ""
        return (
            f"<Audit of {names.encode(self.root.name)!r}: {len(self.manifest)} samples, {layout},"
            f" {by[Severity.ERROR]} errors, {by[Severity.WARNING]} warnings,"
            f" {by[Severity.NOTE]} notes{beside}>"
        )

    def _repr_html_(self) -> str:
        from catsclean.reports.notebook import render_notebook

        return render_notebook(self)


@checked
def audit(  # noqa: PLR0913, PLR0915 - every setting of an audit, all but the first by name
    root: str | os.PathLike[str],
    *,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    validators: Iterable[Validator | type[Validator]] | None = None,
    exclude: str | Iterable[str] | None = None,
    follow_links: bool = False,
    follow_links_to: Folders = None,
    per_path_ignores: PerPathIgnores | None = None,
    layout: str = "auto",
    workers: int | None = None,
    limits: Limits | None = None,
    against: str | os.PathLike[str] | None = None,
    cache: bool = True,
    verify: bool = False,
    probe: str | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    save: bool = True,
    prefer: str | Iterable[str] = (),
    progress: ProgressCallback | None = None,
) -> Audit:
    """Look at every file of a data set and say what is wrong with it.

    No file of the data set is written, moved or opened for writing, and no program is started.

    Args:
        root: Folder of the data set.
        select: Validators or families to run, in a list or in a text with commas between; None:
            those that are on by default; ``+name`` adds.
        ignore: Validators or families to leave out; without ``unsupported-by-tensorflow``, pictures
            that only TensorFlow cannot read are used like all others.
        options: Options by validator, such as ``{"odd-size": {"max_ratio": 16.0}}``.
        validators: Validators of your own, classes or instances, which run beside the selected
            ones; their evidence is gathered anew at every audit.
        exclude: Patterns of files and folders to leave out as if they were not there, one or
            several, as those of a ``.gitignore``: ``"*_mask.png"``, ``"raw/"``, ``"/Cat/old"``.
        follow_links: Read what links in the data set lead to, as loaders do, if that lies in the
            data set as well.
        follow_links_to: Folders outside of the data set that links may lead into, one or several;
            implies `follow_links`.
        per_path_ignores: Validators or families to ignore by path: ``{"raw/**": ["blurry"]}``,
            with patterns as those of a ``.gitignore``.  The files themselves stay in the audit;
            ``summary["ignored_by_path"]`` counts the findings that were left out.
        layout: ``auto``, ``classes``, ``splits`` or ``flat``.
        workers: Number of worker processes; None: one for each processor, and fewer where there
            is little to read.
        limits: Bounds on each file.
        against: Another audited or unaudited data set: report pictures that it already has.
        cache: Take evidence of unchanged files from the last audit, and keep it for the next.
        verify: Read every file again and compare with what the last audit read.
        probe: ``"tensorflow"``: ask TensorFlow itself about every picture, where it is installed.
        state_dir: State folder; None: ``NAME.catsclean`` beside the data set.
        save: Write manifest, findings and summary to the state folder.  Without it, a state folder
            that cannot be made is no error: there is no cache then.
        prefer: Patterns of files and folders, as those of a ``.gitignore``, such as ``"Sorted/"``:
            of copies of one picture, one that matches is suggested to stay if it can be used.  An
            earlier pattern counts more than a later one.
        progress: Called from time to time with a :class:`~catsclean.scan.gather.Progress`.

    Returns:
        The audit; its state folder now holds manifest, findings and summary.

    Raises:
        DatasetError: The folder is missing, is no folder, or holds no pictures, or links are to be
            followed into something else than a folder.
        ConfigError: An unknown validator, option or layout, something that is no validator, or a
            pattern that is none.
        UsageError: `against` is the data set itself, or `workers` is no number from 1 up.
        StateError: The state folder cannot be written.
    """
    from catsclean.collecting import (
        Gathering,
        compare_with,
        gather_evidence,
        relate_duplicates,
    )
    from catsclean.duplicates.preferring import find_preferred, preferences_of
    from catsclean.given_splits import with_given_splits
    from catsclean.judging import judge_unless
    from catsclean.path_ignores import path_ignores
    from catsclean.scan.given import inspect_given
    from catsclean.scan.number import check_workers
    from catsclean.validators.registry import all_validators, is_ignored, resolve

    begun = time.monotonic()
    workers = check_workers(workers)
    state = StateFolder.of(root, state_dir, follow_links_to)
    # looked at twice
    ignore = ignore if ignore is None or isinstance(ignore, str) else list(ignore)
    chosen = resolve(select, ignore, options, validators)
    preferences = preferences_of(prefer)
    ignored = path_ignores(per_path_ignores, [validator.name for validator in chosen])
    inspectors = [kind() for kind in all_validators().values() if kind.columns]
    bounds = limits or Limits()
    elsewhere = None if against is None else _another(state, against, given=state_dir is not None)
    if save or cache:
        cache = _prepare(state, save=save) and cache
    patterns = (exclude,) if isinstance(exclude, str) else tuple(exclude or ())
    gathering = Gathering(
        bounds,
        inspectors,
        workers,
        cache,
        patterns,
        follow_links=follow_links or bool(state.follow_links_to),
        follow_links_to=state.follow_links_to,
    )
    evidence, gathered = gather_evidence(state, layout, gathering, verify=verify, progress=progress)
    if probe is not None:
        from catsclean.scan.pool import default_workers
        from catsclean.scan.probe import ask_tensorflow

        evidence = ask_tensorflow(evidence, probe, bounds, workers or default_workers())
    if not len(evidence):
        raise DatasetError(_nothing_found(state.root, evidence.dataset))
    evidence = relate_duplicates(
        evidence, state, cache=cache, limits=bounds, workers=workers, progress=progress
    )
    evidence = _group_reported(evidence, chosen)
    evidence = with_given_splits(evidence, state)
    evidence = evidence.replaced(preferred=find_preferred(evidence, preferences))
    if elsewhere is not None:
        # the patterns are of paths in this one
        whole = replace(gathering, exclude=())
        other, _ = gather_evidence(elsewhere, "auto", whole, progress=progress)
        evidence = compare_with(
            evidence, other, state, cache=cache, limits=bounds, workers=workers, progress=progress
        )
    evidence = inspect_given(evidence, chosen, bounds, workers, progress)
    judged = judge_unless(evidence, chosen, ignored)
    findings = judged.findings
    summary = _summarise(evidence, findings, chosen, bounds)
    summary.update(
        seconds=round(time.monotonic() - begun, 3),
        ignored_by_path=judged.left_out,
        validator_tracebacks=judged.tracebacks,
        files_read=gathered.read,
        files_reused=gathered.reused,
        files_recognised=gathered.recognised,
        workers=gathered.workers,
    )
    from catsclean.kept import kept_paths, mark_kept, read_kept
    from catsclean.manifest import from_evidence
    from catsclean.own_columns import carry_own_columns

    manifest = carry_own_columns(
        from_evidence(evidence, findings, for_tensorflow=not is_ignored(_TENSORFLOW, ignore)), state
    )
    decisions = read_kept(state)
    manifest = mark_kept(manifest, evidence, findings, decisions)
    kept = kept_paths(manifest, decisions)
    result = Audit(findings, manifest, evidence.dataset, state, summary, evidence, kept)
    if save:
        from catsclean.findings import save_audit

        save_audit(result, remember=cache)
    return result


@checked
def load_audit(
    root: str | os.PathLike[str] | StateFolder,
    state_dir: str | os.PathLike[str] | None = None,
    *,
    follow_links_to: Folders = None,
) -> Audit:
    """Load the last audit of a data set from its state folder; no picture is opened.

    Args:
        root: The data set, or its state folder as :meth:`StateFolder.of` names it.
        state_dir: The state folder, where it is not beside the data set.
        follow_links_to: Folders outside of the data set that links may lead into when pictures are
            shown, if the audit followed links.

    Raises:
        DatasetError: The folder is missing or is no folder.
        StateError: It was never audited, or the state folder or what was decided is damaged.
        ManifestError: Manifest or findings are damaged.
    """
    from catsclean.findings import read_audit
    from catsclean.kept import kept_paths, read_kept

    if isinstance(root, StateFolder):
        state = root
    else:
        state = StateFolder.of(root, state_dir, follow_links_to)
    summary = state.read_summary()
    try:
        dataset = _recorded(state, summary) if summary else None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise state.damaged() from error
    if dataset is None:
        raise StateError(state.never_audited)
    manifest, findings = read_audit(state, summary)
    kept = kept_paths(manifest, read_kept(state))
    return Audit(findings, manifest, dataset, state, summary, kept=kept)


def _group_reported(evidence: Evidence, validators: Sequence[Validator]) -> Evidence:
    """Let only pairs that a selected validator reports hold groups together."""
    if not len(evidence.pair_rows):
        return evidence
    from catsclean.duplicates.regrouping import regroup

    masks = (validator.joins(evidence) for validator in validators)
    return regroup(evidence, [mask for mask in masks if mask is not None])


def _recorded(state: StateFolder, summary: Mapping[str, Any]) -> Dataset:
    known, _ = summary["dataset"], [summary[name] for name in ("files", "bytes", "incomplete")]
    return Dataset(
        root=state.root,
        layout=str(known.get("layout", "classes")),
        folders=dict(known.get("folders", {})),
        other_files=tuple(known.get("other_files", ())),
        skipped_folders=tuple((a, b) for a, b in known.get("skipped_folders", ())),
        unreadable_folders=tuple((a, b) for a, b in known.get("unreadable_folders", ())),
        linked_folders=tuple((a, b) for a, b in known.get("linked_folders", ())),
        links_lead_out=bool(known.get("links_lead_out", False)),
        follow_links=bool(known.get("follow_links", False)),
        follow_links_to=state.follow_links_to,
        excluded=int(known.get("excluded", 0)),
        forced=bool(known.get("forced", False)),
        state_path=state.path,
    )


def _prepare(state: StateFolder, *, save: bool) -> bool:
    """Make the state folder; say whether there can be a cache in it.

    Raises:
        StateError: It cannot be made, and is needed to save the audit; or a newer catsclean's.
    """
    try:
        state.create()
    except StateError:
        if save:
            raise
        return False  # a cache is a convenience: what is not saved goes without
    state.refuse_to_replace()
    return True


def _another(state: StateFolder, against: str | os.PathLike[str], *, given: bool) -> StateFolder:
    from catsclean.collecting import other_state
    from catsclean.errors import UsageError
    from catsclean.reading import names

    other = other_state(against, state, given=given)
    if other.root.samefile(state.root):
        raise UsageError(
            "the data set to compare with is this one itself, which has every picture of it."
            f" Received: {names.encode(str(against))!r}. Name another one."
        )
    return other


def _summarise(
    evidence: Evidence,
    findings: tuple[Finding, ...],
    validators: Sequence[Validator],
    limits: Limits,
) -> dict[str, Any]:
    from datetime import UTC, datetime

    from catsclean.judging import find_unjudged
    from catsclean.reading import names
    from catsclean.state import SCHEMA_VERSION

    rows, dataset = evidence.rows, evidence.dataset
    unjudged = rows.is_in("outcome", INCOMPLETE)
    failed = any(finding.validator == "validator-failed" for finding in findings)
    return {
        "schema_version": SCHEMA_VERSION,
        "catsclean": __version__,
        "versions": _versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": len(rows),
        "pictures": len(evidence.decoded),
        "bytes": int(rows["size_bytes"].sum()),
        "incomplete": bool(
            unjudged.any() or failed or dataset.unreadable_folders or dataset.linked_folders
        ),
        "not_judged": int(unjudged.sum()),
        "links_not_read": int((rows["outcome"] == Outcome.LINK_NOT_READ.value).sum()),
        "not_examined": _examples(evidence, unjudged),
        "outcomes": dict(sorted(Counter(rows["outcome"].tolist()).items())),
        "jfif_filter_would_delete": int(evidence.decoded["without_jfif"].sum()),
        "limits": {name: getattr(limits, name) for name in limits.__slots__},
        "validators": {v.name: v.options() for v in validators},
        "unjudged": find_unjudged(evidence, validators),
        "several_sets": _several_sets(evidence),
        "layout_doubt": _layout_doubt(evidence),
        "dataset": {
            "root": names.encode(dataset.root.name),
            "layout": dataset.layout,
            "forced": dataset.forced,
            "folders": dataset.folders,
            "other_files": list(dataset.other_files),
            "skipped_folders": [list(pair) for pair in dataset.skipped_folders],
            "unreadable_folders": [list(pair) for pair in dataset.unreadable_folders],
            "linked_folders": [list(pair) for pair in dataset.linked_folders],
            "links_lead_out": dataset.links_lead_out,
            "follow_links": dataset.follow_links,
            "excluded": dataset.excluded,
        },
    }


def _several_sets(evidence: Evidence) -> list[str]:
    from catsclean.reading.layout import find_sets

    dataset = evidence.dataset
    asked = dataset.forced or dataset.layout != "classes"
    return [] if asked else find_sets(evidence.folders.tolist())


def _examples(evidence: Evidence, unjudged: Any) -> list[list[str]]:
    """Return path and outcome of some files that were not examined."""
    from catsclean.open_questions import NAMED

    rows = evidence.rows.where(unjudged)
    named = zip(rows["path"], rows["outcome"], strict=True)
    return [[str(path), str(outcome)] for path, outcome in islice(named, NAMED)]


def _layout_doubt(evidence: Evidence) -> dict[str, list[str]]:
    """Return both levels of folders if either may be the classes; empty if there is no doubt."""
    from catsclean.reading.layout import find_doubt

    dataset = evidence.dataset
    doubt = None if dataset.forced else find_doubt(set(evidence.folders.tolist()))
    return {} if doubt is None else {"outer": list(doubt.outer), "inner": list(doubt.inner)}


def _versions() -> dict[str, str]:
    import platform

    import PIL
    import simplejpeg

    return {
        "python": platform.python_version(),
        "pillow": PIL.__version__,
        "simplejpeg": simplejpeg.__version__,
    }


def _nothing_found(root: Path, dataset: Dataset) -> str:
    from catsclean.not_a_folder import is_archive
    from catsclean.reading import names

    others = len(dataset.other_files)
    facts = [f"{others:,} other files"] * bool(others)
    facts += [f"{dataset.excluded:,} excluded"] * bool(dataset.excluded)
    beside = f" ({', '.join(facts)})" if facts else ""
    if dataset.unreadable_folders:
        folder, why = dataset.unreadable_folders[0]
        more = len(dataset.unreadable_folders) - 1
        which = f"{folder!r} could not be listed ({why}){f', nor could {more:,} more' * (more > 0)}"
        return (
            f"no pictures that could be seen in this folder{beside}: {which}."
            f" Received: {names.encode(str(root))!r}. Get the right to read it first."
        )
    if dataset.linked_folders:
        folder, _ = dataset.linked_folders[0]
        more = len(dataset.linked_folders) - 1
        which = f"{folder!r} is a link{f', and so are {more:,} more folders' * (more > 0)}"
        return (
            f"no pictures were read in this folder{beside}: {which}."
            f" Received: {names.encode(str(root))!r}. --follow-links (follow_links=True) reads what"
            " lies in the data set, --follow-links-to FOLDER (follow_links_to=) what lies in a"
            " folder outside of it."
        )
    if archives := [path for path in dataset.other_files if is_archive(path)]:
        return (
            f"no pictures in this folder{beside}. Received: {names.encode(str(root))!r}."
            f" Unpack {archives[0]!r} first, then name the folder that holds the class folders."
        )
    return (
        f"no pictures in this folder{beside}. Received: {names.encode(str(root))!r}."
        " Name the folder that holds the class folders."
    )
