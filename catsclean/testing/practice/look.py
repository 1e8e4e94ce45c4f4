"""The appearance of one animal."""

from __future__ import annotations

from dataclasses import dataclass

from catsclean.testing.practice.pen import Colour

PINK: Colour = (222, 150, 150)
BLACK: Colour = (28, 24, 24)
WHITE: Colour = (246, 244, 238)


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
