"""Recall of altered copies, and pairs among unaltered ones, as Markdown tables.

    python benchmarks/duplicate_recall.py --pictures 250 --windows FOLDER [FOLDER ...]

Of each folder, pictures chosen by a fixed seed are altered in 22 ways, hashed as the scan hashes
files, compared with their originals at the radii in use, and verified as the audit does it.  With
--windows, photographs that come with scikit-image and scikit-learn are one more set, for which no
threshold was set: each is cut into windows of 160x120 pixels, and the windows are the pictures.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from catsclean.core.limits import Limits
from catsclean.duplicates import poses
from catsclean.duplicates.candidates import find_candidates
from catsclean.duplicates.neighbours import measure, measure_turned
from catsclean.duplicates.pair_kinds import OTHER_COLOUR
from catsclean.duplicates.poses import Distances
from catsclean.duplicates.verification import (
    LOAD_SIDE_PX,
    Look,
    Proof,
    Radii,
    look_at,
    radii,
    verify,
)
from catsclean.images import decoding
from catsclean.images.hashing import Hashes, hash_batch, thumbnail
from catsclean.images.image import ReadingEndedError

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
    "turned 180°": lambda p: _jpeg(p.transpose(Image.Transpose.ROTATE_180)),
    "turned 270°, half size": lambda p: _half(p.transpose(Image.Transpose.ROTATE_270)),
    "mirror, turned 90°": lambda p: _jpeg(p.transpose(Image.Transpose.TRANSPOSE)),
    "turned 90°, text": lambda p: _text(p.transpose(Image.Transpose.ROTATE_90)),
    "turned 90°, crop 5 %": lambda p: _crop(0.05)(p.transpose(Image.Transpose.ROTATE_90)),
}
# where they lie: package, folder, names
PHOTOGRAPHS = (
    (
        "skimage",
        "data",
        (
            "astronaut.png brick.png camera.png chelsea.png coffee.png coins.png grass.png"
            " gravel.png hubble_deep_field.jpg ihc.png moon.png motorcycle_left.png"
            " retina.jpg rocket.jpg"
        ),
    ),
    ("sklearn", "datasets/images", "china.jpg flower.jpg"),
)
WINDOW_PX = (160, 120)
SIZES = (1_000, 50_000, 250_000)  # of sets, whose radii are compared


def _is_copy(proof: Proof | None) -> bool:
    """Say whether the pixels prove a copy; other colours are another picture."""
    return proof is not None and proof.kind != OTHER_COLOUR


def _hashes(files: list[bytes]) -> Hashes:
    """Hashes as the scan makes them, from the reduced decode."""
    thumbnails = []
    for data in files:
        image = decoding.open_image("", data, Limits())
        decoding.decode(image)
        assert image.grey is not None
        thumbnails.append(thumbnail(image.grey))
    return hash_batch(np.stack(thumbnails))


def _decodes(data: bytes) -> bool:
    try:
        image = decoding.open_image("", data, Limits())
        decoding.decode(image)
    except ReadingEndedError:
        return False
    return image.grey is not None


def _look(data: bytes) -> Look:
    picture = Image.open(io.BytesIO(data))
    size = picture.size
    picture.draft("RGB", (LOAD_SIDE_PX, LOAD_SIDE_PX))
    return look_at(picture, *size)


def _windows() -> list[bytes]:
    """Cuts the photographs; windows do not overlap, and are saved as PNG."""
    files = []
    width, height = WINDOW_PX
    for package, folder, names in PHOTOGRAPHS:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for name in names.split():
            photograph = Image.open(Path(spec.origin).parent / folder / name).convert("RGB")
            for top in range(0, photograph.height - height + 1, height):
                for left in range(0, photograph.width - width + 1, width):
                    window = photograph.crop((left, top, left + width, top + height))
                    if np.asarray(window.convert("L")).std() > 8:
                        stream = io.BytesIO()
                        window.save(stream, "PNG")
                        files.append(stream.getvalue())
    return files


def _files(folder: Path) -> list[bytes]:
    files = [p.read_bytes() for p in sorted(folder.rglob("*")) if p.suffix in {".jpg", ".png"}]
    return [data for data in files if _decodes(data)]


def _near(altered: Hashes, plain: Hashes, limits: Radii) -> list[list[int]]:
    """The poses in which the search finds each altered picture by its original."""
    rows = np.arange(len(plain.phash64))
    upright, turned = (one(altered, rows, plain, rows, limits) for one in (measure, measure_turned))
    shared = [poses.invariant(hashes.phash256) for hashes in (altered, plain)]
    within = np.bitwise_count(shared[0] ^ shared[1]).astype(int) <= limits.turned
    return [
        [int(u.pose)] * bool(u.near) + [int(t.pose)] * bool(t.near and (u.near or reached))
        for u, t, reached in zip(
            (Distances(*row) for row in zip(*upright, strict=True)),
            (Distances(*row) for row in zip(*turned, strict=True)),
            within,
            strict=True,
        )
    ]


def recall(files: list[bytes], pictures: int) -> dict[str, list[float]]:
    """Percent found at the radii of each of SIZES, and proved at the first, by alteration."""
    chosen = random.Random(1).sample(files, min(pictures, len(files)))
    plain = _hashes(chosen)
    looks = [_look(data) for data in chosen]
    rows = {}
    for name, alter in ALTERATIONS.items():
        altered = [alter(Image.open(io.BytesIO(data)).convert("RGB")) for data in chosen]
        hashes = _hashes(altered)
        near = [_near(hashes, plain, radii(size)) for size in SIZES]
        proved = [
            any(_is_copy(verify(_look(altered[at]), looks[at], pose)) for pose in found)
            for at, found in enumerate(near[0])
        ]
        shares = [*([bool(found) for found in one] for one in near), proved]
        rows[name] = [100 * float(np.mean(share)) for share in shares]
    return rows


def count_pairs(files: list[bytes]) -> tuple[int, int]:
    """Candidates among unaltered pictures, at the radii of their number, and pairs of them."""
    files = sorted(set(files))
    found, _ = find_candidates(_hashes(files), radii(len(files)))
    kept: dict[int, Look] = {}
    pairs = set()
    for *ends, pose in zip(found.first, found.second, found.pose, strict=True):
        for at in ends:
            if at not in kept:
                kept[at] = _look(files[at])
        if _is_copy(verify(kept[ends[0]], kept[ends[1]], int(pose))):
            pairs.add(tuple(ends))
    return len(found.first), len(pairs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--windows", action="store_true")
    parser.add_argument("--pairs", action="store_true", help="count pairs of unaltered ones too")
    arguments = parser.parse_args()
    sets = {each.name: _files(each) for each in arguments.folders}
    if arguments.windows:
        sets["windows"] = _windows()
    tables = {}
    for set_name, contents in sets.items():
        print(f"{set_name}: {len(contents)} pictures", flush=True)
        if arguments.pairs:
            print("  {} candidates among them, {} pairs".format(*count_pairs(contents)), flush=True)
        tables[set_name] = recall(contents, arguments.pictures)
    heads = [f"{'/'.join(map(str, radii(size)))}" for size in SIZES]
    print("\n| alteration |" + "".join(f" {n} {' | '.join(heads)} | proved |" for n in tables))
    print("|---" * (1 + 4 * len(tables)) + "|")
    for row in ALTERATIONS:
        cells = [f"{value:.1f}" for table in tables.values() for value in table[row]]
        print(f"| {row} | " + " | ".join(cells) + " |")
