"""Import Keras late and quietly, and report in one line if it is missing.

``import catsclean`` and ``catsclean --help`` load none of it.  The trainer uses only Keras layers
and ``keras.ops``, so ``KERAS_BACKEND=jax`` or ``torch`` works as well; only
:func:`catsclean.training.dataset` needs TensorFlow itself.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from typing import Any

from catsclean.core.install_command import install_command
from catsclean.errors import MissingExtraError

# modules that users know by another name
_LIBRARIES = {"cv2": "OpenCV", "sklearn": "scikit-learn"}
_DISTRIBUTIONS = {
    "cv2": "opencv-python-headless>=4.10.0.84", "sklearn": "scikit-learn>=1.5",
    "matplotlib": "matplotlib>=3.10", "keras": "keras>=3",
}  # fmt: skip
# every distribution that contains the module `tensorflow`
_TENSORFLOW = re.compile(
    r"(intel[-_])?tensorflow([-_](cpu|gpu|intel|macos|rocm|aarch64|cpu[-_]aws))?"
    r"|tf[-_]nightly([-_](cpu|gpu|intel|macos|rocm))?",
    re.IGNORECASE,
)


def load_keras(purpose: str = "training") -> Any:
    """Import Keras with the selected backend (TensorFlow if none is set).

    Args:
        purpose: What needs it, for the message if it is missing.

    Raises:
        MissingExtraError: Keras or its backend is not installed.
    """
    if (loaded := sys.modules.get("keras")) is not None:
        return loaded
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend == "tensorflow":
        require("tensorflow", purpose=purpose)
    require("keras", purpose=purpose)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with hush():
        import keras
    return keras


def load_tensorflow() -> Any:
    """Import TensorFlow.

    Raises:
        MissingExtraError: It is not installed.
    """
    if (loaded := sys.modules.get("tensorflow")) is not None:
        return loaded
    require("tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with hush():
        import tensorflow as tf
    return tf


@cache
def load_opencv() -> Any:
    """Import OpenCV, from any of its distributions.

    Raises:
        MissingExtraError: It is not installed.
    """
    require("cv2")
    import cv2

    return cv2


def require(*modules: str, purpose: str = "training") -> None:
    """Check that the modules of the extra are installed, without importing them.

    Args:
        modules: Names of modules.
        purpose: What needs them, for the message if one is missing.

    Raises:
        MissingExtraError: One is not installed.
    """
    for module in modules:
        if module in sys.modules:
            if sys.modules[module] is not None:
                continue
        elif importlib.util.find_spec(module) is not None:
            continue
        library = _LIBRARIES.get(module, module)
        raise MissingExtraError(
            f"{purpose} needs {library}, which is not installed. {how_to_install(module)}"
        )


def how_to_install(module: str) -> str:
    """Say how to install a module, without adding a second TensorFlow to an installed one.

    The distributions of TensorFlow overwrite each other's files.
    """
    present = installed_tensorflow()
    if not present:
        return (
            f"Run: {install_command('train')}, or for a CPU, half the download:"
            f" {install_command('train-cpu')}"
        )
    if module == "tensorflow":
        return (
            f"{present} is installed, but Python does not find it. Reinstall it: pip install"
            f" --force-reinstall {present}"
        )
    return f'Run: pip install "{_DISTRIBUTIONS.get(module, module)}"'


def installed_tensorflow() -> str:
    """Name the distribution of TensorFlow that is installed; empty if there is none."""
    for name in sorted({d.metadata["Name"] or "" for d in metadata.distributions()}):
        if _TENSORFLOW.fullmatch(name):
            return name
    return "tensorflow" if importlib.util.find_spec("tensorflow") is not None else ""


@contextlib.contextmanager
def hush() -> Iterator[None]:
    """Hide output of native code on stderr; the text of an exception is not affected.

    On start-up, before its own log level applies, TensorFlow writes a dozen lines from C++, past
    ``sys.stderr``.  Users cannot act upon any of them.
    """
    try:
        saved = os.dup(2)
    except OSError:  # stderr is closed
        yield
        return
    try:
        with open(os.devnull, "wb") as sink:  # noqa: PTH123
            os.dup2(sink.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextlib.contextmanager
def hush_retracing() -> Iterator[None]:
    """Leave out TensorFlow's advice to programmers who compile a function again and again.

    Each run compiles its own network, so from the second run of a process on it would appear, and
    in a notebook as a wall of red text.
    """
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_advice)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_advice)


def _is_no_advice(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()
