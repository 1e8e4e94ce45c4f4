"""Ask TensorFlow itself whether it decodes a picture, for ``audit --probe tensorflow``."""

from __future__ import annotations

import importlib.util
import os
from typing import Final

from catsclean.core import names, stand_ins
from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.install_command import install_command
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.errors import ConfigError, MissingExtraError
from catsclean.images import read_file
from catsclean.scan.in_workers import cut, default_workers
from catsclean.scan.pool.dispatch import Failure, run_chunks
from catsclean.scan.pool.worker_process import Begin

PROBES: Final = ("tensorflow",)
_ASKED: Final = frozenset(
    outcome.value
    for outcome in (
        Outcome.DECODED,
        Outcome.UNDECODABLE,
        Outcome.TRUNCATED,
        Outcome.UNSUPPORTED,
        Outcome.NOT_IMAGE,
    )
)
# loading TensorFlow takes long; that counts for the first file of a worker
_START_SECONDS: Final = 60.0


def check_probe(probe: str) -> None:
    """Check that the decoder of a probe is known and installed, before any work begins.

    Raises:
        ConfigError: `probe` is not ``tensorflow``.
        MissingExtraError: TensorFlow is not installed.
    """
    if probe not in PROBES:
        raise ConfigError(f"a probe must be one of {', '.join(PROBES)}. Received: {probe!r}")
    if importlib.util.find_spec("tensorflow") is None:
        raise MissingExtraError(
            f"the probe needs TensorFlow. Run: {install_command('train')}, or reinstall the"
            " distribution of TensorFlow that you use."
        )


def ask_tensorflow(evidence: Evidence, limits: Limits, workers: int | None) -> Evidence:
    """Replace the rules about TensorFlow by TensorFlow's own answers.

    Pass each picture to ``tf.io.decode_image(channels=3, expand_animations=False)``, in separate
    worker processes, whether it decoded here or not.  A file that only TensorFlow decodes becomes
    ``unsupported``, so that `clean` does not move it.
    """
    rows = evidence.rows
    outcomes = rows["outcome"].tolist()
    asked = [row for row, outcome in enumerate(outcomes) if outcome in _ASKED]
    paths = rows["path"].tolist()
    processes = workers or default_workers()
    answers = _ask(evidence.dataset.reach, [paths[row] for row in asked], limits, processes)
    refusals, details = rows["tensorflow_refuses"].tolist(), rows["outcome_detail"].tolist()
    for row, answer in zip(asked, answers, strict=True):
        if outcomes[row] == Outcome.DECODED.value:
            refusals[row] = answer
        elif not answer:
            outcomes[row] = Outcome.UNSUPPORTED.value
            details[row] = f"TensorFlow decodes it, catsclean does not: {details[row]}"
    samples = evidence.with_texts("tensorflow_refuses", refusals)
    samples = samples.with_texts("outcome", outcomes).with_texts("outcome_detail", details)
    return evidence.replaced(samples=samples)


def _ask(root: Reach, paths: list[str], limits: Limits, workers: int) -> list[str]:
    chunks = cut([1] * len(paths), paths, workers)
    with stand_ins.bringing(root.root, chunks, lambda n: (paths[n],), limits.max_bytes) as brought:
        return _ask_workers(root, paths, limits, workers, chunks, brought)


def _ask_workers(
    root: Reach,
    paths: list[str],
    limits: Limits,
    workers: int,
    chunks: list[range],
    brought: stand_ins.Brought,
) -> list[str]:
    def make_task(chunk: range, _crashes: int) -> tuple[Reach, list[str], int]:
        brought.hold(chunk)
        return root, paths[chunk.start : chunk.stop], limits.max_bytes

    answers = [""] * len(paths)
    for chunk, answer in run_chunks(
        decode_chunk,
        make_task,
        chunks,
        workers=workers,
        initializer=_prepare,
        patience_s=_START_SECONDS + limits.patience_s,
    ):
        brought.release(chunk)
        if isinstance(answer, Failure):
            told = answer.text or (
                f"no answer within {_START_SECONDS + limits.patience_s:g} s"
                if answer.kind == "timeout"
                else "it crashed"
            )
            told = names.text(f"TensorFlow failed on this file: {told}")
            answers[chunk.start] = told
        else:
            answers[chunk.start : chunk.stop] = answer
    return answers


def _prepare() -> None:
    """Silence TensorFlow and its decoders: their messages quote the file."""
    quiet_tensorflow()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def quiet_tensorflow() -> None:
    """Keep TensorFlow off the graphics card, and hide its start-up messages."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def decode_chunk(task: tuple[Reach, list[str], int], begin: Begin) -> list[str]:
    """Decode files with TensorFlow, in a worker; an empty text means that a file decoded."""
    import tensorflow as tf

    root, paths, max_bytes = task
    answers = []
    for row, path in enumerate(paths):
        begin(row)
        try:
            data, _ = read_file.read_file(root, path, max_bytes)
            tf.io.decode_image(data, channels=3, expand_animations=False)
        except (tf.errors.OpError, OSError, ValueError) as error:
            message = str(getattr(error, "message", error)).rpartition("}} ")[2]
            answers.append(names.text(message.split(" [Op:")[0]) or type(error).__name__)
        else:
            answers.append("")
    begin(-1)
    return answers
