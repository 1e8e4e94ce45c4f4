"""The validator ``undecodable``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class Undecodable(Validator):
    """Find pictures whose data no decoder accepts.

    ## Why it matters

    The file starts like a picture, but its header or its data are invalid.
    `tf.io.decode_image` raises on it, which ends the epoch; PyTorch's `ImageFolder` raises from
    a worker process.

    ## Example

        Dog/11.jpg: undecodable: JPEG: Could not find a marker of a scan

    ## What to do

    Let `catsclean clean --apply` set it aside, or fetch the file again.

    ## False alarms

    TensorFlow refuses all files that are reported here.  A test checks this with
    hundreds of damaged files of every kind, and with thousands of pictures whose parts were left
    out, doubled, swapped, emptied or cut.  To check a million of them, run
    `PYTHONPATH=.:tests python -m images.differential`.  A JPEG counts as undecodable only if
    both libjpeg-turbo and Pillow give up; if one of them still shows a picture, it is
    `corrupt-data`.  If the rows of a PNG are whole and only their checksum is damaged, the file is
    `unsupported-by-tensorflow`, which nothing moves without your decision.

    This validator cannot see a single flipped bit inside compressed data.  In about 85 % of cases
    no decoder notices, because the result is a valid picture with a few wrong pixels.
    `catsclean audit --verify` finds such changes (see `manifest-mismatch`).

    A JPEG without the letters `JFIF` in its first ten bytes is not damaged.
    The filter of the Keras documentation deletes about 1,590 pictures of the Kaggle cats
    and dogs because of that, though nearly all of them decode.  The audit's summary says how many
    of your pictures it would delete.
    """

    name = "undecodable"
    family = "file"
    severity = Severity.ERROR
    fix = Fix.SAFE

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find what ended as undecodable."""
        rows = evidence.ended(Outcome.UNDECODABLE)
        messages = [
            f"{kind}: {detail or 'no decoder accepts it'}" if kind else detail
            for kind, detail in zip(rows["format"], rows["outcome_detail"], strict=True)
        ]
        return self.findings(rows, messages)
