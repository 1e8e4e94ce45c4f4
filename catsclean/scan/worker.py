"""The work of a worker process: read a chunk of files and return their evidence as columns.

Imports stay light here (numpy, Pillow, the JPEG decoder), because every worker pays for them.
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import AvifImagePlugin, Image
from PIL import ImageFile as PillowImageFile

from catsclean.core import names, tracebacks
from catsclean.core.evidence import Outcome, Scalar
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.reading_errors import ChangedError, NotRegularError, TooLargeError
from catsclean.images import decoding, facts, read_file, warning_log
from catsclean.images.formats import sniff
from catsclean.images.image import ImageFile, ReadingEndedError
from catsclean.images.measures import MeasureBatch
from catsclean.scan import junk
from catsclean.scan.embedding import VECTOR, VECTOR_FAILURE, Embedder
from catsclean.scan.embedding_batch import EmbeddingBatch
from catsclean.scan.inspector import Inspector, evidence_columns, load_inspector
from catsclean.scan.pool.worker_process import Begin
from catsclean.scan.reuse import SOURCE, Candidates

_FORBIDDEN_EVENTS = frozenset(
    {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork",
     "os.forkpty", "socket.connect", "os.remove", "os.rename", "os.truncate", "os.rmdir"}
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk of files to read.

    Attributes:
        root: The data set, absolute; a reach says where links may lead.
        paths: Sample paths (escaped).
        limits: Bounds on each file.
        inspectors: The validators that gather evidence of their own, as ``module:class``, or as
            objects if the task stays in its process.
        candidates: For each file, the cached evidence that may describe the same bytes; empty if
            nothing is cached.
        embed: Embed the pictures, if the worker has an embedder.
        places: Place and size of each file in its container; empty if there are no containers.
    """

    root: str | Reach
    paths: tuple[str, ...]
    limits: Limits
    inspectors: tuple[str | Inspector, ...]
    candidates: tuple[Candidates, ...] = ()
    embed: bool = True
    places: tuple[tuple[int, int], ...] = ()


def prepare(memory_bytes: int, embedder: Embedder | None = None) -> None:
    """Restrict this process before it reads untrusted bytes: no writes, programs or network.

    An embedder is loaded before that, because libraries compile, cache and start threads.
    """
    _load_embedder(embedder)
    sys.dont_write_bytecode = True
    warning_log.install()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked against the header instead
    PillowImageFile.LOAD_TRUNCATED_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # every processor has a worker of its own
    _silence_libraries()
    _let_the_time_limit_end_this_process()
    _bound_resources(memory_bytes)
    sys.addaudithook(_refuse_side_effects)


def scan_chunk(task: Task, begin: Begin = lambda _row: None) -> dict[str, Any]:
    """Read the files of a chunk; return one column for each of READING and of the inspectors.

    If the task has candidates, one more column, ``reuse.SOURCE``, holds the cached row with the
    evidence of the same bytes, or -1.  Such a file is not decoded.  If the worker has an embedder,
    ``VECTOR`` and ``VECTOR_FAILURE`` hold the vectors of the decoded pictures.

    Args:
        task: The chunk.
        begin: Called with the position of each file in the task when it begins, and with -1 after
            the last.
    """
    validators = [_load_inspector(inspector) for inspector in task.inspectors]
    defaults = evidence_columns(validators)
    count = len(task.paths)
    columns: dict[str, list[Any]] = {name: [value] * count for name, value in defaults.items()}
    if task.candidates:
        columns[SOURCE] = [-1] * count
    batch = MeasureBatch()
    squares = None
    if _loaded.embedder is not None and task.embed:
        squares = EmbeddingBatch(_loaded.embedder, count)
    folders = read_file.FolderReader(Reach.of(task.root))
    reading = _ChunkReading(folders, task.limits, validators, batch, squares)
    try:
        for row, path in enumerate(task.paths):
            # arm first, so that the rest of the previous file's time never runs out in this file
            arm(task.limits.timeout_s)
            begin(row)
            cached = task.candidates[row] if task.candidates else ()
            place = task.places[row] if task.places else None
            values = _scan_file(reading, path, row, cached, place)
            for name, value in values.items():
                columns[name][row] = value
            if squares is not None and squares.full:
                _embed(squares, task.limits, begin)
        if squares is not None:
            _embed(squares, task.limits, begin)
            columns[VECTOR], columns[VECTOR_FAILURE] = squares.vectors, squares.failures
        elif _loaded.failure:
            columns[VECTOR_FAILURE] = [_loaded.failure] * count
    finally:
        arm(0.0)
        folders.close()
    begin(-1)
    for name, measured in batch.columns().items():
        column = columns[name]
        for row, value in zip(
            batch.rows, measured if isinstance(measured, list) else measured.tolist(), strict=True
        ):
            column[row] = value
    return columns


