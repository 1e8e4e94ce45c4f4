"""Choose the device for training, and explain the choice."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from catsclean.errors import ConfigError, TrainingUsageError
from catsclean.training.backend import load_keras

DeviceName = Literal["auto", "cpu", "gpu"]
DEVICES: Final[tuple[DeviceName, ...]] = get_args(DeviceName)


@dataclass(frozen=True, slots=True)
class Device:
    """The device that a run uses.

    Attributes:
        kind: ``cpu`` or ``gpu``.
        reason: The reason for this choice, as text for users.
        backend: Name and version of its backend, such as ``tensorflow 2.21.0``.
    """

    kind: str
    reason: str
    backend: str

    def scope(self) -> AbstractContextManager[Any]:
        """Place everything that is created in the block on this device."""
        scope: AbstractContextManager[Any] = load_keras().device(f"{self.kind}:0")
        return scope

    def __str__(self) -> str:
        return f"{self.kind.upper()} ({self.backend}): {self.reason}"


def choose_device(wanted: str = "auto") -> Device:
    """Choose the device to train on.

    Args:
        wanted: ``auto``, ``cpu`` or ``gpu``; ``auto`` takes a GPU if the backend sees one.

    Raises:
        ConfigError: `wanted` is unknown.
        TrainingError: A GPU was requested, but the backend sees none.
    """
    if wanted not in DEVICES:
        raise ConfigError(f"device must be one of {', '.join(DEVICES)}. Received: {wanted!r}.")
    keras = load_keras()
    name = keras.backend.backend()
    gpus, missing, version = _look(name)
    backend = f"{name} {version}"
    if wanted == "cpu":
        return Device("cpu", "asked for with --device cpu", backend)
    if gpus:
        return Device("gpu", f"{gpus} seen by {name}", backend)
    if wanted == "gpu":
        raise TrainingUsageError(f'no GPU: {missing}. Run with --device cpu (device="cpu").')
    return Device("cpu", missing, backend)


def enable_determinism() -> None:
    """Ask the backend for bit-identical results; some of its operations become slower."""
    name = load_keras().backend.backend()
    if name == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif name == "torch":
        torch: Any = importlib.import_module("torch")
        torch.use_deterministic_algorithms(True)  # noqa: FBT003


def _look(backend: str) -> tuple[str, str, str]:
    """Return the GPUs that a backend sees, the reason if there are none, and its version."""
    if backend == "tensorflow":
        import tensorflow as tf

        found = tf.config.list_physical_devices("GPU")
        missing = (
            "TensorFlow sees no GPU on this machine"
            if tf.test.is_built_with_cuda()
            else "this TensorFlow is built without CUDA (see docs/training.md)"
        )
        details = [
            str(tf.config.experimental.get_device_details(g).get("device_name", g.name))
            for g in found
        ]
        return ", ".join(details), missing, str(tf.__version__)
    if backend == "jax":
        jax: Any = importlib.import_module("jax")
        try:
            devices = jax.devices("gpu")
        except RuntimeError:
            devices = []
        return ", ".join(d.device_kind for d in devices), "JAX sees no GPU", str(jax.__version__)
    if backend == "torch":
        torch: Any = importlib.import_module("torch")
        count = torch.cuda.device_count()
        seen = ", ".join(torch.cuda.get_device_name(i) for i in range(count))
        return seen, "PyTorch sees no GPU", str(torch.__version__)
    return "", f"the backend {backend} has no GPU", ""
