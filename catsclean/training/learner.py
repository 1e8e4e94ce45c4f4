"""What a run trains: one kind of model, from its device to the file that holds it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from catsclean.training.data import Pictures
from catsclean.training.device import Device
from catsclean.training.fit import Fitted, Step, Subset

#: Takes row numbers of the decoded pictures, and returns (n, classes) probabilities.
Judge = Callable[[NDArray[np.int64]], NDArray[np.float64]]


class Learner(ABC):
    """Trains the models of a run.

    Attributes:
        iterates: Whether it sees the training pictures several times: epochs.
    """

    iterates: ClassVar[bool]

    @abstractmethod
    def choose_device(self, wanted: str) -> Device:
        """Choose the device: ``auto``, ``cpu`` or ``gpu``.

        Raises:
            ConfigError: `wanted` is unknown.
            TrainingError: A GPU was requested, but there is none.
        """

    @abstractmethod
    def describe(self, where: Device) -> dict[str, Any]:
        """Return entries of ``run.json``: the versions of all that decides about the result."""

    @abstractmethod
    def at_work(
        self, where: Device, pictures: Pictures, report: Callable[[int, int], None]
    ) -> AbstractContextManager[None]:
        """Prepare to train on pictures, which are decoded, for the time of the block.

        Args:
            where: The device.
            pictures: The pictures.
            report: Called with the numbers of pictures done and in total, while a network that
                was trained elsewhere looks at them.
        """

    @abstractmethod
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
        """Train one new model.

        Args:
            train: Pictures to train on.
            val: Pictures to validate on.
            progress: Called during training.
            folder: Where to save the model; None: keep the probabilities of the validation
                pictures instead.
            resume: Continue from what is in `folder`.
            seed: Random seed; None: that of the run.
        """

    @abstractmethod
    def open(self, folder: Path) -> Judge:
        """Return the answers of the model that :meth:`fit` saved."""
