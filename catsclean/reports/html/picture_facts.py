"""The facts of the manifest about each picture, as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from catsclean.auditing.given_splits import given_splits
from catsclean.auditing.result import Audit
from catsclean.auditing.saved_decisions import read_kept
from catsclean.cleaning.recorded import faults_found
from catsclean.core.model import Finding, Fix
from catsclean.core.split_names import firmest, found_splits
from catsclean.duplicates.canonical import Copy, count_blemishes
from catsclean.validators.registry import validator_of

_HASH_BITS = 256
# unrelated pictures start at 86; a pair that is further apart was found otherwise, e.g. as a mirror
_FAR_BITS = 96


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """One sample's row of the manifest.

    Attributes:
        path: Escaped path.
        label: Class, empty if there is none.
        sha256: Of its bytes; empty if the file could not be read.
        size_bytes: Size.
        width_px: Width, 0 if unknown.
        height_px: Height, 0 if unknown.
        format: Such as ``JPEG``; empty if unknown.
        phash256: Perceptual hash, 64 hexadecimal digits; empty if there is none.
        split: Split folder that the audit found it in, or the split that the last split held it
            out for; empty if there is none.
        orientation: Of the Exif tag; 0 if there is none.
        refused: TensorFlow does not decode it.
        warned: It decodes with warnings.
        resaved: It has the same pixels as a JPEG, in a lossless format.
        kept: A person decided to keep it.
        known: It is a sample of the manifest.
        leaves: Validators for which ``clean --apply`` sets it aside without a decision.
        aside: The clean that set it aside since the audit; empty if it is in its place.
        limited: It is beyond a limit, and never moved.
    """

    path: str
    label: str = ""
    sha256: str = ""
    size_bytes: int = 0
    width_px: int = 0
    height_px: int = 0
    format: str = ""
    phash256: str = ""
    split: str = ""
    orientation: int = 0
    refused: bool = False
    warned: bool = False
    resaved: bool = False
    kept: bool = False
    known: bool = False
    leaves: tuple[str, ...] = ()
    aside: str = ""
    limited: bool = False

    @property
    def pixels(self) -> str:
        """Return the size in pixels: ``500 x 375``, with a multiplication sign."""
        return (
            f"{self.width_px:,} \N{MULTIPLICATION SIGN} {self.height_px:,}"
            if self.width_px
            else "–"
        )

    @property
    def decidable(self) -> bool:
        """Whether a decision about it can be carried out."""
        return bool(self.sha256) and self.known and not self.aside and not self.limited

    @property
    def rank(self) -> tuple[tuple[int, ...], str]:
        """Sort key of the rule that chooses the original among copies."""
        copy = Copy(
            self.path,
            self.split,
            self.width_px * self.height_px,
            self.size_bytes,
            self.refused,
            self.warned,
            count_blemishes(self.path, self.format, self.orientation),
            self.resaved,
        )
        return copy.rank, self.path

    def distance(self, other: PictureFacts) -> int | None:
        """Count the bits in which the perceptual hashes differ, of 256.

        None if there is no hash, or if the pair was not found by this distance.
        """
        if len(self.phash256) * 4 != _HASH_BITS or len(other.phash256) * 4 != _HASH_BITS:
            return None
        bits = (int(self.phash256, 16) ^ int(other.phash256, 16)).bit_count()
        return bits if bits <= _FAR_BITS else None


def facts_of(audit: Audit, paths: set[str], aside: Mapping[str, str]) -> dict[str, PictureFacts]:
    """Return the facts about some samples by path; for other paths, only the name is known.

    Args:
        audit: The audit to read from.
        paths: Paths of the samples.
        aside: By path, the clean that set a file aside since the audit.
    """
    texts = ["path", "label", "sha256", "format", "phash256", "split"]
    numbers = ["size_bytes", "width_px", "height_px", "exif_orientation"]
    table = audit.manifest.table
    rows = table[table["path"].isin(paths)]
    rows = rows.assign(split=found_splits(rows))
    text = [rows[name].fillna("").astype(str).tolist() for name in texts]
    number = [rows[name].fillna(0).astype(int).tolist() for name in numbers]
    known = {path: PictureFacts(path, aside=aside.get(path, "")) for path in paths}
    limited = {one.path for one in audit.findings if validator_of(one.validator).never_moved}
    leaves = _leaving(audit.findings)
    faults = faults_found(audit.findings)
    decided = {(one.path, one.sha256) for one in read_kept(audit.state).values()}
    given = given_splits(audit.state)
    for (path, label, sha256, form, phash256, split), (size, width, height, turn) in zip(
        zip(*text, strict=True), zip(*number, strict=True), strict=True
    ):
        known[path] = PictureFacts(
            path, label, sha256, size, width, height, form, phash256,
            firmest(split, given.get((path, sha256))) or "", turn, *faults(path),
            kept=(path, sha256) in decided, known=True,
            leaves=() if (path, sha256) in decided else tuple(leaves.get(path, ())),
            aside=aside.get(path, ""), limited=path in limited,
        )  # fmt: skip
    return known


def _leaving(findings: Iterable[Finding]) -> dict[str | None, dict[str, None]]:
    found: dict[str | None, dict[str, None]] = {}
    for finding in findings:
        if finding.fix is Fix.SAFE:
            found.setdefault(finding.path, {})[finding.validator] = None
    return found


def cut_middle(text: str, most: int = 22) -> str:
    """Shorten a name to so many characters in the middle: often names differ only at the end."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def visible(text: str) -> str:
    """Make the blanks at both ends of a name visible."""
    core = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    return "␣" * before + core + "␣" * (len(text) - len(core) - before)
