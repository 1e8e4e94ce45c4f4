"""The manifest: in and out without loss, and no row that leads astray."""

import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import make_evidence
from hypothesis import given
from hypothesis import strategies as st
from pictures import make_dataset

import catsclean
from catsclean.core import manifest as module
from catsclean.core import names
from catsclean.core.arrow import packed_array
from catsclean.core.findings import Finding, Fix, Severity
from catsclean.core.manifest import COLUMNS, Manifest, check_path, from_evidence
from catsclean.core.rows import Table
from catsclean.errors import ManifestError, UsageError


@pytest.fixture
def manifest(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 3, "=cmd": 2})
    (root / "Cat" / "empty.jpg").touch()
    if os.name != "nt":
        (root / "Cat" / "new\nline\\.jpg").touch()
        with open(os.fsencode(root / "Cat") + b"/latin\xe9.jpg", "wb"):
            pass
    return catsclean.audit(root).manifest


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_saved_manifest_is_loaded_without_loss(manifest, tmp_path, suffix):
    path = tmp_path / f"copy{suffix}"
    manifest.save(path)
    loaded = Manifest.load(path, root=manifest.root)
    pd.testing.assert_frame_equal(loaded.table, manifest.table, check_dtype=False)


def test_the_columns_are_the_documented_ones(manifest):
    assert list(manifest.table.columns) == list(COLUMNS)
    text = (catsclean_root() / "docs" / "manifest.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in text] == []


def test_only_the_columns_that_are_asked_for_are_read(manifest, tmp_path):
    path = tmp_path / "manifest.parquet"
    own = manifest.table.assign(seen_by="me", camera="one")
    manifest.with_table(own).save(path)
    read = Manifest.load(path, columns=["camera", "group", "not there"])
    assert read.column_names == ["path", "label", "sha256", "status", "group", "camera"]
    whole = Manifest.load(path)
    for name in read.column_names:
        assert read.packed.column(name).equals(whole.packed.column(name))


def test_columns_of_the_users_own_are_kept(manifest, tmp_path):
    own = manifest.with_table(manifest.table.assign(patient=range(len(manifest))))
    own.save(tmp_path / "own.parquet")
    assert list(Manifest.load(tmp_path / "own.parquet").table["patient"]) == list(range(len(own)))


def test_no_cell_of_the_csv_starts_a_formula_or_holds_a_control_character(manifest, tmp_path):
    manifest.save(tmp_path / "copy.csv")
    text = (tmp_path / "copy.csv").read_text(encoding="utf-8")
    assert all(c.isprintable() or c == "\n" for c in text)
    cells = [cell.strip('"') for line in text.splitlines()[1:] for cell in line.split(",")]
    assert not [c for c in cells if c[:1] in "=+@" and c]


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../other/0.jpg", "Cat/../../x.jpg", "Cat//0.jpg", "./Cat/0.jpg", "", r"Cat\q.jpg",
     "Cat/\\x00.jpg", None, "x" * 70_000],
)  # fmt: skip
def test_a_path_that_leads_astray_is_refused_with_its_row(manifest, tmp_path, path):
    table = manifest.table.copy()
    table.loc[1, "path"] = path
    write(table, tmp_path / "bad.parquet", manifest)
    with pytest.raises(ManifestError, match="row 2"):
        Manifest.load(tmp_path / "bad.parquet")


def test_a_path_that_comes_twice_is_refused(manifest, tmp_path):
    table = manifest.table.copy()
    table.loc[2, "path"] = table.loc[1, "path"]
    write(table, tmp_path / "bad.parquet", manifest)
    with pytest.raises(ManifestError, match="row 3: the same path as row 2"):
        Manifest.load(tmp_path / "bad.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all" * 100])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "bad.parquet").write_bytes(content)
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        Manifest.load(tmp_path / "bad.parquet", root=tmp_path)


