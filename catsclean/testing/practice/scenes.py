"""Pictures of cats and dogs: background, animal, things in front, light, and the camera's noise."""

from __future__ import annotations

import colorsys
import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from catsclean.testing.practice.animals import POSES, Appearance, draw_animal
from catsclean.testing.practice.pen import OVERSAMPLING, Colour, Pen

Pixels: TypeAlias = "npt.NDArray[np.float32]"

_COATS: tuple[Colour, ...] = (
    (62, 56, 54), (120, 116, 118), (206, 132, 66), (122, 82, 54),
    (224, 200, 158), (232, 226, 216), (188, 150, 96), (152, 136, 120),
)  # fmt: skip
_EYES: dict[str, tuple[Colour, ...]] = {
    "Cat": ((132, 190, 70), (222, 186, 50), (110, 180, 220)),
    "Dog": ((92, 56, 30), (70, 44, 30), (112, 74, 40)),
}


def draw_picture(kind: str, rng: Generator) -> Image.Image:
    """Draw one RGB picture of a `Cat` or a `Dog`, with sides of 200 to 500 pixels."""
    size = draw_size(rng)
    # The background is out of focus anyway: half the size costs a quarter of the time.
    background = draw_background(rng, (size[0] // 2, size[1] // 2)).resize(
        size, Image.Resampling.BILINEAR
    )
    layer = _animal(kind, rng, size)
    shadow = Image.new("L", size)
    shift = int(size[0] * rng.uniform(-0.04, 0.04)), int(size[1] * 0.03)
    shadow.paste(layer.getchannel("A").filter(ImageFilter.BoxBlur(7)), shift)
    background.paste((20, 18, 24), None, shadow.point(lambda value: value * 0.45))
    background.paste(layer, None, layer)
    if rng.random() < 0.2:
        hide_partly(background, rng)
    return photograph(background, rng)


def draw_size(rng: Generator) -> tuple[int, int]:
    """Choose width and height as they are in PetImages: mostly landscape, 500 the longest side."""
    long = 500 if rng.random() < 0.35 else int(rng.integers(300, 501))
    short = max(200, int(long * rng.choice([0.66, 0.75, 0.8, 1.0, rng.uniform(0.6, 1.0)])))
    return (long, short) if rng.random() < 0.72 else (short, long)


def _colour(rng: Generator, saturation: tuple[float, float], value: tuple[float, float]) -> Colour:
    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return round(r * 255), round(g * 255), round(b * 255)


def make_clouds(rng: Generator, size: tuple[int, int], cells: int) -> Image.Image:
    """Make smooth grey noise with about `cells` blobs along the longer side."""
    scale = cells / max(size)
    shape = (max(2, round(size[1] * scale)), max(2, round(size[0] * scale)))
    grid = rng.integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)


