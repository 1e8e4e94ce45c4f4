"""Augment pictures: on the device, from the current batch, never from files.

One affine map per picture combines mirror, rotation, shift, shear and zoom, so that each picture is
resampled only once.  It is written with ``keras.ops`` and runs on every Keras 3 backend.  The layer
is in front of the network only during training, and is never saved with it.
"""

from __future__ import annotations

from typing import Any

from catsclean.training.backend import load_keras
from catsclean.training.moves import affine_maps
from catsclean.training.recipes import Recipe

keras = load_keras()
Layer: Any = keras.layers.Layer  # Keras ships no types
ops = keras.ops


class Augmentation(Layer):  # type: ignore[misc]
    """Augments float pictures of shape (batch, side, side, 3) with values 0 to 255.

    In inference it returns pictures unchanged.
    """

    def __init__(self, recipe: Recipe, seed: int | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.recipe = recipe
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, pictures: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Augment a batch of pictures."""
        recipe = self.recipe
        if not training or not recipe.augments:
            return pictures
        if recipe.flip and not recipe.moves:
            coin = keras.random.uniform((ops.shape(pictures)[0], 1, 1, 1), seed=self.seed_generator)
            # without resampling it costs next to nothing
            pictures = ops.where(coin < 0.5, ops.flip(pictures, axis=2), pictures)
        if recipe.moves:
            pictures = ops.image.affine_transform(
                pictures,
                self._maps(ops.shape(pictures)[0], pictures.shape[1]),
                interpolation="bilinear",
                fill_mode="nearest",  # as in the course: the border is repeated, never black
                data_format="channels_last",
            )
        if recipe.contrast:
            factor = 1.0 + self._spread((ops.shape(pictures)[0], 1, 1, 1), recipe.contrast)
            mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
            pictures = (pictures - mean) * ops.cast(factor, pictures.dtype) + mean
        if recipe.brightness:
            shift = self._spread((ops.shape(pictures)[0], 1, 1, 1), 255.0 * recipe.brightness)
            pictures = pictures + ops.cast(shift, pictures.dtype)
        if recipe.contrast or recipe.brightness:
            pictures = ops.clip(pictures, 0.0, 255.0)
        return pictures

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the same shape."""
        return input_shape

    def _spread(self, shape: Any, amount: float) -> Any:
        return keras.random.uniform(
            shape, -amount, amount, dtype="float32", seed=self.seed_generator
        )

    def _maps(self, count: Any, side: int) -> Any:
        """Return eight numbers a picture that map a point of the result to one of the picture."""

        def draw(number: Any, limit: float) -> Any:
            return self._spread((number,), limit)

        def coin(number: Any) -> Any:
            return keras.random.uniform((number,), seed=self.seed_generator, dtype="float32")

        maps = affine_maps(ops, draw, coin, self.recipe, count, side)
        zero = ops.zeros_like(maps[0])
        return ops.stack([*maps, zero, zero], axis=1)