def test_a_column_whose_name_is_no_text_is_refused(tmp_path):
    (tmp_path / "bad.csv").write_bytes(b"path,label,sha256,status,\x8e\na.jpg,,,keep,1\n")
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        Manifest.load(tmp_path / "bad.csv", root=tmp_path)


def test_a_parquet_cell_that_is_no_text_is_refused(manifest, tmp_path):
    manifest.save(tmp_path / "whole.parquet")
    table = pq.read_table(tmp_path / "whole.parquet")
    raw = pa.array([b"\x9f"] * len(table), pa.binary())
    text = pa.StringArray.from_buffers(len(table), *raw.buffers()[1:])
    table = table.set_column(table.column_names.index("label"), "label", text)
    pq.write_table(table, tmp_path / "bad.parquet")
    with pytest.raises(ManifestError, match="cannot read the manifest"):
        Manifest.load(tmp_path / "bad.parquet")


def test_a_column_that_comes_twice_is_refused(tmp_path):
    (tmp_path / "bad.csv").write_text("path,label,sha256,status,status\na.jpg,,,keep,keep\n")
    with pytest.raises(ManifestError, match="has a column twice: status"):
        Manifest.load(tmp_path / "bad.csv", root=tmp_path)


def test_a_truncated_file_is_refused(manifest, tmp_path):
    manifest.save(tmp_path / "whole.parquet")
    data = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(ManifestError, match="cannot read"):
        Manifest.load(tmp_path / "cut.parquet")


def test_another_status_is_refused(manifest, tmp_path):
    table = manifest.table.copy()
    table.loc[0, "status"] = "delete"
    write(table, tmp_path / "bad.parquet", manifest)
    with pytest.raises(ManifestError, match="status must be keep, review or drop"):
        Manifest.load(tmp_path / "bad.parquet")


def test_a_table_without_the_needed_columns_is_no_manifest(tmp_path):
    pq.write_table(pa.table({"path": ["a.jpg"]}), tmp_path / "bad.parquet")
    with pytest.raises(ManifestError, match="has no column label"):
        Manifest.load(tmp_path / "bad.parquet", root=tmp_path)


def test_a_newer_schema_is_refused(manifest, tmp_path):
    table = manifest.to_arrow()
    header = {b"catsclean": json.dumps({"schema_version": 99, "root": "/x"}).encode()}
    pq.write_table(table.replace_schema_metadata(header), tmp_path / "new.parquet")
    with pytest.raises(ManifestError, match="Upgrade catsclean"):
        Manifest.load(tmp_path / "new.parquet")


def test_a_csv_file_outlives_pandas(manifest, tmp_path):
    path = tmp_path / "copy.csv"
    manifest.save(path)
    pd.read_csv(path).to_csv(path, index=False)
    assert "4.0" in path.read_text() or "1.0" in path.read_text()
    loaded, table = Manifest.load(path, manifest.root).table, manifest.table
    exact = [name for name in COLUMNS if name != "phash64"]
    pd.testing.assert_frame_equal(loaded[exact], table[exact])
    # a float has no room for these 64 bits: missing, and not another hash
    known = loaded["phash64"].notna()
    assert (loaded["phash64"][known] == table["phash64"][known]).all()


@pytest.mark.parametrize(
    ("column", "cell", "wanted"),
    [
        ("frames", "1.5", r"a whole number \(int32\)"),
        ("frames", "3000000000", r"a whole number \(int32\)"),
        ("brightness", "bright", "a number"),
    ],
)
def test_a_cell_of_a_csv_file_that_cannot_be_read_is_named(tmp_path, column, cell, wanted):
    path = tmp_path / "bad.csv"
    path.write_text(f"path,label,sha256,status,{column}\na.jpg,,,keep,1\nb.jpg,,,keep,{cell}\n")
    with pytest.raises(ManifestError, match=f"row 2, column {column} is not {wanted}.*'{cell}'"):
        Manifest.load(path, tmp_path)


