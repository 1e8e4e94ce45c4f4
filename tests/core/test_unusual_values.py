"""Values that few data sets have: what is read of them, said about them, or refused."""

import io
import json
import os
import struct
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pictures import make_dataset

import catsclean
from catsclean.auditing.audit import audit
from catsclean.core import arrow, manifest, spilled_columns, stand_ins, stored_table
from catsclean.core.cache_files import writing_tables
from catsclean.core.evidence import Outcome
from catsclean.core.findings import read_audit
from catsclean.core.install_command import is_installed, missing_extra
from catsclean.core.label_source import LabelKind, LabelSource, LabelTable, is_source
from catsclean.core.limits import Limits
from catsclean.core.manifest import METADATA_KEY, Manifest, find_manifest
from catsclean.core.not_a_folder import explain_missing
from catsclean.core.portable_names import faults_of
from catsclean.core.reading_errors import reason_of
from catsclean.core.same_audit import check_same_audit
from catsclean.core.state import StateFolder
from catsclean.core.stored_table import left_in_file
from catsclean.core.text import human_bytes
from catsclean.core.tracebacks import one_line, place_of, whole
from catsclean.core.zip_directory import lacks_members
from catsclean.errors import ConfigError, DatasetError, ManifestError, StateError, UsageError


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("Cat/aux.jpg", "the name of a device on Windows"),
        ("Cat./1.jpg", "ends with a dot, which Windows drops"),
        ("Cat /1.jpg", "ends with a space, which Windows drops"),
        ("Cat/" + "x" * 300, "a name of 300 bytes, more than 143"),
        ("x" * 200 + "/" + "y" * 200, "the path has 401 characters, more than"),
    ],
)
def test_a_name_that_does_not_travel_is_explained(path, fault):
    assert any(fault in said for said in faults_of(path))


@pytest.mark.parametrize(
    ("size", "said"),
    [(999, "999 bytes"), (1500, "1.5 kB"), (2.5e14, "250.0 TB"), (3e11, "300 GB")],
)
def test_sizes_are_written_with_their_unit(size, said):
    assert human_bytes(int(size)) == said


def test_an_error_is_described_with_its_place():
    def fail():
        raise ValueError("two\nlines")

    with pytest.raises(ValueError, match="two") as caught:
        fail()
    assert place_of(caught.value, fail).startswith("test_unusual_values.py:")
    assert one_line(caught.value, fail).startswith("ValueError: two lines (test_unusual_values.py:")
    assert one_line(ValueError("never raised")) == "ValueError: never raised"
    assert place_of(ValueError()) == ""
    assert whole(caught.value).endswith("lines")
    assert whole(ValueError("x" * 100_000)).startswith("[...]\n")


SOURCES = {
    "class folders": LabelSource(),
    "file names": LabelSource(LabelKind.NAMES),
    "file names, name:^(a|b)": LabelSource(LabelKind.NAMES, pattern="^(a|b)"),
    "given by the caller (labels=)": LabelSource(LabelKind.GIVEN),
    "recorded beside the pictures": LabelSource(LabelKind.CONTAINER),
    "train.csv, column breed": LabelSource(
        LabelKind.TABLE, tables=(LabelTable("../train.csv", "id", "breed"),)
    ),
    "a.csv and 1 more, column breed": LabelSource(
        LabelKind.TABLE,
        tables=(LabelTable("a.csv", "id", "breed"), LabelTable("b.csv", "id", "breed")),
    ),
}


@pytest.mark.parametrize("said", SOURCES)
def test_a_source_of_labels_is_said_and_read_back(said):
    source = SOURCES[said]
    assert source.describe() == said
    assert LabelSource.from_plain(json.loads(json.dumps(source.to_plain()))) == source


@pytest.mark.parametrize(
    "plain",
    ["folders", {}, {"kind": "other", "tables": []}, {**LabelSource().to_plain(), "note": 3}],
)
def test_what_is_no_source_of_labels_is_refused(plain):
    with pytest.raises(ValueError, match=r"source of labels|LabelKind"):
        LabelSource.from_plain(plain)


def test_words_that_name_no_file_are_sources_of_labels():
    assert is_source("name:^(a|b)")
    assert is_source("folders")
    assert not is_source("train.csv")


@pytest.mark.parametrize("value", [0, -1, True, "many", float("nan")])
def test_a_limit_is_a_number_above_nothing(value):
    with pytest.raises(ConfigError, match="must be a number above 0"):
        Limits(max_pixels=value)


def test_an_archive_that_is_not_there_is_called_a_file():
    assert explain_missing("cats.zip").startswith("no such file.")
    assert explain_missing("cats").startswith("no such folder.")


def test_paths_are_texts():
    with pytest.raises(UsageError, match="must be a path as text"):
        catsclean.audit(AsBytes())


class AsBytes(os.PathLike):
    """A path whose text is bytes."""

    def __fspath__(self):
        return b"Pets"


# columns


