"""A probe: a linear classifier on what a network that was trained on ImageNet sees in a picture.

It is kept as plain numbers with the name and the digest of the network, which a package brings
along: a file of some kilobytes that runs no code, and needs onnxruntime instead of TensorFlow.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.embedder_names import is_installed
from catsclean.content.lite0 import SHA256, Lite0, open_lite0
from catsclean.core import names
from catsclean.core.files import replacing
from catsclean.core.install_command import missing_extra
from catsclean.core.parse_json import parse_json
from catsclean.errors import TrainingUsageError
from catsclean.training.backend import require

PROBE_FILE: Final = "probe.npz"
NETWORK: Final = {"name": Lite0.name, "sha256": SHA256}
_BATCH: Final = Lite0.batch_pictures
_MAX_BYTES: Final = 2**30
# of a class that no training picture has: its probability is zero
_NEVER: Final = -1e4


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear classifier on what ``lite0`` sees.

    Attributes:
        weights: (classes, d), to multiply vectors with.
        offsets: (classes,), to add; softmax then makes probabilities.
        grid: As for :func:`look`.
    """

    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]
    grid: int

    def judge(self, squares: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return (n, classes) probabilities for pictures of shape (n, size, size, 3)."""
        return self.judge_vectors(look(squares, self.grid))

    def judge_vectors(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (n, classes) probabilities for vectors that :func:`look` returned."""
        scores = vectors.astype(np.float64) @ self.weights.T + self.offsets
        scores -= scores.max(axis=1, keepdims=True)
        shares: NDArray[np.float64] = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def save(self, path: Path, note: Mapping[str, Any]) -> None:
        """Write it, with facts that a reader needs: labels, size, how pictures are cut."""
        text = json.dumps({"network": NETWORK, "grid": self.grid, **note})
        with replacing(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, weights=self.weights, offsets=self.offsets, note=np.array(text))


def fit_probe(
    vectors: NDArray[np.float32], codes: NDArray[np.int64], classes: int, grid: int, strength: float
) -> Probe:
    """Fit a logistic regression to standardised vectors.

    Args:
        vectors: (n, d), from :func:`look`.
        codes: (n,) label codes.
        classes: Number of labels; some may have no vector.
        grid: As for :func:`look`.
        strength: C of scikit-learn.

    Raises:
        TrainingUsageError: All vectors have the same label.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    if len(present := np.unique(codes)) < 2:
        raise TrainingUsageError(
            "all training pictures have the same label. Make splits that have pictures of each:"
            " catsclean split, or in Python catsclean.split(...).save()."
        )
    scaler = StandardScaler().fit(vectors)
    # far more steps than it needs at the recipe's strength: some 20
    regression = LogisticRegression(C=strength, max_iter=1000)
    with _one_thread():
        regression.fit(scaler.transform(vectors), codes)
    found, offset = regression.coef_, regression.intercept_
    if len(present) == 2:  # one row: that of the second label against the first
        found = np.concatenate([np.zeros_like(found), found])
        offset = np.concatenate([np.zeros_like(offset), offset])
    # standardising is a part of the weights from here on
    found = found.astype(np.float64) / scaler.scale_
    weights = np.zeros((classes, vectors.shape[1]))
    offsets = np.full(classes, _NEVER)
    weights[present] = found
    offsets[present] = offset - found @ scaler.mean_
    return Probe(weights, offsets, grid)


def look(
    squares: NDArray[np.uint8],
    grid: int,
    workers: int = 1,
    *,
    gpu: bool = True,
) -> NDArray[np.float32]:
    """Return what the network sees in pictures: (n, 1280), or (n, 320 * grid * grid).

    Args:
        squares: (n, size, size, 3), 0 to 255.
        grid: 1 for the network's vectors; else the maps of its last block, which are fewer, are
            each averaged on so many times so many fields.  These overlap if a map does not divide
            evenly.
        workers: Number of threads.
        gpu: Whether a graphics card may be used.
    """
    session = _session(maps=grid > 1, gpu=gpu)
    starts = range(0, len(squares), _BATCH)

    def run(start: int) -> NDArray[np.float32]:
        some = np.ascontiguousarray(squares[start : start + _BATCH])
        (found,) = session.run(None, {"pictures": some})
        return found if grid == 1 else _average(found, grid)

    made = np.empty((len(squares), _length(grid)), np.float32)
    with ThreadPoolExecutor(workers, "look") as pool:
        for start, found in zip(starts, pool.map(run, starts), strict=True):
            made[start : start + len(found)] = found
    return made


def read_probe(path: Path) -> tuple[Probe, dict[str, Any]]:
    """Read a probe and its note.  Nothing in the file is run.

    Raises:
        TrainingUsageError: It is missing, damaged, or of another network.
    """
    shown = names.encode(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MAX_BYTES:
            raise TrainingUsageError(f"{shown} unpacks to more than {_MAX_BYTES / 1e9:.0f} GB.")
        with np.load(path, allow_pickle=False) as saved:
            weights, offsets = (saved[name].astype(np.float64) for name in ("weights", "offsets"))
            note = parse_json(str(saved["note"]))
        network, grid = note["network"], note["grid"]
        sound = (
            isinstance(grid, int)
            and 1 <= grid <= 32
            and weights.shape == (len(offsets), _length(grid))
            and np.isfinite(weights).all()
            and np.isfinite(offsets).all()
        )
        if not sound:
            raise ValueError("its numbers do not fit together")
    except FileNotFoundError:
        raise TrainingUsageError(
            f"no such model. Received: {shown!r}. Name a model, or a run's folder."
        ) from None
    except TrainingUsageError:
        raise
    except Exception as error:  # damage leads zipfile, zlib and NumPy to raise nearly anything
        said = names.text(str(error)[:200])
        raise TrainingUsageError(f"{shown} is not a probe: {said}") from error
    if network != NETWORK:
        raise TrainingUsageError(
            f"{shown} was trained on another network than the installed {NETWORK['name']}."
            " Train it again."
        )
    return Probe(weights, offsets, grid), note


def require_probe() -> None:
    """Check that everything is installed that a probe needs: no TensorFlow.

    Raises:
        MissingExtraError: Something is missing.
    """
    if not is_installed():
        raise missing_extra("the recipe probe needs an extra", "content")
    require("cv2", purpose="the recipe probe")


@cache
def _session(*, maps: bool, gpu: bool) -> Any:
    return open_lite0(maps=maps, gpu=gpu)


def _length(grid: int) -> int:
    return 1280 if grid == 1 else 320 * grid * grid


def _average(maps: NDArray[np.float32], grid: int) -> NDArray[np.float32]:
    """Average maps of shape (n, c, h, w) on a grid: (n, c * grid * grid)."""
    count, channels, height, width = maps.shape
    fields = np.empty((count, channels, grid, grid), np.float32)
    for row in range(grid):
        for column in range(grid):
            down = slice(row * height // grid, -(-(row + 1) * height // grid))
            across = slice(column * width // grid, -(-(column + 1) * width // grid))
            fields[:, :, row, column] = maps[:, :, down, across].mean(axis=(2, 3))
    return fields.reshape(count, -1)


def _one_thread() -> Any:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)
