"""Recall of altered copies and false pairs among unrelated pictures, as a Markdown table.

    python benchmarks/duplicate_recall.py --pictures 400 FOLDER [FOLDER ...]

Of each folder, pictures chosen by a fixed seed are altered in 15 ways, hashed as the scan hashes
files, compared with their originals by the rule in use, and aligned as the audit does it.
Unrelated pictures are all pairs of the folder itself: whatever is reported there is listed by
name and wants to be looked at.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable


def _jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    stream = io.BytesIO()
    picture.convert("RGB").save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _half(p: Image.Image) -> bytes:
    return _jpeg(p.resize((max(p.width // 2, 1), max(p.height // 2, 1)), Image.Resampling.LANCZOS))


def _crop(share: float) -> Callable[[Image.Image], bytes]:
    def cut(p: Image.Image) -> bytes:
        dx, dy = round(p.width * share / 2), round(p.height * share / 2)
        return _jpeg(p.crop((dx, dy, p.width - dx, p.height - dy)))

    return cut


def _corner(p: Image.Image) -> bytes:
    dx, dy = round(p.width * 0.05), round(p.height * 0.05)
    return _jpeg(p.crop((dx, dy, p.width, p.height)))


def _text(p: Image.Image) -> bytes:
    copy = p.convert("RGB")
    draw = ImageDraw.Draw(copy)
    size = max(p.height // 12, 8)
    draw.text((p.width * 0.05, p.height * 0.85), "holiday 2013", fill="white", font_size=size)
    return _jpeg(copy)


def _watermark(p: Image.Image) -> bytes:
    layer = Image.new("RGBA", p.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    size = max(p.height // 6, 10)
    place = (p.width / 2, p.height / 2)
    draw.text(place, "SAMPLE", fill=(255, 255, 255, 110), font_size=size, anchor="mm")
    return _jpeg(Image.alpha_composite(p.convert("RGBA"), layer))


def _webp(p: Image.Image) -> bytes:
    stream = io.BytesIO()
    p.convert("RGB").save(stream, "WEBP", quality=60)
    return stream.getvalue()


def _light(p: Image.Image) -> bytes:
    return _jpeg(p.convert("RGB").point([min(255, round(1.15 * v)) for v in range(256)] * 3))


def _gamma(p: Image.Image) -> bytes:
    return _jpeg(p.convert("RGB").point([round(255 * (v / 255) ** 0.7) for v in range(256)] * 3))


def _rotate(p: Image.Image) -> bytes:
    return _jpeg(p.convert("RGB").rotate(3, Image.Resampling.BILINEAR))


def _border(p: Image.Image) -> bytes:
    width = round(0.05 * min(p.size))
    return _jpeg(ImageOps.expand(p.convert("RGB"), width, fill="black"))


ALTERATIONS: dict[str, Callable[[Image.Image], bytes]] = {
    "half size": _half,
    "JPEG quality 30": lambda p: _jpeg(p, 30),
    "light +15 %": _light,
    "text": _text,
    "grey": lambda p: _jpeg(p.convert("L")),
    "WebP quality 60": _webp,
    "crop 5 %": _crop(0.05),
    "corner cut 5 %": _corner,
    "turned 3°": _rotate,
    "mirror": lambda p: _jpeg(ImageOps.mirror(p)),
    "mirror, half size": lambda p: _half(ImageOps.mirror(p)),
    "crop 10 %": _crop(0.10),
    "border 5 %": _border,
    "gamma 0.7": _gamma,
    "blur 2 px": lambda p: _jpeg(p.convert("RGB").filter(ImageFilter.GaussianBlur(2))),
    "watermark": _watermark,
    "turned 90°": lambda p: _jpeg(p.transpose(Image.Transpose.ROTATE_90)),
}
