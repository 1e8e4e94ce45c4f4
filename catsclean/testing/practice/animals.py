"""Cats and dogs in four poses.

Only shape distinguishes them.  A cat has pointed ears, slit eyes, whiskers and a small pink nose; a
dog hanging ears, a long muzzle, a black nose and a tongue.  Coats, backgrounds, light and poses are
drawn from the same stock for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from catsclean.testing.practice.pen import Colour, Pen, Point, oval, smooth

_PINK: Colour = (222, 150, 150)
_BLACK: Colour = (28, 24, 24)
_WHITE: Colour = (246, 244, 238)
_TONGUE: Colour = (226, 110, 122)
POSES = {
    # pose: left, top, right, bottom of the covered area, in units
    "portrait": (-1.45, -1.5, 1.45, 1.6),
    "sitting": (-1.7, -1.5, 2.1, 3.75),
    "standing": (-1.4, -1.5, 4.5, 3.3),
    "lying": (-1.5, -1.5, 3.7, 2.3),
}


@dataclass(frozen=True, slots=True)
class Appearance:
    """The appearance of one animal: proportions in units, colours as RGB."""

    line: Colour
    light: Colour
    eye: Colour
    turn: float  # how far the face looks to the side, -0.3 to 0.3
    ear: float  # length of the ears, about 1
    width: float  # width of the head, about 1
    build: float  # thickness of body and limbs, about 1
    asleep: bool
    tongue: bool
    odd_ears: bool  # a cat with flattened or a dog with pricked ears
    whiskers: Colour
    eyes: float  # how much lower the eyes sit, -0.1 to 0.1
    blaze: bool  # a dog with a light stripe between the eyes


def draw_animal(pen: Pen, kind: str, pose: str, look: Appearance, rng: Generator) -> None:
    """Draw a `Cat` or a `Dog` in one of `POSES`, the head's centre at (0, 0)."""
    _BODIES[pose](pen, kind, look, rng)
    profile = pose in {"standing", "lying"} and rng.random() < 0.45
    if kind == "Cat":
        (_cat_profile if profile else _cat_face)(pen, look, rng)
    else:
        (_dog_profile if profile else _dog_face)(pen, look, rng)


def _tail(pen: Pen, kind: str, root: Point, look: Appearance, rng: Generator) -> None:
    """Draw a tail: a cat's is long and upright; a dog's is shorter, thick at its root, and wags."""
    x, y = root
    sway = rng.uniform(-0.35, 0.35)
    if kind == "Cat":
        points = [(x, y), (x + 0.7, y - 0.3), (x + 0.75 + sway, y - 1.3), (x + 0.55, y - 2.2)]
        pen.fur_stroke([*points, (x + 0.9 - sway, y - 2.6)], 0.3 * look.build, 0.75)
    else:
        points = [(x, y), (x + 0.6, y - 0.3), (x + 0.85, y - 0.85 + sway)]
        pen.fur_stroke([*points, (x + 0.7, y - 1.2 + sway)], 0.5 * look.build, 0.35)


def _leg(pen: Pen, look: Appearance, hip: Point, foot: float, shade: float = 0.0) -> None:
    x, top = hip
    half = 0.24 * look.build
    leg = [(x - half, top), (x + half, top), (x + half * 0.85, foot), (x - half * 0.85, foot)]
    pen.fur(smooth(leg), shade=shade)
    pen.fur(oval(x, top, half * 1.2, 0.32), shade=shade, outline=0)  # no seam at the shoulder
    pen.fur(oval(x - 0.08, foot, half * 1.35, 0.2), shade=shade)


