"""Hand batches to Keras, and to users as tf.data, without the tuner of tf.data.

The tuner looks at a pipeline after 10, 20, 40, ... ms, and the end of an iteration waits for its
next look (measured with TensorFlow 2.21): every epoch then takes 10 * (2^n - 1) ms, up to twice its
work. There is nothing to tune here: one source, and the batches that are prepared ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from numpy.typing import NDArray

from catsclean.training.backend import load_keras, load_tensorflow

#: Inputs and targets.
Batch: TypeAlias = tuple[NDArray[Any], NDArray[Any]]

_AHEAD = 2  # batches


def without_tuner(dataset: Any) -> Any:
    """Prepare batches of a ``tf.data.Dataset`` ahead, in a number that is never tuned."""
    tf = load_tensorflow()
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(_AHEAD).with_options(options)


def slice_batches(size: int, *arrays: NDArray[Any]) -> dict[str, Any]:
    """Return the arguments with which ``fit`` and ``predict`` read arrays in order.

    Args:
        size: Samples of a batch; the arrays hold whole batches.
        arrays: Inputs, and targets if there are any.
    """
    if load_keras().backend.backend() != "tensorflow":
        return dict(zip(("x", "y"), arrays, strict=False)) | {"batch_size": size}
    tf = load_tensorflow()
    slices = tf.data.Dataset.from_tensor_slices(arrays)
    return {"x": without_tuner(slices.batch(size, drop_remainder=True))}


def make_batches(number: int, take: Callable[[int], Batch]) -> Any:
    """Return what ``fit`` of a Keras model reads in one epoch: batches in order.

    Args:
        number: Number of batches, 1 or more.
        take: Returns a batch (inputs and targets) by its number, from 0; all have one shape.

    Returns:
        A ``tf.data.Dataset`` for the TensorFlow backend, a ``keras.utils.PyDataset`` for others.
    """
    keras = load_keras()
    if keras.backend.backend() == "tensorflow":
        return _as_tensorflow_reads(number, take)
    base: Any = keras.utils.PyDataset  # Keras ships no types

    class Batches(base):  # type: ignore[misc]
        def __len__(self) -> int:
            return number

        def __getitem__(self, index: int) -> Batch:
            return take(index)

    return Batches()


def _as_tensorflow_reads(number: int, take: Callable[[int], Batch]) -> Any:
    tf = load_tensorflow()
    first = take(0)

    def generate() -> Iterator[Batch]:
        yield first
        yield from map(take, range(1, number))

    signature = tuple(tf.TensorSpec(array.shape, array.dtype) for array in first)
    batches = tf.data.Dataset.from_generator(generate, output_signature=signature)
    return without_tuner(batches.apply(tf.data.experimental.assert_cardinality(number)))
