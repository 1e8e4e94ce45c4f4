"""The cold audit of the same pictures as files, in a tar, a zip and a Parquet file."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import take_turns
from benchmarks.results import Asked, Row, compare
from benchmarks.workshop import count_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.workshop import Workshop

TITLE = "Containers"
METHOD = """\
The cold audit of the JPEGs of the data set, with one worker: as files, in one tar file, in one zip
archive, and in one Parquet table in the layout of Hugging Face, with row groups of 100. The figure
is the CPU time of all processes, less that of the same audit of one in ten of the pictures, divided
by the difference in pictures; all in turns, so that start-up and the state of the machine count for
nothing."""
PEERS = ()
_MOST = 1.1
_ROW_GROUP = 100
_PART = 10


def measure(workshop: Workshop) -> Iterator[Row]:
    whole = workshop.jpegs()
    part = workshop.some(whole, count_files(whole) // _PART)
    more = count_files(whole) - count_files(part)
    sets = {
        (form, source): make(workshop, form, source)
        for form in ("files", "tar", "zip", "parquet")
        for source in (whole, part)
    }
    taken = take_turns(
        {key: partial(workshop.audit_anew, root) for key, root in sets.items()}, workshop.runs
    )
    each = {
        form: [
            1000 * (all_.cpu_s - some.cpu_s) / more
            for all_, some in zip(taken[form, whole], taken[form, part], strict=True)
        ]
        for form in ("files", "tar", "zip", "parquet")
    }
    yield Row(f"{more:,} pictures: files", "ms CPU a picture", tuple(each["files"]))
    for form in ("tar", "zip", "parquet"):
        yield compare(
            f"{more:,} pictures: {form}", "ms CPU a picture", each[form], "files", each["files"],
            asked=None if form == "zip" or workshop.quick else Asked(_MOST, of="ratio"),
        )  # fmt: skip


def make(workshop: Workshop, form: str, source: Path) -> Path:
    """Return a folder with the pictures of another one in a container, or that one itself."""
    if form == "files":
        return source
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
    import packed  # what the tests make containers with

    target = workshop.scratch / f"{source.name}-{form}"
    if target.exists():
        return target
    target.mkdir()
    files = packed.files_of(source)
    if form == "tar":
        packed.make_tar(target / "pictures.tar", files)
    elif form == "zip":
        packed.make_zip(target / "pictures.zip", files)
    else:
        _make_parquet(target / "pictures.parquet", files)
    return target


def _make_parquet(path: Path, files: Mapping[str, bytes]) -> None:
    import packed

    classes = sorted({name.partition("/")[0] for name in files})
    packed.make_parquet(
        path,
        [(name.partition("/")[2], data) for name, data in files.items()],
        [classes.index(name.partition("/")[0]) for name in files],
        classes,
        group=_ROW_GROUP,
    )