def test_a_text_of_a_csv_file_that_is_no_text_is_named_by_its_column(tmp_path):
    (tmp_path / "bad.csv").write_bytes(b"path,label,sha256,status\na.jpg,C\xe4t,,keep\n")
    with pytest.raises(ManifestError, match="column label"):
        Manifest.load(tmp_path / "bad.csv", tmp_path)


def test_a_split_takes_a_manifest_or_the_folder_of_an_audited_set(manifest):
    one, other = (catsclean.split(data, {"val": 2}) for data in (manifest, str(manifest.root)))
    assert one.manifest.table.equals(other.manifest.table)


@pytest.mark.parametrize(
    ("data", "message"), [(None, r"an audited data set\. Received: None"), (3, "Received: 3")]
)
def test_a_split_of_something_else_is_refused(data, message):
    with pytest.raises(UsageError, match=message):
        catsclean.split(data)


def test_a_split_of_a_folder_that_was_never_audited_says_what_to_do(tmp_path):
    root = make_dataset(tmp_path / "new")
    with pytest.raises(UsageError, match="never audited"):
        catsclean.split(root)


def test_csv_needs_a_root(manifest, tmp_path):
    manifest.save(tmp_path / "copy.csv")
    with pytest.raises(ManifestError, match="Name the folder"):
        Manifest.load(tmp_path / "copy.csv")


def test_its_labels_are_those_of_its_rows_sorted(manifest):
    assert manifest.labels == ["=cmd", "Cat"]
    without = manifest.table["path"].str.startswith("Cat")
    assert manifest.with_table(manifest.table[~without]).labels == ["=cmd"]


def test_the_rows_to_keep_are_those_that_are_not_dropped(manifest):
    kept = manifest.keep()
    assert 0 < len(kept) < len(manifest)
    assert "Cat/empty.jpg" not in set(kept["path"])
    assert set(manifest.table["path"]) - set(kept["path"]) == set(
        manifest.table["path"][manifest.table["status"] == "drop"]
    )


def test_its_text_says_how_many_samples_to_keep(manifest):
    assert "5 keep" in repr(manifest)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_a_checked_path_never_leaves_the_root(text):
    try:
        native = check_path(names.encode(text))
    except ValueError:
        return
    assert os.path.normpath(f"/root/{native}").startswith("/root/")


def write(table, path, manifest):
    header = {b"catsclean": json.dumps({"schema_version": 1, "root": str(manifest.root)}).encode()}
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(arrow.replace_schema_metadata(header), path)


def catsclean_root():
    from pathlib import Path

    return Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "Drop"}, r"row 2: status must be keep, review or drop. Received: 'Drop'"),
        ({"path": "Cat/1.jpg"}, "row 4: the same path as row 2: Cat/1.jpg"),
        ({"path": "../other/x.jpg"}, "row 2: a path with an empty part, '.' or '..'"),
        ({"path": 7}, "path"),
        ({"width_px": "wide"}, "width_px is not int32"),
    ],
)
def test_a_table_is_checked_as_a_file_is(manifest, change, message):
    table = manifest.table.astype(object)
    for column, value in change.items():
        table.loc[1, column] = value
    with pytest.raises(ManifestError, match=message):
        manifest.with_table(table)


def test_a_table_without_the_needed_columns_or_with_one_twice_is_refused(manifest):
    with pytest.raises(ManifestError, match="the table has no column status: not a manifest"):
        manifest.with_table(manifest.table.drop(columns="status"))
    twice = pd.concat([manifest.table, manifest.table[["path"]]], axis=1)
    with pytest.raises(ManifestError, match="the table has a column twice: path"):
        manifest.with_table(twice)
    with pytest.raises(ManifestError, match="must be a pandas DataFrame"):
        manifest.with_table([])