def draw_background(rng: Generator, size: tuple[int, int]) -> Image.Image:
    """Draw a room, a meadow, a blanket or blobs, out of focus."""
    width, height = size
    picture = Image.new("RGB", size, _colour(rng, (0.15, 0.4), (0.5, 0.9)))
    draw = ImageDraw.Draw(picture)
    style = rng.choice(["room", "outdoors", "blanket", "blobs"])
    horizon = int(height * rng.uniform(0.35, 0.8))
    if style in {"room", "outdoors"}:
        draw.rectangle((0, horizon, width, height), fill=_colour(rng, (0.15, 0.45), (0.35, 0.8)))
    if style == "blanket":
        step = int(rng.integers(12, 45))
        stripe = _colour(rng, (0.1, 0.4), (0.5, 0.9))
        lean = int(rng.integers(-width // 2, width // 2))
        for x in range(-width, 2 * width, 2 * step):
            draw.polygon(
                [(x, 0), (x + step, 0), (x + step + lean, height), (x + lean, height)], fill=stripe
            )
    for _ in range(int(rng.integers(1, 5))):
        _thing(draw, rng, size, horizon if style == "room" else 0)
    if style == "outdoors":
        for x in rng.integers(0, width, 60):
            tall = int(rng.integers(6, height // 3))
            y = int(rng.integers(horizon, height + 10))
            green = int(rng.integers(80, 170))
            lean = int(rng.integers(-6, 7))
            draw.line((x, y, x + lean, y - tall), fill=(green // 2, green, 40), width=2)
    blur = ImageFilter.BoxBlur(rng.uniform(0.8, 3.5))
    picture = picture.filter(blur)
    texture = Image.blend(
        make_clouds(rng, size, 11), make_clouds(rng, size, 24), rng.uniform(0.2, 0.7)
    )
    low, high = Image.new("RGB", size, (70, 64, 72)), ImageChops.screen(picture, picture)
    strength = rng.uniform(0.08, 0.22)
    return Image.blend(picture, Image.composite(high, low, texture), strength)


def _thing(draw: ImageDraw.ImageDraw, rng: Generator, size: tuple[int, int], top: int) -> None:
    """Put a ball, a box or a triangle of any colour somewhere; classes share them all."""
    radius = rng.uniform(0.04, 0.26) * min(size)
    x, y = rng.uniform(0, size[0]), rng.uniform(top * 0.3, size[1])
    wide = radius * rng.uniform(0.4, 1.8)
    colour = _colour(rng, (0.05, 0.5), (0.35, 0.9))
    shape = rng.integers(3)
    if shape == 0:
        draw.ellipse((x - wide, y - radius, x + wide, y + radius), fill=colour)
    elif shape == 1:
        draw.rectangle((x - wide, y - radius, x + wide, y + radius), fill=colour)
    else:
        corners = [(x + wide * dx, y + radius * dy) for dx, dy in rng.uniform(-1, 1, (3, 2))]
        draw.polygon(corners, fill=colour)


def _coat(rng: Generator, size: tuple[int, int], unit: float) -> tuple[Image.Image, Colour]:
    """Make the fur that shapes are cut from (plain, striped, patched, spotted) and its colour."""
    base = _COATS[rng.integers(len(_COATS))]
    second = _COATS[rng.integers(len(_COATS))]
    small = (size[0] // 2, size[1] // 2)
    coat = Image.new("RGB", small, base)
    pattern = rng.choice(["plain", "striped", "patched", "spotted"], p=[0.4, 0.2, 0.2, 0.2])
    if pattern == "striped":
        y, x = np.mgrid[0 : small[1], 0 : small[0]].astype(np.float32)
        bend = np.asarray(make_clouds(rng, small, 6), np.float32) / 40
        angle = rng.uniform(0, math.pi)
        wave = np.sin((x * math.cos(angle) + y * math.sin(angle)) * 45 / unit + bend)
        mask = Image.fromarray(((wave > 0.3) * 110).astype(np.uint8))
        coat.paste(tuple(channel // 2 for channel in base), None, mask)
    elif pattern != "plain":
        cells = {"patched": 5, "spotted": 16}[pattern]
        mask = make_clouds(rng, small, cells).point(lambda value: 200 * (value > 150))
        coat.paste(second, None, mask)
    coat = coat.resize(size, Image.Resampling.BILINEAR)
    shades = Image.merge(
        "RGB", [make_clouds(rng, size, 60).point(lambda value: 222 + value * 33 // 255)] * 3
    )
    coat = ImageChops.multiply(coat, shades)
    large = (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING)
    return coat.convert("RGBA").resize(large, Image.Resampling.NEAREST), base


def _animal(kind: str, rng: Generator, size: tuple[int, int]) -> Image.Image:
    """Draw the animal alone, RGBA, of the picture's size."""
    pose = str(rng.choice(list(POSES), p=[0.5, 0.26, 0.12, 0.12]))
    left, top, right, bottom = POSES[pose]
    fit = min(size[0] / (right - left), size[1] / (bottom - top))
    unit = fit * rng.uniform(0.85, 1.15)
    mirrored = bool(rng.random() < 0.5)
    if mirrored:
        left, right = -right, -left
    spare = size[0] - unit * (right - left), size[1] - unit * (bottom - top)
    stretch = rng.uniform(0.85, 1.18) * (-1 if mirrored else 1), rng.uniform(0.88, 1.15)
    x, y = (free * float(rng.beta(3, 3)) for free in spare)
    if pose == "portrait":
        y = spare[1]  # the shoulders extend beyond the picture
    coat, base = _coat(rng, size, unit)
    line: Colour = (base[0] // 3, base[1] // 3, base[2] // 3)
    look = Appearance(
        line=line,
        light=_mix(base, (250, 244, 236), rng.uniform(0.45, 0.9)),
        eye=_EYES[kind][rng.integers(3)],
        turn=rng.uniform(-0.3, 0.3),
        ear=rng.uniform(0.75, 1.25),
        width=rng.uniform(0.92, 1.1),
        build=rng.uniform(0.82, 1.15),
        asleep=bool(rng.random() < 0.06),
        tongue=bool(rng.random() < 0.7),
        odd_ears=bool(rng.random() < 0.1),
        eyes=rng.uniform(-0.1, 0.1),
        blaze=bool(rng.random() < 0.5),
        whiskers=(244, 242, 238) if sum(line) < 190 else (70, 62, 60),
    )
    pen = Pen(size, coat, line)
    pen.place((x - left * unit, y - top * unit), unit, rng.normal(0, 7), stretch)
    draw_animal(pen, kind, pose, look, rng)
    layer = pen.layer.reduce(OVERSAMPLING)
    alpha = layer.getchannel("A")
    # Make it look round: darker towards its edge, as in light from the front.
    shade = alpha.filter(ImageFilter.BoxBlur(unit * 0.35)).point(
        lambda value: 120 + value * 135 // 255
    )
    rounded = ImageChops.multiply(layer.convert("RGB"), Image.merge("RGB", [shade] * 3))
    rounded.putalpha(alpha)
    return rounded


def _mix(colour: Colour, other: Colour, share: float) -> Colour:
    r, g, b = (round(a * (1 - share) + b * share) for a, b in zip(colour, other, strict=True))
    return r, g, b


def hide_partly(picture: Image.Image, rng: Generator) -> None:
    """Put something in front: a bar at one side, a box in a corner, or blades of grass."""
    width, height = picture.size
    draw = ImageDraw.Draw(picture)
    colour = _colour(rng, (0.2, 0.8), (0.2, 0.8))
    choice = rng.integers(3)
    if choice == 0:
        left, thick = rng.uniform(0, width), int(width * rng.uniform(0.02, 0.07))
        lean = int(rng.integers(-40, 40))
        draw.line((left, 0, left + lean, height), fill=colour, width=thick)
    elif choice == 1:
        left, top = width * rng.uniform(0.0, 0.7), height * rng.uniform(0.75, 0.95)
        draw.rectangle((left, top, left + width * rng.uniform(0.2, 0.6), height), fill=colour)
    else:
        for x in rng.integers(0, width, 40):
            tip = height * rng.uniform(0.72, 1.0)
            root = x + int(rng.integers(-15, 15))
            draw.polygon([(root - 4, height), (root + 4, height), (int(x), tip)], fill=colour)


def photograph(picture: Image.Image, rng: Generator) -> Image.Image:
    """Light it from one side, tint it, soften it a little, and add the sensor's noise."""
    width, height = picture.size
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.BoxBlur(rng.uniform(0.2, 0.8)))
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    angle, depth = rng.uniform(0, 2 * math.pi), rng.uniform(0.0, 0.3)
    light = 1 + x * (depth * math.cos(angle)) + y * (depth * math.sin(angle))
    light -= rng.uniform(0.0, 0.15) * (x * x + y * y)
    tint = rng.normal(1.0, 0.05, 3).astype(np.float32) * np.float32(rng.uniform(0.82, 1.12))
    noise = rng.standard_normal((height, width), dtype=np.float32)
    noise *= np.float32(rng.uniform(3, 9))
    pixels: Pixels = np.array(picture, np.float32)
    pixels *= light[:, :, None]
    pixels *= tint
    pixels += noise[:, :, None]
    np.clip(pixels, 0, 255, out=pixels)
    return Image.fromarray(pixels.astype(np.uint8))
