"""The validator ``corrupt-data``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class CorruptData(Validator):
    """Find pictures that decode although part of their data is damaged; quote the decoder's words.

    ## Why it matters

    Damage in the middle of a JPEG raises no error: with 512 bytes dropped or zeroed, Pillow and
    TensorFlow missed 99 to 100 % of our test files and trained on smeared pictures.
    libjpeg-turbo detects all of these cases, but its warnings are usually discarded.
    TensorFlow decoded 133 damaged JPEGs with no more than a line on stderr; reading
    the warnings found all 133.  This also finds the "extraneous bytes before marker 0xd9" that the
    Kaggle cats and dogs are known for.

    Some damage is silent in every decoder, but is found here: a progressive JPEG that lost its last
    scans (60 of 60 found, 0 false in our measurement), a damaged second picture inside an MPO, and
    later frames of an animation that cannot be read.

    ## Example

        Cat/10404.jpg: corrupt-data: Corrupt JPEG data: 214 extraneous bytes before marker 0xd9

    ## What to do

    Look at it: `catsclean report` shows these pictures together.  "Extraneous bytes" mostly
    leave the picture whole; "bad Huffman code" mostly does not.  Fetch the file again if you
    can.

    ## False alarms

    The damage is real but may be harmless, so nothing is moved without your
    decision.  None of 2,000 original files of the Kaggle cats and dogs causes a false warning.
    Only the first warning of each JPEG is known.  A single flipped bit goes unnoticed in about
    85 % of cases; compare digests instead (`catsclean audit --verify`).
    """

    name = "corrupt-data"
    family = "file"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    decodes_with_warnings = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find pictures that decoded with warnings."""
        pictures = evidence.decoded
        rows = pictures.where(pictures["decoder_warnings"] != "")
        return self.findings(
            rows, ["; ".join(text.split("\n")) for text in rows["decoder_warnings"]]
        )
