"""Small files of each format, every file that differs from them in one place, and what is said of each.

``PYTHONPATH=.:tests python -m images.formats.one_change`` writes `one_change.json` again.  It holds
the small files themselves, because another Pillow writes other ones, and two bytes of a digest for
each change.  Nothing here asks a decoder: only the code of this package is tried.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from catsclean.core.limits import Limits
from catsclean.images import decoding
from catsclean.images.formats import (
    bmp,
    boxes,
    gif,
    ico,
    jpeg,
    jpeg2000,
    png,
    ppm,
    sniff,
    tiff,
    webp,
)
from catsclean.images.image import ReadingEndedError

RECORD = Path(__file__).with_name("one_change.json")
_DIGEST_CHARS = 4
LARGE = Limits(max_pixels=10_000)
SMALL = Limits(max_pixels=150, max_scans=2, max_chunks=3, max_frames=1)
# limits that real files never come near, so low that these files do
_LOW = {
    bmp: {"_MOST_RUNS": 3, "_MOST_RUN_PIXELS": 60},
    gif: {"_MOST_UNPACKED_BYTES": 12, "_MOST_UNPACKED_PIXELS": 30},
    jpeg: {"_MOST_RESTARTS": 2, "_MOST_SCANNED_PICTURES": 1, "_MOST_MARKERS": 3, "_MOST_FILLER_BYTES": 2},
    png: {
        "_PIECE_BYTES": 16, "_PART_BYTES": 64, "MOST_BARREN_BYTES": 20, "_MOST_ROWS_CHECKED": 6,
        "_MOST_PACKED_EXTRAS_BYTES": 10, "_LIBPNG_BYTES": 8, "_LIBPNG_SURPLUS_BYTES": 4,
        "_MOST_SIDE_PX": 7,
    },
    ppm: {
        "_MOST_HEADER_BYTES": 12, "_MOST_COMMENTS": 1, "_MOST_PLAIN_SAMPLES": 11, "_MOST_PLAIN_BITS": 14,
    },
    tiff: {
        "_MOST_ENTRIES": 13, "_MOST_VALUES": 2, "_MOST_COPIES": 0, "_COPIES_ALLOWED_BYTES": 60,
        "MOST_BARREN_BYTES": 20,
    },
}  # fmt: skip


def changes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Give each change and the changed file: cut, a byte changed, left out or doubled."""
    yield "nothing", data
    chunked = data.startswith(b"\x89PNG")
    for at in range(len(data)):
        yield f"cut at {at}", data[:at]
        for new in ((data[at] + 1) % 256, (data[at] - 1) % 256, data[at] ^ 0x80):
            changed = data[:at] + bytes([new]) + data[at + 1 :]
            yield f"{at}: {data[at]} to {new}", changed
            if chunked and new == (data[at] + 1) % 256:
                yield f"{at}: {data[at]} to {new}, checked", _with_checksums(changed)
        yield f"without {at}", data[:at] + data[at + 1 :]
        if at % 3 == 0:
            yield f"doubled {at}", data[: at + 1] + data[at:]


def _with_checksums(data: bytes) -> bytes:
    """Compute the checksums of a PNG again, as far as its chunks can be followed."""
    parts, position = [data[:8]], 8
    while position + 12 <= len(data):
        after = position + 12 + int.from_bytes(data[position : position + 4])
        if after > len(data):
            break
        body = data[position + 4 : after - 4]
        parts.append(data[position : position + 4] + body + zlib.crc32(body).to_bytes(4))
        position = after
    return b"".join([*parts, data[position:]])


def verdict(data: bytes, own: str) -> list[str]:
    """Say everything that the walks say of a file; `own` is the format that it was made from."""
    said = [sniff.sniff(data)]
    for limits in (LARGE, SMALL):
        with ExitStack() as stack:
            if limits is SMALL:
                for module, values in _LOW.items():
                    stack.enter_context(mock.patch.multiple(module, **values))
            said += _of_format(data, limits)
            said += [_said(partial(step, data, limits)) for step in _STEPS.get(own, ())]
    return said


def _of_format(data: bytes, limits: Limits) -> list[str]:
    image = decoding.open_image("a.jpg", data, limits)
    if image.format not in sniff.FORMATS:
        return [image.format]
    kind = sniff.FORMATS[image.format]
    image.mode = "RGB"
    found = [repr(image.structure), _said(lambda: kind.check(image))]
    if image.format != "HEIC":
        found.append(_said(lambda: kind.first_alone(image)))
    if image.format not in {"PNG", "JPEG"}:
        found += [_said(lambda: list(kind.rescue(image))), image.mode]
    found += [
        _said(lambda: kind.find_damage(image)),
        _said(lambda: kind.is_cut(image, "truncated")),
        _said(lambda: kind.may_be_sound(image, "Unsupported")),
        _said(lambda: kind.later_excess(image)),
        _said(lambda: kind.refusal(image)),
    ]
    return [*found, f"{image.width_px} x {image.height_px}", repr(image.decoder_warnings)]


