"""What is fuzzed: each target takes any bytes and raises only where catsclean breaks a promise."""

import contextlib
import json
import math
import os
import shutil
import tempfile
from collections import deque
from pathlib import Path

from fuzzing import records

from catsclean.auditing import baseline
from catsclean.auditing.save import load_audit
from catsclean.cleaning.decision_journal import DecisionJournal
from catsclean.cleaning.decisions import KIND, SCHEMA_VERSION, read_decisions
from catsclean.cleaning.log import cleaning_log
from catsclean.cli import config
from catsclean.containers.opened import new_container
from catsclean.core import names
from catsclean.core.evidence import Outcome
from catsclean.core.label_source import TABLE_ENDINGS
from catsclean.core.limits import Limits
from catsclean.core.manifest import Manifest
from catsclean.core.split_marker import read_marker
from catsclean.downloading.unpack import unpack
from catsclean.errors import CatscleanError
from catsclean.images.decoding import open_image
from catsclean.images.formats.sniff import FORMATS
from catsclean.images.image import ReadingEndedError
from catsclean.scan.label_tables import read_table
from catsclean.scan.worker import Task, scan_chunk
from catsclean.training.probe import read_probe

_FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
_LIMITS = Limits(timeout_s=30, max_pixels=4_000_000)
_VERDICTS = {outcome.value for outcome in Outcome}
_CONTAINERS = (".tar", ".zip", ".parquet")
_ARCHIVES = (".zip", ".tar.gz")
_MOST_READ = 20  # members of a container


def read_picture(data: bytes) -> None:
    """Any bytes get exactly one verdict, and what is said of them can be shown."""
    (_FOLDER / "picture.jpg").write_bytes(data)
    columns = scan_chunk(Task(str(_FOLDER), ("picture.jpg",), _LIMITS, ()))
    row = {name: list(values) for name, values in columns.items()}
    assert all(len(values) == 1 for values in row.values())
    assert row["outcome"][0] in _VERDICTS
    assert row["outcome"][0] not in {Outcome.CRASHED.value, Outcome.CHANGED.value}
    for name in ("outcome_detail", "decoder_warnings", "exif_warnings", "format", "mode"):
        assert all(c.isprintable() or c == "\n" for c in row[name][0]), (name, row[name])
    if row["outcome"][0] == Outcome.DECODED.value:
        assert row["width_px"][0] > 0
        assert row["height_px"][0] > 0
        assert not math.isinf(float(row["brightness"][0]))


def walk_picture(data: bytes) -> None:
    """Reading what surrounds the pixels ends for any bytes, without an error."""
    structure = open_image("picture.jpg", data, _LIMITS).structure
    if structure is not None:
        assert -1 <= structure.end_offset <= len(data)
        assert 0 <= structure.metadata_bytes <= len(data)


def judge_picture(data: bytes) -> None:
    """What a format finds in the bytes itself, without a library, ends for any bytes."""
    image = open_image("picture.jpg", data, _LIMITS)
    kind = FORMATS.get(image.format)
    if kind is None or kind.missing():
        return
    why = ""
    try:
        kind.check(image)
        kind.find_damage(image)
        assert len(kind.first_alone(image)) <= len(data) + 1
        assert kind.is_cut(image, "") in {True, False}
        assert kind.may_be_sound(image, "") in {True, False}
        assert kind.later_excess(image).isprintable()
        deque(kind.rescue(image), maxlen=0)
    except ReadingEndedError as ended:
        why = ended.detail
    assert why.isprintable()


def open_container(data: bytes) -> None:
    """A container is listed or refused; its members lie inside, and each is read or refused."""
    ending = _CONTAINERS[data[0] % len(_CONTAINERS)] if data else ".tar"
    path = _FOLDER / f"container{ending}"
    path.write_bytes(data[1:])
    try:
        container = new_container(os.open(path, os.O_RDONLY), path.name)
    except OSError:
        return
    try:
        members = container.members()
        rows = zip(members.names, members.places, members.sizes_bytes, strict=True)
        for row, (name, place, size) in list(enumerate(rows))[:_MOST_READ]:
            assert name.isprintable()
            if row in members.presets:
                continue
            assert ".." not in name.split("/")
            assert not name.startswith("/")
            with contextlib.suppress(OSError):
                assert len(container.read(place, size, _LIMITS.max_bytes)) <= _LIMITS.max_bytes
    except OSError:
        return
    finally:
        container.close()


