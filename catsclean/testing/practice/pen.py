"""A pen that draws smooth shapes in an animal's own coordinates.

Shapes are given in units of half a head's width, x to the right and y downwards.  The pen turns,
mirrors, scales and shifts them into pixels, so that one description of a cat serves every pose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Point: TypeAlias = tuple[float, float]
Colour: TypeAlias = tuple[int, int, int]
Points: TypeAlias = "npt.NDArray[np.float64]"

OVERSAMPLING = 2
"""The pen draws this many times larger than the picture; shrinking it smooths every edge."""

_STEPS = np.linspace(0, 1, 8, endpoint=False)[:, None]


def smooth(points: Sequence[Point] | Points, *, closed: bool = True) -> Points:
    """Run a Catmull-Rom curve through control points; return float64 points of shape (n, 2)."""
    p1 = np.asarray(points, dtype=np.float64)
    if closed:
        p0, p2, p3 = np.roll(p1, 1, 0), np.roll(p1, -1, 0), np.roll(p1, -2, 0)
    else:
        padded = np.vstack([p1[:1], p1, p1[-1:]])
        p0, p2, p3 = padded[:-3], padded[2:-1], padded[3:]
        p1 = padded[1:-2]
    t = _STEPS
    curve = 0.5 * (
        2 * p1[:, None]
        + (p2 - p0)[:, None] * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3)[:, None] * t**2
        + (3 * p1 - p0 - 3 * p2 + p3)[:, None] * t**3
    )
    flat = curve.reshape(-1, 2)
    return flat if closed else np.vstack([flat, padded[-1:]])


def oval(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Points:
    """Return an ellipse as 40 points; `angle` in degrees, clockwise on the picture."""
    t = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    ex, ey = rx * np.cos(t), ry * np.sin(t)
    return np.column_stack([x + c * ex - s * ey, y + s * ex + c * ey])


class Pen:
    """Draws on a transparent layer, `OVERSAMPLING` times the picture's size.

    Args:
        size: Width and height of the picture in pixels.
        fur: RGBA picture of the layer's size from which every furry shape is cut out.
        line: Colour of outlines.
    """

    def __init__(self, size: tuple[int, int], fur: Image.Image, line: Colour) -> None:
        self.layer = Image.new("RGBA", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
        self._draw = ImageDraw.Draw(self.layer)
        self._fur = fur
        self.line = line
        self._origin = np.zeros(2)
        self._matrix = np.eye(2)
        self._unit = 1.0

    def place(self, origin: Point, unit: float, angle: float, stretch: Point) -> None:
        """Set the place and the build of the animal.

        Args:
            origin: Place of (0, 0), in pixels.
            unit: Length of one unit in pixels.
            angle: Its rotation in degrees.
            stretch: Factors for its width and height; a negative width mirrors it.
        """
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        self._unit = unit * OVERSAMPLING
        self._matrix = self._unit * np.diag(stretch) @ np.array([[c, s], [-s, c]])
        self._origin = np.array(origin) * OVERSAMPLING

    def fur(self, points: Points, shade: float = 0.0, outline: float = 0.035) -> None:
        """Fill a shape with fur, darkened by `shade` (0 to 1), and draw its outline."""
        pixels = self._pixels(points)
        x0, y0 = np.maximum(pixels.min(0).astype(int) - 1, 0)
        x1, y1 = np.minimum(pixels.max(0).astype(int) + 2, self.layer.size)
        if x1 <= x0 or y1 <= y0:
            return
        box = (int(x0), int(y0), int(x1), int(y1))
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).polygon((pixels - (x0, y0)).ravel().tolist(), fill=255)
        piece = self._fur.crop(box)
        if shade:
            piece = Image.blend(piece, Image.new("RGBA", piece.size, (*self.line, 255)), shade)
        self.layer.paste(piece, box[:2], mask)
        if outline:
            self._stroke(np.vstack([pixels, pixels[:1]]), outline, self.line)

    def fill(self, points: Points, colour: Colour) -> None:
        """Fill a shape with one colour."""
        self._draw.polygon(self._pixels(points).ravel().tolist(), fill=(*colour, 255))

    def stroke(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a smooth line through the points; `width` in units."""
        self._stroke(self._pixels(smooth(points, closed=False)), width, colour)

    def fur_stroke(self, points: Sequence[Point], width: float, taper: float = 0.5) -> None:
        """Draw a furry line (a leg, a tail) that ends with `taper` times its width."""
        path = smooth(points, closed=False)
        along = np.gradient(path, axis=0)
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        across = np.column_stack([-along[:, 1], along[:, 0]]) / length
        half = np.linspace(width / 2, width / 2 * taper, len(path))[:, None]
        (x, y), end = path[-1], half[-1, 0]
        self.fur(oval(x, y, end, end))
        self.fur(np.vstack([path + across * half, (path - across * half)[::-1]]))
        self.fur(oval(x, y, end * 0.93, end * 0.93), outline=0)

    def _pixels(self, points: Points) -> Points:
        moved: Points = points @ self._matrix + self._origin
        return moved

    def _stroke(self, pixels: Points, width: float, colour: Colour) -> None:
        thickness = max(1, round(width * self._unit))
        self._draw.line(
            pixels.ravel().tolist(), fill=(*colour, 255), width=thickness, joint="curve"
        )
