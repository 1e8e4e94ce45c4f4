"""Cats and dogs in four poses.

Only shape distinguishes them: ears, muzzle, nose, eyes, whiskers, tongue, tail.  Coats,
backgrounds, light and poses are drawn from the same stock for both.
"""

from __future__ import annotations

from numpy.random import Generator

from catsclean.testing.practice.cat_head import cat_face, cat_profile
from catsclean.testing.practice.dog_head import dog_face, dog_profile
from catsclean.testing.practice.look import Appearance
from catsclean.testing.practice.pen import Pen, Point, oval, smooth

POSES = {
    # pose: left, top, right, bottom of the covered area, in units
    "portrait": (-1.45, -1.5, 1.45, 1.6),
    "sitting": (-1.7, -1.5, 2.1, 3.75),
    "standing": (-1.4, -1.5, 4.5, 3.3),
    "lying": (-1.5, -1.5, 3.7, 2.3),
}


def draw_animal(pen: Pen, kind: str, pose: str, look: Appearance, rng: Generator) -> None:
    """Draw a `Cat` or a `Dog` in one of `POSES`, the head's centre at (0, 0)."""
    _BODIES[pose](pen, kind, look, rng)
    profile = pose in {"standing", "lying"} and rng.random() < 0.45
    if kind == "Cat":
        (cat_profile if profile else cat_face)(pen, look, rng)
    else:
        (dog_profile if profile else dog_face)(pen, look, rng)


def _tail(pen: Pen, kind: str, root: Point, look: Appearance, rng: Generator) -> None:
    """Draw a tail: a cat's is long and upright; a dog's is shorter, thick at its root, and wags."""
    x, y = root
    sway = rng.uniform(-0.35, 0.35)
    if kind == "Cat":
        points = [(x, y), (x + 0.7, y - 0.3), (x + 0.75 + sway, y - 1.3), (x + 0.55, y - 2.2)]
        pen.fur_stroke([*points, (x + 0.9 - sway, y - 2.6)], 0.3 * look.build, 0.75)
    else:
        points = [
            (x, y),
            (x + 0.6, y - 0.3),
            (x + 0.85, y - 0.85 + sway),
            (x + 0.7, y - 1.2 + sway),
        ]
        pen.fur_stroke(points, 0.5 * look.build, 0.35)


def _leg(pen: Pen, look: Appearance, hip: Point, foot: float, shade: float = 0.0) -> None:
    x, top = hip
    half = 0.24 * look.build
    leg = [(x - half, top), (x + half, top), (x + half * 0.85, foot), (x - half * 0.85, foot)]
    pen.fur(smooth(leg), shade=shade)
    pen.fur(oval(x, top, half * 1.2, 0.32), shade=shade, outline=0)  # no seam at the shoulder
    pen.fur(oval(x - 0.08, foot, half * 1.35, 0.2), shade=shade)


def _portrait(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:  # noqa: ARG001 - one signature for all
    b = look.build
    pen.fur(
        smooth(
            [
                (-0.6, 0.4),
                (0.6, 0.4),
                (1.25 * b, 1.7),
                (1.3 * b, 4),
                (-1.3 * b, 4),
                (-1.25 * b, 1.7),
            ]
        ),
        shade=0.1,
    )
    if kind == "Dog" and look.ear > 1:
        pen.stroke([(-0.75, 1.05), (0, 1.35), (0.75, 1.05)], 0.2, look.eye)


def _sitting(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:
    b = look.build
    _tail(pen, kind, (0.9 * b, 3.1), look, rng)
    pen.fur(oval(-0.85 * b, 2.9, 0.62 * b, 0.75), shade=0.12)
    pen.fur(oval(0.85 * b, 2.9, 0.62 * b, 0.75), shade=0.12)
    pen.fur(
        smooth(
            [
                (-0.55, 0.3),
                (0.55, 0.3),
                (0.95 * b, 1.6),
                (1.05 * b, 2.9),
                (0.6 * b, 3.5),
                (-0.6 * b, 3.5),
                (-1.05 * b, 2.9),
                (-0.95 * b, 1.6),
            ]
        )
    )
    pen.fill(oval(0, 1.45, 0.42 * b, 0.6), look.light)
    _leg(pen, look, (-0.36 * b, 1.8), 3.45)
    _leg(pen, look, (0.36 * b, 1.8), 3.45)


def _standing(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:
    b = look.build
    stride = rng.uniform(-0.3, 0.3)
    _tail(pen, kind, (3.3, 1.1), look, rng)
    _leg(pen, look, (0.85 + stride, 1.6), 3.0, 0.3)
    _leg(pen, look, (3.0 - stride, 1.6), 3.0, 0.3)
    pen.fur(
        smooth(
            [
                (-0.3, 0.35),
                (0.6, -0.1),
                (1.3, 0.55),
                (2.6, 0.6),
                (3.45, 0.85),
                (3.5, 1.7 * b),
                (2.2, 1.95 * b),
                (0.8, 2.05 * b),
                (0.1, 1.4),
            ]
        )
    )
    _leg(pen, look, (0.6 - stride, 1.7), 3.1)
    _leg(pen, look, (3.15 + stride, 1.5), 3.1)


def _lying(pen: Pen, kind: str, look: Appearance, rng: Generator) -> None:
    b = look.build
    _tail(pen, kind, (2.9, 1.5), look, rng)
    pen.fur(
        smooth(
            [
                (-0.3, 0.2),
                (0.8, 0.0),
                (2.2, 0.1),
                (3.1, 0.7),
                (3.2, 1.7),
                (2.4, 2.1),
                (0.3, 2.1),
                (-0.6, 1.5),
            ]
        )
    )
    pen.fur(oval(2.5, 1.55, 0.75 * b, 0.6), shade=0.08)
    pen.fur(oval(-0.45, 1.95, 0.65, 0.23 * b), shade=0.05)
    pen.fur(oval(0.5, 2.05, 0.65, 0.23 * b))


_BODIES = {"portrait": _portrait, "sitting": _sitting, "standing": _standing, "lying": _lying}
