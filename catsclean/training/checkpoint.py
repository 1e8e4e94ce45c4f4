"""Save the best and the last epoch, completely or not at all.

``best.keras`` and ``last.keras`` are models to use; ``state.npz`` has the values that only training
needs: the optimizer's variables and the history.  Nothing is ever pickled.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from catsclean.core.files import replacing
from catsclean.core.leftovers import TEMPORARY_MODEL
from catsclean.core.parse_json import parse_json
from catsclean.errors import TrainingError, TrainingUsageError

NOTE_NAME = "catsclean.json"
_SECONDS_BETWEEN_WRITES = 20.0  # an epoch on a GPU is shorter than writing 100 MB


class Checkpoint:
    """Saves the best and the last epoch of a run.

    Args:
        folder: Target folder; made if it is missing.
        note: Facts that a reader of the model needs: labels, size, how pictures are cut.
    """

    def __init__(self, folder: Path, note: Mapping[str, Any]) -> None:
        self.folder = folder
        self.note = dict(note)
        self._best: list[Any] | None = None
        self._pending: tuple[Any, Any, list[dict[str, float]]] | None = None
        self._last_weights: list[Any] = []
        self._last_optimizer: list[Any] = []
        self._written = 0.0

    @property
    def best(self) -> Path:
        """The model of the epoch with the lowest validation loss."""
        return self.folder / "best.keras"

    @property
    def last(self) -> Path:
        """The model of the last complete epoch."""
        return self.folder / "last.keras"

    @property
    def state(self) -> Path:
        """The file that resuming needs in addition to the last model."""
        return self.folder / "state.npz"

    def keep(
        self, network: Any, optimizer: Any, history: list[dict[str, float]], *, improved: bool
    ) -> None:
        """Take a complete epoch, and write it if the last write is long ago."""
        self._last_weights = network.get_weights()
        self._last_optimizer = [np.asarray(v) for v in optimizer.variables]
        if improved:
            self._best = self._last_weights
        self._pending = (network, optimizer, list(history))
        if time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES:
            self.flush()

    def flush(self) -> None:
        """Write everything that is not written yet."""
        if self._pending is None:
            return
        network, _, history = self._pending
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            if self._best is not None:
                network.set_weights(self._best)
                save_model(network, self.best, self.note)
            network.set_weights(self._last_weights)
            # state before model: a state that is one epoch ahead is refused, never mixed in
            arrays = {f"optimizer_{i}": v for i, v in enumerate(self._last_optimizer)}
            arrays |= {f"weight_{i}": v for i, v in enumerate(self._last_weights)}
            with replacing(self.state) as temporary, temporary.open("wb") as stream:
                np.savez(stream, history=np.array(json.dumps(history)), **arrays)
            save_model(network, self.last, self.note)
        except OSError as error:
            raise TrainingError(
                f"cannot write the run folder {str(self.folder)!r}: {error.strerror or error}."
            ) from error
        self._best = None
        self._pending = None
        self._written = time.monotonic()

    def restore(self, network: Any, optimizer: Any) -> list[dict[str, float]]:
        """Load weights and optimizer of the last complete epoch; return the history up to it.

        Raises:
            TrainingError: There is nothing to resume, or it belongs to another network.
        """
        try:
            with np.load(self.state, allow_pickle=False) as state:
                history: list[dict[str, float]] = parse_json(str(state["history"]))
                weights = [state[f"weight_{i}"] for i in range(len(network.get_weights()))]
                moments = [state[f"optimizer_{i}"] for i in range(len(optimizer.variables))]
        except FileNotFoundError:
            raise TrainingUsageError(
                f"nothing to resume in {str(self.folder)!r}: no epoch was finished there."
            ) from None
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise TrainingError(
                f"cannot resume from {str(self.state)!r}: {str(error)[:200]}."
                " Train again without --resume (resume=True)."
            ) from error
        try:
            network.set_weights(weights)
            for variable, value in zip(optimizer.variables, moments, strict=True):
                variable.assign(value)
        except ValueError as error:
            raise TrainingError(
                f"{str(self.state)!r} belongs to another network or recipe. Resume with the"
                f" flags of the first run. ({str(error)[:200]})"
            ) from error
        return history


def save_model(network: Any, path: Path, note: Mapping[str, Any]) -> None:
    """Write a ``.keras`` file, with our note as an additional member of the archive.

    Keras reads three members by their names and ignores others.  So the model opens anywhere, and
    still knows its labels after it was copied out of its run folder.
    """
    with replacing(path, TEMPORARY_MODEL) as temporary:
        network.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(NOTE_NAME, json.dumps(dict(note)))