def read_labels(data: bytes) -> None:
    """A table of labels is read or refused with a sentence; each row has a path."""
    ending = TABLE_ENDINGS[data[0] % len(TABLE_ENDINGS)] if data else ".csv"
    try:
        rows, _ = read_table(data[1:], f"labels{ending}")
    except CatscleanError as error:
        _one_line(error)
        return
    assert len(rows.paths) == len(rows.labels) == len(rows.numbers)
    assert rows.paths.null_count == 0


def unpack_archive(data: bytes) -> None:
    """An archive is unpacked into its folder, or refused with a sentence."""
    ending = _ARCHIVES[data[0] % len(_ARCHIVES)] if data else ".zip"
    archive = _FOLDER / f"archive{ending}"
    archive.write_bytes(data[1:])
    outside = {*_FOLDER.iterdir(), _FOLDER / "unpacked"}
    folder = _FOLDER / "unpacked"
    folder.mkdir()
    try:
        count = unpack(archive, folder)
        found = [path for path in folder.rglob("*") if not path.is_dir()]
        assert len(found) == count
        assert not any(path.is_symlink() for path in found)
    except CatscleanError as error:
        _one_line(error)
    finally:
        shutil.rmtree(folder)
    assert outside.issuperset(_FOLDER.iterdir())


def read_records(data: bytes) -> None:
    """A damaged record of the state folder is refused with a sentence, or counts as missing."""
    state, paths = records.audited(), records.paths()
    path = paths[data[0] % len(paths)] if data else paths[0]
    before = path.read_bytes()
    path.write_bytes(data[1:])
    try:
        for read in (load_audit, cleaning_log):
            try:
                read(state.root)
            except CatscleanError as error:
                _one_line(error)
        try:
            DecisionJournal(state).read()
        except CatscleanError as error:
            _one_line(error)
        try:
            read_probe(path)
        except CatscleanError as error:
            _one_line(error)
        read_marker(path.parent)
    finally:
        path.write_bytes(before)


def load_manifest(data: bytes) -> None:
    """A manifest is loaded or refused with a sentence; a loaded one names nothing outside."""
    kind = "csv" if data[:1] < b"\x80" else "parquet"
    # without a root of its own a manifest gets no further than its head
    root = _FOLDER / "set" if data[:1] < b"\xf0" else None
    path = _FOLDER / f"manifest.{kind}"
    path.write_bytes(data[1:])
    try:
        manifest = Manifest.load(path, root)
    except CatscleanError as error:
        _one_line(error)
        return
    for sample in manifest.table["path"]:
        parts = names.decode(sample).split("/")
        assert ".." not in parts
        assert not names.decode(sample).startswith("/")


def load_decisions(data: bytes) -> None:
    """Decisions are read or refused; they decide only about samples that are there."""
    path = _FOLDER / "decisions.json"
    root, digests = _FOLDER / "set", {"Cat/0.jpg": "0" * 64, "Dog/1.jpg": None}
    if data[:1] < b"\xc0":  # the head is known, so that the entries are reached
        text = data[1:].decode("utf-8", "replace")
        document = {"kind": KIND, "schema_version": SCHEMA_VERSION, "root": "set"}
        data = json.dumps(document)[:-1].encode() + b', "decisions": ' + text.encode() + b"}"
    path.write_bytes(data)
    try:
        decisions = read_decisions(path, root, digests)
    except CatscleanError as error:
        _one_line(error)
        return
    assert all(name in digests for name in decisions.entries)


def load_settings(data: bytes) -> None:
    """Settings and baselines are read or refused with a sentence."""
    for name, load in (("catsclean.toml", config.load_config), ("b.json", baseline.read_baseline)):
        (_FOLDER / name).write_bytes(data)
        try:
            load(_FOLDER / name)
        except CatscleanError as error:
            _one_line(error)


def show_name(data: bytes) -> None:
    """Any name that a file system can hold is shown on one line, and found again from it."""
    name = os.fsdecode(data)
    shown = names.encode(name)
    assert shown.isprintable()
    assert names.decode(shown) == name
    assert names.decode(names.cell(shown)) == name
    assert names.from_cell(names.cell(shown)) == shown
    assert names.text(name).isprintable()
    try:
        assert names.encode(names.decode(name)) is not None
    except ValueError:
        assert "\\" in name


TARGETS = {
    target.__name__: target
    for target in (
        read_picture, walk_picture, judge_picture, open_container, unpack_archive, read_labels, read_records,
        load_manifest, load_decisions, load_settings, show_name,
    )
}  # fmt: skip


def _one_line(error: CatscleanError) -> None:
    assert str(error)
    assert all(c.isprintable() for c in str(error)), str(error)
