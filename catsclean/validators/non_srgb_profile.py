"""The validator ``non-srgb-profile``."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from catsclean.core import names
from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

_UNREADABLE = "a profile that cannot be read"
_NAMELESS = "without a name"
_USUAL = re.compile(r"srgb|iec61966-2\.1|gr[ae]y|dotgain")
_LONGEST = 80


class NonSrgbProfile(Validator):
    """Find pictures with a colour profile other than sRGB.

    ## Why it matters

    The profile gives the numbers their meaning.  A viewer respects it; TensorFlow and Keras pass on
    the bare numbers.  A picture in Display P3 or Adobe RGB then looks paler to the model than to
    you.  That matters if one class comes from one kind of camera, or
    if colour distinguishes the classes.

    ## Example

        Cat/12.jpg: non-srgb-profile: profile "Display P3"

    ## What to do

    Usually nothing.  To be exact, convert once with `catsclean fix --select non-srgb-profile`.

    ## False alarms

    Off by default.  It finds seven of 2,000 Kaggle cats and dogs, from Adobe RGB to ProPhoto, all
    of them correct.  A profile counts as sRGB if its description says so, and as grey if it
    describes greys; a copy of sRGB under a maker's own name is reported.  An unreadable profile
    is reported as such.
    """

    name = "non-srgb-profile"
    family = "metadata"
    severity = Severity.NOTE
    fix = Fix.NONE
    repair = "convert-profile"
    default = False
    collective = True
    content_only = True
    columns: ClassVar[dict[str, Scalar]] = {"icc_description": ""}

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Read the description of the colour profile."""
        profile = image.icc_profile
        return {"icc_description": _description(profile)} if profile else None

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with a profile that does not say that it is sRGB."""
        pictures = evidence.decoded
        description = pictures["icc_description"]
        odd = [bool(text) and not _is_usual(text) for text in description]
        rows = pictures.where(np.array(odd, dtype=np.bool_))
        messages = [
            _UNREADABLE if text == _UNREADABLE else f'profile "{text}"'
            for text in rows["icc_description"]
        ]
        return self.findings(rows, messages)


@lru_cache(maxsize=64)
def _is_usual(description: str) -> bool:
    return _USUAL.search(description.lower().replace(" ", "")) is not None


@lru_cache(maxsize=64)  # a set has a handful of profiles, and one takes 40 microseconds
def _description(profile: bytes) -> str:
    from PIL import ImageCms  # only workers decode

    try:
        text = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return _UNREADABLE
    return names.text(text.strip())[:_LONGEST] or _NAMELESS
