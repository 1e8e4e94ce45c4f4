"""A table that stays in its file reads as one in memory does."""

import io
import os
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_files import open_below
from pandas.testing import assert_frame_equal
from pictures import jpeg, make_dataset

import catsclean
from catsclean.core import spilled_columns, stored_table
from catsclean.core.arrow import packed_array
from catsclean.core.cache_files import write_bytes, writing_tables
from catsclean.core.rows import Table
from catsclean.core.stored_table import StoredTable, left_in_file, open_table, table_rows

pytestmark = pytest.mark.skipif(not hasattr(os, "pread"), reason="every table is read at once")
COUNT = 100
WHOLE = pa.table(
    {
        "path": [f"Cat/{number}-ü.jpg" for number in range(COUNT)],
        "why": pa.array([None, *map(str, range(1, COUNT))], pa.string()),
        "nothing": [""] * COUNT,
        "size": range(COUNT),
        "flat": [number % 3 == 0 for number in range(COUNT)],
        "sharpness": pa.array(np.linspace(0, 1, COUNT), pa.float32()),
        "sha256": packed_array(["ab" * 32, "", "12" * 32, "0" * 64] * (COUNT // 4), 32),
    }
)


@pytest.fixture(autouse=True)
def leave_small_tables_too(monkeypatch):
    monkeypatch.setattr(stored_table, "_SMALLEST_BYTES", 0)


def write(path, table, rows=COUNT):
    with writing_tables(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)


@pytest.fixture(params=[COUNT, 32, 1])
def path(request, tmp_path):
    write(tmp_path / "table.arrow", WHOLE, request.param)
    return tmp_path / "table.arrow"


def test_it_has_the_columns_of_the_file(path):
    stored = open_table(path)
    assert isinstance(stored, StoredTable)
    assert len(stored) == COUNT
    assert stored.column_names == WHOLE.column_names
    assert stored.schema.equals(WHOLE.schema)
    for name in WHOLE.column_names:
        assert stored.column(name).equals(WHOLE.column(name))
    assert stored.to_arrow().equals(WHOLE)
    assert stored.select(["size", "path"]).to_arrow().equals(WHOLE.select(["size", "path"]))


@given(at=st.lists(st.integers(0, COUNT - 1)), again=st.data())
@settings(max_examples=30, deadline=None)
def test_some_of_its_rows_are_those_of_the_whole(tmp_path_factory, at, again):
    path = tmp_path_factory.mktemp("stored") / "table.arrow"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_table, "_SMALLEST_BYTES", 0)
        write(path, WHOLE, 32)
        stored = open_table(path).append_column("number", pa.array(range(COUNT)))
        expected = WHOLE.append_column("number", pa.array(range(COUNT)))
    some, expected = table_rows(stored, np.array(at, int)), table_rows(expected, np.array(at, int))
    assert some.to_arrow().equals(expected)
    once_more = np.array(again.draw(st.lists(st.integers(0, max(len(at) - 1, 0)))), int)
    if at:
        assert table_rows(some, once_more).to_arrow().equals(table_rows(expected, once_more))


def test_columns_in_memory_take_the_place_of_its_own(path):
    stored = open_table(path)
    other = pa.array(["x"] * COUNT)
    assert stored.set_column(1, "why", other).to_arrow().equals(WHOLE.set_column(1, "why", other))
    assert stored.append_column("more", other).to_arrow().equals(WHOLE.append_column("more", other))
    beside = stored.beside({"label": other, "path": other})
    assert beside.column_names == ["label", "path", *WHOLE.column_names[1:]]
    assert beside.column("path").to_pylist() == other.to_pylist()
    assert stored.column("path").equals(WHOLE.column("path"))


def test_rows_of_it_are_those_of_a_table_in_memory(path):
    stored, whole = Table(open_table(path)).rows(), Table(WHOLE).rows()
    at = np.array([3, 99, 0])
    for name in WHOLE.column_names:
        assert stored[name].tolist() == whole[name].tolist()
        assert stored.where(at)[name].tolist() == whole.where(at)[name].tolist()
    assert (stored.words("sha256", 4) == whole.words("sha256", 4)).all()
    assert Table(open_table(path)).frame.equals(Table(WHOLE).frame)


@pytest.mark.parametrize("at", [None, np.array([7, 99, 0])])
def test_texts_are_yielded_one_by_one_and_not_kept(path, at):
    table = Table(open_table(path))
    rows = table.rows() if at is None else table.rows().where(at)
    every = WHOLE.column("path").to_pylist()
    expected = [every[row] for row in (range(COUNT) if at is None else at)]
    assert list(rows.texts("path")) == expected
    assert "path" not in table.arrays
    assert rows["path"].tolist() == list(rows.texts("path"))


def test_columns_are_released_only_if_they_can_be_read_again(path):
    stored = open_table(path).append_column("label", pa.array(["a"] * COUNT))
    rows = Table(stored.append_column("links", pa.array(range(COUNT)))).rows()
    size, text, label, links = rows["size"], rows["path"], rows["label"], rows["links"]
    assert rows["size"] is size
    rows.release()
    assert rows["size"] is not size
    assert rows["path"] is text
    assert rows["label"] is label
    rows.release(texts=True)
    assert rows["path"] is not text
    assert rows["label"] is not label
    assert rows["links"] is links
    in_memory = Table(WHOLE).rows()
    size, text = in_memory["size"], in_memory["path"]
    in_memory.release(texts=True)
    assert in_memory["size"] is size
    assert in_memory["path"] is text


def test_it_reads_what_was_there_when_the_file_is_replaced_or_removed(path, tmp_path):
    stored = open_table(path)
    write(tmp_path / "other.arrow", WHOLE.slice(0, 3))
    (tmp_path / "other.arrow").replace(path)
    assert stored.to_arrow().equals(WHOLE)
    assert open_table(path).to_arrow().equals(WHOLE.slice(0, 3))
    path.unlink()
    assert stored.to_arrow().equals(WHOLE)
    assert left_in_file(path) is None


def test_a_file_that_became_shorter_ends_with_an_error(path):
    stored = open_table(path)
    os.truncate(path, path.stat().st_size // 4)
    with pytest.raises(OSError, match="shorter"):
        stored.to_arrow()


def test_a_damaged_file_is_not_read(path):
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 80)):
        path.write_bytes(whole[:at])
        with pytest.raises(ValueError, match="checksum"):
            open_table(path)
        damaged = bytearray(whole)
        damaged[at] ^= 0x81
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="checksum"):
            open_table(path)


