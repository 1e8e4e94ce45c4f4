"""The embedder ``keras``: the vectors of a network of Keras, or of a model that was trained."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from catsclean.core import names
from catsclean.errors import ConfigError, TrainingError, TrainingUsageError
from catsclean.training.backend import hush, load_keras, load_tensorflow
from catsclean.training.loading import load_model
from catsclean.training.models import download_network, load_weight_file

# Raise it whenever pictures are prepared in another way.
_PREPARATION: Final = "1"
# The side that each network was trained with, if it is not the usual one: Keras tells it only with
# the top, which is most of the weights of VGG16.
_USUAL_SIDE_PX: Final = 224
_SIDES_PX: Final = {
    "Xception": 299, "InceptionV3": 299, "InceptionResNetV2": 299, "NASNetLarge": 331,
    "EfficientNetB1": 240, "EfficientNetB2": 260, "EfficientNetB3": 300, "EfficientNetB4": 380,
    "EfficientNetB5": 456, "EfficientNetB6": 528, "EfficientNetB7": 600, "EfficientNetV2B1": 240,
    "EfficientNetV2B2": 260, "EfficientNetV2B3": 300, "EfficientNetV2S": 384,
    "EfficientNetV2M": 480, "EfficientNetV2L": 480,
}  # fmt: skip
# With its own download, Keras adds a layer to these that scales pictures; with a file it does not.
_DOWNLOAD_ONLY: Final = "EfficientNetB"
# A worker may use only so much memory: large squares go through the network in smaller batches.
_MOST_PIXELS: Final = 16 * _USUAL_SIDE_PX**2


class KerasEmbedder:
    """A network of ``keras.applications`` without its top, or a model that catsclean trained.

    A network gets pictures as its own ``preprocess_input`` prepares them, and gives the mean of
    each of its last maps.  A trained model gets pixels of 0 to 255, as in its training, and gives
    the input of its last Dense layer.

    Args:
        argument: ``NAME`` of a network, whose weights Keras downloads unless it has them;
            ``NAME:FILE``, with its weights in a file; a ``.keras`` file or the folder of a run; or
            the name of a run.
        runs: Folder of the runs that may be named; None: none may.

    Raises:
        ConfigError: There is no such network or model, or its weights cannot be loaded.
        MissingExtraError: Keras or its backend is not installed.
    """

    takes_runs: ClassVar[bool] = True

    def __init__(self, argument: str = "", runs: Path | None = None) -> None:
        self.name = f"keras:{names.encode(argument)}"
        name, colon, file = argument.partition(":")
        keras = load_keras(f"the embedder {self.name}")
        self._network = name if name in _networks(keras) else ""
        path = file if self._network else _path_of(argument, runs)
        if not self._network and not (path and Path(path).exists()):
            raise ConfigError(
                "the embedder keras takes a network of keras.applications, such as"
                " keras:MobileNetV2 or keras:MobileNetV2:FILE, or a model, such as"
                f" keras:best.keras. Received: {self.name!r}, which is neither such a network nor"
                f" a file{'' if runs is None else ', nor a training run of this data set'}."
            )
        self._file = Path(path).absolute() if colon or not self._network else None
        self._opened: Any = None
        _share_graphics_card(keras)
        # workers can neither ask the network nor tell users what is wrong: open it here once
        with keras.device("cpu"):
            opened = self._open()
        self.side_px: int = opened.input_shape[1]
        self.version = self._digest()

    def load(self) -> None:
        """Open the network, on one thread: every processor has a worker of its own.

        Raises:
            ConfigError: Its file has changed since the audit began.
        """
        keras = load_keras()
        _share_graphics_card(keras)
        tensorflow = load_tensorflow() if keras.backend.backend() == "tensorflow" else None
        if tensorflow is not None:
            threading = tensorflow.config.threading
            with contextlib.suppress(RuntimeError):  # TensorFlow is at work in this process
                threading.set_intra_op_parallelism_threads(1)
                threading.set_inter_op_parallelism_threads(1)
        if self._digest() != self.version:
            raise ConfigError(f"{self.name} has changed since the audit began. Run it again.")
        network = self._open()
        self._opened = functools.partial(network, training=False)
        if tensorflow is not None:
            # As one graph it takes half the time.  One with sizes left open is compiled once, not
            # again for the last, smaller batch, when this process may no longer do everything.
            sizes = tensorflow.TensorSpec([None, *network.input_shape[1:]], np.float32)
            self._opened = tensorflow.function(self._opened, input_signature=[sizes])

    def embed(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the vectors of some pictures, shape (n, d)."""
        keras = load_keras()
        network = self._opened or functools.partial(self._open(), training=False)
        prepare = _preparation(keras, self._network) if self._network else np.asarray
        step = max(1, _MOST_PIXELS // self.side_px**2)
        found = [
            keras.ops.convert_to_numpy(network(prepare(batch[i : i + step].astype(np.float32))))
            for i in range(0, len(batch), step)
        ]
        return np.concatenate(found).astype(np.float32)

    def _open(self) -> Any:
        """Return the ``keras.Model``: prepared pictures in, vectors out."""
        try:
            with _silenced():
                return self._build() if self._network else self._cut()
        except TrainingError as error:
            raise ConfigError(f"the embedder {self.name} cannot be opened: {error}") from error

    def _build(self) -> Any:
        name, side = self._network, _SIDES_PX.get(self._network, _USUAL_SIDE_PX)
        options = {"input_shape": (side, side, 3), "pooling": "avg"}
        if self._file is None:
            instead = f"Fetch the file elsewhere and name it: keras:{name}:FILE."
            return download_network(name, instead, **options)
        if name.startswith(_DOWNLOAD_ONLY):
            raise TrainingUsageError(
                f"Keras prepares pictures for {name} in another way if it is given a file. Use"
                f" keras:{name}, or a file of {name.replace('NetB', 'NetV2B')}."
            )
        network = getattr(load_keras().applications, name)(
            include_top=False, weights=None, **options
        )
        load_weight_file(network, str(self._file), name)
        return network

    def _cut(self) -> Any:
        """Return a trained model up to its last Dense layer."""
        keras = load_keras()
        model = load_model(self._file or "")
        self._file = model.path  # of a run, its best model
        network = model.open_keras()
        layers = network.layers
        last = next((x for x in reversed(layers) if isinstance(x, keras.layers.Dense)), None)
        if last is None or len(last.input.shape) != 2:
            raise TrainingUsageError("it has no Dense layer that takes a vector.")
        return keras.Model(network.inputs[0], last.input)

    def _digest(self) -> str:
        """Return the digest of everything that decides about a vector."""
        parts = [self._network, _PREPARATION]
        if self._file is None:
            parts.append(load_keras().__version__)
        else:
            try:
                with self._file.open("rb") as file:
                    parts.append(hashlib.file_digest(file, "sha256").hexdigest())
            except OSError as error:
                raise ConfigError(
                    f"the weights of the embedder cannot be read: {error.strerror or error}."
                    f" Received: {self.name}"
                ) from error
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def _path_of(argument: str, runs: Path | None) -> str:
    """Return the path of a model: the argument, or the folder of the run that it names."""
    plain = argument not in {"", ".", ".."} and Path(argument).name == argument
    if runs is not None and plain and not Path(argument).exists() and (runs / argument).is_dir():
        return str(runs / argument)
    return argument


def _networks(keras: Any) -> set[str]:
    return {name for name, value in vars(keras.applications).items() if inspect.isfunction(value)}


def _preparation(keras: Any, network: str) -> Callable[[Any], Any]:
    """Return the function that prepares pictures for a network.

    It lies beside the network: of some, such as MobileNetV3, the public module lacks the network.
    """
    beside = inspect.getmodule(getattr(keras.applications, network))
    prepare: Callable[[Any], Any] = beside.preprocess_input  # type: ignore[union-attr]
    return prepare


def _share_graphics_card(keras: Any) -> None:
    """Let TensorFlow take memory as it needs it, and not all at once: workers share a card."""
    if keras.backend.backend() != "tensorflow":
        return
    config = load_tensorflow().config
    for card in config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # TensorFlow is at work in this process
            config.experimental.set_memory_growth(card, True)  # noqa: FBT003


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Hide the progress of a download, output of native code, and warnings about sizes."""
    silent = contextlib.redirect_stdout(io.StringIO())
    with hush(), silent, warnings.catch_warnings(action="ignore"):
        yield
