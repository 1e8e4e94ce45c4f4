"""Convert the colours of a picture by its profile."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

from catsclean.cleaning.repairs.repair import CannotRepairError


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in sRGB, mode ``RGB``.

    Colours that both can show stay as they look (relative colorimetric, with black point
    compensation, as photo programs do it).

    Raises:
        CannotRepairError: The profile cannot be read, or is for another kind of picture.
    """
    if picture.mode not in {"RGB", "CMYK", "L"}:
        picture = picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise CannotRepairError("its colour profile cannot be read") from error
    if converted is None:
        raise CannotRepairError("its colour profile cannot be used")
    return converted
