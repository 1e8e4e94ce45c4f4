"""Open a model from an untrusted source: stock Keras layers only, and none of its code runs.

A ``.keras`` file is a recipe for Python objects.  Keras' safe mode refuses pickled lambdas.  This
module also refuses every class that is not on a list of plain layers, before Keras sees the file:
layers that load other files (``TFSMLayer``, the vocabulary layers), wrap foreign code, or are
unknown here.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from catsclean.core import names
from catsclean.core.not_a_folder import explain_url
from catsclean.core.parse_json import parse_json
from catsclean.errors import TrainingUsageError, UsageError
from catsclean.training.backend import load_keras, require
from catsclean.training.checkpoint import NOTE_NAME
from catsclean.training.fit import both_classes
from catsclean.training.pictures import FITS, Cut
from catsclean.training.probe import PROBE_FILE, Probe, read_probe, require_probe

_MAX_CONFIG_BYTES: Final = 32 * 2**20
_MAX_MODEL_BYTES: Final = 8 * 2**30
_MODELS: Final = frozenset({"Sequential", "Functional", "Model"})
_LAYERS: Final = frozenset(
    [
        "InputLayer",
        "Rescaling",
        "Resizing",
        "Normalization",
        "CenterCrop",
        "Activation",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ELU",
        "Softmax",
        "Conv1D",
        "Conv2D",
        "Conv2DTranspose",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "MaxPooling2D",
        "MaxPool2D",
        "AveragePooling2D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling2D",
        "ZeroPadding2D",
        "Cropping2D",
        "UpSampling2D",
        "Flatten",
        "Reshape",
        "Permute",
        "Dense",
        "Dropout",
        "SpatialDropout2D",
        "GaussianDropout",
        "GaussianNoise",
        "AlphaDropout",
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "UnitNormalization",
        "Add",
        "Subtract",
        "Multiply",
        "Average",
        "Maximum",
        "Minimum",
        "Concatenate",
        "Identity",
        "RandomFlip",
        "RandomRotation",
        "RandomZoom",
        "RandomTranslation",
        "RandomContrast",
        "RandomBrightness",
        "RandomCrop",
    ]
)
# classes in their configurations that are not layers
_PARTS: Final = frozenset(
    [
        "DTypePolicy",
        "__keras_tensor__",
        "GlorotUniform",
        "GlorotNormal",
        "HeUniform",
        "HeNormal",
        "LecunUniform",
        "LecunNormal",
        "Zeros",
        "Ones",
        "Constant",
        "RandomNormal",
        "RandomUniform",
        "TruncatedNormal",
        "VarianceScaling",
        "Orthogonal",
        "Identity",
        "L1",
        "L2",
        "L1L2",
        "MaxNorm",
        "NonNeg",
        "UnitNorm",
        "MinMaxNorm",
    ]
)
_ALLOWED: Final = _MODELS | _LAYERS | _PARTS
_PROBE_ENDING: Final = ".npz"


@dataclass(frozen=True)
class Model:
    """A model, ready to predict.

    Attributes:
        path: Its file.
        network: The ``keras.Model``: (n, size, size, 3) of 0 to 255 in, probabilities out; that of
            the recipe ``probe`` is a :class:`catsclean.training.probe.Probe`.
        labels: Names of its classes, in the order of their codes.
        cut: How pictures become squares, as in its training.
    """

    path: Path
    network: Any
    labels: tuple[str, ...]
    cut: Cut

    def judge(self, squares: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return (n, classes) probabilities for pictures of shape (n, size, size, 3)."""
        if isinstance(self.network, Probe):
            return self.network.judge(squares)
        outputs = self.network(squares.astype("float32"), training=False)
        return both_classes(np.asarray(outputs))

    def open_keras(self) -> Any:
        """Return the ``keras.Model``.

        Raises:
            TrainingUsageError: It is none.
        """
        if isinstance(self.network, Probe):
            raise TrainingUsageError(
                f"{names.encode(str(self.path))} is a probe, which has no layers of Keras. Name a"
                " .keras file, or a run of another recipe."
            )
        return self.network


