"""The networks: Keras layers only, uint8 pictures of 0 to 255 in, probabilities out.

Rescaling is the first layer of each network, so a saved model takes pictures as they come from a
decoder, and opens in plain Keras: it has only stock layers and needs no registration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from catsclean.errors import TrainingUsageError
from catsclean.training.backend import load_keras
from catsclean.training.recipes import Recipe

# filters of each stage, and whether a residual block follows it: where there are few pixels
_STAGES: Final = ((16, False), (32, True), (64, True), (128, False))
_MIXED7_SIDE = 75  # the smallest picture that InceptionV3 accepts, pixels


def build_model(recipe: Recipe, classes: int, weights: str | None = None) -> Any:
    """Build the network of a recipe.

    Args:
        recipe: Has the name of the network, its input size and its dropout.
        classes: Number of labels.  Two: one sigmoid unit, the probability of the second label in
            sorted order.  More: softmax over all of them.
        weights: For ``transfer``: a ``.weights.h5`` or ``.h5`` file with InceptionV3's weights;
            None for Keras' own download, ``"none"`` for random ones (tests).

    Returns:
        A ``keras.Model``: (batch, size, size, 3), 0 to 255, to (batch, 1) or (batch, classes).

    Raises:
        TrainingError: There are fewer than two classes, or the weights cannot be loaded.
    """
    if classes < 2:
        raise TrainingUsageError(
            f"a classifier needs two classes or more. Received: {classes}."
            " Put each class in its own folder."
        )
    build = {"regularised": _residual, "fast": _residual, "transfer": _transfer}.get(
        recipe.name, _course
    )
    return build(recipe, classes, weights)


def _course(recipe: Recipe, classes: int, _weights: str | None) -> Any:
    """Build the course's network, layer by layer: 150, 148, 74, 72, 36, 34, 17 pixels."""
    keras = load_keras()
    layers = keras.layers
    stack = [
        keras.Input((recipe.size, recipe.size, 3), name="picture"),
        layers.Rescaling(1 / 255, name="rescale"),
        layers.Conv2D(16, 3, activation="relu", name="conv1"),
        layers.MaxPooling2D(2, name="pool1"),
        layers.Conv2D(32, 3, activation="relu", name="conv2"),
        layers.MaxPooling2D(2, name="pool2"),
        layers.Conv2D(64, 3, activation="relu", name="conv3"),
        layers.MaxPooling2D(2, name="pool3"),
        layers.Flatten(name="flatten"),
        layers.Dense(512, activation="relu", name="dense"),  # 9.5 of the 9.5 million parameters
    ]
    if recipe.dropout:
        stack.append(layers.Dropout(recipe.dropout, name="dropout"))
    return keras.Sequential([*stack, _head(classes)], name="course")


def _residual(recipe: Recipe, classes: int, _weights: str | None) -> Any:
    """Build a small residual network: 0.2 million parameters.

    With `fast`, most of its work is on maps of 12 by 12 pixels.
    """
    keras = load_keras()
    layers = keras.layers

    def convolve(x: Any, filters: int, name: str, stride: int = 1, *, relu: bool = True) -> Any:
        x = layers.Conv2D(
            filters, 3, strides=stride, padding="same", use_bias=False, name=f"conv{name}"
        )(x)
        # 0.9: the mean of 10 steps; Keras' 0.99 still lags when an epoch has 50 steps
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{name}")(x)
        return layers.Activation("relu", name=f"relu{name}")(x) if relu else x

    picture = keras.Input((recipe.size, recipe.size, 3), name="picture")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(picture)  # centred, as weights are
    for number, (filters, is_residual) in enumerate(_STAGES, start=1):
        x = convolve(x, filters, f"{number}", stride=2 if number == 1 else 1)
        if number < len(_STAGES):
            x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
        if is_residual:
            y = convolve(x, filters, f"{number}a")
            y = convolve(y, filters, f"{number}b", relu=False)
            x = layers.Activation("relu", name=f"relu{number}b")(
                layers.Add(name=f"add{number}")([x, y])
            )
    # the mean of each map instead of Flatten and Dense: the place of the cat does not matter
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dropout(recipe.dropout, name="dropout")(x)
    return keras.Model(picture, _head(classes)(x), name=recipe.name)


def _transfer(recipe: Recipe, classes: int, weights: str | None) -> Any:
    """Build InceptionV3 cut at mixed7, frozen, with the course's head."""
    keras = load_keras()
    if recipe.size < _MIXED7_SIDE:
        raise TrainingUsageError(
            f"InceptionV3 needs pictures of {_MIXED7_SIDE} pixels or more."
            f" Received: size={recipe.size}."
        )
    if weights not in {None, "none"} and not Path(str(weights)).is_file():
        raise TrainingUsageError(f"no such weight file. Received: {weights!r}.")
    base = keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(recipe.size, recipe.size, 3)
    )
    _load_weights(base, weights)
    base.trainable = False
    picture = keras.Input((recipe.size, recipe.size, 3), name="picture")
    # the scaling of InceptionV3's own training; the course divides by 255, which works as well
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(picture)
    cut = keras.Model(base.input, base.get_layer("mixed7").output, name="inception_mixed7")
    features = keras.layers.Flatten(name="flatten")(cut(scaled, training=False))
    features = keras.layers.Dense(1024, activation="relu", name="dense")(features)
    features = keras.layers.Dropout(recipe.dropout, name="dropout")(features)
    return keras.Model(picture, _head(classes)(features), name="transfer")


def load_weight_file(network: Any, file: str, name: str) -> None:
    """Load the weights of a network of ``keras.applications``, without its top, from a file.

    Raises:
        TrainingError: The file does not hold them.
    """
    try:
        network.load_weights(file)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingUsageError(
            f"{file!r} does not hold weights of {name} without its top:"
            f" {str(error).partition(chr(10))[0][:200]}"
        ) from error


def download_network(name: str, instead: str, **options: Any) -> Any:
    """Build a network of ``keras.applications`` without its top, with Keras' own download.

    Args:
        name: Its name there.
        instead: What a user without a network can do.
        options: Further arguments of the function in ``keras.applications``.

    Raises:
        TrainingError: The weights cannot be downloaded.
    """
    build = getattr(load_keras().applications, name)
    try:
        return build(include_top=False, weights="imagenet", **options)
    except Exception as error:  # urllib, ssl and socket each raise their own
        raise TrainingUsageError(
            f"cannot download {name}'s weights: is there a network? {instead}"
            f" ({type(error).__name__}: {str(error)[:200]})"
        ) from error


def _load_weights(base: Any, weights: str | None) -> None:
    if weights == "none":
        return
    if weights is not None:
        load_weight_file(base, weights, "InceptionV3")
        return
    instead = (
        "Fetch inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5 elsewhere and pass"
        " --weights FILE (weights=)."
    )
    base.set_weights(download_network("InceptionV3", instead).get_weights())


def _head(classes: int) -> Any:
    layers = load_keras().layers
    # float32 also under mixed precision: 1 - 1e-6 must not round to a probability of 1
    if classes == 2:
        return layers.Dense(1, activation="sigmoid", dtype="float32", name="probability")
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probability")
