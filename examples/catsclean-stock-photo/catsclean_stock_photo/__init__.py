"""A validator for catsclean that finds pictures of picture agencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from catsclean import Fix, Severity, Validator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catsclean import Finding
    from catsclean.core.evidence import Evidence, Scalar
    from catsclean.images.image import ImageFile

COPYRIGHT_TAG = 0x8298  # Exif 3.0, section 4.6.4


class StockPhoto(Validator):
    """Find pictures whose copyright notice names a picture agency.

    ## Why it matters

    One may seldom train on them and publish the result, and previews carry a watermark: a model
    that tells cats from dogs by the agency's logo scores well, and has learned nothing.

    ## Example

        Cat/1.jpg: stock-photo: the copyright notice names an agency: '(c) 2019 Getty'

    ## What to do

    Look at the picture and at its licence, and take it out if in doubt.

    ## False alarms

    A notice that names an agency without being its own ("not for Getty").  What it cannot see:
    pictures whose notice was stripped, which is most of what was scraped.
    """

    name = "stock-photo"
    family = "metadata"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    columns: ClassVar[dict[str, Scalar]] = {"copyright_notice": ""}

    agencies: tuple[str, ...] = ("Getty", "Shutterstock", "Alamy", "iStock", "Adobe Stock")

    def inspect(self, image: ImageFile) -> dict[str, Scalar]:
        """Gather the notice, in a worker.  No opinion here: evidence is cached, options change."""
        notice = image.exif.get(COPYRIGHT_TAG, "")
        return {"copyright_notice": str(notice).strip("\0 ")}

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Judge all pictures at once; no file is opened."""
        pictures = evidence.pictures()
        notices = pictures["copyright_notice"].str.lower()
        named = notices.map(lambda notice: any(a.lower() in notice for a in self.agencies))
        found = pictures[named.astype(bool)]
        # !a: text from outside stays on one line, whatever it holds
        message = "the copyright notice names an agency: {copyright_notice!a}"
        return self.findings(found, message)
