"""The pictures of the page: samples, with what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catsclean.auditing.kept_view import read_kept
from catsclean.auditing.result import Audit
from catsclean.cleaning.decisions import REVIEW
from catsclean.cleaning.recorded import read_samples
from catsclean.cleaning.relabelling import suggestions
from catsclean.core.model import Finding, Fix, Sample
from catsclean.validators.registry import validator_of

_HASH_BITS = 256
# unrelated pictures start at 86; a pair that is further apart was found otherwise, e.g. as a mirror
_FAR_BITS = 96


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture of the page.

    Attributes:
        sample: The sample; only its path is known if the manifest does not have it.
        known: It is a sample of the manifest.
        kept: A person decided to keep it.
        leaves: Validators for which ``clean --apply`` sets it aside without a decision.
        aside: The clean that set it aside since the audit; empty if it is in its place.
        limited: It is beyond a limit, and never moved.
        suggested: The label that a validator suggests; empty if none does.
        relabels: It may get another label: a folder gives its label.
        reviewed: What an answer in a review decided about it: ``keep``, ``quarantine``,
            ``relabel`` or ``fix``; empty for a reader that can change such an answer.
        reason: What the person wrote who decided to keep it; may be empty.
    """

    sample: Sample
    known: bool
    kept: bool
    leaves: tuple[str, ...]
    aside: str
    limited: bool
    suggested: str = ""
    relabels: bool = False
    reviewed: str = ""
    reason: str = ""

    @property
    def pixels(self) -> str:
        """Return the size in pixels: ``500 x 375``, with a multiplication sign."""
        width, height = self.sample.size_px
        return f"{width:,} \N{MULTIPLICATION SIGN} {height:,}" if width else "–"

    @property
    def decidable(self) -> bool:
        """Whether a decision about it can be carried out."""
        here = bool(self.sample.sha256) and self.known and not self.aside
        return here and not self.limited and not self.reviewed

    def distance(self, other: PictureFacts) -> int | None:
        """Count the bits in which the perceptual hashes differ, of 256.

        None if there is no hash, or if the pair was not found by this distance.
        """
        own, others = self.sample.phash256, other.sample.phash256
        if len(own) * 4 != _HASH_BITS or len(others) * 4 != _HASH_BITS:
            return None
        bits = (int(own, 16) ^ int(others, 16)).bit_count()
        return bits if bits <= _FAR_BITS else None


def facts_of(audit: Audit, paths: set[str], aside: Mapping[str, str]) -> dict[str, PictureFacts]:
    """Return the facts about some samples by path; for other paths, only the name is known.

    Args:
        audit: The audit to read from.
        paths: Paths of the samples.
        aside: By path, the clean that set a file aside since the audit.
    """
    samples = read_samples(audit.manifest, audit.findings, audit.state, paths=paths)
    limited = {one.path for one in audit.findings if validator_of(one.validator).never_moved}
    leaves = _leaving(audit.findings)
    decided = read_kept(audit.state)
    named = suggestions(audit.findings, audit.content, samples, None)
    suggested = {path: decision.label for path, decision in named.items()}
    # the page and the review write these themselves where a person wrote nothing
    own = {REVIEW, *(finding.validator for finding in audit.findings)}
    found = {}
    for path in paths:
        sample, known = samples.get(path, Sample(path)), path in samples
        kept = path in decided and decided[path].holds(sample.sha256, sample.label)
        found[path] = PictureFacts(
            sample,
            known=known,
            kept=kept,
            leaves=tuple(leaves.get(path, ())) if known and not kept else (),
            aside=aside.get(path, ""),
            limited=path in limited,
            suggested=suggested.get(path, ""),
            relabels=bool(sample.label),
            reason=decided[path].reason if kept and decided[path].reason not in own else "",
        )
    return found


def _leaving(findings: Iterable[Finding]) -> dict[str | None, dict[str, None]]:
    found: dict[str | None, dict[str, None]] = {}
    for finding in findings:
        if finding.fix is Fix.SAFE:
            found.setdefault(finding.path, {})[finding.validator] = None
    return found
