"""How to turn a picture upright that has an Exif orientation."""

from __future__ import annotations

from typing import Final

from PIL import Image

#: Exif 2.32 (CIPA DC-008), section 4.6.4: what to do with the pixels; 1 and other values: nothing.
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