def _portrait(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:  # noqa: ARG001 - one signature for all
    b = look.build
    outline = [
        (-0.6, 0.4), (0.6, 0.4), (1.25 * b, 1.7), (1.3 * b, 4), (-1.3 * b, 4), (-1.25 * b, 1.7),
    ]  # fmt: skip
    pen.fur(smooth(outline), shade=0.1)
    if kind == "Dog" and look.ear > 1:
        pen.stroke([(-0.75, 1.05), (0, 1.35), (0.75, 1.05)], 0.2, look.eye)


def _sitting(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:
    b = look.build
    _tail(pen, kind, (0.9 * b, 3.1), look, rng)
    pen.fur(oval(-0.85 * b, 2.9, 0.62 * b, 0.75), shade=0.12)
    pen.fur(oval(0.85 * b, 2.9, 0.62 * b, 0.75), shade=0.12)
    outline = [
        (-0.55, 0.3), (0.55, 0.3), (0.95 * b, 1.6), (1.05 * b, 2.9), (0.6 * b, 3.5),
        (-0.6 * b, 3.5), (-1.05 * b, 2.9), (-0.95 * b, 1.6),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    pen.fill(oval(0, 1.45, 0.42 * b, 0.6), look.light)
    _leg(pen, look, (-0.36 * b, 1.8), 3.45)
    _leg(pen, look, (0.36 * b, 1.8), 3.45)


def _standing(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:
    b = look.build
    stride = rng.uniform(-0.3, 0.3)
    _tail(pen, kind, (3.3, 1.1), look, rng)
    _leg(pen, look, (0.85 + stride, 1.6), 3.0, 0.3)
    _leg(pen, look, (3.0 - stride, 1.6), 3.0, 0.3)
    outline = [
        (-0.3, 0.35), (0.6, -0.1), (1.3, 0.55), (2.6, 0.6), (3.45, 0.85), (3.5, 1.7 * b),
        (2.2, 1.95 * b), (0.8, 2.05 * b), (0.1, 1.4),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    _leg(pen, look, (0.6 - stride, 1.7), 3.1)
    _leg(pen, look, (3.15 + stride, 1.5), 3.1)


def _lying(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:
    b = look.build
    _tail(pen, kind, (2.9, 1.5), look, rng)
    outline = [
        (-0.3, 0.2), (0.8, 0.0), (2.2, 0.1), (3.1, 0.7), (3.2, 1.7), (2.4, 2.1), (0.3, 2.1),
        (-0.6, 1.5),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    pen.fur(oval(2.5, 1.55, 0.75 * b, 0.6), shade=0.08)
    pen.fur(oval(-0.45, 1.95, 0.65, 0.23 * b), shade=0.05)
    pen.fur(oval(0.5, 2.05, 0.65, 0.23 * b))


def _cat_face(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a cat's head seen from the front, its centre at (0, 0)."""
    w, turn = look.width, look.turn
    tip = -0.62 - 0.85 * look.ear
    for side in (-1, 1):
        lean = 0.35 if look.odd_ears else rng.uniform(-0.08, 0.08)
        reach = 1 + 0.25 * turn * side
        ear = np.array([(0.97, -0.1), (0.86 + lean, tip), (0.6, -0.9), (0.1, -0.78)]) * (
            side * w * reach,
            1,
        )
        ear[1, 1] += 0.45 * look.odd_ears
        pen.fur(ear, shade=0.12)
        inner = ear.mean(0) + (ear - ear.mean(0)) * 0.66 + (0, -0.04)
        pen.fill(inner, _PINK)
    outline = [
        (-1.0 * w, 0.12), (-0.8 * w, -0.55), (0, -0.84), (0.8 * w, -0.55), (1.0 * w, 0.12),
        (0.72 * w, 0.66), (0.0, 0.9), (-0.72 * w, 0.66),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    x = turn * 0.8
    pen.fill(oval(x - 0.2, 0.42, 0.27, 0.2, -8), look.light)
    pen.fill(oval(x + 0.2, 0.42, 0.27, 0.2, 8), look.light)
    pen.fill(oval(x, 0.62, 0.2, 0.13), look.light)
    for side in (-1, 1):
        _cat_eye(pen, look, x + side * 0.42 * w * (1 - 0.3 * turn * side), -0.08 + look.eyes, side)
        for slope in (-0.16, 0.02, 0.2):
            start = (x + side * 0.3, 0.38 + slope * 0.35)
            end = (x + side * 1.38, 0.36 + slope * 1.9 + rng.uniform(-0.06, 0.06))
            middle = (x + side * 0.85, 0.31 + slope)
            pen.stroke([start, middle, end], 0.022, look.whiskers)
    pen.fill(np.array([(x - 0.12, 0.2), (x + 0.12, 0.2), (x, 0.34)]), _PINK)
    pen.stroke([(x - 0.26, 0.5), (x - 0.13, 0.56), (x, 0.45)], 0.035, look.line)
    pen.stroke([(x + 0.26, 0.5), (x + 0.13, 0.56), (x, 0.45)], 0.035, look.line)
    pen.stroke([(x, 0.32), (x, 0.46)], 0.035, look.line)


def _cat_eye(pen: Pen, look: Appearance, x: float, y: float, side: int) -> None:
    if look.asleep:
        pen.stroke([(x - 0.2, y), (x, y + 0.11), (x + 0.2, y)], 0.05, _BLACK)
        return
    pen.fill(oval(x, y, 0.29, 0.25, -14 * side), _BLACK)
    pen.fill(oval(x, y, 0.25, 0.215, -14 * side), look.eye)
    pen.fill(oval(x, y, 0.06, 0.2), _BLACK)
    pen.fill(oval(x + 0.06, y - 0.07, 0.035, 0.035), _WHITE)


def _cat_profile(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a cat's head seen from the side, its centre at (0, 0)."""
    tip = -0.62 - 0.85 * look.ear
    for x, shade in ((-0.62, 0.3), (-0.12, 0.0)):
        ear = np.array([(x - 0.3, -0.5), (x + 0.02, tip), (x + 0.42, -0.6)])
        pen.fur(ear, shade=shade)
        pen.fill(ear.mean(0) + (ear - ear.mean(0)) * 0.5, _PINK)
    outline = [
        (0.82, 0.0), (0.55, -0.55), (0, -0.85), (-0.6, -0.6), (-0.88, 0.05), (-0.6, 0.65),
        (0, 0.82), (0.6, 0.72), (1.02, 0.5), (1.05, 0.22),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    pen.fill(oval(0.72, 0.45, 0.33, 0.22), look.light)
    _cat_eye(pen, look, 0.42, -0.1 + look.eyes, 1)
    pen.fill(oval(1.03, 0.24, 0.1, 0.08, 30), _PINK)
    pen.stroke([(1.0, 0.36), (0.85, 0.5), (0.62, 0.5)], 0.035, look.line)
    for slope in (-0.15, 0.05, 0.25):
        end = (1.35 + rng.uniform(0, 0.25), 0.5 + slope * 2)
        pen.stroke([(0.75, 0.42 + slope * 0.3), (1.1, 0.4 + slope), end], 0.022, look.whiskers)


def _dog_face(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a dog's head seen from the front, its centre at (0, 0)."""
    w, turn = look.width * 0.84, look.turn
    if look.odd_ears:
        for side in (-1, 1):
            tip = (1.15, -1.25)
            pen.fur(smooth([(0.95, -0.3), tip, (0.55, -1.1), (0.2, -0.8)]) * (side * w, 1), 0.15)
            pen.fur(smooth([(1.02, -1.28), (1.5, -0.85), (1.12, -0.75)]) * (side * w, 1), 0.3)
    outline = [
        (-0.95 * w, -0.1), (-0.78 * w, -0.72), (0, -0.98), (0.78 * w, -0.72), (0.95 * w, -0.1),
        (0.75 * w, 0.6), (0.42, 1.02), (-0.42, 1.02), (-0.75 * w, 0.6),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    x = turn * 0.9
    if look.tongue:
        sway = rng.uniform(-0.15, 0.15)
        outline = [
            (x - 0.2, 0.72), (x - 0.2 + sway, 1.25), (x + sway, 1.42), (x + 0.2 + sway, 1.25),
            (x + 0.2, 0.72),
        ]  # fmt: skip
        pen.fill(smooth(outline), _TONGUE)
        pen.stroke([(x, 0.8), (x + sway, 1.25)], 0.03, (180, 70, 84))
    wide, top = (0.2, -0.75) if look.blaze else (0.1, 0.12)
    stripe = [(x - wide, top), (x + wide, top), (x + 0.22, 0.2)]
    muzzle = [(x + 0.55, 0.6), (x, 0.92), (x - 0.55, 0.6), (x - 0.22, 0.2)]
    pen.fill(smooth([*stripe, *muzzle]), look.light)
    pen.fill(smooth([(x - 0.33, 0.16), (x, 0.06), (x + 0.33, 0.16), (x, 0.48)]), _BLACK)
    pen.fill(oval(x - 0.09, 0.19, 0.06, 0.03), (120, 116, 116))
    pen.stroke([(x - 0.5, 0.62), (x - 0.25, 0.76), (x, 0.66)], 0.045, look.line)
    pen.stroke([(x + 0.5, 0.62), (x + 0.25, 0.76), (x, 0.66)], 0.045, look.line)
    pen.stroke([(x, 0.42), (x, 0.68)], 0.045, look.line)
    for side in (-1, 1):
        _dog_eye(pen, look, x + side * 0.4 * w * (1 - 0.3 * turn * side), -0.22 + look.eyes, side)
        if not look.odd_ears:
            length, swing = look.ear, rng.uniform(-0.1, 0.25)
            ear = [(0.55, -0.86), (0.98, -0.72), (1.32 + swing, 0.1), (1.3 + swing, 0.85 * length)]
            ear += [(1.02 + swing, 0.98 * length), (0.86, 0.4), (0.76, -0.2)]
            pen.fur(smooth(ear) * (side * w * (1 + 0.15 * turn * side), 1), shade=0.5)


def _dog_eye(pen: Pen, look: Appearance, x: float, y: float, side: int) -> None:
    if look.asleep:
        pen.stroke([(x - 0.14, y), (x, y + 0.08), (x + 0.14, y)], 0.05, _BLACK)
        return
    pen.fill(oval(x, y, 0.16, 0.15), _WHITE)
    pen.fill(oval(x, y + 0.01, 0.135, 0.135), look.eye)
    pen.fill(oval(x, y + 0.01, 0.09, 0.09), _BLACK)
    pen.fill(oval(x + 0.04, y - 0.05, 0.035, 0.035), _WHITE)
    pen.stroke([(x - 0.12 * side, y - 0.27), (x + 0.12 * side, y - 0.24)], 0.06, look.line)


def _dog_profile(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a dog's head seen from the side, its centre at (0, 0)."""
    snout = rng.uniform(1.45, 1.8)
    if look.tongue:
        outline = [
            (snout - 0.6, 0.45), (snout - 0.6, 1.0), (snout - 0.4, 1.15), (snout - 0.22, 1.0),
            (snout - 0.25, 0.45),
        ]  # fmt: skip
        pen.fill(smooth(outline), _TONGUE)
    outline = [
        (-0.8, 0.0), (-0.55, -0.65), (0.0, -0.85), (0.5, -0.6), (0.75, -0.2),
        (snout - 0.2, -0.12), (snout, 0.12), (snout - 0.1, 0.45), (0.85, 0.62), (0.4, 0.75),
        (-0.2, 0.8), (-0.7, 0.5),
    ]  # fmt: skip
    pen.fur(smooth(outline))
    pen.fill(
        smooth([(0.8, 0.2), (snout - 0.15, 0.12), (snout - 0.12, 0.4), (0.85, 0.54)]), look.light
    )
    pen.fill(oval(snout - 0.05, 0.0, 0.19, 0.15, 20), _BLACK)
    pen.stroke([(snout - 0.08, 0.36), (snout - 0.5, 0.42), (0.72, 0.36)], 0.045, look.line)
    _dog_eye(pen, look, 0.42, -0.25, 1)
    ear = [(-0.45, -0.72), (0.0, -0.62), (0.12, 0.1), (-0.02, 0.85 * look.ear)]
    ear += [(-0.35, 0.95 * look.ear), (-0.55, 0.3)]
    if look.odd_ears:
        ear = [(-0.6, -0.55), (-0.5, -1.3), (-0.2, -1.15), (0.1, -0.62)]
    pen.fur(smooth(ear), shade=0.35)


_BODIES = {"portrait": _portrait, "sitting": _sitting, "standing": _standing, "lying": _lying}
