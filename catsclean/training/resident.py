"""The training graph: rows of a resident uint8 array in, probabilities out.

    row numbers -> gather (uint8) -> float -> alter -> network

Everything behind the row numbers happens on the device.  A set too large for it comes batch by
batch from the host instead, as uint8: a quarter of the bytes of floats.
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
    """Holds a uint8 array on the device and gathers rows of it."""

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
        """Gather the pictures of some rows, as floats of 0 to 255."""
        return keras.ops.cast(keras.ops.take(self.pictures, rows, axis=0), "float32")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One picture per row."""
        return (*input_shape, *self.pictures.shape[1:])


class ToFloat(Layer):  # type: ignore[misc]
    """Makes floats of uint8 on the device."""

    def call(self, pictures: Any) -> Any:
        """Cast, without a change of value."""
        return keras.ops.cast(pictures, "float32")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Pictures keep their shape."""
        return input_shape


def build_graph(
    network: Any, recipe: Recipe, pictures: NDArray[np.uint8] | None, seed: int
) -> tuple[Any, Any]:
    """Put gathering and altering in front of a network.

    Args:
        network: The network, which shares its weights with what is built.
        recipe: Says how pictures are altered.
        pictures: (n, side, side, 3), to be held on the device; None when batches of pictures
            will be fed instead of row numbers.
        seed: Of the alterations.

    Returns:
        The model to train, whose input is int32 row numbers or uint8 pictures, and the layer that
        holds the pictures (None without).
    """
    if pictures is not None:
        holder = Resident(pictures, name="resident")
        entry = keras.Input((), dtype="int32", name="row")
        floats = holder(entry)
    else:
        holder = None
        entry = keras.Input((recipe.size, recipe.size, 3), dtype="uint8", name="picture")
        floats = ToFloat(dtype="float32", name="floats")(entry)
    altered = Augmentation(recipe, seed=seed, dtype="float32", name="alter")(floats)
    return keras.Model(entry, network(altered), name="training"), holder
