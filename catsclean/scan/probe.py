"""Asks TensorFlow itself whether it decodes a picture, for ``audit --probe tensorflow``."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from catsclean.errors import ConfigError, MissingExtraError
from catsclean.evidence import Evidence, Outcome
from catsclean.reading import files, names

if TYPE_CHECKING:
    from pathlib import Path

    from catsclean.reading.limits import Limits

PROBES: Final = ("tensorflow",)
_CHUNK_FILES: Final = 64


def ask_tensorflow(evidence: Evidence, probe: str, limits: Limits, workers: int) -> Evidence:
    """Replace what the rules say of TensorFlow by what TensorFlow says.

    Every picture that decodes here is given to ``tf.io.decode_image(channels=3,
    expand_animations=False)``, in worker processes of their own.

    Raises:
        ConfigError: `probe` is not ``tensorflow``.
        MissingExtraError: TensorFlow is not installed.
    """
    if probe not in PROBES:
        raise ConfigError(f"a probe is one of {', '.join(PROBES)}. Received: {probe!r}")
    if importlib.util.find_spec("tensorflow") is None:
        raise MissingExtraError('TensorFlow is not installed. Run: pip install "catsclean[train]"')
    samples = evidence.samples
    rows = samples.index[samples["outcome"] == Outcome.DECODED.value]
    paths = samples.loc[rows, "path"].tolist()
    answers = _ask(evidence.dataset.root, paths, limits, workers)
    samples = samples.copy()
    samples.loc[rows, "tensorflow_refuses"] = answers
    return replace(evidence, samples=samples)


def _ask(root: Path, paths: list[str], limits: Limits, workers: int) -> list[str]:
    from pebble import ProcessPool

    from catsclean.scan.pool import worker_context

    chunks = [paths[i : i + _CHUNK_FILES] for i in range(0, len(paths), _CHUNK_FILES)]
    answers: list[str] = []
    with ProcessPool(max_workers=workers, context=worker_context()) as pool:
        futures = [
            pool.schedule(decode_chunk, args=(root, chunk, limits.max_bytes)) for chunk in chunks
        ]
        for chunk, future in zip(chunks, futures, strict=True):
            try:
                answers += future.result()
            except Exception:  # noqa: BLE001 - a chunk that dies is asked again, file by file
                answers += [_ask_one(pool, root, path, limits) for path in chunk]
    return answers


def _ask_one(pool: object, root: Path, path: str, limits: Limits) -> str:
    try:
        future = pool.schedule(  # type: ignore[attr-defined]
            decode_chunk, args=(root, [path], limits.max_bytes), timeout=60 + limits.timeout_s
        )
        return str(future.result()[0])
    except Exception as error:  # noqa: BLE001 - a dead worker is an answer too
        return names.text(f"TensorFlow ended while it decoded this file: {type(error).__name__}")


def decode_chunk(root: Path, paths: list[str], max_bytes: int) -> list[str]:
    """Decode files with TensorFlow, in a worker; empty text for each that it takes."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    import tensorflow as tf

    answers = []
    for path in paths:
        try:
            data, _ = files.read_file(root, path, max_bytes)
            tf.io.decode_image(data, channels=3, expand_animations=False)
        except (tf.errors.OpError, OSError, ValueError) as error:
            message = str(getattr(error, "message", error)).rpartition("}} ")[2]
            answers.append(names.text(message.split(" [Op:")[0]) or type(error).__name__)
        else:
            answers.append("")
    return answers