def test_rows_in_any_order_keep_their_own_columns(manifest):
    table = manifest.table.assign(own=manifest.table["path"].astype(object))
    made = manifest.with_table(table.sample(frac=1, random_state=3)).table
    assert list(made["own"]) == list(made["path"]) == list(manifest.table["path"])


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_a_manifest_that_is_written_in_parts_is_the_same(tmp_path, monkeypatch, name):
    rows = [{"path": f"Cat/{at}.jpg", "sha256": f"{at:064x}" if at % 3 else ""} for at in range(9)]
    plain = from_evidence(make_evidence(rows), [])
    table = plain.to_arrow()
    digests = packed_array([row.get("sha256", "") for row in rows], 32)
    at = table.column_names.index("sha256")
    packed = Manifest(table.set_column(at, "sha256", digests), plain.root)
    assert packed.to_arrow().equals(table)
    plain.save(tmp_path / name)
    monkeypatch.setattr("catsclean.core.manifest.ROWS_AT_ONCE", 2)
    packed.save(tmp_path / f"parts-{name}")
    there, parts = (Manifest.load(tmp_path / n, plain.root) for n in (name, f"parts-{name}"))
    assert parts.table.equals(there.table)
    assert packed.table.equals(there.table)
    if name == "m.csv":
        assert (tmp_path / name).read_bytes() == (tmp_path / f"parts-{name}").read_bytes()


def test_large_texts_of_evidence_are_plain_texts_of_the_manifest():
    evidence = make_evidence([{"path": "Cat/1.jpg"}, {"path": "Dog/2.jpg", "label": ""}])
    samples = evidence.packed
    at = samples.column_names.index("label")
    large = samples.set_column(at, "label", samples.column("label").cast(pa.large_string()))
    made = from_evidence(evidence.replaced(samples=Table(large)), []).to_arrow()
    assert made.equals(from_evidence(evidence, []).to_arrow())
    assert made.column("label").to_pylist() == ["Cat", None]


def test_a_file_with_two_findings_of_one_validator_names_it_once():
    evidence = make_evidence([{"path": "Cat/1.jpg"}])
    twice = [
        Finding("blurry", Severity.WARNING, Fix.REVIEW, "Cat/1.jpg", None, why) for why in "ab"
    ]
    made = from_evidence(evidence, twice).to_arrow()
    assert made.column("reason").to_pylist() == ["blurry"]
    assert made.column("status").to_pylist() == ["review"]


def test_a_users_own_column_of_binary_stays_as_it_is(tmp_path):
    table = from_evidence(make_evidence([{"path": "Cat/1.jpg"}]), []).to_arrow()
    own = pa.array([b"0123456789abcdef"], pa.binary(16))
    Manifest(table.append_column("uuid", own), Path("/data")).save(tmp_path / "m.parquet")
    assert Manifest.load(tmp_path / "m.parquet").table["uuid"].tolist() == [b"0123456789abcdef"]


@given(st.text(alphabet=st.characters(max_codepoint=0x250) | st.sampled_from("/.\\: "), max_size=9))
def test_a_path_that_is_not_looked_at_closely_would_have_passed(path):
    if not module._to_be_checked(pa.chunked_array([[path]], pa.string())):
        assert names.encode(check_path(path)) == path


@pytest.mark.parametrize("held", ["arrow", "pandas"])
def test_lists_of_some_paths_are_those_of_the_table(held):
    frame = pd.DataFrame(
        {"path": ["a", "b", "c"], "label": ["x", "y", None], "sha256": "0" * 64, "status": "keep"}
    )
    manifest = Manifest(pd.DataFrame(), Path("/data")).with_table(frame)
    if held == "arrow":
        manifest = Manifest(manifest.to_arrow(), manifest.root)
    lists = manifest.lists(["path", "label", "sha256"], {"c", "a", "none"})
    assert lists == {"path": ["a", "c"], "label": ["x", None], "sha256": ["0" * 64] * 2}
    assert manifest.lists(["label"]) == {"label": ["x", "y", None]}


def test_a_file_that_is_not_parquet_is_said_to_be_none(tmp_path):
    (tmp_path / "split.json").write_text("{}" * 10)
    with pytest.raises(ManifestError, match=r"not a Parquet file\. Name a manifest\.parquet or"):
        Manifest.load(tmp_path / "split.json", root=tmp_path)
