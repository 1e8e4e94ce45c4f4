"""Train networks of Keras, epoch by epoch."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.training.backend import load_keras
from catsclean.training.checkpoint import Checkpoint
from catsclean.training.data import Pictures
from catsclean.training.device import Device, choose_device, enable_determinism
from catsclean.training.fit import Fitted, Plan, Step, Subset, fit, predict_rows, seeded
from catsclean.training.learner import Judge, Learner
from catsclean.training.loading import load_model
from catsclean.training.models import build_model
from catsclean.training.recipes import Recipe

# kernel launches no longer limit a GPU with some dozens of steps in one call; a CPU gains nothing
_STEPS_PER_CALL: Final = {"cpu": 1, "gpu": 32}


class KerasLearner(Learner):
    """Trains a network of Keras.

    Args:
        recipe: The network and its hyper-parameters.
        settings: The other settings of the run.
        steps_per_call: Steps per call to the device; None: what suits it.
        jit: Compile with XLA; None: on JAX only.
    """

    iterates: ClassVar[bool] = True

    def __init__(
        self,
        recipe: Recipe,
        settings: Mapping[str, Any],
        steps_per_call: int | None,
        jit: bool | None,  # noqa: FBT001 - three values, passed on
    ) -> None:
        self._recipe = recipe
        self._settings = settings
        self._steps_per_call = steps_per_call
        self._jit = jit

    def choose_device(self, wanted: str) -> Device:
        """Choose the device that Keras' backend sees."""
        return choose_device(wanted)

    def describe(self, where: Device) -> dict[str, Any]:
        """Return the versions of Keras and its backend."""
        versions = {
            "python": platform.python_version(),
            "keras": load_keras().__version__,
            "backend": where.backend,
            "numpy": np.__version__,
        }
        return {"versions": versions}

    @contextmanager
    def at_work(
        self,
        where: Device,
        pictures: Pictures,
        report: Callable[[int, int], None],  # noqa: ARG002 - no other network looks first
    ) -> Iterator[None]:
        """Create everything in the block on the device, with the precision of the settings."""
        keras = load_keras()
        if self._settings["deterministic"]:
            enable_determinism()
        self._pictures = pictures
        self._plan = Plan(
            seed=self._settings["seed"],
            # on a CPU the device's memory is the host's: it would hold the set twice, and a set
            # that is on disk does not fit
            resident=where.kind == "gpu" or not pictures.on_disk,
            moves_on_host=where.kind == "cpu",
            steps_per_call=self._steps_per_call or _STEPS_PER_CALL[where.kind],
            jit=keras.backend.backend() == "jax" if self._jit is None else self._jit,
        )
        # TensorFlow never frees all that a model has used: the models of a run share the pictures
        self._holder: Any = None
        before = keras.config.dtype_policy()
        try:
            keras.config.set_dtype_policy(self._settings["precision"])
            with where.scope():
                yield
        finally:
            self._holder = None
            keras.config.set_dtype_policy(before)

    def fit(
        self,
        train: Subset,
        val: Subset,
        progress: Callable[[Step], None],
        folder: Path | None = None,
        *,
        resume: bool = False,
        seed: int | None = None,
    ) -> Fitted:
        """Train one new network."""
        pictures = self._pictures
        plan = replace(self._plan, keep_probabilities=folder is None)
        plan = plan if seed is None else replace(plan, seed=seed)
        with seeded(plan.seed):
            network = build_model(self._recipe, len(pictures.labels), self._settings["weights"])
        checkpoint = None
        if folder is not None:
            note = {"labels": pictures.labels, **pictures.cut.to_dict()}
            checkpoint = Checkpoint(folder, note)
        if plan.fitting(self._recipe).resident and self._holder is None:
            from catsclean.training.resident import Resident  # it loads Keras

            self._holder = Resident(pictures.array)
        return fit(
            network, pictures.array, train, val, self._recipe, plan, holder=self._holder,
            checkpoint=checkpoint, resume=resume, progress=progress,
        )  # fmt: skip

    def open(self, folder: Path) -> Judge:
        """Open the network of the best epoch."""
        best = load_model(folder / "best.keras").network

        def judge(rows: NDArray[np.int64]) -> NDArray[np.float64]:
            return predict_rows(best, self._pictures.array, rows)

        return judge
