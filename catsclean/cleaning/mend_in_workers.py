"""Repair files in worker processes, which cannot write, and may crash without harm.

First every repair is tried, and only what the result says comes back: its digest, its evidence, or
why the file stays.  When the plan is carried out, each file is repaired again and its bytes come
back: whole, or in parts if they are more than one answer can hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from catsclean.cleaning.repairs.repair import CannotRepairError, Wishes
from catsclean.core import names
from catsclean.images.read_file import read_file
from catsclean.scan.in_workers import cut, default_workers, worth
from catsclean.scan.pool import interrupts
from catsclean.scan.pool.dispatch import Failure, run_chunks
from catsclean.scan.pool.worker_process import ANSWER_BYTES, Begin

# decoding twice, encoding and comparing take longer than reading
_TIMES_AS_LONG: Final = 6
#: Bytes of a repaired file that come back in one answer, with room for what surrounds them.
PART_BYTES: Final = ANSWER_BYTES - 2**16


@dataclass(frozen=True, slots=True)
class Patient:
    """A file to repair.

    Attributes:
        path: Escaped.
        sha256: Of the bytes that were judged.
        size_bytes: Their number.
        repairs: Names of the repairs.
    """

    path: str
    sha256: str
    size_bytes: int
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cure:
    """The result of repairing a file.

    Attributes:
        why_not: Why it stays as it is; empty if it can be repaired.
        sha256: Digest of the repaired bytes; empty if only the name changes.
        size_bytes: Their number.
        ending: The extension that it should have, with its dot; empty: as it is.
        how: The repairs, and what they cost, for people.
        lossless: Every pixel is as it was.
        evidence: Evidence of the repaired bytes by column; None if it stays.
    """

    why_not: str = ""
    sha256: str = ""
    size_bytes: int = 0
    ending: str = ""
    how: str = ""
    lossless: bool = True
    evidence: dict[str, Any] | None = None


def try_repairs(
    root: Path,
    patients: Sequence[Patient],
    wishes: Wishes,
    inspectors: tuple[str, ...],
    progress: Callable[[int, int], None] | None = None,
) -> list[Cure]:
    """Try to repair some files, in workers; nothing is written.

    Args:
        root: The data set.
        patients: The files.
        wishes: What the repairs respect.
        inspectors: Validators whose evidence of the results is needed, as ``module:class``.
        progress: Called with the number of files done and their total.

    Returns:
        The results, in the order of the files.
    """
    cures = [Cure()] * len(patients)
    sizes = [one.size_bytes * _TIMES_AS_LONG for one in patients]
    done = 0

    def make_task(chunk: range, _crashes: int) -> tuple[Any, ...]:
        return root, patients[chunk.start : chunk.stop], wishes, inspectors

    workers = min(default_workers(), worth(sizes))
    chunks = cut(sizes, [one.path for one in patients], workers) if patients else []
    with interrupts.held_back():
        for chunk, answer in _run(_try_chunk, make_task, chunks, workers, wishes):
            found = [Cure(_why(answer))] if isinstance(answer, Failure) else answer
            cures[chunk.start : chunk.stop] = found
            done += len(chunk)
            if progress is not None:
                progress(done, len(patients))
    return cures


def fetch_repaired(
    root: Path, patients: Sequence[tuple[Patient, int]], wishes: Wishes
) -> Iterator[tuple[str, bytes | str]]:
    """Repair files again and return their bytes, each with the path of the original.

    Args:
        root: The data set.
        patients: Each file, and the number of bytes that its repair gave before.
        wishes: What the repairs respect.

    Yields:
        The path, and the repaired bytes or why there are none.
    """
    small = [(one, 0) for one, size in patients if size <= PART_BYTES]
    large = [
        (one, start)
        for one, size in patients
        if size > PART_BYTES
        for start in range(0, size, PART_BYTES)
    ]
    sizes = {one.path: size for one, size in patients}
    parts: dict[str, dict[int, bytes]] = {}
    # all parts of a large file come from one worker, which repairs it once
    for items, most in ((small, default_workers()), (large, 1)):

        def make_task(
            chunk: range, _crashes: int, items: Sequence[tuple[Patient, int]] = items
        ) -> tuple[Any, ...]:
            return root, items[chunk.start], wishes

        chunks = [range(at, at + 1) for at in range(len(items))]
        costs = [one.size_bytes * _TIMES_AS_LONG for one, _ in items]
        workers = min(most, worth(costs))
        with interrupts.held_back():
            for chunk, answer in _run(_fetch_part, make_task, chunks, workers, wishes):
                patient, start = items[chunk.start]
                if isinstance(answer, (Failure, str)):
                    if sizes.pop(patient.path, None) is not None:
                        yield patient.path, answer if isinstance(answer, str) else _why(answer)
                    continue
                got = parts.setdefault(patient.path, {})
                got[start] = answer
                if sum(map(len, got.values())) == sizes.get(patient.path, -1):
                    yield patient.path, b"".join(got[at] for at in sorted(got))
                    del parts[patient.path], sizes[patient.path]
    for path in sizes:
        yield path, "cannot be repaired: a second try gave other bytes"


def _run(
    work: Any,
    make_task: Callable[[range, int], object],
    chunks: Sequence[range],
    workers: int,
    wishes: Wishes,
) -> Iterator[tuple[range, Any]]:
    return run_chunks(
        work,
        make_task,
        chunks,
        workers=workers,
        initializer=_prepare,
        arguments=(wishes.limits.memory_bytes,),
        patience_s=wishes.limits.patience_s * _TIMES_AS_LONG,
    )


def _why(failure: Failure) -> str:
    reasons = {
        "processor time": "repairing it took too long (--timeout)",
        "timeout": "repairing it took too long",
        "memory": "repairing it takes more memory than a worker may have",
    }
    if failure.kind == "raised":
        return names.text(f"repairing it failed: {failure.text}")
    crashed = f"the process that repaired it crashed (exit code {failure.exit_code})"
    return reasons.get(failure.kind, crashed)


def _prepare(memory_bytes: int) -> None:

    from catsclean.scan import worker  # only worker processes load the decoders

    worker.prepare(memory_bytes)


def _try_chunk(task: Any, begin: Begin) -> list[Cure]:
    root, patients, wishes, inspectors = task
    cures = []
    for row, patient in enumerate(patients):
        begin(row)
        cures.append(_try(root, patient, wishes, inspectors))
    begin(-1)
    return cures


def _try(root: Path, patient: Patient, wishes: Wishes, inspectors: tuple[str, ...]) -> Cure:
    found = _mended(root, patient, wishes, inspectors)
    if isinstance(found, str):
        return Cure(found)
    data = found.data
    return Cure(
        sha256="" if data is None else hashlib.sha256(data).hexdigest(),
        size_bytes=0 if data is None else len(data),
        ending=found.ending,
        how=found.how,
        lossless=found.lossless,
        evidence=found.evidence,
    )


def _fetch_part(task: Any, begin: Begin) -> bytes | str:
    root, (patient, start), wishes = task
    begin(0)
    key = root, patient, wishes
    if _last.get("key") != key:
        _last.clear()
        found = _mended(root, patient, wishes, ())
        if isinstance(found, str):
            return found
        _last["key"], _last["data"] = key, found.data or b""
    begin(-1)
    data: bytes = _last["data"]
    return data[start : start + PART_BYTES]


# the file that this worker repaired last
_last: dict[str, Any] = {}


def _mended(root: Path, patient: Patient, wishes: Wishes, inspectors: tuple[str, ...]) -> Any:

    from catsclean.cleaning import mend  # as above
    from catsclean.scan import worker

    worker.arm(wishes.limits.timeout_s * _TIMES_AS_LONG)
    try:
        data, _ = read_file(root, patient.path, wishes.limits.max_bytes)
        if hashlib.sha256(data).hexdigest() != patient.sha256:
            return "changed since the audit: its bytes differ"
        return mend.mend(patient.path, data, patient.repairs, wishes, inspectors)
    except (CannotRepairError, ValueError) as error:
        return names.text(str(error))
    except OSError as error:
        return names.text(f"cannot be read: {error.strerror or error}")
    finally:
        worker.arm(0.0)
