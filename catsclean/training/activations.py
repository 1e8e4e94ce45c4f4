"""Draw the output of every convolution and pooling layer for one picture."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.files import saving
from catsclean.core.limits import Limits
from catsclean.core.text import count
from catsclean.errors import TrainingUsageError, UsageError
from catsclean.training.backend import load_keras
from catsclean.training.loading import Model, load_model
from catsclean.training.pictures import UnreadableError
from catsclean.training.prediction import read_square
from catsclean.training.run import Run

_COLUMNS: Final = 16
_TILE_PX: Final = 64
_TITLE_PX: Final = 22
_MARK: Final = "Software"
_MARKED: Final = "catsclean feature maps"
_KINDS: Final = (
    "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "MaxPooling2D",
    "AveragePooling2D",
)  # fmt: skip


@dataclass(frozen=True)
class FeatureMaps:
    """The maps of one picture.

    Attributes:
        layers: Name of a layer → its output, (height, width, channels), in the network's order.
        picture: A drawing of all of them, one block for each layer.
    """

    layers: dict[str, NDArray[np.float32]]
    picture: Image.Image

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture; an existing file is replaced only if it is such a picture.

        Raises:
            UsageError: It cannot be written, lies inside an audited data set or its state
                folder, would replace another file, or its extension is not that of a picture.
        """
        kind = Image.registered_extensions().get(Path(path).suffix.lower())
        if kind not in Image.SAVE:
            shown = names.text(os.fspath(path))
            raise UsageError(f"unknown extension for a picture. Received: {shown!r}. Try .png")
        with saving(path, is_feature_maps) as temporary:
            self._write(temporary, kind)

    def _write(self, target: Path, kind: str) -> None:
        # the mark by which a later call recognises a picture that it may replace
        text = PngInfo()
        text.add_text(_MARK, _MARKED)
        options = {"pnginfo": text} if kind == "PNG" else {}
        try:
            self.picture.save(target, kind, **options)
        except ValueError as error:
            raise UsageError(f"cannot write the picture as {kind}: {error}. Try .png") from error


def is_feature_maps(head: bytes) -> bool:
    """Return whether a file that begins with `head` was written by :meth:`FeatureMaps.save`."""
    return head.startswith(b"\x89PNG") and f"{_MARK}\0{_MARKED}".encode() in head


@checked
def feature_maps(
    model: Model | Run | str | os.PathLike[str],
    image: str | os.PathLike[str],
    *,
    max_channels: int = 64,
    limits: Limits | None = None,
) -> FeatureMaps:
    """Draw the output of each convolution and pooling layer for a picture.

    Args:
        model: A ``.keras`` file, a run or its folder, or a result of ``load_model``.
        image: The picture.
        max_channels: Number of channels to draw for each layer, the first ones.
        limits: Bounds on the file; None: the audit's.

    Raises:
        TrainingError: The model is refused or has no such layer, or the picture cannot be read.
    """
    opened = model if isinstance(model, Model) else load_model(model)
    network = opened.open_keras()
    try:
        square = read_square(Path(image), opened.cut, limits)
    except UnreadableError as error:
        raise TrainingUsageError(f"{names.encode(str(image))}: {error}") from None
    layers = _activate(network, square[None].astype("float32"))
    if not layers:
        raise TrainingUsageError(
            f"{opened.path.name} has no convolution or pooling layer to look into."
        )
    return FeatureMaps(layers, _draw(square, layers, max_channels))


def _activate(network: Any, batch: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return the outputs of all convolution and pooling layers, also of nested models."""
    keras = load_keras()
    found: dict[str, NDArray[np.float32]] = {}
    wanted = [layer for layer in network.layers if type(layer).__name__ in _KINDS]
    nested = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    if wanted:
        probe = keras.Model(network.inputs[0], [layer.output for layer in wanted])
        outputs = probe(batch, training=False)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        for layer, output in zip(wanted, outputs, strict=True):
            found[layer.name] = np.asarray(output)[0]
    for inner in nested:
        before = next(node.input_tensors for node in inner._inbound_nodes[-1:])  # noqa: SLF001
        entry = keras.Model(network.inputs[0], before[0])(batch, training=False)
        found |= {f"{inner.name}/{k}": v for k, v in _activate(inner, np.asarray(entry)).items()}
    return found


def _draw(
    square: NDArray[np.uint8], layers: dict[str, NDArray[np.float32]], max_channels: int
) -> Image.Image:
    blocks = [("picture", "what the network gets", [Image.fromarray(square)])]
    for name, output in layers.items():
        shown = min(max_channels, output.shape[2])
        tiles = [Image.fromarray(_to_grey(output[..., channel])) for channel in range(shown)]
        more = f", first {shown} shown" if shown < output.shape[2] else ""
        height, width, channels = output.shape
        maps = count(channels, "map")
        blocks.append((name, f"{maps} of {height} x {width} pixels{more}", tiles))
    rows = [math.ceil(len(tiles) / _COLUMNS) for _, _, tiles in blocks]
    page = Image.new(
        "RGB", (_COLUMNS * _TILE_PX, sum(rows) * _TILE_PX + len(blocks) * _TITLE_PX), "white"
    )
    pen = ImageDraw.Draw(page)
    top = 0
    for (name, size, tiles), height in zip(blocks, rows, strict=True):
        pen.text((4, top + 5), f"{name}: {size}", fill="black")
        top += _TITLE_PX
        for number, tile in enumerate(tiles):
            place = (number % _COLUMNS * _TILE_PX, top + number // _COLUMNS * _TILE_PX)
            page.paste(tile.resize((_TILE_PX - 2, _TILE_PX - 2), Image.Resampling.NEAREST), place)
        top += height * _TILE_PX
    return page


def _to_grey(channel: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale a map to greys as the course does: mean 128, standard deviation 64."""
    values = np.nan_to_num(channel.astype(np.float64))
    spread = (values - values.mean()) / (values.std() or 1.0) * 64.0 + 128.0
    grey: NDArray[np.uint8] = spread.clip(0, 255).astype(np.uint8)
    return grey
