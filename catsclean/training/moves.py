"""The moves of augmentation: one affine map a picture, of mirror, rotation, shift, shear and zoom.

On a GPU :mod:`catsclean.training.augmentation` resamples the batch.  On a CPU OpenCV does so before
the batch is sent: bilinear, too, at a fifth of the time of TensorFlow's own operation (0.19 against
0.91 ms for a picture of 150 pixels).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catsclean.training.backend import load_opencv
from catsclean.training.recipes import Recipe


def affine_maps(ops: Any, draw: Any, coin: Any, recipe: Recipe, count: Any, side: int) -> list[Any]:
    """Return the maps of some pictures, from points of the result to points of the picture.

    Args:
        ops: ``keras.ops`` or NumPy.
        draw: Takes a number of values and a limit, and returns values between minus and plus that.
        coin: Takes a number of values, and returns values from 0 to 1.
        recipe: The limits.
        count: Number of pictures.
        side: Their side, pixels.

    Returns:
        a, b, x, c, d and y, each for all pictures: a point (u, v) comes from
        (a u + b v + x, c u + d v + y).
    """
    angle = draw(count, math.radians(recipe.rotation))
    shear = draw(count, math.radians(recipe.shear))
    # as in ImageDataGenerator: each axis has its own zoom
    zoom_x = 1.0 + draw(count, recipe.zoom)
    zoom_y = 1.0 + draw(count, recipe.zoom)
    move_x = draw(count, recipe.shift * side)
    move_y = draw(count, recipe.shift * side)
    if recipe.flip:
        zoom_x = ops.where(coin(count) < 0.5, -zoom_x, zoom_x)
    cos, sin = ops.cos(angle), ops.sin(angle)
    a = cos * zoom_x
    b = -(sin + ops.tan(shear) * cos) * zoom_y
    c = sin * zoom_x
    d = (cos - ops.tan(shear) * sin) * zoom_y
    centre = (side - 1) / 2.0
    # rotate around the centre, not around the corner
    x = centre - a * centre - b * centre + move_x
    y = centre - c * centre - d * centre + move_y
    return [a, b, x, c, d, y]


def move_pictures(
    pictures: NDArray[np.uint8], recipe: Recipe, chance: np.random.Generator
) -> NDArray[np.uint8]:
    """Return moved copies of a batch of pictures, (n, side, side, 3), each in its own way."""
    cv2 = load_opencv()
    count, side = pictures.shape[:2]

    def draw(number: int, limit: float) -> NDArray[np.float64]:
        return chance.uniform(-limit, limit, number)

    maps = np.stack(affine_maps(np, draw, chance.random, recipe, count, side), axis=1)
    moved = np.empty_like(pictures)
    for number, numbers in enumerate(maps.reshape(count, 2, 3)):
        cv2.warpAffine(
            pictures[number], numbers, (side, side), moved[number],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            # as in the course: the border is repeated, never black
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
    return moved
