"""Pictures of hands that show rock, paper or scissors.

Only the fingers distinguish them.  Skin, sleeves, backgrounds, light and the direction of the arm
are drawn from the same stock for all three.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageFilter

from catsclean.testing.practice.pen import OVERSAMPLING, Colour, Pen, Point, oval, smooth
from catsclean.testing.practice.scenes import (
    draw_background,
    draw_size,
    hide_partly,
    make_clouds,
    photograph,
)

HANDS: Final = ("paper", "rock", "scissors")
# which of the four fingers are stretched out, from the one beside the thumb on
_STRETCHED: Final = {
    "paper": (True, True, True, True),
    "rock": (False, False, False, False),
    "scissors": (True, True, False, False),
}
_KNUCKLES: Final = (-0.72, -0.24, 0.24, 0.7)
_LENGTHS: Final = (1.55, 1.8, 1.7, 1.3)
# an arm reaches into the picture from one side, in degrees; mirroring makes it the other one
_ARM: Final = 90.0
_SKINS: Final[tuple[Colour, ...]] = (
    (244, 208, 180), (226, 178, 142), (198, 146, 108), (160, 108, 76), (118, 78, 54), (84, 56, 42),
)  # fmt: skip


def draw_hand(kind: str, rng: Generator) -> Image.Image:
    """Draw one RGB picture of a hand of `HANDS`, with sides of 200 to 500 pixels."""
    size = draw_size(rng)
    picture = draw_background(rng, (size[0] // 2, size[1] // 2)).resize(
        size, Image.Resampling.BILINEAR
    )
    layer = _draw_alone(kind, rng, size)
    shadow = Image.new("L", size)
    shadow.paste(layer.getchannel("A").filter(ImageFilter.BoxBlur(6)), (6, 8))
    picture.paste((20, 18, 24), None, shadow.point(lambda value: value * 0.4))
    picture.paste(layer, None, layer)
    if rng.random() < 0.15:
        hide_partly(picture, rng)
    return photograph(picture, rng)


def _draw_alone(kind: str, rng: Generator, size: tuple[int, int]) -> Image.Image:
    """Draw the hand alone, RGBA, of the picture's size."""
    skin = _SKINS[rng.integers(len(_SKINS))]
    line: Colour = (skin[0] // 2, skin[1] // 2, skin[2] // 2)
    shades = Image.merge(
        "RGB", [make_clouds(rng, size, 30).point(lambda value: 215 + value * 40 // 255)] * 3
    )
    surface = ImageChops.multiply(Image.new("RGB", size, skin), shades).convert("RGBA")
    large = (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING)
    pen = Pen(size, surface.resize(large, Image.Resampling.NEAREST), line)
    unit = min(size) * rng.uniform(0.16, 0.22)
    arm = _ARM + rng.normal(0, 12)
    centre = (
        size[0] * rng.uniform(0.42, 0.58) + 0.3 * unit * math.sin(math.radians(arm)),
        size[1] * rng.uniform(0.42, 0.58) + 0.3 * unit * math.cos(math.radians(arm)),
    )
    mirror = -1 if rng.random() < 0.5 else 1
    stretch = rng.uniform(0.85, 1.15) * mirror, rng.uniform(0.88, 1.12)
    pen.place(centre, unit, arm, stretch)
    sleeve = _SLEEVES[rng.integers(len(_SLEEVES))]
    _draw_arm(pen, sleeve, rng)
    _draw_fingers(pen, kind, rng)
    layer = pen.layer.reduce(OVERSAMPLING)
    alpha = layer.getchannel("A")
    shade = alpha.filter(ImageFilter.BoxBlur(unit * 0.3)).point(
        lambda value: 130 + value * 125 // 255
    )
    rounded = ImageChops.multiply(layer.convert("RGB"), Image.merge("RGB", [shade] * 3))
    rounded.putalpha(alpha)
    return rounded


_SLEEVES: Final[tuple[Colour | None, ...]] = (
    None, None, (52, 60, 96), (150, 44, 52), (70, 110, 74), (222, 220, 214), (40, 40, 44),
)  # fmt: skip


def _draw_arm(pen: Pen, sleeve: Colour | None, rng: Generator) -> None:
    half = rng.uniform(0.55, 0.72)
    pen.fur(np.array([(-half, 0.9), (half, 0.9), (half * 1.25, 9.0), (-half * 1.25, 9.0)]))
    if sleeve is not None:
        cuff = rng.uniform(1.9, 3.0)
        wide = half * 1.35
        pen.fill(np.array([(-wide, cuff), (wide, cuff), (wide * 1.2, 9.0), (-wide * 1.2, 9.0)]),
                 sleeve)  # fmt: skip
    palm = [(-0.95, -0.8), (0.0, -0.95), (0.9, -0.75), (1.0, 0.4), (0.65, 1.3), (-0.65, 1.3),
            (-1.0, 0.5)]  # fmt: skip
    pen.fur(smooth(palm))


def _draw_fingers(pen: Pen, kind: str, rng: Generator) -> None:
    spread = rng.uniform(0.5, 1.0) if kind == "scissors" else rng.uniform(0.15, 1.0)
    stretched = _STRETCHED[kind]
    for number, (x, length) in enumerate(zip(_KNUCKLES, _LENGTHS, strict=True)):
        if not stretched[number]:
            continue
        # fingers fan out; the two of scissors from the gap between them
        middle = 0.5 if kind == "scissors" else 1.5
        lean = math.radians((number - middle) * spread * (34 if kind == "scissors" else 18))
        reach = length * rng.uniform(0.92, 1.08)
        tip = (x + reach * math.sin(lean), -0.7 - reach * math.cos(lean))
        bend = rng.uniform(-0.06, 0.06)
        joint = ((x + tip[0]) / 2 + bend, (-0.7 + tip[1]) / 2)
        pen.fur_stroke([(x, -0.45), joint, tip], 0.46, 0.78)
    for number, x in enumerate(_KNUCKLES):
        if not stretched[number]:
            pen.fur(oval(x, -0.62 + rng.uniform(-0.06, 0.06), 0.29, 0.4), shade=0.04)
            pen.stroke([(x - 0.16, -0.42), (x, -0.36), (x + 0.16, -0.42)], 0.04, _crease(pen))
    _draw_thumb(pen, away=kind == "paper", rng=rng)


def _draw_thumb(pen: Pen, *, away: bool, rng: Generator) -> None:
    root: Point = (-0.72, 0.62)
    if away:
        out = rng.uniform(0.5, 1.0)
        path = [root, (-1.15 - 0.2 * out, 0.1), (-1.25 - 0.55 * out, -0.55 + 0.3 * out)]
    else:
        path = [root, (-0.75, 0.0), (rng.uniform(-0.25, 0.15), rng.uniform(-0.25, 0.05))]
    pen.fur_stroke(path, 0.52, 0.8)


def _crease(pen: Pen) -> Colour:
    return pen.line
