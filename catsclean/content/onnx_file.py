"""The embedder ``onnx:FILE``: the vectors of any ONNX model that takes pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from catsclean.content.onnx_session import open_session
from catsclean.core import names
from catsclean.errors import ConfigError

if TYPE_CHECKING:
    import onnxruntime

_PREPARATION: Final = "1"
_USUAL_SIDE_PX: Final = 224
_MOST_SIDE_PX: Final = 2048
# Mean and standard deviation of ImageNet's red, green and blue, 0 to 1, as nearly all networks
# that were trained on it expect (torchvision's documentation of its weights).
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)


class OnnxFile:
    """An ONNX model as an embedder.

    It must have one input for pictures, channels first or last, and one output with a vector for
    each picture.  Inputs of type uint8 get the pixels as they are; inputs of floats get them
    normalised with the mean and the deviation of ImageNet.  If the model leaves the size open,
    pictures are 224 pixels wide and high.

    Args:
        argument: Path of the file.

    Raises:
        ConfigError: The file cannot be read, or is not such a model.
    """

    def __init__(self, argument: str) -> None:
        self._path = Path(argument).absolute()
        self.name = f"onnx:{names.encode(argument)}"
        data = self._read()
        self.version = hashlib.sha256(data + _PREPARATION.encode()).hexdigest()
        self._input = _find_input(data, self.name)
        self.side_px = self._input.side_px
        self._session: onnxruntime.InferenceSession | None = None

    def load(self) -> None:
        """Open the model.

        Raises:
            ConfigError: onnxruntime refuses it, or it changed.
        """
        self._open()

    def _open(self) -> onnxruntime.InferenceSession:
        data = self._read()
        if hashlib.sha256(data + _PREPARATION.encode()).hexdigest() != self.version:
            raise ConfigError(f"{self.name} has changed since the audit began. Run it again.")
        try:
            self._session = open_session(data)
        except Exception as error:  # onnxruntime has an error class for each kind of fault
            raise ConfigError(
                f"onnxruntime refuses the model {self.name}: {names.text(str(error))}"
            ) from error
        return self._session

    def embed(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the vectors of some pictures, shape (n, d)."""
        session = self._session or self._open()
        given = self._input.prepare(batch)
        pieces = (
            [given] if not self._input.single else [given[i : i + 1] for i in range(len(given))]
        )
        output = session.get_outputs()[0].name
        found = [session.run([output], {self._input.name: piece})[0] for piece in pieces]
        vectors = np.concatenate([np.asarray(each, np.float32) for each in found])
        return vectors.reshape(len(batch), -1) if vectors.ndim > 2 else vectors

    def _read(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"the model of the embedder cannot be read: {error.strerror or error}."
                f" Received: {self.name}"
            ) from error


class _Input:
    """The input for pictures of a model."""

    def __init__(self, name: str, kind: int, shape: list[int]) -> None:
        """Take its name, its ONNX type and its shape, 0 for sizes that are left open."""
        from onnx import TensorProto

        floats: dict[int, type[np.floating[Any]]] = {
            TensorProto.FLOAT: np.float32,
            TensorProto.FLOAT16: np.float16,
        }
        if kind != TensorProto.UINT8 and kind not in floats:
            raise ValueError("its input is neither uint8 nor a float")
        if len(shape) != 4 or 3 not in {shape[1], shape[3]}:
            raise ValueError(f"its input is not a picture with three channels: shape {shape}")
        self.name = name
        self._float = floats.get(kind)
        self._channels_first = shape[3] != 3
        self.single = shape[0] == 1
        height, width = shape[2:] if self._channels_first else shape[1:3]
        if height != width and height and width:
            raise ValueError(f"its pictures are not square: {width} x {height}")
        self.side_px = height or width or _USUAL_SIDE_PX
        if self.side_px > _MOST_SIDE_PX:
            raise ValueError(f"its pictures have {self.side_px} pixels a side")

    def prepare(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
        """Return pictures of shape (n, side_px, side_px, 3) as the model takes them."""
        pictures: npt.NDArray[Any] = batch
        if self._float is not None:
            pictures = ((batch / np.float32(255) - _MEAN) / _SPREAD).astype(self._float)
        if self._channels_first:
            pictures = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
        return pictures


def _find_input(data: bytes, name: str) -> _Input:
    """Return the input for pictures.

    Raises:
        ConfigError: The file is not a model that takes pictures.
    """
    import onnx

    try:
        model = onnx.load_model_from_string(data)
        if any(_external_tensors(model)):
            # other files could be any on this machine
            raise ValueError("it reads its weights from other files; save them inside the model")
        constants = {tensor.name for tensor in model.graph.initializer}
        inputs = [given for given in model.graph.input if given.name not in constants]
        if len(inputs) != 1:
            raise ValueError(f"it has {len(inputs)} inputs, not one")
        tensor = inputs[0].type.tensor_type
        shape = [dimension.dim_value for dimension in tensor.shape.dim]
        return _Input(inputs[0].name, tensor.elem_type, shape)
    except Exception as error:  # protobuf has error classes of its own
        raise ConfigError(
            f"the embedder {name} is not an ONNX model of pictures: {names.text(str(error))}"
        ) from error


def _external_tensors(message: Any) -> Iterator[bool]:
    """Tell of every tensor anywhere in a model whether its numbers lie in another file."""
    if message.DESCRIPTOR.name == "TensorProto":
        yield message.data_location == message.EXTERNAL or bool(message.external_data)
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if _is_repeated(field) else [value]:
                yield from _external_tensors(each)


def _is_repeated(field: Any) -> bool:
    repeated = getattr(field, "is_repeated", None)  # protobuf before 6.30 has only the label
    return field.label == field.LABEL_REPEATED if repeated is None else bool(repeated)
