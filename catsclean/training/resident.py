"""The training graph: rows of a resident uint8 array in, probabilities out.

    row numbers -> gather (uint8) -> float -> alter -> network

Everything after the row numbers runs on the device.  A set too large for the device is sent batch
by batch from the host instead, as uint8: a quarter of the bytes of floats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from catsclean.training.augmentation import Augmentation
from catsclean.training.backend import load_keras
from catsclean.training.recipes import Recipe

keras = load_keras()
Layer: Any = keras.layers.Layer  # Keras ships no types


class Resident(Layer):  # type: ignore[misc]
    """Stores a uint8 array on the device and gathers rows of it."""

    def __init__(self, pictures: NDArray[np.uint8], **arguments: Any) -> None:
        super().__init__(trainable=False, dtype="float32", **arguments)
        self.pictures = self.add_weight(
            shape=pictures.shape,
            dtype="uint8",
            trainable=False,
            initializer="zeros",
            name="pictures",
        )
        self.pictures.assign(pictures)

    def call(self, rows: Any) -> Any:
        """Return the pictures of some rows, as floats of 0 to 255."""
        return keras.ops.cast(keras.ops.take(self.pictures, rows, axis=0), "float32")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape: one picture per row."""
        return (*input_shape, *self.pictures.shape[1:])


class ToFloat(Layer):  # type: ignore[misc]
    """Converts uint8 to float on the device."""

    def call(self, pictures: Any) -> Any:
        """Convert to float without scaling."""
        return keras.ops.cast(pictures, "float32")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the same shape."""
        return input_shape


def build_graph(network: Any, recipe: Recipe, holder: Resident | None, seed: int) -> Any:
    """Put gathering and augmentation in front of a network.

    Args:
        network: The network; it shares its weights with the result.
        recipe: The settings of the augmentation.
        holder: Stores the pictures on the device; None if batches of pictures are the input
            instead of row numbers.
        seed: Random seed of the augmentation.

    Returns:
        The model to train, whose input is int32 row numbers or uint8 pictures.
    """
    if holder is not None:
        entry = keras.Input((), dtype="int32", name="row")
        floats = holder(entry)
    else:
        entry = keras.Input((recipe.size, recipe.size, 3), dtype="uint8", name="picture")
        floats = ToFloat(dtype="float32", name="floats")(entry)
    altered = Augmentation(recipe, seed=seed, dtype="float32", name="alter")(floats)
    return keras.Model(entry, network(altered), name="training")