@dataclass(slots=True)
class _ChunkReading:
    """What the files of a chunk share; `seen` holds the kinds of failures that were traced."""

    folders: read_file.FolderReader
    limits: Limits
    validators: Sequence[Inspector]
    batch: MeasureBatch
    squares: EmbeddingBatch | None
    seen: set[str] = field(default_factory=set)


def _scan_file(
    reading: _ChunkReading,
    path: str,
    row: int,
    cached: Candidates,
    place: tuple[int, int] | None = None,
) -> dict[str, Scalar]:
    limits = reading.limits
    try:
        data = reading.folders.read(path, limits.max_bytes, place)
    except NotRegularError as error:
        return {"outcome": Outcome.SPECIAL.value, "outcome_detail": error.strerror or str(error)}
    except TooLargeError as error:
        detail = f"{error.strerror}, limit {limits.max_bytes:,} bytes (--max-bytes)"
        return {"outcome": Outcome.OVER_LIMIT.value, "outcome_detail": detail}
    except (ChangedError, FileNotFoundError) as error:
        return {"outcome": Outcome.CHANGED.value, "outcome_detail": error.strerror or str(error)}
    except OSError as error:
        return {"outcome": Outcome.UNREADABLE.value, "outcome_detail": error.strerror or str(error)}
    except MemoryError:
        return {"outcome": Outcome.MEMORY.value, "outcome_detail": _memory_detail(limits)}
    digest = hashlib.sha256(data)
    source = _recognise(digest.digest(), data, cached) if cached else -1
    if source >= 0:
        return {SOURCE: source}
    return {"sha256": digest.hexdigest()} | _read_bytes(reading, path, row, data)


def evidence_of(
    path: str, data: bytes, limits: Limits, inspectors: Iterable[str | Inspector] = ()
) -> dict[str, Any]:
    """Return the evidence of bytes as if they were a file of the data set.

    Args:
        path: The path that the file would have, escaped.
        data: Its bytes.
        limits: Bounds on them.
        inspectors: As :class:`Task` has them.
    """
    validators = [_load_inspector(inspector) for inspector in inspectors]
    values: dict[str, Any] = dict(evidence_columns(validators))
    batch = MeasureBatch()
    with read_file.FolderReader(Path()) as folders:
        reading = _ChunkReading(folders, limits, validators, batch, None)
        values["sha256"] = hashlib.sha256(data).hexdigest()
        values.update(_read_bytes(reading, path, 0, data))
    for name, measured in batch.columns().items():
        values[name] = measured[0] if isinstance(measured, list) else measured.tolist()[0]
    return values


def _read_bytes(reading: _ChunkReading, path: str, row: int, data: bytes) -> dict[str, Scalar]:
    """Return the evidence of a file's bytes, without their digest."""
    limits = reading.limits
    name = path.rpartition("/")[2]
    values: dict[str, Scalar] = {}
    # a real picture counts as one, whatever its name
    if junk.is_junk_file(names.decode(name)) and sniff.sniff(data) not in sniff.DECODABLE:
        return values | {
            "outcome": Outcome.JUNK.value,
            "outcome_detail": "left by a system or a tool",
        }
    image: ImageFile | None = None
    try:
        image = decoding.open_image(path, data, limits)
        try:
            decoding.decode(image)
            values["outcome"] = Outcome.DECODED.value
        except ReadingEndedError as ended:
            values["outcome"], values["outcome_detail"] = ended.outcome.value, ended.detail
        values.update(facts.of_image(image))
        if values["outcome"] == Outcome.DECODED.value:
            reading.batch.add(row, image)
            if reading.squares is not None:
                reading.squares.add(row, image)
            values.update(_inspect(image, reading.validators, reading.seen))
            # an inspection may read more of the Exif data and find more warnings
            values["exif_warnings"] = facts.SEPARATOR.join(image.exif_warnings)
    except MemoryError:
        values["outcome"], values["outcome_detail"] = Outcome.MEMORY.value, _memory_detail(limits)
    finally:
        if image is not None:
            image.pillow = None
    return values


def _embed(squares: EmbeddingBatch, limits: Limits, begin: Begin) -> None:
    """Embed a batch, with the time of its files; a crash here is not the fault of one file."""
    begin(-1)
    arm(limits.timeout_s * squares.at_once)
    squares.embed()


@dataclass(slots=True)
class _Loaded:
    """The embedder of this process, or why it cannot be used."""

    embedder: Embedder | None = None
    failure: str = ""


