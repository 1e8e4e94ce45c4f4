"""Predict the label of a picture, and of crops of it: the course's lesson."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catsclean.core import names
from catsclean.core.arguments import checked
from catsclean.core.bucket_address import is_address
from catsclean.core.limits import Limits
from catsclean.core.not_a_folder import explain_url
from catsclean.core.notebook_view import NotebookView
from catsclean.core.progress_bar import with_bar
from catsclean.errors import UsageError
from catsclean.images.formats.sniff import EXTENSIONS
from catsclean.images.read_file import FolderReader
from catsclean.scan.discover import discover
from catsclean.training.loading import Model, load_model
from catsclean.training.pictures import (
    Cut,
    UnreadableError,
    cut_square,
    decode_picture,
    read_bytes,
    unwarned,
)
from catsclean.training.run import Run

if TYPE_CHECKING:
    import pandas as pd


# three quarters of each side: enough to cut off the border, but not the animal
_CROP_SHARE: Final = 0.75
_PLACES: Final = {
    "centre": (0.5, 0.5),
    "top left": (0.0, 0.0),
    "top right": (1.0, 0.0),
    "bottom left": (0.0, 1.0),
    "bottom right": (1.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """The prediction of the model for one picture or crop.

    Attributes:
        label: The most probable label.
        probability: Its probability.
        probabilities: Label → probability, for all labels.
    """

    label: str
    probability: float
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction of the model for one file.

    Attributes:
        path: The file (escaped).
        answer: For the whole picture; None if it cannot be read.
        error: Why it cannot be read; empty if it can.
        crops: Name of the crop → the model's answer; empty unless requested.
    """

    path: str
    answer: ModelAnswer | None
    error: str = ""
    crops: dict[str, ModelAnswer] | None = None

    @property
    def changed_by(self) -> list[str]:
        """Names of the crops whose label differs from that of the whole picture."""
        if self.answer is None or not self.crops:
            return []
        return [name for name, crop in self.crops.items() if crop.label != self.answer.label]


class Predictions(list[Prediction], NotebookView):
    """A list of predictions, one for each file, that converts to a table."""

    def to_pandas(self) -> pd.DataFrame:
        """Return one row for each file.

        ``path``, ``label`` and ``probability`` of the answer, ``error``, and a column
        ``probability_LABEL`` for each label; values are missing if a file could not be read.
        """
        import pandas as pd

        rows: list[dict[str, object]] = []
        for each in self:
            row: dict[str, object] = {"path": each.path, "label": None, "probability": math.nan}
            row["error"] = each.error
            if each.answer is not None:
                row |= {"label": each.answer.label, "probability": each.answer.probability}
                every = each.answer.probabilities.items()
                row |= {f"probability_{label}": share for label, share in every}
            rows.append(row)
        return pd.DataFrame(
            rows, columns=None if rows else ["path", "label", "probability", "error"]
        )


@with_bar("predicting", "pictures")
@checked
def predict(
    model: Model | Run | str | os.PathLike[str],
    images: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    crops: bool = False,
    labels: list[str] | None = None,
    limits: Limits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Predict the labels of pictures with a model.

    Args:
        model: A ``.keras`` file, a run or its folder, or a result of ``load_model``.
        images: One or several files, or folders: all pictures below them, by the extension of
            their names.  Each is decoded exactly as the training pictures were.
        crops: Predict the centre and the four corners as well, three quarters of each side.
        labels: Names of the classes, for a model that catsclean did not write.
        limits: Bounds on one file; None: the audit's.
        progress: Called with the number of pictures done and their total.

    Returns:
        One prediction for each file, in their order, those of a folder by name.  If a file cannot
        be read, or a folder has no pictures, its `error` is set.

    Raises:
        UsageError: One of `images` is not a file or folder, or it is in a bucket.
        TrainingError: The model cannot be opened or is refused.
    """
    paths = [images] if isinstance(images, str | os.PathLike) else list(images)
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise UsageError(
                f"pictures must be paths of files. Received: a {names.text(type(path).__name__)}."
                " For pixels, use load_model(...).network."
            )
        if is_address(path):
            raise UsageError(explain_url(os.fspath(path)))
    opened = model if isinstance(model, Model) else load_model(model, labels)
    bounds = limits or Limits()
    files = [file for image in paths for file in _files(Path(image))]
    made = Predictions()
    for number, file in enumerate(files, 1):
        made.append(_predict_one(opened, file, crops, bounds))
        if progress is not None:
            progress(number, len(files))
    return made


def read_square(image: Path, cut: Cut, limits: Limits | None = None) -> NDArray[np.uint8]:
    """Read one file as the square that the network sees.

    Raises:
        UnreadableError: It cannot be read.
    """
    data = _read(image, limits or Limits())
    with unwarned():
        return cut_square(decode_picture(image.name, data, cut, limits), cut)


def _files(image: Path) -> list[Path]:
    """Return a file, or all pictures below a folder; the folder itself if it has none.

    No link in it is followed.
    """
    if not image.is_dir():
        return [image]
    listing = discover(image.resolve())
    found = [
        image / names.decode(path)
        for row, path in enumerate(listing.paths)
        if row not in listing.presets and names.decode(path).lower().endswith(tuple(EXTENSIONS))
    ]
    return found or [image]


def _predict_one(model: Model, image: Path, crops: bool, limits: Limits) -> Prediction:  # noqa: FBT001
    shown = names.encode(str(image))
    if image.is_dir():
        return Prediction(shown, None, "no pictures in this folder")
    try:
        data = _read(image, limits)
        with unwarned():
            squares = [cut_square(decode_picture(image.name, data, model.cut, limits), model.cut)]
            if crops:
                # decode it larger, so that a crop still has as many pixels as the network needs
                larger = Cut(
                    math.ceil(model.cut.size / _CROP_SHARE),
                    model.cut.fit,
                    model.cut.apply_orientation,
                )
                whole = decode_picture(image.name, data, larger, limits)
                squares += [cut_square(_crop(whole, *at), model.cut) for at in _PLACES.values()]
    except UnreadableError as error:
        return Prediction(shown, None, str(error))
    first, *others = (_answer(row, model.labels) for row in model.judge(np.stack(squares)))
    return Prediction(
        shown, first, crops=dict(zip(_PLACES, others, strict=True)) if crops else None
    )


def _read(image: Path, limits: Limits) -> bytes:
    # follow a link that the user names, but no link inside a folder
    try:
        resolved = image.resolve(strict=True)
    except FileNotFoundError:
        raise UnreadableError("no such file") from None
    except (OSError, RuntimeError) as error:
        raise UnreadableError(f"cannot be read: {error}") from None
    with FolderReader(resolved.parent) as folder:
        return read_bytes(folder, names.encode(resolved.name), limits)


def _crop(picture: Image.Image, across: float, down: float) -> Image.Image:
    width = max(1, round(picture.width * _CROP_SHARE))
    height = max(1, round(picture.height * _CROP_SHARE))
    left = round((picture.width - width) * across)
    top = round((picture.height - height) * down)
    return picture.crop((left, top, left + width, top + height))


def _answer(row: NDArray[np.float64], labels: tuple[str, ...]) -> ModelAnswer:
    best = int(row.argmax())
    every = {label: float(value) for label, value in zip(labels, row, strict=True)}
    return ModelAnswer(labels[best], float(row[best]), every)