def _said(call: Callable[[], Any]) -> str:
    try:
        found = call()
    except ReadingEndedError as ended:
        return f"{ended.outcome} {ended.detail}"
    except Exception as error:  # noqa: BLE001 - which one it is, is part of what is said
        return type(error).__name__
    if isinstance(found, list):
        return repr([one.tolist() if isinstance(one, np.ndarray) else one for one in found])
    return repr(found.tolist() if isinstance(found, np.ndarray) else found)


def _jpeg_steps(data: bytes, limits: Limits) -> Any:
    found = jpeg.walk(data, limits.max_scans, limits.max_chunks)
    short = jpeg.walk(data, limits.max_scans, limits.max_chunks, to_end=False)
    image = decoding.open_image("a.jpg", data, limits)
    over = [jpeg._is_over_limit(image, start) for start in (0, 2)]
    return (
        found, short, found.progressive, found.in_scans, found.plain, found.arithmetic,
        found.rare_kind, found.mode, jpeg.excess(data, found, limits.max_pixels),
        jpeg.reaches_end(data, found), jpeg.cut_frame_header(data, found),
        jpeg.without_cut_frame_header(data, found), jpeg.ends_behind_stray_marker(data, found),
        jpeg.without_stray_markers(data, found), jpeg._restarts(data, found.scan_offset),
        over,
    )  # fmt: skip


def _png_steps(data: bytes, limits: Limits) -> Any:
    found = png.walk(data, limits.max_chunks)
    header, runs = png._picture_data(data)
    return (
        found, png.excess(found, limits.max_chunks), header, runs, png._passes(header),
        png.barren_bytes(b"".join(runs), 60),
    )  # fmt: skip


def _png_rows(data: bytes, limits: Limits) -> Any:
    header, runs = png._picture_data(png.with_plain_data(data))
    return header, zlib.decompress(b"".join(runs))


def _png_cut(data: bytes, limits: Limits) -> Any:
    whole, count = png.without_missing_rows(data)
    header, runs = png._picture_data(whole)
    return count, header, zlib.decompress(b"".join(runs))


def _gif_steps(data: bytes, limits: Limits) -> Any:
    found = gif.walk(data, limits.max_frames, limits.max_chunks)
    excess = gif.excess(data, found)
    return found, found.first_is_empty, excess, gif.first_alone(data, found)


def _gif_pixels(data: bytes, limits: Limits) -> Any:
    found = gif.walk(data, limits.max_frames, limits.max_chunks)
    if gif.excess(data, found):
        return None
    return gif.first_indices(data, found), gif.has_tiny_codes(data, found)


def _webp_steps(data: bytes, limits: Limits) -> Any:
    return (
        webp.canvas(data), webp.excess(data, limits.max_chunks), webp.animated(data),
        webp.transparent(data), webp.without_reserved_bits(data), webp.first_picture(data),
        webp.found_by_libwebp(data),
    )  # fmt: skip


_STEPS: dict[str, tuple[Callable[[bytes, Limits], Any], ...]] = {
    "JPEG": (_jpeg_steps,),
    "PNG": (_png_steps, _png_rows, _png_cut, lambda data, _: png.data_fault(data)),
    "GIF": (_gif_steps, _gif_pixels),
    "WEBP": (_webp_steps,),
    "BMP": (
        lambda data, _: (bmp.fault(data), bmp.excess(data), bmp.excess(data[14:], 0)),
        lambda data, _: None if bmp.fault(data) else bmp.plain_pixels(data),
    ),
    "ICO": (
        lambda data, limits: ico.excess(data, limits.max_frames, limits.max_chunks),
        lambda data, _: list(ico.sizes(data)),
    ),
    "TIFF": (lambda data, limits: tiff.excess(data, limits.max_frames),),
    "PPM": (lambda data, _: ppm.excess(data),),
    "boxes": (lambda data, limits: (boxes.walk(data, limits.max_chunks), sorted(boxes.brands_of(data))),),
    "JPEG2000": (lambda data, limits: jpeg2000.walk(data, limits.max_chunks),),
    "text": (
        lambda data, _: (sniff.is_lfs_pointer(data), sniff.ending_of(data.decode("latin-1"))),
    ),
}  # fmt: skip


def digest(said: list[str]) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:_DIGEST_CHARS]


def digests(data: bytes, own: str) -> list[str]:
    """Give the digest of what is said of each change of a file."""
    return [digest(verdict(changed, own)) for _, changed in changes(data)]


def read_record() -> dict[str, dict[str, str]]:
    return json.loads(RECORD.read_text(encoding="ascii"))


def _write_record() -> None:
    from images.formats import small_files

    record = read_record() if RECORD.exists() else {}
    found = {}
    for name, (own, make) in small_files.FILES.items():
        # a file that is there stays, so that only what is said of it changes
        data = bytes.fromhex(record[name]["file"]) if name in record else make()
        found[name] = {"format": own, "file": data.hex(), "said": "".join(digests(data, own))}
    lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in found.items()]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="ascii")


if __name__ == "__main__":
    _write_record()
