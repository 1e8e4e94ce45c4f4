"""The Audit: evidence, findings and manifest of one data set, and questions about them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catsclean.auditing.baseline import fingerprints
from catsclean.auditing.export_labels import export_labels
from catsclean.auditing.leaks import Leak, find_leaks
from catsclean.content.similar import Embeddings, Similar, find_similar, load_embeddings
from catsclean.core import names
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Dataset, Evidence
from catsclean.core.files import check_target, is_text, saving
from catsclean.core.findings import to_table
from catsclean.core.limits import Limits
from catsclean.core.manifest import Manifest
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.notebook_view import NotebookView
from catsclean.core.progress_bar import with_bar
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from catsclean.reviewing.notebook.review_widget import ReviewWidget


@dataclass(frozen=True)
class Audit(NotebookView):
    """The result of an audit.

    Attributes:
        findings: All findings, in the order of their index, then of paths.
        manifest: One row per sample.
        evidence: The evidence that the findings were judged from; None for a loaded audit.
        kept: Paths of the samples that a person decided to keep, or to leave out of splits, and
            whose bytes did not change.
        dataset: Facts about the folder as a whole.
        state: The state folder, which holds manifest, findings and cache.
        summary: Figures and settings, as in ``audit.json``: plain values only.
        content: What the pictures show; None if it was not examined.
    """

    findings: tuple[Finding, ...]
    manifest: Manifest
    dataset: Dataset
    state: StateFolder
    summary: dict[str, Any]
    evidence: Evidence | None = field(default=None, repr=False)
    kept: frozenset[str] = frozenset()
    content: ContentEvidence | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        """The data set, absolute."""
        return self.dataset.root

    @property
    def incomplete(self) -> bool:
        """Whether something was not judged: then do not trust a clean result."""
        return bool(self.summary["incomplete"])

    def is_decided(self, finding: Finding) -> bool:
        """Return whether a person answered a finding by deciding about its file.

        A finding whose fix is ``none`` asks for no decision, so no decision answers it.
        """
        return finding.path in self.kept and finding.fix is not Fix.NONE

    @property
    def undecided(self) -> tuple[Finding, ...]:
        """The findings without a decision, in order; only these affect exit codes and verdicts."""
        if not self.kept:
            return self.findings
        return tuple(finding for finding in self.findings if not self.is_decided(finding))

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """How many pictures of a split are in another one too, by pair of splits; worst first."""
        return find_leaks(self.findings, self.manifest, self.dataset)

    def read_bytes(self, path: str) -> bytes:
        """Return the bytes of a sample, wherever it lies: in a folder or in an archive.

        Args:
            path: The sample, as the manifest has it.

        Raises:
            OSError: It cannot be read, or has more bytes than the audit's limit.
            UsageError: There is no such sample.
        """
        from catsclean.images.read_file import read_file  # only this needs it

        if path not in set(self.manifest.packed["path"].to_pylist()):
            raise UsageError(f"no such sample. Received: {names.received(path)}.")
        limit = int(self.summary.get("limits", {}).get("max_bytes", Limits().max_bytes))
        return read_file(self.dataset.reach, path, limit)[0]

    def counts(self) -> dict[str, int]:
        """Number of findings by validator, in the order of their index, with the decided ones."""
        counts: dict[str, int] = {}
        for finding in self.findings:
            counts[finding.validator] = counts.get(finding.validator, 0) + 1
        return counts

    def severities(self) -> dict[Severity, int]:
        """Number of findings without a decision, by severity; every severity is included."""
        counts = dict.fromkeys(Severity, 0)
        for finding in self.undecided:
            counts[finding.severity] += 1
        return counts

    def to_pandas(self) -> pd.DataFrame:
        """Return the findings as a table, one row each; ``severity`` is ordered, notes first."""
        import pandas as pd

        table = to_table(self.findings).to_pandas()
        order = [severity.value for severity in Severity]
        return table.assign(severity=pd.Categorical(table["severity"], order, ordered=True))

    @property
    def only_new(self) -> tuple[str, ...]:
        """Paths of the pictures that the other data set lacks; see `against`.

        Raises:
            UsageError: The audit was loaded, or made without `against`.
        """
        if self.evidence is None or self.evidence.elsewhere is None:
            raise UsageError(
                "this audit compared no other data set. Audit with against= (--against)."
            )
        known = set(self.evidence.elsewhere["path"])
        return tuple(p for p in self.evidence.decoded["path"].tolist() if p not in known)

    def embeddings(self) -> Embeddings:
        """Return the vectors of the pictures, float16 of shape (n, d), with their paths.

        Raises:
            UsageError: Content was not examined, or the vectors were not kept.
        """
        return load_embeddings(self.content, self.manifest, self.state)

    def similar_to(self, pictures: str | Iterable[str], count: int = 10) -> list[Similar]:
        """Find the pictures that show what one or several others show, the most similar first.

        Args:
            pictures: Sample paths; of several, the mean of their vectors counts.
            count: Number of pictures to return.

        Raises:
            UsageError: Content was not examined, or a path is not among the pictures.
        """
        return find_similar(self.embeddings(), pictures, count)

    def without(self, known: frozenset[str]) -> Audit:
        """Leave out findings whose fingerprint is known (see :mod:`.baseline`)."""
        prints = fingerprints(self.manifest, self.findings)
        kept = tuple(f for f, p in zip(self.findings, prints, strict=True) if p not in known)
        summary = {**self.summary, "baselined": len(self.findings) - len(kept)}
        return replace(self, findings=kept, summary=summary)

    def save_labels(
        self, path: str | os.PathLike[str], *, rename: Mapping[str, str] | None = None
    ) -> int:
        """Write path, label, status and digest of every sample to a table.

        Args:
            path: A new file: ``.csv``, ``.tsv``, ``.jsonl``, ``.ndjson`` or ``.parquet``.
            rename: The label to write in place of another, by that: ``{"Cat": "cat"}`` makes one
                class of two.  The data set stays as it is.

        Returns:
            The number of samples that have a label.

        Raises:
            UsageError: The file exists, cannot be written, has another extension, or lies inside
                the data set or its state folder; or a label to be renamed is not there.
        """
        return export_labels(self.manifest.to_arrow(), path, self.state, rename)

    def review(self) -> ReviewWidget:
        """Ask in a notebook's cell what the audit could not decide.

        Every answer is saved when it is given; :func:`catsclean.plan_cleaning` plans what was
        answered.  In a script, :func:`catsclean.review` serves the same to a browser.

        Returns:
            A widget; at the end of a cell, it shows itself.

        Raises:
            MissingExtraError: The extra ``notebook`` is not installed.
            StateError: The decisions of earlier reviews are damaged.
        """
        from catsclean.reviewing.notebook import review_in_cell

        return review_in_cell(self)

    @with_bar("drawing the report", "pictures")
    def save_html(
        self,
        path: str | os.PathLike[str],
        *,
        map: str = "components",  # noqa: A002 - as the option of the command is called
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Write the report as one self-contained page.

        Args:
            path: The file.
            map: How the map places pictures: ``components``, along the two directions in which
                they differ most, or ``tsne``, where pictures that are alike form islands; it takes
                about 15 CPU seconds at most, and needs the extra ``content``.
            progress: Called with the number of pictures drawn and their total.

        Raises:
            UsageError: The file cannot be written, lies inside the data set or its state
                folder, or would replace a file that is not text; `map` is unknown, or needs
                vectors that were not kept.
            MissingExtraError: `map` is ``tsne``, but the extra is not installed.
        """
        from catsclean.reports.html import MapKind, address_of, render_html

        if map not in list(MapKind):
            raise UsageError(f"map is one of {', '.join(MapKind)}. Received: {names.received(map)}")
        outside = (self.root, self.state.path)
        check_target(path, is_text, outside)
        files = address_of(self.root, path)
        page = render_html(self, files=files, map_kind=MapKind(map), progress=progress)
        with saving(path, is_text, outside) as temporary:
            temporary.write_text(page, encoding="utf-8", newline="\n")

    def __repr__(self) -> str:
        by = self.severities()
        classes = count(len(self.dataset.labels), "class", "classes")
        layout = f"layout {self.dataset.layout!r}"
        if self.dataset.labelled:
            layout += f" with {classes}"
        decided = len(self.findings) - len(self.undecided)
        beside = f", {decided} decided by you" if decided else ""
        return (
            f"<Audit of {names.encode(self.root.name)!r}: {len(self.manifest)} samples, {layout},"
            f" {by[Severity.ERROR]} errors, {by[Severity.WARNING]} warnings,"
            f" {by[Severity.NOTE]} notes{beside}>"
        )
