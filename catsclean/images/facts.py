"""What the evidence records of a file that was read: format, size, faults; no opinion."""

from __future__ import annotations

from typing import Final

from catsclean.core.evidence import Scalar
from catsclean.images.formats import sniff
from catsclean.images.image import ImageFile

# of the messages that one column holds
SEPARATOR: Final = "\n"
_LARGEST_COUNT: Final = 2**31 - 1


def of_image(image: ImageFile) -> dict[str, Scalar]:
    """Return the values of the columns that follow from what was read, decoded or not."""
    values: dict[str, Scalar] = {
        "format": image.format,
        "mode": image.mode,
        # a header may claim more than the manifest's columns hold; the message has the claim
        "width_px": min(image.width_px, _LARGEST_COUNT),
        "height_px": min(image.height_px, _LARGEST_COUNT),
        "frames": min(image.frames, _LARGEST_COUNT),
    }
    structure = image.structure
    if structure is not None:
        values["metadata_bytes"] = structure.metadata_bytes
        if image.format == "JPEG":
            # the test of a well-known tutorial: files that it would delete
            values["without_jfif"] = b"JFIF" not in image.data[:10]
        if structure.end_offset >= 0:
            values["trailing_bytes"] = len(image.data) - structure.end_offset
    if image.mode:
        if not image.has_no_exif:
            values["exif_orientation"] = image.orientation
        values["tensorflow_refuses"] = sniff.FORMATS[image.format].refusal(image)
    values["decoder_warnings"] = SEPARATOR.join(image.decoder_warnings)
    values["exif_warnings"] = SEPARATOR.join(image.exif_warnings)
    return values
