"""Load one picture of a data set for looking at: thumbnails, predictions, comparing pixels."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PIL import Image, ImageOps

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.images import decoding, read_file, warning_log
from catsclean.images.formats import sniff
from catsclean.images.image import ReadingEndedError, complaint_of


class UnreadablePictureError(ValueError):
    """The file is not a picture that can be shown; the text says why."""


def load_rgb(
    root: Path | Reach,
    path: str,
    *,
    apply_orientation: bool = False,
    max_side: int | None = None,
    limits: Limits | None = None,
    sha256: str | None = None,
) -> Image.Image:
    """Load a sample as RGB, with the same care as an audit.

    Args:
        root: The data set; a reach says where links may lead.
        path: Sample path (escaped).
        apply_orientation: Turn the picture as its Exif tag says; Keras and TensorFlow do not.
        max_side: Shrink it (box and Lanczos, proportions kept) until no side is longer; in pixels.
        limits: Bounds on the file; the defaults where None.
        sha256: Digest of the bytes that are meant; None: whatever they are by now.

    Returns:
        A picture of mode ``RGB``: the first frame, transparency on white, 16 bits rescaled.

    Raises:
        UnreadablePictureError: It cannot be opened, has other bytes than those that are meant, is
            not a picture, or is beyond a limit.
    """
    bounds = limits or Limits()
    try:
        data, _ = read_file.read_file(root, path, bounds.max_bytes)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadablePictureError(reason) from error
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise UnreadablePictureError("changed since the audit: its bytes differ")
    return decode_rgb(data, apply_orientation=apply_orientation, max_side=max_side, limits=bounds)


def decode_rgb(
    data: bytes,
    *,
    apply_orientation: bool = False,
    max_side: int | None = None,
    limits: Limits | None = None,
) -> Image.Image:
    """Decode the bytes of a picture as :func:`load_rgb` does.

    Raises:
        UnreadablePictureError: They are not a picture, or beyond a limit.
    """
    image = decoding.open_image("", data, limits or Limits())
    kind = sniff.FORMATS.get(image.format)
    if kind is None:
        raise UnreadablePictureError("not a picture of a format that is decoded here")
    if why := kind.missing():
        raise UnreadablePictureError(why)
    with warning_log.collecting():
        try:
            decoding.check_header(image)
            picture = image.open_pillow()
            image.check_size(*picture.size)
            if max_side is not None:
                picture.draft(None, (max_side, max_side))
            picture.load()
            shown = ImageOps.exif_transpose(picture) if apply_orientation else picture
            result = decoding.to_eight_bits(shown)
            if max_side is not None:
                result.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
            return result.convert("RGB")
        except ReadingEndedError as ended:
            raise UnreadablePictureError(ended.detail) from ended
        except Exception as error:  # damaged bytes make Pillow raise nearly anything
            raise UnreadablePictureError(complaint_of(error)) from error
