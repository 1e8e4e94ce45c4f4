"""Compares catsclean with TensorFlow on structural mutants of pictures, any number of them.

By hand, for a million mutants (about half an hour on two processors)::

    PYTHONPATH=.:tests python -m images.differential --mutants 1000000 --workers 2

It prints a confusion table for each kind of picture and the mutants on which the two differ, and
ends with 1 if a mutant is called clean that TensorFlow refuses, or is called undecodable or
truncated (which `clean` moves away) although TensorFlow decodes it.

TensorFlow may crash or hang on a mutant: each worker is a process that says which mutant it has
begun, and the next worker goes on behind it.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import signal
import struct
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from images.mutants import KINDS, mutant

# `clean` may set these aside, as pictures that nobody can train on
DROPPED = frozenset({"empty", "not-image", "undecodable", "truncated", "active", "lfs-pointer"})
# mutants of the length that a mutant claims are not worth the memory
MAX_PIXELS = 1_000_000
# of the guard alone, no verdict depends on it: a worker that hangs is ended
_HANGS_AFTER_S = 300
_EXAMPLES = 20


@dataclass
class Comparison:
    """What came of it.

    Attributes:
        table: (kind, verdict of catsclean, answer of TensorFlow) → number of mutants.
        wrong: Mutants that break the promise, as lines.
        rejected: (kind, reason) → seeds of mutants that TensorFlow decodes and catsclean does
            not call clean.
        lost: Mutants that ended the worker.
    """

    table: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    rejected: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    lost: list[str] = field(default_factory=list)

    @property
    def clean_but_refused(self) -> int:
        """Number of mutants called clean that TensorFlow refuses."""
        return sum(
            count for (_, verdict, answer), count in self.table.items()
            if verdict == "clean" and answer == "refuses"
        )  # fmt: skip

    @property
    def dropped_but_decoded(self) -> int:
        """Number of mutants that `clean` would move although TensorFlow decodes them."""
        return sum(
            count for (_, verdict, answer), count in self.table.items()
            if verdict in DROPPED and answer == "decodes"
        )  # fmt: skip


def compare(mutants: int, workers: int = 1, first: int = 0) -> Comparison:
    """Judge so many mutants, each kind in turn, in processes that may die.

    Args:
        mutants: How many.
        workers: Processes at a time.
        first: Number of the first one; the same numbers are the same mutants.
    """
    step = -(-mutants // workers)
    spans = [
        (start, min(start + step, first + mutants)) for start in range(first, first + mutants, step)
    ]
    found = Comparison()
    with ThreadPoolExecutor(workers) as threads:
        for answers in threads.map(lambda span: list(_judge_span(*span)), spans):
            for answer in answers:
                _note(found, answer)
    return found


def numbered(number: int) -> tuple[str, int]:
    """Give kind and seed of the mutant with this number."""
    seed, kind = divmod(number, len(KINDS))
    return KINDS[kind], seed


def _note(found: Comparison, answer: list[str]) -> None:
    if answer[0] == "lost":
        found.lost.append(" ".join(answer[1:]))
        return
    kind, seed, verdict, detail, refusal, count = answer
    decodes = "refuses" if refusal else "decodes"
    found.table[kind, verdict, decodes] += int(count)
    broken = (verdict == "clean" and refusal) or (verdict in DROPPED and not refusal)
    if broken or verdict == "exception":
        found.wrong.append(f"{kind} {seed}: {verdict} {detail!r}, TensorFlow: {refusal or decodes}")
    elif verdict not in {"clean", "over-limit"} and not refusal:
        found.rejected[kind, f"{verdict}: {detail}"].append(int(seed))


def _judge_span(first: int, after: int) -> Iterator[list[str]]:
    """Judge mutants in child processes; a new one begins behind a mutant that ended the last."""
    # written by the child, and still here when it is dead
    place = mmap.mmap(-1, 8)
    while first < after:
        place[:] = struct.pack("<q", first)
        receive, send = os.pipe()
        child = os.fork()
        if not child:
            os.close(receive)
            _be_judge(first, after, place, send)
        os.close(send)
        with os.fdopen(receive, encoding="utf-8") as stream:
            for line in stream:
                if line.endswith("\n"):
                    yield json.loads(line)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            return
        (begun,) = struct.unpack("<q", place[:])
        kind, seed = numbered(begun)
        yield ["lost", kind, str(seed), f"exit code {os.waitstatus_to_exitcode(status)}"]
        first = begun + 1


def _be_judge(first: int, after: int, place: mmap.mmap, send: int) -> None:
    status = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 2)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        ask(b"")  # loading TensorFlow takes as long as it takes
        from catsclean.images import warning_log
        from catsclean.images.formats import sniff

        warning_log.install()
        # naming what is no picture takes as long as judging six that are
        sniff.describe = lambda _data: ""
        agreed: Counter[tuple[str, str, str]] = Counter()
        for number in range(first, after):
            place[:] = struct.pack("<q", number)
            kind, seed = numbered(number)
            signal.alarm(_HANGS_AFTER_S)
            data = mutant(kind, seed)
            verdict, detail = judge(data)
            # asking about a giant costs its memory
            refusal = "not asked" if verdict == "over-limit" else ask(data)
            if verdict != "exception" and (verdict == "clean") == (not refusal):
                agreed[kind, verdict, refusal and "refused"] += 1
            else:
                _write(send, [kind, str(seed), verdict, detail, refusal, "1"])
            if number % 1000 == 999 or number == after - 1:
                _send_agreed(agreed, send)
        status = 0
    finally:
        os._exit(status)


def _send_agreed(agreed: Counter[tuple[str, str, str]], send: int) -> None:
    for (kind, verdict, refusal), count in agreed.items():
        _write(send, [kind, "", verdict, "", refusal, str(count)])
    agreed.clear()


def _write(send: int, answer: list[str]) -> None:
    line = json.dumps(answer).encode() + b"\n"
    while line:
        line = line[os.write(send, line) :]


def judge(data: bytes) -> tuple[str, str]:
    """Give catsclean's verdict on the bytes of a picture, and its reason."""
    from catsclean.core.limits import Limits
    from catsclean.images import decoding, facts
    from catsclean.images.image import ReadingEndedError

    image = decoding.open_image("Cat/1.jpg", data, Limits(max_pixels=MAX_PIXELS))
    try:
        decoding.decode(image)
    except ReadingEndedError as ended:
        return ended.outcome.value, ended.detail
    except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
        return "exception", f"{type(error).__name__}: {error}"
    refusal = str(facts.of_image(image)["tensorflow_refuses"])
    return ("unsupported by TensorFlow", refusal) if refusal else ("clean", "")