def test_texts_are_packed_only_if_the_same_text_comes_back():
    digits = "ab" * 4
    assert arrow.pack_text(pa.chunked_array([[digits, None]]), 4) is not None
    for other in (digits.upper(), "xy" * 4, "ab"):
        assert arrow.pack_text(pa.chunked_array([[digits, other]]), 4) is None


def test_a_column_with_missing_texts_has_some():
    assert not arrow.has_no_text(pa.chunked_array([["", None]], pa.string()))
    assert arrow.has_no_text(pa.chunked_array([["", ""]], pa.string()))


def test_texts_too_long_together_for_small_offsets_are_made_in_another_way(monkeypatch):
    monkeypatch.setattr(arrow, "_LARGEST_OFFSET", 10)
    assert arrow._repeated("cat", 5).to_pylist() == ["cat"] * 5


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="columns stay in memory here")
def test_a_temporary_file_that_was_cut_short_is_an_error(tmp_path):
    columns = spilled_columns.SpilledColumns(tmp_path, 10, {"size": pa.int64()})
    columns.put("size", np.arange(10), arrow.Values(pa.int64(), np.arange(10)))
    assert columns.take("size", 8, 10).values.tolist() == [8, 9]
    os.ftruncate(columns._file.fileno(), 0)
    with pytest.raises(OSError, match="shorter than it was"):
        columns.take("size", 8, 10)


# manifests


@pytest.fixture
def audited(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    return audit(root, workers=1, content=False)


def rewrite(state, table):
    pq.write_table(table, state.manifest)
    return pytest.raises(ManifestError)


def test_a_manifest_that_somebody_else_wrote_is_not_trusted(audited):
    state = StateFolder.of(audited.manifest.root)
    table = pq.read_table(state.manifest)
    with rewrite(state, table.append_column("path", table["path"])) as caught:
        Manifest.load(state.manifest, state.root)
    assert "has a column twice: path" in str(caught.value)
    with rewrite(state, table.replace_schema_metadata({METADATA_KEY: b"[1]"})) as caught:
        Manifest.load(state.manifest, state.root)
    assert "is not a manifest of catsclean's" in str(caught.value)
    at = table.column_names.index("width_px")
    texts = table.set_column(at, "width_px", pa.array(["wide"] * len(table)))
    with rewrite(state, texts) as caught:
        Manifest.load(state.manifest, state.root)
    assert "column width_px is not int" in str(caught.value)
    state.manifest.write_bytes(b"no Parquet")
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        Manifest.load(state.manifest, state.root)


def test_the_rows_of_a_manifest_may_be_in_any_order(audited):
    state = StateFolder.of(audited.manifest.root)
    table = pq.read_table(state.manifest)
    pq.write_table(table.take(pa.array(range(len(table) - 1, -1, -1))), state.manifest)
    loaded = Manifest.load(state.manifest, state.root)
    assert list(loaded.table["path"]) == sorted(table["path"].to_pylist())
    assert loaded.labels == ["Cat", "Dog"]


def test_a_manifest_with_a_state_folder_of_its_own_is_found(audited, tmp_path):
    own = Manifest(audited.manifest.table, audited.manifest.root)
    assert find_manifest(own) == (own, None)
    found, state = find_manifest(own, tmp_path / "apart")
    assert found is own
    assert state.path == tmp_path / "apart"


def test_findings_of_a_folder_that_was_never_audited_are_not_read(tmp_path):
    (tmp_path / "Pets").mkdir()
    with pytest.raises(StateError, match="audit"):
        read_audit(StateFolder.of(tmp_path / "Pets"))


def test_findings_that_are_no_table_are_not_trusted(audited):
    state = StateFolder.of(audited.manifest.root)
    state.findings.write_bytes(b"no Parquet")
    with pytest.raises(ManifestError, match="cannot read"):
        read_audit(state)
    state.findings.unlink()
    with pytest.raises(ManifestError, match="no findings at"):
        read_audit(state)


def test_the_evidence_tells_the_pictures_and_the_folders_that_decide(audited):
    evidence = audited.evidence
    assert len(evidence.pictures()) == 4
    assert evidence.dataset.folder_of("Cat/1.jpg") == "Cat"


# columns that stay in their file

SMALL = pa.table({"path": ["a", "b", "c"], "size": [1, 2, 3]})


def stored(tmp_path, monkeypatch, table=SMALL):
    monkeypatch.setattr(stored_table, "_SMALLEST_BYTES", 0)
    path = tmp_path / "table.arrow"
    with writing_tables(path, table.schema) as writer:
        writer.write_table(table)
    return path, left_in_file(path)


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="every table is read at once")
def test_rows_and_columns_of_a_stored_table_are_those_of_one_in_memory(tmp_path, monkeypatch):
    _, table = stored(tmp_path, monkeypatch)
    assert table.rows(np.arange(3)) is table
    more = table.append_column("kept", pa.array([True, False, True]))
    some = more.rows(np.array([2, 0]))
    assert some.to_arrow().to_pydict() == {
        "path": ["c", "a"], "size": [3, 1], "kept": [True, True],
    }  # fmt: skip
    again = some.set_column(1, pa.field("size", pa.int8()), pa.array([8, 9], pa.int8()))
    assert again.to_arrow().to_pydict()["size"] == [8, 9]


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="every table is read at once")
def test_a_file_with_a_column_twice_is_not_taken_for_one_of_the_cache(tmp_path, monkeypatch):
    table = pa.Table.from_arrays([SMALL["path"], SMALL["path"]], names=["path", "path"])
    _, left = stored(tmp_path, monkeypatch, table)
    assert left is None


