"""Keras: imported late, quietly, and with one clear line where it is missing.

``import catsclean`` and ``catsclean --help`` load none of it.  The trainer is written with Keras
layers and ``keras.ops`` only, so that ``KERAS_BACKEND=jax`` or ``torch`` serves as well; only
:func:`catsclean.training.dataset` needs TensorFlow itself.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from catsclean.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTALL = (
    'pip install "catsclean[train]", or for a CPU, half the download: pip install'
    ' "catsclean[train-cpu]"'
)
# modules that nobody would look for by their own name
_LIBRARIES = {"cv2": "OpenCV", "sklearn": "scikit-learn"}


def load_keras() -> Any:
    """Import Keras with whatever backend is set (TensorFlow where none is).

    Raises:
        MissingExtraError: Keras or its backend is not installed.
    """
    if (loaded := sys.modules.get("keras")) is not None:
        return loaded
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend == "tensorflow":
        require("tensorflow")
    require("keras")
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
    """Import OpenCV, whichever of its distributions it came with.

    Raises:
        MissingExtraError: It is not installed.
    """
    require("cv2")
    import cv2

    return cv2


def require(*modules: str) -> None:
    """Check that the modules of the extra are there, without importing them.

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
            f"training needs {library}, which is not installed. Run: {_INSTALL}"
        )


@contextlib.contextmanager
def hush() -> Iterator[None]:
    """Keep what native code writes to stderr out of sight; an exception's text is not native.

    TensorFlow writes a dozen lines on start-up before its own log level is in force, from C++,
    past ``sys.stderr``.  Nothing of it tells the user anything that he could act upon.
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
