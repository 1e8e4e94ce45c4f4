"""A dog's head: hanging ears, a long muzzle, a black nose, a tongue."""

from __future__ import annotations

from numpy.random import Generator

from catsclean.testing.practice.look import BLACK, WHITE, Appearance
from catsclean.testing.practice.pen import Colour, Pen, oval, smooth

_TONGUE: Colour = (226, 110, 122)


def dog_face(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a dog's head seen from the front, its centre at (0, 0)."""
    w, turn = look.width * 0.84, look.turn
    if look.odd_ears:
        for side in (-1, 1):
            tip = (1.15, -1.25)
            pen.fur(smooth([(0.95, -0.3), tip, (0.55, -1.1), (0.2, -0.8)]) * (side * w, 1), 0.15)
            pen.fur(smooth([(1.02, -1.28), (1.5, -0.85), (1.12, -0.75)]) * (side * w, 1), 0.3)
    pen.fur(
        smooth(
            [
                (-0.95 * w, -0.1),
                (-0.78 * w, -0.72),
                (0, -0.98),
                (0.78 * w, -0.72),
                (0.95 * w, -0.1),
                (0.75 * w, 0.6),
                (0.42, 1.02),
                (-0.42, 1.02),
                (-0.75 * w, 0.6),
            ]
        )
    )
    x = turn * 0.9
    if look.tongue:
        sway = rng.uniform(-0.15, 0.15)
        pen.fill(
            smooth(
                [
                    (x - 0.2, 0.72),
                    (x - 0.2 + sway, 1.25),
                    (x + sway, 1.42),
                    (x + 0.2 + sway, 1.25),
                    (x + 0.2, 0.72),
                ]
            ),
            _TONGUE,
        )
        pen.stroke([(x, 0.8), (x + sway, 1.25)], 0.03, (180, 70, 84))
    wide, top = (0.2, -0.75) if look.blaze else (0.1, 0.12)
    stripe = [(x - wide, top), (x + wide, top), (x + 0.22, 0.2)]
    muzzle = [(x + 0.55, 0.6), (x, 0.92), (x - 0.55, 0.6), (x - 0.22, 0.2)]
    pen.fill(smooth([*stripe, *muzzle]), look.light)
    pen.fill(smooth([(x - 0.33, 0.16), (x, 0.06), (x + 0.33, 0.16), (x, 0.48)]), BLACK)
    pen.fill(oval(x - 0.09, 0.19, 0.06, 0.03), (120, 116, 116))
    pen.stroke([(x - 0.5, 0.62), (x - 0.25, 0.76), (x, 0.66)], 0.045, look.line)
    pen.stroke([(x + 0.5, 0.62), (x + 0.25, 0.76), (x, 0.66)], 0.045, look.line)
    pen.stroke([(x, 0.42), (x, 0.68)], 0.045, look.line)
    for side in (-1, 1):
        _eye(pen, look, x + side * 0.4 * w * (1 - 0.3 * turn * side), -0.22 + look.eyes, side)
        if not look.odd_ears:
            length, swing = look.ear, rng.uniform(-0.1, 0.25)
            ear = [(0.55, -0.86), (0.98, -0.72), (1.32 + swing, 0.1), (1.3 + swing, 0.85 * length)]
            ear += [(1.02 + swing, 0.98 * length), (0.86, 0.4), (0.76, -0.2)]
            pen.fur(smooth(ear) * (side * w * (1 + 0.15 * turn * side), 1), shade=0.5)


def _eye(pen: Pen, look: Appearance, x: float, y: float, side: int) -> None:
    if look.asleep:
        pen.stroke([(x - 0.14, y), (x, y + 0.08), (x + 0.14, y)], 0.05, BLACK)
        return
    pen.fill(oval(x, y, 0.16, 0.15), WHITE)
    pen.fill(oval(x, y + 0.01, 0.135, 0.135), look.eye)
    pen.fill(oval(x, y + 0.01, 0.09, 0.09), BLACK)
    pen.fill(oval(x + 0.04, y - 0.05, 0.035, 0.035), WHITE)
    pen.stroke([(x - 0.12 * side, y - 0.27), (x + 0.12 * side, y - 0.24)], 0.06, look.line)


def dog_profile(pen: Pen, look: Appearance, rng: Generator) -> None:
    """Draw a dog's head seen from the side, its centre at (0, 0)."""
    snout = rng.uniform(1.45, 1.8)
    if look.tongue:
        pen.fill(
            smooth(
                [
                    (snout - 0.6, 0.45),
                    (snout - 0.6, 1.0),
                    (snout - 0.4, 1.15),
                    (snout - 0.22, 1.0),
                    (snout - 0.25, 0.45),
                ]
            ),
            _TONGUE,
        )
    pen.fur(
        smooth(
            [
                (-0.8, 0.0),
                (-0.55, -0.65),
                (0.0, -0.85),
                (0.5, -0.6),
                (0.75, -0.2),
                (snout - 0.2, -0.12),
                (snout, 0.12),
                (snout - 0.1, 0.45),
                (0.85, 0.62),
                (0.4, 0.75),
                (-0.2, 0.8),
                (-0.7, 0.5),
            ]
        )
    )
    pen.fill(
        smooth([(0.8, 0.2), (snout - 0.15, 0.12), (snout - 0.12, 0.4), (0.85, 0.54)]), look.light
    )
    pen.fill(oval(snout - 0.05, 0.0, 0.19, 0.15, 20), BLACK)
    pen.stroke([(snout - 0.08, 0.36), (snout - 0.5, 0.42), (0.72, 0.36)], 0.045, look.line)
    _eye(pen, look, 0.42, -0.25, 1)
    ear = [(-0.45, -0.72), (0.0, -0.62), (0.12, 0.1), (-0.02, 0.85 * look.ear)]
    ear += [(-0.35, 0.95 * look.ear), (-0.55, 0.3)]
    if look.odd_ears:
        ear = [(-0.6, -0.55), (-0.5, -1.3), (-0.2, -1.15), (0.1, -0.62)]
    pen.fur(smooth(ear), shade=0.35)
