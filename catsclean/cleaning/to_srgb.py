"""Convert the colours of a picture by its profile."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

from catsclean.cleaning.repairs.repair import CannotRepairError


def to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in sRGB, mode ``RGB``.

    Colours that both can show stay as they look (relative colorimetric, with black point
    compensation, as photo programs do it).

    Args:
        picture: A picture of mode ``RGB``, ``CMYK`` or ``L``.
        profile: Its colour profile.

    Raises:
        CannotRepairError: The profile cannot be read, or is for another kind of picture.
    """
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            picture.mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return transform.apply(picture)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise CannotRepairError("its colour profile cannot be read") from error