_loaded = _Loaded()


def _load_embedder(embedder: Embedder | None) -> None:
    if embedder is None:
        return
    failing = "cannot be loaded"
    try:
        embedder.load()
        failing = "fails at a black picture"
        # some libraries finish loading when they are first used
        side = embedder.side_px
        embedder.embed(np.zeros((1, side, side, 3), np.uint8))
    except Exception as error:  # noqa: BLE001 - without vectors, everything else is still judged
        said = tracebacks.one_line(error, embedder.embed) if "fails" in failing else error
        _loaded.failure = names.text(f"the embedder {failing}: {said}")
    else:
        _loaded.embedder = embedder


def _recognise(digest: bytes, data: bytes, cached: Candidates) -> int:
    """Return the cached row with the evidence of these bytes; -1 if there is none."""
    for candidate in cached:
        # a file that is not a picture by its content is judged by its name: as a damaged picture,
        # as junk, or not at all
        if candidate.digest == digest and (
            candidate.same_path or sniff.sniff(data) in sniff.DECODABLE
        ):
            return candidate.row
    return -1


def inspect_again(
    folders: read_file.FolderReader, path: str, limits: Limits, validators: Sequence[Inspector]
) -> dict[str, Scalar]:
    """Let validators inspect a file that decoded before; return their columns and failures.

    If the file has changed in the meantime, or an inspection raises, that counts as a failure of
    each of the validators.
    """
    try:
        image = decoding.open_image(path, folders.read(path, limits.max_bytes), limits)
        decoding.decode(image)
        return _inspect(image, validators, set())
    except Exception as error:  # noqa: BLE001 - one error must not lose an hour of results
        why = names.text(f"{type(error).__name__}: {error}")
        return {"validator_failures": failures_of(validators, why)}


def failures_of(validators: Iterable[Inspector], why: str) -> str:
    """Return the failure of several validators at one file, in the format of its column."""
    return facts.SEPARATOR.join(f"{validator.name}: {why}" for validator in validators)


def _inspect(
    image: ImageFile, validators: Sequence[Inspector], seen: set[str]
) -> dict[str, Scalar]:
    """Let validators inspect a file; return their columns, failures and tracebacks.

    One traceback is stored for each kind of failure: `seen` holds those that are known.
    """
    values: dict[str, Scalar] = {}
    failures: list[str] = []
    traces: list[str] = []
    for validator in validators:
        try:
            found = validator.inspect(image) or {}
            unknown = found.keys() - validator.columns.keys()
            if unknown:
                raise KeyError(f"inspect returned {sorted(unknown)}, missing in `columns`")
            values.update(found)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one error must not lose an hour of results
            failures.append(f"{validator.name}: {tracebacks.one_line(error, validator.inspect)}")
            kind = f"{validator.name}: {type(error).__name__} {tracebacks.place_of(error)}"
            if kind not in seen:
                seen.add(kind)
                traces.append(f"{validator.name}: {tracebacks.whole(error)}")
    if failures:
        values["validator_failures"] = facts.SEPARATOR.join(failures)
        values["validator_tracebacks"] = tracebacks.SEPARATOR.join(traces)
    return values


_inspectors: dict[str, Inspector] = {}


def _load_inspector(reference: str | Inspector) -> Inspector:
    if not isinstance(reference, str):
        return reference
    if reference not in _inspectors:
        _inspectors[reference] = load_inspector(reference)
    return _inspectors[reference]


def arm(seconds: float) -> None:
    """End this process by SIGPROF after so many seconds of processor time; 0: never.

    Processor time and not wall-clock time, so that other programs do not change a verdict.  The
    dispatcher ends a file that waits without computing.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _let_the_time_limit_end_this_process() -> None:
    # The default action ends even a decoder that never returns.  A parent that profiles itself may
    # have left the signal ignored or blocked.
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})


def _memory_detail(limits: Limits) -> str:
    return f"needs more than {limits.memory_bytes // 2**20:,} MiB of memory"


def _silence_libraries() -> None:
    """Discard the output of native decoders: it quotes the file, control bytes and all."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    logging.getLogger("PIL").propagate = False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _bound_resources(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return
    ceiling = pages * resource.getpagesize() + memory_bytes
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or ceiling < hard:
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))


def _refuse_side_effects(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        flags = arguments[2]
        if isinstance(flags, int) and flags & _WRITING and arguments[0] != os.devnull:
            raise PermissionError("a worker never opens a file for writing")
    elif event in _FORBIDDEN_EVENTS:
        raise PermissionError(f"a worker never does this: {event}")