class _InFolder(Protocol):
    """A training run, whose model is in its folder."""

    @property
    def folder(self) -> Path: ...


def load_model(path: _InFolder | str | os.PathLike[str], labels: list[str] | None = None) -> Model:
    """Open a ``.keras`` file, or the probe of a run.

    Args:
        path: The file; a run or its folder means the best model in it.
        labels: Names of the classes, for a model that catsclean did not write.

    Raises:
        UsageError: `path` is none of these.
        TrainingError: It is missing, damaged, not a picture classifier, or contains something
            that could run code or read other files.
        MissingExtraError: Keras or OpenCV is not installed.
    """
    given = getattr(path, "folder", path)
    if not isinstance(given, (str, os.PathLike)):
        raise UsageError(
            "model must be a .keras file, a run or its folder, or the result of load_model."
            f" Received: a {names.text(type(path).__name__)}."
        )
    source = Path(given)
    if source.is_dir():
        source = find_model(source)
        if not source.exists():
            raise TrainingUsageError(explain_no_model(Path(given)))
    shown = names.encode(str(source))
    if source.name.endswith(_PROBE_ENDING):
        return _open_probe(source, labels, shown)
    note = _check(source, shown)
    keras = load_keras()
    require("cv2")
    try:
        network = keras.models.load_model(source, compile=False, safe_mode=True)
    except Exception as error:  # a foreign file makes Keras raise nearly anything
        lines = str(error).splitlines() or [type(error).__name__]
        raise TrainingUsageError(
            f"Keras cannot open {shown}: {names.text(lines[0][:300])}"
        ) from error
    size, outputs = _check_shapes(network, shown)
    known = _choose_labels(labels, note, max(2, outputs), shown)
    return Model(source, network, known, _cut_of(size, note))


def find_model(folder: Path) -> Path:
    """Return the model of a run's folder; ``best.keras`` if it has none."""
    probe = folder / PROBE_FILE
    return probe if probe.exists() else folder / "best.keras"


def _open_probe(source: Path, labels: list[str] | None, shown: str) -> Model:
    require_probe()
    probe, note = read_probe(source)
    known = _choose_labels(labels, note, len(probe.offsets), shown)
    size = note.get("size")
    if not isinstance(size, int) or isinstance(size, bool):
        raise TrainingUsageError(f"{shown} is not a probe: it does not say its size.")
    return Model(source, probe, known, _cut_of(size, note))


def _choose_labels(
    given: list[str] | None, note: dict[str, Any], classes: int, shown: str
) -> tuple[str, ...]:
    known = given or _labels_of(note)
    if known is None:
        known = [f"class {code}" for code in range(classes)]
    if len(known) != classes:
        raise TrainingUsageError(
            f"{shown} has {classes} classes. Received: {len(known)} labels: {', '.join(known)}."
        )
    return tuple(names.text(label) for label in known)


def _cut_of(size: int, note: dict[str, Any]) -> Cut:
    fit = note.get("fit")
    return Cut(size, fit if fit in FITS else "stretch", note.get("apply_orientation") is True)


def explain_no_model(folder: Path) -> str:
    """Say why a folder has no model, and what to name instead."""
    why, instead = "", "Name a .keras file, or a run's folder, which has a best.keras."
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        record = parse_json((folder / "run.json").read_text(encoding="utf-8"))
        settings = record["settings"]
        modes = [name for name in ("folds", "sufficiency") if settings.get(name)]
        if modes:
            why = f": a run with --{modes[0]} keeps none"
            instead = f"Train one without --{modes[0]} ({modes[0]}=)."
            runs = sorted(folder.resolve().parent.iterdir())
            if others := [run for run in runs if find_model(run).exists()]:
                instead = f"Name a run that has one: {others[-1]}"
    received = names.text(os.fspath(folder))
    return f"no model in this folder{why}. Received: {received!r}. {instead}"