# commands and messages


def test_folders_that_links_lead_into_are_part_of_the_command(tmp_path):
    (tmp_path / "Pets").mkdir()
    (tmp_path / "my cats").mkdir()
    state = StateFolder.of(tmp_path / "Pets", follow_links_to=tmp_path / "my cats")
    assert state.arguments.endswith(f"--follow-links-to '{tmp_path / 'my cats'}'")


def test_a_missing_extra_is_named_with_the_command_that_adds_it():
    assert is_installed(["json"])
    assert not is_installed(["json", "no_such_package"])
    assert "review" in str(missing_extra("The review wants a server", "review"))


def test_the_reason_of_the_system_counts_before_the_text_of_an_error():
    assert reason_of(OSError(5, "Input/output error", "1.jpg")) == "Input/output error"
    assert reason_of(OSError("too short")) == "too short"
    assert reason_of(ValueError("bad")) == "bad"


def test_a_notebook_shows_an_audit(audited):
    assert "4" in audited._repr_html_()


def test_a_message_about_a_column_without_a_number_stays_as_it_is(tmp_path):
    (tmp_path / "manifest.csv").write_text('path,status\n"Cat/1.jpg,keep\n')
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        Manifest.load(tmp_path / "manifest.csv", tmp_path)


@pytest.mark.parametrize("wish", [{"exclude": "Sorted/"}, {"labels": pa.table({"path": ["a"]})}])
def test_one_pattern_and_a_table_are_good_arguments(tmp_path, wish):
    with pytest.raises(DatasetError, match="no such folder"):
        catsclean.audit(tmp_path / "missing", **wish)


def test_an_archive_of_many_files_whose_second_directory_is_damaged_promises_the_first():
    data = bytearray(22)
    data[:4] = b"PK\x05\x06"
    struct.pack_into("<H", data, 10, 65_535)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 0, 1)
    assert not lacks_members(io.BytesIO(locator + bytes(data)), 65_535)
    assert lacks_members(io.BytesIO(locator + bytes(data)), 3)


def test_why_files_could_not_be_brought_is_put_into_the_evidence():
    brought = mock.Mock()
    brought.absent = {7: None, 8: stand_ins.Absence(Outcome.UNREADABLE, "403 Forbidden")}.get
    columns = {"outcome": ["decoded"] * 2, "outcome_detail": [""] * 2}
    stand_ins.note_absent(columns, range(7, 9), brought)
    assert columns == {
        "outcome": ["decoded", "unreadable"],
        "outcome_detail": ["", "403 Forbidden"],
    }


class WithItems:
    """What a library may offer in place of a mapping."""

    def items(self):
        return {"Cat/1.jpg": "Cat"}.items()


def test_labels_may_be_anything_that_has_items(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        catsclean.audit(tmp_path / "missing", labels=WithItems())


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="every table is read at once")
def test_a_column_of_the_cache_that_is_shorter_than_its_table_is_an_error(tmp_path, monkeypatch):
    _, table = stored(tmp_path, monkeypatch)
    assert table.rows(np.array([1])).to_arrow().to_pydict() == {"path": ["b"], "size": [2]}
    [piece] = table._file._pieces["size"]
    table._file._pieces["size"] = [piece._replace(length=1000)]
    with pytest.raises(pa.ArrowInvalid, match="8000 are needed"):
        table.column("size")


def test_tables_of_which_nothing_says_the_audit_do_not_belong_together(audited):
    state = StateFolder.of(audited.manifest.root)
    with pytest.raises(StateError, match="do not belong together"):
        check_same_audit(state, audited.manifest.packed, None, summary={"audit": {}})


def test_the_small_pictures_of_a_review_lie_in_the_cache(audited):
    state = StateFolder.of(audited.manifest.root)
    assert state.thumbnails.parent == state.cache


def test_two_paths_with_one_hash_are_two_paths():
    paths = pa.chunked_array([["Cat/1.jpg", "Dog/1.jpg", "Cat/1.jpg"]])
    manifest._refuse_twice(paths.slice(0, 2), np.array([7, 7]), "it")
    with pytest.raises(ManifestError, match="row 3: the same path as row 1"):
        manifest._refuse_twice(paths, np.array([7, 7, 7]), "it")
