"""Judge, conclude and split rows of evidence that no picture was read for.

    python -m benchmarks.generated_rows make  --rows 34000000 --folder F    # evidence.arrow
    python -m benchmarks.generated_rows judge --folder F                    # manifest and findings
    python -m benchmarks.generated_rows split --folder F                    # train, val and test

The rows are those of a thousand small pictures, repeated; each has a path, a digest and hashes of
its own, and of 200 rows two are a pair of altered copies.  An audit and a split do the same with
them as with real ones.  Left out are listing and reading, which need pictures, and the search for
pairs, which takes days for so many.  Each step ends itself before it takes more than --most-gb.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import warm
from catsclean import audit, split
from catsclean.auditing.result import Audit
from catsclean.auditing.save import save_audit
from catsclean.auditing.summary import summarise
from catsclean.core.arrow import empty_texts, number_array, text_array
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.evidence import Dataset, Evidence, pair_table
from catsclean.core.limits import Limits
from catsclean.core.manifest import from_evidence
from catsclean.core.state import StateFolder
from catsclean.core.stored_table import ColumnTable, StoredTable, open_table
from catsclean.scan.scan import Gathered
from catsclean.validators.judge import judge_unless
from catsclean.validators.registry import resolve

_TEMPLATES = 1_000
_CLASSES = 100
_BATCH = 1 << 16
_PAIR_EVERY = 200
_LOOK_S = 0.1
_PAGE = resource.getpagesize()
_OF_THEIR_OWN = {"phash64": 8, "mirror64": 8, "phash256": 32, "mirror256": 32, "sha256": 32}


def make(folder: Path, count: int) -> None:
    """Write the evidence of so many pictures, as the cache of an audit has it."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        pictures = Path(name) / "Pets"
        warm.make(pictures, _TEMPLATES)
        audit(pictures, workers=1, content=False)
        stored = Path(name) / "Pets.catsclean" / "cache" / "evidence.arrow"
        template = read_table(stored)
    template = template.take(pa.array([row % len(template) for row in range(_BATCH)]))
    (folder / "Pets").mkdir(parents=True)
    with writing_tables(folder / "evidence.arrow", template.schema) as writer:
        for start in range(0, count, _BATCH):
            numbers = range(start, min(start + _BATCH, count))
            paths = text_array([_path(number, count) for number in numbers])
            rows = _put(template.slice(0, len(numbers)), "path", paths)
            for column, size in _OF_THEIR_OWN.items():
                rows = _put(rows, column, _random(rng, len(numbers), size))
            writer.write_table(rows)


def _path(number: int, count: int) -> str:
    return f"{number * _CLASSES // count:03}/{number:08}.jpg"


def _put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _random(rng: np.random.Generator, count: int, size: int) -> pa.Array:
    kind = pa.int64() if size == 8 else pa.binary(size)
    return pa.Array.from_buffers(kind, count, [None, pa.py_buffer(rng.bytes(count * size))])


def judge(folder: Path) -> Audit:
    """Judge the evidence, make the manifest, and save both as an audit does."""
    samples = open_table(folder / "evidence.arrow")
    count = len(samples)
    state = StateFolder.of(folder / "Pets")
    state.create()
    made = _beside(
        samples,
        {
            "path": samples.column("path"),
            "label": _by_batch(count, lambda at: _path(at, count)[:3]),
            "split": empty_texts(count),
            "links": number_array(np.ones(count, np.int64)),
            "recorded_sha256": empty_texts(count),
            "group": _by_batch(count, _group),
        },
    )
    folders = {f"{at:03}": f"{at:03}" for at in range(_CLASSES)}
    found = pair_table(
        [
            (_path(at, count), _path(at + 1, count), "resized", 0, 4, 0.99, 0.99, "", "")
            for at in range(0, count - 1, _PAIR_EVERY)
        ]
    )
    evidence = Evidence(made, Dataset(state.root, "classes", folders), found)
    validators = resolve()
    judged = judge_unless(evidence, validators, None)
    manifest = from_evidence(evidence, judged.findings)
    counted = Gathered(made, reused=count, read=0, workers=0)
    summary = summarise(evidence, judged, validators, Limits(), counted)
    evidence.release(texts=True)
    result = Audit(judged.findings, manifest, evidence.dataset, state, summary, evidence)
    save_audit(result)
    return result


def _beside(samples: ColumnTable, columns: dict[str, pa.ChunkedArray]) -> ColumnTable:
    if isinstance(samples, StoredTable):
        return samples.beside(columns)
    own = {name: samples.column(name) for name in samples.column_names}
    return pa.table({**columns, **own})


def _group(number: int) -> str:
    return f"{number - number % _PAIR_EVERY:016x}" if number % _PAIR_EVERY < 2 else ""


def _by_batch(count: int, text: Callable[[int], str]) -> pa.ChunkedArray:
    parts = [
        text_array([text(at) for at in range(start, min(start + _BATCH, count))])
        for start in range(0, count, _BATCH)
    ]
    return pa.chunked_array(parts, pa.string())


def stop_above(most_gb: float) -> None:
    """End this process, with code 1, before it takes more memory than that."""

    def watch() -> None:
        # not PSS: the system takes a tenth of a second to find that of so much memory
        while int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE < most_gb * 1e9:
            time.sleep(_LOOK_S)
        print(f"stopped: more than {most_gb:g} GB of memory", flush=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("make", "judge", "split"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--most-gb", type=float, default=20.0)
    chosen = parser.parse_args()
    stop_above(chosen.most_gb)
    begun = time.monotonic()
    if chosen.step == "make":
        make(chosen.folder, chosen.rows)
    elif chosen.step == "judge":
        judged = judge(chosen.folder)
        print(f"{len(judged.manifest):,} rows, {len(judged.findings):,} findings")
    else:
        found = split(chosen.folder / "Pets")
        found.save()
        print(found)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{used.ru_utime + used.ru_stime:.0f} s CPU, {time.monotonic() - begun:.0f} s by the clock,"
        f" at most {used.ru_maxrss * 1024 / 1e9:.2f} GB resident"
    )


if __name__ == "__main__":
    main()