def ask(data: bytes) -> str:
    """Give TensorFlow's complaint about the bytes of a picture; empty if it decodes them."""
    import tensorflow as tf

    try:
        decoded = tf.io.decode_image(data, channels=3, expand_animations=False)
    except (tf.errors.OpError, ValueError) as error:
        return str(getattr(error, "message", error)).rpartition("}} ")[2] or type(error).__name__
    return "" if decoded.ndim == 3 and decoded.shape[2] == 3 else f"shape {decoded.shape}"


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="write the mutants that differ into this folder")
    options = parser.parse_args()
    found = compare(options.mutants, options.workers, options.first)
    show(found)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        for line in found.wrong:
            kind, seed = line.split(":")[0].split()
            (options.keep / f"{kind}-{seed}.bin").write_bytes(mutant(kind, int(seed)))
    return 1 if found.wrong else 0


def show(found: Comparison) -> None:
    """Print the confusion tables, and what differs."""
    print(f"{'kind':6}{'catsclean':28}{'TensorFlow':12}{'mutants':>9}")  # noqa: T201
    for (kind, verdict, answer), count in sorted(found.table.items()):
        print(f"{kind:6}{verdict:28}{answer:12}{count:9}")  # noqa: T201
    print(f"\nclean, but TensorFlow refuses: {found.clean_but_refused}")  # noqa: T201
    print(f"moved by clean, but TensorFlow decodes: {found.dropped_but_decoded}")  # noqa: T201
    print(f"ended the worker: {len(found.lost)}")  # noqa: T201
    for line in [*found.lost[:_EXAMPLES], *found.wrong[: 5 * _EXAMPLES]]:
        print(f"  {line}")  # noqa: T201
    print("\nnot clean, but TensorFlow decodes (left in place), by reason:")  # noqa: T201
    by_count = sorted(found.rejected.items(), key=lambda item: -len(item[1]))
    for (kind, reason), seeds in by_count[: 2 * _EXAMPLES]:
        print(f"{len(seeds):9}  {kind:6}{reason[:90]}  (seed {seeds[0]})")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
