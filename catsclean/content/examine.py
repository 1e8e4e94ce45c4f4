"""Examine what the pictures of a data set show, after their files were read.

The judges' answers are kept in the state folder, and reused while neither a picture nor a label
nor a group of duplicates has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from catsclean.content import embedder_names
from catsclean.content.record import load_content
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.evidence import Evidence
from catsclean.core.install_command import install_command
from catsclean.core.state import StateFolder
from catsclean.core.text import count
from catsclean.errors import UsageError
from catsclean.scan.embedding import Embedder
from catsclean.scan.picture_vectors import FEWEST_PICTURES, Vectors
from catsclean.scan.scan import Progress, ProgressCallback
from catsclean.scan.scan_options import ScanOptions

# Raise it whenever the judges answer in another way, so that their answers are not reused.
JUDGES_VERSION: Final = 4


def choose_embedder(
    content: bool | None,  # noqa: FBT001 - three answers
    embedder: str | Embedder | None,
    *,
    needed: bool,
    runs: Path | None = None,
) -> Embedder | None:
    """Return the embedder of an audit; None if it does not examine content.

    Args:
        content: Whether to examine content; None: if it is `needed` and the extra is installed.
        embedder: The wish of the caller; None: the default one.
        needed: A validator that uses content is selected.
        runs: Folder of the data set's training runs, which `embedder` may name.

    Raises:
        ConfigError: There is no such embedder, or it cannot be used.
        MissingExtraError: Content is asked for, but the extra is not installed.
        UsageError: An embedder is named, but content is not to be examined.
    """
    if content is False and embedder is not None:
        raise UsageError(
            "an embedder is named, but content is not to be examined. Received: both --no-content"
            " (content=False) and --embedder (embedder=). Drop one of them."
        )
    if content is False or (content is None and not needed):
        return None
    if content is None and embedder is None and not embedder_names.is_installed():
        return None
    return embedder_names.make_embedder(embedder or embedder_names.DEFAULT, runs)


def examine_content(evidence: Evidence, state: StateFolder, options: ScanOptions) -> Evidence:
    """Add what the pictures show to the evidence.

    Args:
        evidence: Everything else that is known, with the groups of duplicates.
        state: State folder, where the judges' answers are kept.
        options: How the files were read; without vectors, the extra is not installed.
    """
    vectors = options.vectors
    pictures = len(evidence.decoded)
    if vectors is None:
        why = f"the extra content is not installed. Run: {install_command('content')}"
        return evidence.replaced(content=ContentEvidence(why))
    if pictures < FEWEST_PICTURES:
        why = f"{count(pictures, 'picture')}; at least {FEWEST_PICTURES} are needed"
        return evidence.replaced(content=ContentEvidence(why))
    key = _key(evidence, vectors.embedder)
    known = load_content(state, key) if options.cache and not options.verify else None
    # where the network's names could not be used, the next audit tries again
    if known is not None and not known.facts.get("odd", {}).get("naming_failed"):
        return evidence.replaced(content=known)
    _complete(evidence, vectors, options)
    from catsclean.content.judges import judge_content  # loads SciPy and scikit-learn

    content = judge_content(evidence, vectors, _judging(evidence, options.progress))
    return evidence.replaced(content=replace(content, facts={**content.facts, "key": key}))


def _complete(evidence: Evidence, vectors: Vectors, options: ScanOptions) -> None:
    rows = evidence.decoded
    vectors.complete(
        evidence.dataset.reach,
        rows["path"].tolist(),
        rows["sha256"].tolist(),
        rows["size_bytes"].tolist(),
        limits=options.limits,
        workers=options.workers,
        engine=options.engine,
        progress=_embedding(evidence, options.progress),
    )


def _embedding(
    evidence: Evidence, progress: ProgressCallback | None
) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    size = int(evidence.rows["size_bytes"].sum())

    def report(done: int, total: int) -> None:
        progress(Progress(done, total, size, size, "embedding"))

    return report


def _judging(evidence: Evidence, progress: ProgressCallback | None) -> Callable[[int], None]:
    size, files = int(evidence.rows["size_bytes"].sum()), len(evidence)

    def report(percent: int) -> None:
        if progress is not None:
            progress(Progress(files, files, size, size, "judging", percent=percent))

    report(0)
    return report


def _key(evidence: Evidence, embedder: Embedder) -> str:
    """Return a digest of everything that the judges' answers depend on."""
    digest = hashlib.sha256(f"{JUDGES_VERSION} {embedder.name} {embedder.version}".encode())
    rows: Any = evidence.decoded
    for name in ("path", "sha256", "label", "group"):
        digest.update("\n".join(rows[name].tolist()).encode())
        digest.update(b"\0")
    return digest.hexdigest()
