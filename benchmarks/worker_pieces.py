"""What a worker does with a picture, piece by piece, beside the decode of the same bytes.

    python -m benchmarks.worker_pieces FOLDER

Reads every file of the folder in one process, as a worker does, with a clock around each piece, and
writes microseconds of CPU time a picture as JSON.  NumPy is to use one thread, as in a worker:
OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import simplejpeg

from catsclean.core.limits import Limits
from catsclean.images import decoding, facts, measures, read_file
from catsclean.scan import worker

if TYPE_CHECKING:
    from collections.abc import Callable

FLOOR, ALL, REST = "floor", "all", "rest"
# piece: where its function is found, and its name there
PIECES = {
    "read": (read_file.FolderReader, "read"),
    "digest": (hashlib, "sha256"),
    "markers": (decoding, "open_image"),
    "decode": (simplejpeg, "decode_jpeg"),
    "grey": (decoding, "_keep"),
    "thumbnail": (measures, "thumbnail"),
    "edges": (measures, "_edge_energy"),
    "colours": (measures, "_colour_samples"),
    "describe": (facts, "of_image"),
    "hashes": (measures.MeasureBatch, "columns"),
}
_CHUNK = 120


def main(folder: Path) -> dict[str, float]:
    """Measure every piece once over the whole folder, after a tenth of it as a warm-up."""
    paths = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    decode = simplejpeg.decode_jpeg
    spent: Counter[str] = Counter()
    for piece, (home, name) in PIECES.items():
        setattr(home, name, _clocked(getattr(home, name), piece, spent))
    _scan(folder, paths[: len(paths) // 10 + 1])
    spent.clear()
    for start in range(0, len(paths), _CHUNK):
        some = paths[start : start + _CHUNK]
        spent[ALL] += _scan(folder, some)
        # in turns, so that both meet the same machine
        spent[FLOOR] += sum(_floor(decode, (folder / path).read_bytes()) for path in some)
    spent[REST] = spent[ALL] - sum(spent[piece] for piece in PIECES)
    return {piece: spent[piece] / len(paths) / 1000 for piece in (FLOOR, ALL, *PIECES, REST)}


def _clocked(function: Callable[..., Any], piece: str, spent: Counter[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        begun = time.thread_time_ns()
        try:
            return function(*args, **kwargs)
        finally:
            spent[piece] += time.thread_time_ns() - begun

    return call


def _scan(folder: Path, paths: list[str]) -> int:
    begun = time.thread_time_ns()
    worker.scan_chunk(worker.Task(str(folder), tuple(paths), Limits(), ()))
    return time.thread_time_ns() - begun


def _floor(decode: Callable[..., Any], data: bytes) -> int:
    begun = time.thread_time_ns()
    with suppress(ValueError):
        decode(data, "GRAY", min_height=1, min_width=1, min_factor=8)
    return time.thread_time_ns() - begun


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
