"""The validator ``manifest-mismatch``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class ManifestMismatch(Validator):
    """Find files whose bytes changed since the last audit although size and time did not.

    ## Why it matters

    An edit also changes the time, so this is a failing disk, a bad cable, memory
    without error correction, or tampering.  No decoder notices: a single flipped bit inside a
    JPEG passes libjpeg-turbo, Pillow and TensorFlow in about 85 % of cases, and a visible one
    is a smear that raises no exception.  Comparing digests is the only reliable test.

    ## Example

        Cat/3.jpg: manifest-mismatch: same size and time, different bytes: sha256 9f86…, was 6030…

    ## What to do

    Fetch the file again from its source or from a backup.  Then check the disk (`smartctl
    -a`) and the other files on it.

    ## False alarms

    Tools that write a file and reset its time (some EXIF editors, and `rsync --inplace
    --times` with a file of equal size).  Run `catsclean audit --verify`, which reads every
    file again; otherwise this validator has nothing to compare and stays silent.
    """

    name = "manifest-mismatch"
    family = "dataset"
    severity = Severity.ERROR
    fix = Fix.NONE
    compares = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find digests that differ from the recorded ones; unread files have none to compare."""
        samples = evidence.rows
        if not evidence.has_column("recorded_sha256"):
            return ()
        rows = samples.where(samples["recorded_sha256"] != "")
        rows = rows.where((rows["sha256"] != "") & (rows["recorded_sha256"] != rows["sha256"]))
        return self.findings(
            rows,
            "same size and time, different bytes: sha256 {sha256:.12}…, was {recorded_sha256:.12}…",
        )
