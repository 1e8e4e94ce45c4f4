"""Plant duplicate pictures, in all the ways in which they occur."""

from __future__ import annotations

import io
import os

from PIL import Image, ImageOps

from catsclean.testing.practice.encoding import save, without_metadata
from catsclean.testing.practice.nursery import LABELS, Nursery


def plant_copies(nursery: Nursery) -> None:
    """Plant one to three pairs for each validator of the family `duplicates`."""
    for label in LABELS:
        original, data, [copy] = nursery.original(label)
        _pair(nursery, (copy, original), data, "exact-duplicate", "the same bytes")
    original, data, copies = nursery.original("Cat", copies=2)
    for copy in copies:
        _pair(
            nursery, (copy, original), data, "exact-duplicate", "one of three with the same bytes"
        )
    for label in LABELS:
        original, data, [copy] = nursery.original(label, wanted=lambda data: b"Exif" in data[:64])
        note = "the same pixels, without EXIF,"  # fewer bytes: the original is the one to keep
        _pair(nursery, (copy, original), without_metadata(data), "same-pixels", note)
    _plant_alterations(nursery)
    _plant_conflicts(nursery)


def plant_links(nursery: Nursery) -> None:
    """Plant a hard link and a symbolic link, if the file system has them."""
    original, _, [copy] = nursery.original("Cat")
    try:
        os.link(nursery.root / original, nursery.root / copy)
    except OSError:
        pass
    else:
        nursery.record(copy, "linked-file", f"a hard link to {original}", ["exact-duplicate"])
        also = ["linked-file", "exact-duplicate"]
        nursery.mention(original, also, f"hard link of {copy}")
    original, _, [copy] = nursery.original("Dog")
    try:
        (nursery.root / copy).symlink_to(original.split("/")[1])
    except OSError:
        pass
    else:
        nursery.record(copy, "linked-file", f"a link to {original}", ["exact-duplicate"])
        nursery.mention(original, ["linked-file"], f"{copy} links to it")


def _pair(nursery: Nursery, pair: tuple[str, str], data: bytes, validator: str, note: str) -> None:
    """Write a copy; a finding may name either file, but the copy is the one to drop."""
    path, original = pair
    nursery.write(path, data)
    nursery.record(path, validator, f"{note} as {original}")
    nursery.mention(original, [validator], f"{note} as {path}")


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _plant_alterations(nursery: Nursery) -> None:
    for index, note in enumerate(("half the size", "compressed again", "mirrored", "cropped")):
        label = LABELS[index % 2]
        original, data, [copy] = nursery.original(label, wanted=_is_large)
        picture = _open(data)
        width, height = picture.size
        if note == "half the size":
            picture = picture.reduce(2)
        elif note == "mirrored":
            picture = ImageOps.mirror(picture)
        elif note == "cropped":
            dx, dy = width * 25 // 1000, height * 25 // 1000
            picture = picture.crop((dx, dy, width - dx, height - dy))
        data = save(picture, "JPEG", quality=60)
        _pair(nursery, (copy, original), data, "near-duplicate", f"{note}, otherwise the same")


def _plant_conflicts(nursery: Nursery) -> None:
    for label, other in (LABELS, LABELS[::-1]):
        original, data, _ = nursery.original(label)
        path = nursery.next_name(other)
        _pair(nursery, (path, original), data, "label-conflict", "the same bytes")
    original, data, _ = nursery.original("Cat", wanted=_is_large)
    picture = _open(data)
    smaller = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    path = nursery.next_name("Dog")
    data = save(smaller, "JPEG", quality=80)
    _pair(nursery, (path, original), data, "label-conflict", "two thirds of the size, the same")


def _is_large(data: bytes) -> bool:
    return min(Image.open(io.BytesIO(data)).size) >= 300
