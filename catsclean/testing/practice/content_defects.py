"""Plant pictures that were framed, replaced by a graphic, or cut short and saved again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from catsclean.testing.practice.encoding import save, scan_start
from catsclean.testing.practice.nursery import LABELS, Nursery
from catsclean.testing.practice.pen import Colour


def plant_content_defects(nursery: Nursery) -> None:
    """Plant two or three pictures for each validator that needs only pixels to judge content."""
    _plant_frames(nursery)
    _plant_remains(nursery)
    _plant_placeholder(nursery)


def _plant(nursery: Nursery, picture: Image.Image, validator: str, note: str, *also: str) -> None:
    nursery.plant(save(picture, "JPEG", quality=85), validator, note, also)


def _plant_frames(nursery: Nursery) -> None:
    picture = nursery.draw_next()
    width = int(nursery.rng.integers(12, 30))
    _plant(nursery, ImageOps.expand(picture, width, "white"), "framed", f"{width} white pixels")
    picture = nursery.draw_next()
    height = picture.height // 6
    _plant(nursery, ImageOps.expand(picture, (0, height), "black"), "framed", "two black bars")


def _plant_remains(nursery: Nursery) -> None:
    data = save(nursery.draw_next(), "JPEG", quality=90)
    start = scan_start(data)
    end = start + (len(data) - start) * int(nursery.rng.integers(40, 80)) // 100
    with Image.open(io.BytesIO(data[:end] + b"\xff\xd9")) as picture:
        _plant(nursery, picture.copy(), "partly-grey", "cut short and saved again", "framed")
    pixels = np.array(nursery.draw_next())
    lower = pixels[len(pixels) * 7 // 10 :]
    lower[:] = nursery.rng.integers(0, 256, lower.shape)
    _plant(nursery, Image.fromarray(pixels), "partly-grey", "noise over the lower 30 %")


def _plant_placeholder(nursery: Nursery) -> None:
    """Plant the same graphic, a crossed-out camera, three times in two classes."""
    red, green, blue = (int(level) for level in nursery.rng.integers(60, 200, 3))
    graphic = _camera((red, green, blue))
    for label, side, quality in zip(
        (*LABELS, LABELS[0]), (400, 400, 300), (90, 70, 80), strict=True
    ):
        path = nursery.next_name(label)
        picture = graphic.resize((side, side * 3 // 4), Image.Resampling.LANCZOS)
        nursery.write(path, save(picture, "JPEG", quality=quality))
        note = "a graphic in place of a picture, in three files"
        nursery.record(path, "placeholder", note, ["label-conflict", "near-duplicate", "framed"])


def _camera(ink: Colour) -> Image.Image:
    page = Image.new("RGB", (800, 600), (236, 236, 236))
    draw = ImageDraw.Draw(page)
    draw.rounded_rectangle((220, 200, 580, 440), 30, ink)
    draw.rectangle((330, 160, 470, 210), ink)
    draw.ellipse((320, 240, 480, 400), (236, 236, 236))
    draw.ellipse((360, 280, 440, 360), ink)
    draw.line((220, 490, 580, 130), (200, 30, 30), 24)
    return page