def test_a_table_of_another_kind_is_not_left_in_its_file(tmp_path):
    for column in (
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array([["a"], ["b", "c"]]),
        pa.array([{"a": 1}, {"a": 2}]),
    ):
        write(tmp_path / "table.arrow", pa.table({"column": column}))
        with pytest.raises(pa.ArrowInvalid):
            open_table(tmp_path / "table.arrow")
    compressed = pa.ipc.IpcWriteOptions(compression="zstd")
    path = tmp_path / "compressed.arrow"
    made = io.BytesIO()
    with pa.ipc.new_file(made, WHOLE.schema, options=compressed) as writer:
        writer.write_table(WHOLE)
    write_bytes(path, made.getvalue())
    with pytest.raises(pa.ArrowInvalid):
        open_table(path)


def test_a_small_table_is_read_at_once(path, monkeypatch):
    monkeypatch.setattr(stored_table, "_SMALLEST_BYTES", 1 << 20)
    assert isinstance(open_table(path), pa.Table)
    assert left_in_file(path) is None


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="the system does not list open files")
def test_its_file_is_closed_with_it(path):
    stored = [open_table(path) for _ in range(5)]
    assert open_below(path.parent) == [str(path)] * 5
    del stored
    assert open_below(path.parent) == []


def said(audit):
    return (
        audit.evidence.to_arrow().to_pandas(),
        audit.manifest.to_arrow(),
        audit.findings,
        audit.summary,
    )


def change(root, *changes):
    for path, content in changes:
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(content) if content is not None else (root / path).unlink()
    for path in root.rglob("*.*"):
        os.utime(path, (time.time() - 60, time.time() - 60))


def test_an_audit_says_the_same_of_evidence_that_stays_in_the_cache(tmp_path, monkeypatch):
    root = make_dataset(tmp_path / "Pets", {"Cat": 4, "Dog": 4})
    # files that are no pictures are left out, and the listing is not sorted by whole paths
    change(root, ("Cat/notes.txt", b"notes"), ("Cat/more/0.jpg", jpeg(20)), ("Cat/z.jpg", b""))
    changes = (
        (),
        (),  # unchanged: everything is in the cache
        (("Dog/new.jpg", jpeg(30)), ("Dog/copy.jpg", jpeg(20))),
        (("Dog/new.jpg", None),),
        (("Dog/0.jpg", None), ("Dog/renamed.jpg", (root / "Dog/0.jpg").read_bytes())),
    )
    for number, changed in enumerate(changes):
        change(root, *changed)
        audits = []
        for smallest in (0, 1 << 25):
            monkeypatch.setattr(stored_table, "_SMALLEST_BYTES", smallest)
            monkeypatch.setattr(spilled_columns, "LEAST_ROWS", smallest)
            state = tmp_path / f"state-{smallest}"
            audits.append(catsclean.audit(root, state_dir=state, workers=1, content=False))
        stored, whole = map(said, audits)
        assert isinstance(audits[0].evidence.packed, StoredTable)
        assert isinstance(audits[1].evidence.packed, pa.Table)
        assert_frame_equal(stored[0], whole[0])
        assert stored[1].equals(whole[1])
        assert stored[2] == whole[2]
        for name in ("files_read", "files_reused", "files_recognised", "outcomes"):
            assert stored[3][name] == whole[3][name], number
