"""Recall of altered copies, as a Markdown table.

    python benchmarks/duplicate_recall.py --pictures 400 FOLDER [FOLDER ...]

Of each folder, pictures chosen by a fixed seed are altered in 17 ways, hashed as the scan hashes
files, compared with their originals at the radii in use, and verified as the audit does it.
"""

from __future__ import annotations

import argparse
import io
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from catsclean.duplicates.hashing import Hashes, hash_batch, thumbnail
from catsclean.duplicates.verification import LOAD_SIDE_PX, Look, look_at, verify
from catsclean.reading import decoding
from catsclean.reading.image import ImageFile
from catsclean.reading.limits import Limits

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


def _hashes(files: list[bytes]) -> Hashes:
    """Hashes as the scan makes them, from the reduced decode."""
    thumbnails = []
    for data in files:
        image = ImageFile("", data, Limits())
        decoding.decode(image)
        assert image.grey is not None
        thumbnails.append(thumbnail(image.grey))
    return hash_batch(np.stack(thumbnails))


def _decodes(data: bytes) -> bool:
    try:
        image = ImageFile("", data, Limits())
        decoding.decode(image)
    except decoding.ReadingEndedError:
        return False
    return image.grey is not None


def _look(data: bytes) -> Look:
    picture = Image.open(io.BytesIO(data))
    size = picture.size
    picture.draft("RGB", (LOAD_SIDE_PX, LOAD_SIDE_PX))
    return look_at(picture, *size)


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.bitwise_count(one ^ other).reshape(len(one), -1).sum(axis=1, dtype=int)


def measure(folder: Path, pictures: int) -> None:
    files = [p.read_bytes() for p in sorted(folder.rglob("*")) if p.suffix in {".jpg", ".png"}]
    files = [data for data in files if _decodes(data)]
    chosen = random.Random(1).sample(files, min(pictures, len(files)))
    plain = _hashes(chosen)
    looks = [_look(data) for data in chosen]
    print(f"\n**{folder.name}**, {len(chosen)} of {len(files)} pictures; recall in percent\n")
    print("| alteration | hashes 18/96 | 16/84 | 14/72 | and pixels (18/96) |")
    print("|---|---|---|---|---|")
    for name, alter in ALTERATIONS.items():
        altered = [alter(Image.open(io.BytesIO(data)).convert("RGB")) for data in chosen]
        turned = _hashes(altered)
        mirrored = "mirror" in name
        coarse = _distances(turned.mirror64 if mirrored else turned.phash64, plain.phash64)
        fine = _distances(turned.mirror256 if mirrored else turned.phash256, plain.phash256)
        near = [(coarse <= a) & (fine <= b) for a, b in ((18, 96), (16, 84), (14, 72))]
        proved = [
            bool(is_near) and verify(looks[at], _look(altered[at]), mirrored=mirrored) is not None
            for at, is_near in enumerate(near[0])
        ]
        shares = [*near, np.array(proved)]
        print(
            f"| {name} | " + " | ".join(f"{100 * s.mean():.1f}" for s in shares) + " |", flush=True
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--pictures", type=int, default=400)
    arguments = parser.parse_args()
    for each in arguments.folders:
        measure(each, arguments.pictures)
