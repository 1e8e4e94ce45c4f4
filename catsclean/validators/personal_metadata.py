"""The validator ``personal-metadata``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.images.formats.jpeg import JpegStructure
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile

# Exif 2.32 (CIPA DC-008): tags of the main directory, and of the one about the photograph
_MAIN = {0x013B: "artist", 0x9C9D: "artist"}
_PHOTO = {
    0x9286: "comment",
    0xA430: "owner's name",
    0xA431: "camera's serial number",
    0xA435: "lens's serial number",
}
_PHOTO_DIRECTORY = 0x8769
_MOST_ENTRIES = 200
_LONGEST_BYTES = 4096
_CHARACTER_SETS = (b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0", bytes(8))
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_CREATOR = re.compile(rb"<dc:creator>\s*<rdf:\w+>\s*<rdf:li[^>]{0,80}>\s*[^<\s]")


class PersonalMetadata(Validator):
    """Find pictures whose metadata identify a person, or the camera that took them.

    ## Why it matters

    Cameras and editors write the owner's name, the artist, a comment or the serial number into the
    file.  A serial number links all pictures of one camera, also those published elsewhere
    under a name.  None of this helps a classifier, and all of it is published with the data set.

    ## Example

        Cat/40.jpg: personal-metadata: camera's serial number, owner's name

    ## What to do

    `catsclean fix --strip metadata` removes all metadata except those that change how the picture
    looks.

    ## False alarms

    Off by default, because it concerns the use of the data and not how well
    they train.  The artist is often an agency, and the comment comes from a program: of seven found
    among 2,000 Kaggle cats and dogs six are comments.  The values themselves are never shown or
    saved, so that a report leaks no names.
    """

    name = "personal-metadata"
    family = "metadata"
    severity = Severity.NOTE
    fix = Fix.REVIEW
    default = False
    collective = True
    content_only = True
    columns: ClassVar[dict[str, Scalar]] = {"personal_metadata": ""}

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Name the kinds of personal data in Exif and XMP; never their values."""
        kinds: set[str] = set()
        if not image.has_no_exif:
            kinds |= {kind for tag, kind in _MAIN.items() if _is_said(image.exif.get(tag))}
            if _PHOTO_DIRECTORY in image.exif:
                photo = _photo_tags(image)
                kinds |= {kind for tag, kind in _PHOTO.items() if _is_said(photo.get(tag))}
        if _CREATOR.search(_xmp(image)):
            kinds.add("creator")
        return {"personal_metadata": ", ".join(sorted(kinds))} if kinds else None

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures with any of them."""
        pictures = evidence.decoded
        rows = pictures.where(pictures["personal_metadata"] != "")
        return self.findings(rows, rows["personal_metadata"])


def _photo_tags(image: ImageFile) -> dict[int, Any]:
    """Read the wanted tags alone; Pillow reads all of them, which takes half a millisecond."""
    structure = image.structure
    start = image.exif.get(_PHOTO_DIRECTORY)
    if not isinstance(structure, JpegStructure) or not isinstance(start, int):
        return image.exif_directory(_PHOTO_DIRECTORY)
    tiff = structure.exif or b""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    found: dict[int, Any] = {}
    entries = int.from_bytes(tiff[start : start + 2], order)
    for place in range(start + 2, start + 2 + 12 * min(entries, _MOST_ENTRIES), 12):
        tag = int.from_bytes(tiff[place : place + 2], order)
        if tag in _PHOTO:
            size = int.from_bytes(tiff[place + 4 : place + 8], order)
            value = place + 8
            if size > 4:
                value = int.from_bytes(tiff[value : value + 4], order)
            found[tag] = tiff[value : value + min(size, _LONGEST_BYTES)]
    return found


def _is_said(value: Any) -> bool:
    """Tell whether a tag holds more than spaces, zeros and the name of its character set."""
    if isinstance(value, bytes):
        text = value[8:] if value[:8] in _CHARACTER_SETS else value
        return bool(text.strip(b" \0"))
    return bool(str(value).strip(" \0")) if value is not None else False


def _xmp(image: ImageFile) -> bytes:
    structure = image.structure
    if isinstance(structure, JpegStructure):
        if structure.metadata_bytes < len(_XMP):
            return b""
        end = structure.scan_offset or len(image.data)
        start = image.data.find(_XMP, 0, end)
        return image.data[start:end] if start >= 0 else b""
    if image.pillow is None:
        return b""
    found = image.pillow.info.get("xmp", b"")
    return found if isinstance(found, bytes) else str(found).encode()
