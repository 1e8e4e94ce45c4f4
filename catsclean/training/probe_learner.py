"""Train probes: look at every picture once, then fit a linear classifier."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.onnx_session import gpu_providers, onnxruntime_version
from catsclean.errors import ConfigError, TrainingUsageError
from catsclean.training.data import Pictures
from catsclean.training.device import DEVICES, Device
from catsclean.training.fit import Fitted, Step, Subset, refuse_nothing, score
from catsclean.training.learner import Judge, Learner
from catsclean.training.probe import NETWORK, PROBE_FILE, fit_probe, look, read_probe
from catsclean.training.recipes import ProbeRecipe

_CHUNK: Final = 128  # pictures between two reports of progress


class ProbeLearner(Learner):
    """Trains a probe.

    Args:
        recipe: Its hyper-parameters.
    """

    iterates: ClassVar[bool] = False

    def __init__(self, recipe: ProbeRecipe) -> None:
        self._recipe = recipe
        # row of the decoded pictures, mirrored or not -> its vector: folds share them
        self._vectors: dict[tuple[int, bool], NDArray[np.float32]] = {}

    def choose_device(self, wanted: str) -> Device:
        """Choose a device that onnxruntime can use."""
        if wanted not in DEVICES:
            raise ConfigError(f"device must be one of {', '.join(DEVICES)}. Received: {wanted!r}.")
        backend = f"onnxruntime {onnxruntime_version()}"
        if wanted == "cpu":
            return Device("cpu", "asked for with --device cpu", backend)
        found = gpu_providers()
        if found:
            return Device("gpu", f"{found[0]} of onnxruntime", backend)
        missing = "this onnxruntime is built without a GPU"
        if wanted == "gpu":
            raise TrainingUsageError(f'no GPU: {missing}. Run with --device cpu (device="cpu").')
        return Device("cpu", missing, backend)

    def describe(self, where: Device) -> dict[str, Any]:
        """Return the versions, and which network looks at the pictures."""
        versions = {
            "python": platform.python_version(),
            "backend": where.backend,
            "scikit-learn": metadata.version("scikit-learn"),
            "numpy": np.__version__,
        }
        return {"versions": versions, "network": NETWORK}

    @contextmanager
    def at_work(
        self, where: Device, pictures: Pictures, report: Callable[[int, int], None]
    ) -> Iterator[None]:
        """Take the pictures."""
        self._pictures, self._report, self._gpu = pictures, report, where.kind == "gpu"
        yield

    def fit(
        self,
        train: Subset,
        val: Subset,
        progress: Callable[[Step], None],  # noqa: ARG002 - there are no steps
        folder: Path | None = None,
        *,
        resume: bool = False,  # noqa: ARG002 - there is nothing to go on from
        seed: int | None = None,  # noqa: ARG002 - nothing is left to chance
    ) -> Fitted:
        """Look at the pictures, and fit one new probe."""
        refuse_nothing(train, val)
        recipe, labels = self._recipe, self._pictures.labels
        started = time.perf_counter()
        vectors, codes = self._look(train.rows), train.codes
        if recipe.mirrored:
            vectors = np.concatenate([vectors, self._look(train.rows, mirrored=True)])
            codes = np.concatenate([codes, codes])
        probe = fit_probe(vectors, codes, len(labels), recipe.grid, recipe.C)
        loss, accuracy = score(probe.judge_vectors(vectors), codes)
        del vectors
        seconds, started = time.perf_counter() - started, time.perf_counter()
        answers = probe.judge_vectors(self._look(val.rows))
        val_loss, val_accuracy = score(answers, val.codes)
        row = {
            "epoch": 1,
            "loss": loss,
            "accuracy": accuracy,
            "seconds": seconds,
            "pictures_per_second": len(train) / seconds,
            "val_loss": val_loss,
            "val_accuracy": val_accuracy,
            "validation_seconds": time.perf_counter() - started,
        }
        if folder is None:
            return Fitted([row], 1, probabilities=[answers.astype(np.float32)])
        note = {"labels": labels, **self._pictures.cut.to_dict()}
        probe.save(folder / PROBE_FILE, note)
        return Fitted([row], 1)

    def open(self, folder: Path) -> Judge:
        """Open the probe."""
        probe, _ = read_probe(folder / PROBE_FILE)

        def judge(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            return probe.judge_vectors(self._look(rows))

        return judge

    def _look(self, rows: NDArray[np.int64], *, mirrored: bool = False) -> NDArray[np.float32]:
        """Return the vectors of some pictures; each picture is looked at once."""
        array, vectors = self._pictures.array, self._vectors
        missing = [row for row in dict.fromkeys(rows.tolist()) if (row, mirrored) not in vectors]
        for start in range(0, len(missing), _CHUNK):
            self._report(start, len(missing))
            some = missing[start : start + _CHUNK]
            squares = array[some, :, ::-1] if mirrored else array[some]
            found = look(squares, self._recipe.grid, self._pictures.workers, gpu=self._gpu)
            vectors |= {(row, mirrored): each for row, each in zip(some, found, strict=True)}
        if missing:
            self._report(len(missing), len(missing))
        if len(rows) == 0:
            return look(array[:0], self._recipe.grid, gpu=self._gpu)
        return np.stack([vectors[row, mirrored] for row in rows.tolist()])
