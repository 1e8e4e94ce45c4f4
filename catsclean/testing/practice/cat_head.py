"""A cat's head: pointed ears, slit eyes, whiskers, a small pink nose."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from catsclean.testing.practice.look import BLACK, PINK, WHITE, Appearance
from catsclean.testing.practice.pen import Pen, oval, smooth


def cat_face(pen: Pen, look: Appearance, rng: Generator) -> None:
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
        pen.fill(inner, PINK)
    pen.fur(
        smooth(
            [
                (-1.0 * w, 0.12),
                (-0.8 * w, -0.55),
                (0, -0.84),
                (0.8 * w, -0.55),
                (1.0 * w, 0.12),
                (0.72 * w, 0.66),
                (0.0, 0.9),
                (-0.72 * w, 0.66),
            ]
        )
    )
    x = turn * 0.8
    pen.fill(oval(x - 0.2, 0.42, 0.27, 0.2, -8), look.light)
    pen.fill(oval(x + 0.2, 0.42, 0.27, 0.2, 8), look.light)
    pen.fill(oval(x, 0.62, 0.2, 0.13), look.light)
    for side in (-1, 1):
        _eye(pen, look, x + side * 0.42 * w * (1 - 0.3 * turn * side), -0.08 + look.eyes, side)
        for slope in (-0.16, 0.02, 0.2):
            start = (x + side * 0.3, 0.38 + slope * 0.35)
            end = (x + side * 1.38, 0.36 + slope * 1.9 + rng.uniform(-0.06, 0.06))
            middle = (x + side * 0.85, 0.31 + slope)
            pen.stroke([start, middle, end], 0.022, look.whiskers)
    pen.fill(np.array([(x - 0.12, 0.2), (x + 0.12, 0.2), (x, 0.34)]), PINK)
    pen.stroke([(x - 0.26, 0.5), (x - 0.13, 0.56), (x, 0.45)], 0.035, look.line)
    pen.stroke([(x + 0.26, 0.5), (x + 0.13, 0.56), (x, 0.45)], 0.035, look.line)
    pen.stroke([(x, 0.32), (x, 0.46)], 0.035, look.line)


def _eye(pen: Pen, look: Appearance, x: float, y: float, side: int) -> None:
    if look.asleep:
        pen.stroke([(x - 0.2, y), (x, y + 0.11), (x + 0.2, y)], 0.05, BLACK)
        return
    pen.fill(oval(x, y, 0.29, 0.25, -14 * side), BLACK)
    pen.fill(oval(x, y, 0.25, 0.215, -14 * side), look.eye)
    pen.fill(oval(x, y, 0.06, 0.2), BLACK)
    pen.fill(oval(x + 0.06, y - 0.07, 0.035, 0.035), WHITE)


def cat_profile(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a cat's head seen from the side, its centre at (0, 0)."""
    tip = -0.62 - 0.85 * look.ear
    for x, shade in ((-0.62, 0.3), (-0.12, 0.0)):
        ear = np.array([(x - 0.3, -0.5), (x + 0.02, tip), (x + 0.42, -0.6)])
        pen.fur(ear, shade=shade)
        pen.fill(ear.mean(0) + (ear - ear.mean(0)) * 0.5, PINK)
    pen.fur(
        smooth(
            [
                (0.82, 0.0),
                (0.55, -0.55),
                (0, -0.85),
                (-0.6, -0.6),
                (-0.88, 0.05),
                (-0.6, 0.65),
                (0, 0.82),
                (0.6, 0.72),
                (1.02, 0.5),
                (1.05, 0.22),
            ]
        )
    )
    pen.fill(oval(0.72, 0.45, 0.33, 0.22), look.light)
    _eye(pen, look, 0.42, -0.1 + look.eyes, 1)
    pen.fill(oval(1.03, 0.24, 0.1, 0.08, 30), PINK)
    pen.stroke([(1.0, 0.36), (0.85, 0.5), (0.62, 0.5)], 0.035, look.line)
    for slope in (-0.15, 0.05, 0.25):
        end = (1.35 + rng.uniform(0, 0.25), 0.5 + slope * 2)
        pen.stroke([(0.75, 0.42 + slope * 0.3), (1.1, 0.4 + slope), end], 0.022, look.whiskers)