def _check(source: Path, shown: str) -> dict[str, Any]:
    """Check the configuration without building any of it; return our note."""
    try:
        with zipfile.ZipFile(source) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
            if sum(sizes.values()) > _MAX_MODEL_BYTES:
                raise TrainingUsageError(
                    f"{shown} unpacks to more than {_MAX_MODEL_BYTES / 1e9:.0f} GB."
                )
            config = _read_json(archive, sizes, "config.json", shown)
            note = _read_json(archive, sizes, NOTE_NAME, shown) if NOTE_NAME in sizes else {}
    except FileNotFoundError:
        raise TrainingUsageError(
            explain_url(str(source))
            or f"no such model. Received: {names.text(str(source))!r}. Name a .keras file, or a"
            " run's folder."
        ) from None
    except TrainingUsageError:
        raise
    except Exception as error:  # damage leads zipfile and zlib to raise nearly anything
        said = names.text(str(error)[:200])
        raise TrainingUsageError(f"{shown} is not a .keras model: {said}") from error
    config.pop("compile_config", None)  # not needed: the model is opened only to predict
    try:
        _refuse_unknown(config, shown)
    except RecursionError:
        raise TrainingUsageError(f"{shown} is nested too deeply for a model.") from None
    return note


def _read_json(
    archive: zipfile.ZipFile, sizes: dict[str, int], member: str, shown: str
) -> dict[str, Any]:
    if member not in sizes:
        raise TrainingUsageError(f"{shown} is not a .keras model: it has no {member}.")
    if sizes[member] > _MAX_CONFIG_BYTES:
        raise TrainingUsageError(f"{shown} is refused: its {member} has {sizes[member]:,} bytes.")
    try:
        value = parse_json(archive.read(member))
    except ValueError as error:
        raise TrainingUsageError(f"{shown} is damaged: {member}: {str(error)[:100]}") from None
    if not isinstance(value, dict):
        raise TrainingUsageError(f"{shown} is damaged: {member} is not a JSON object.")
    return value


def _refuse_unknown(value: Any, shown: str) -> None:
    if isinstance(value, list):
        for item in value:
            _refuse_unknown(item, shown)
    if not isinstance(value, dict):
        return
    if "class_name" in value:
        kind, module = value["class_name"], value.get("module")
        if kind in ("Lambda", "__lambda__"):
            raise TrainingUsageError(
                f"{shown} is refused: it has a Lambda layer: Python code that would run here."
            )
        foreign = module is not None and module != "keras" and not str(module).startswith("keras.")
        if foreign or not isinstance(kind, str) or kind not in _ALLOWED:
            raise TrainingUsageError(
                f"{shown} is refused: it has a class that is not a plain Keras layer:"
                f" {names.text(str(module))}.{names.text(str(kind))[:80]}"
            )
    for item in value.values():
        _refuse_unknown(item, shown)


def _check_shapes(network: Any, shown: str) -> tuple[int, int]:
    try:
        (_, height, width, channels), output = network.input_shape, network.output_shape
        outputs = output[1]
        square = height == width and channels == 3 and len(output) == 2
    except (TypeError, ValueError, AttributeError, IndexError):
        square, height, outputs = False, None, None
    if not square or not isinstance(height, int) or not isinstance(outputs, int):
        raise TrainingUsageError(
            f"{shown} is not a picture classifier, from (n, size, size, 3) to (n, classes)."
            f" Received: {getattr(network, 'input_shape', '?')}"
            f" to {getattr(network, 'output_shape', '?')}."
        )
    return height, outputs


def _labels_of(note: dict[str, Any]) -> list[str] | None:
    labels = note.get("labels")
    if isinstance(labels, list) and all(isinstance(label, str) for label in labels):
        return labels
    return None
