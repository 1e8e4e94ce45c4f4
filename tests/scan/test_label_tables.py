import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.core import names
from catsclean.core.label_source import TABLE_ENDINGS
from catsclean.errors import ConfigError
from catsclean.scan import label_tables
from catsclean.scan.label_tables import find_label_column, read_given, read_table


def read(data, name="t.csv", columns=""):
    rows, folder = read_table(data, name, columns)
    return list(zip(rows.paths.to_pylist(), rows.labels.to_pylist(), strict=True)), folder


def refused(data, name="t.csv", columns=""):
    with pytest.raises(ConfigError) as caught:
        read_table(data, name, columns)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    return str(caught.value)


WANTED = [("a.jpg", "cat"), ("0007", "dog")]


def parquet(**columns):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv", b"file,label\na.jpg,cat\n0007,dog\n"),
        ("t.csv", b"\xef\xbb\xbffile;label\r\na.jpg;cat\r\n0007;dog\r\n"),
        ("t.csv", "file\tlabel\na.jpg\tcat\n0007\tdog\n".encode("utf-16")),
        ("t.tsv", b"file\tx,y\tlabel\na.jpg\t1\tcat\n0007\t2\tdog\n"),
        ("t.csv", b'file,note,label\na.jpg,"two\nlines, ""q""", cat \n0007,,dog\n'),
        ("t.jsonl", b'{"file":"a.jpg","label":"cat"}\n\n{"label":"dog","file":"0007","x":[1]}'),
        ("t.parquet", parquet(file=["a.jpg", "0007"], label=["cat", "dog"])),
    ],
)
def test_the_formats_say_the_same(name, data):
    assert read(data, name)[0] == WANTED


def test_a_line_of_many_brackets_is_read_without_a_crash():
    # Arrow's own reader would end the process
    deep = '{"file":"a.jpg","label":"cat","boxes":' + "[" * 100_000 + "]" * 100_000 + "}\n"
    assert "cannot read" in refused(deep.encode(), "t.jsonl")
    wide = json.dumps({"file": "a.jpg", "label": "cat", "boxes": [[1]] * 2000})
    assert read(wide.encode(), "t.jsonl")[0] == [("a.jpg", "cat")]
    assert "a line is not a JSON object" in refused(wide.encode() + b"\n[1]\n", "t.jsonl")
    large = wide.replace("cat", f'cat", "number": {2**70}, "x": "')
    assert "int too large" in refused(large.encode(), "t.jsonl")


@pytest.mark.parametrize("line", ["null", " null", "\r\tnull", "1", '"a"', "[]"])
def test_a_line_that_is_no_object_is_refused_without_a_crash(line):
    # Arrow's own reader ends the process if the first line is null
    row = '{"file":"a.jpg","label":"cat"}\n'
    for data in (f"{line}\n", f"\n{line}\n{row}", f"{row}{line}"):
        assert "a line is not a JSON object" in refused(data.encode(), "t.jsonl")


def test_lines_may_be_indented_and_end_as_on_windows():
    data = b'  {"file":"a.jpg","label":"cat"}\r\n\r\n\t{"file":"0007","label":"dog"}\r\n'
    assert read(data, "t.jsonl")[0] == WANTED


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.ndjson"])
@pytest.mark.parametrize("column", ["file", "label"])
def test_text_in_another_encoding_is_refused_with_a_sentence(name, column):
    row = {"file": "a.jpg", "label": "cat"} | {column: "Größe"}
    text = json.dumps(row, ensure_ascii=False)
    if name == "t.csv":
        text = "file,label\n" + ",".join(row.values())
    assert "UTF" in refused(text.encode("latin-1"), name)


def test_columns_are_named_or_recognised():
    data = b"n,image_id,breed,split\n1,a,pug,x\n"
    assert read(data, columns="image_id,breed") == ([("a", "pug")], "")
    assert read(data, columns="image_id,breed,train/")[1] == "train/"
    assert read(b"id,breed\na,pug\n")[0] == [("a", "pug")]
    assert read(b'"a,b","c,d"\nx,y\n', columns="a,b,c,d") == ([("x", "y")], "")
    assert "Its columns: n, image_id, breed, split" in refused(data)
    assert "It has no columns." in refused(b"")
    assert "no such columns" in refused(data, columns="image_id,race")


def test_numbers_and_booleans_are_labels():
    assert read(b'{"id":1,"label":true}\n{"id":2,"label":false}', "t.jsonl")[0][0] == ("1", "true")
    assert read(parquet(id=[1], label=[3]), "t.parquet")[0] == [("1", "3")]


def test_text_that_programs_write_for_a_missing_value_is_no_label():
    data = b'id,label\na,\nb,nan\nc,"  "\nd,?\ne,None\nf,NA\n'
    assert [label for _, label in read(data)[0]] == [None, None, None, None, "None", "NA"]


@pytest.mark.parametrize(
    ("data", "name", "part"),
    [
        (b"", "t.csv", "t.csv"),
        (b"file,label\na,caf\xe9\n", "t.csv", "UTF-8"),
        (b"file,label\na\n", "t.csv", "Expected 2 columns"),
        (b"file,label,label\na,b,c\n", "t.csv", "twice"),
        (b"PAR1not really", "t.parquet", "cannot read"),
        (b"[1]\n", "t.jsonl", "cannot read"),
        (b'{"file":"a","label":{"x":1}}\n', "t.jsonl", "neither text nor a number"),
        (b"file,label\na," + b"x" * 2000, "t.csv", "2,000 characters"),
        (b"file,label\n" + b"a" * 70_000 + b",x", "t.csv", "is it the right column"),
        (b"x", "t.xlsx", "ends in .csv"),
        (b"fi\x1ble,x,y\na,b,c\n", "t.csv", "fi\\x1ble"),
    ],
)
def test_what_cannot_be_read_is_one_line(data, name, part):
    assert part in refused(data, name)


def test_a_large_table_is_refused(monkeypatch):
    monkeypatch.setattr(label_tables, "MAX_BYTES", 100)
    assert "may have 100" in refused(b"file,label\n" + b"a,b\n" * 50)
    # a small file of one long text that is repeated
    long = parquet(file=["a"] * 50, label=["x" * 50] * 50)
    monkeypatch.setattr(label_tables, "MAX_BYTES", len(long))
    assert "may have" in refused(long, "t.parquet")
    monkeypatch.setattr(label_tables, "MAX_ROWS", 49)
    assert "50 rows" in refused(long, "t.parquet")


def given_rows(labels):
    rows = read_given(labels)
    return list(zip(rows.paths.to_pylist(), rows.labels.to_pylist(), strict=True))


def test_a_caller_passes_a_mapping_or_a_table():
    wanted = [("a.jpg", "cat"), ("b.jpg", "1")]
    assert given_rows({"a.jpg": "cat", "b.jpg": 1}) == wanted
    assert given_rows(pd.Series(["cat", 1], index=["a.jpg", "b.jpg"])) == wanted
    frame = pd.DataFrame({"file": ["a.jpg", "b.jpg"], "label": ["cat", 1], "other": [1, 2]})
    assert given_rows(frame) == wanted
    assert given_rows(pa.table({"file": ["a.jpg", "b.jpg"], "label": ["cat", "1"]})) == wanted
    missing = [None, float("nan"), pd.NA, np.int64(3), 2.0]
    assert [label for _, label in given_rows(dict(enumerate(missing)))] == [
        None,
        None,
        None,
        "3",
        "2",
    ]
    with pytest.raises(ConfigError, match="neither text nor a number"):
        read_given({"a.jpg": ["cat"]})


@pytest.mark.parametrize("make", [pd.DataFrame, pa.Table.from_pylist])
def test_a_table_that_a_caller_passes_may_repeat_other_columns_only(make):
    def table(*columns):
        rows = [["a.jpg", "cat", 1, 2]]
        if make is pd.DataFrame:
            return pd.DataFrame(rows, columns=columns)
        return pa.table([[one] for one in rows[0]], names=columns)

    assert given_rows(table("file", "label", "x", "x")) == [("a.jpg", "cat")]
    with pytest.raises(ConfigError, match="has a column twice"):
        read_given(table("file", "label", "x", "label"))


def test_labels_of_another_kind_of_table_are_refused_in_one_line():
    class Table:
        columns = ("path", "label")

    with pytest.raises(
        ConfigError, match=r"^labels= must be a mapping from path to label, .*Table"
    ):
        read_given(Table())


def test_too_many_labels_that_a_caller_passes_are_refused(monkeypatch):
    monkeypatch.setattr(label_tables, "MAX_ROWS", 2)
    assert len(given_rows({"a": "x", "b": "y"})) == 2
    with pytest.raises(ConfigError, match="labels= has 3 rows, more than 2"):
        read_given({"a": "x", "b": "y", "c": "z"})


def test_paths_that_a_caller_passes_may_be_path_objects():
    assert given_rows({Path("Cat", "1.jpg"): "cat"}) == [("Cat/1.jpg", "cat")]


def test_too_many_rows_of_text_are_refused(monkeypatch):
    monkeypatch.setattr(label_tables, "MAX_ROWS", 2)
    assert read(b"file,label\na,x\nb,y\n")[0] == [("a", "x"), ("b", "y")]
    assert "3 rows, more than 2" in refused(b"file,label\na,x\nb,y\nc,z\n")


def test_the_cells_of_our_own_csv_are_read_as_what_they_stand_for():
    plain = b"path,label,sha256,status\nCat/1.jpg,Cat,00,keep\n"
    assert read(plain, columns="path,label")[0] == [("Cat/1.jpg", "Cat")]
    guarded = plain.replace(b"Cat,", names.cell("=Cat").encode() + b",")
    assert b"=Cat" not in guarded
    assert read(guarded, columns="path,label")[0] == [("Cat/1.jpg", "=Cat")]
    # of another table these are the characters themselves
    other = guarded.replace(b"sha256", b"digest")
    assert read(other, columns="path,label")[0] != [("Cat/1.jpg", "=Cat")]


def test_a_column_of_labels_is_recognised_by_the_beginning_of_a_long_file():
    line = b'{"file": "a.jpg", "category": "cat"}\n'
    many = line * (2**16 // len(line) + 2)
    assert find_label_column(many, "t.jsonl") == "category"
    # what follows is not read, neither are other lines
    assert find_label_column(many + b"{ not read", "t.jsonl") == "category"
    assert find_label_column(line * 2 + b'{"x": 1}', "t.ndjson") == "category"
    assert find_label_column(b"file,width\na,1\n", "t.csv") == ""


def test_a_file_in_which_no_column_can_be_found_is_named():
    with pytest.raises(ConfigError, match=r"cannot read 't.parquet'"):
        find_label_column(b"no table", "some/t.parquet")


@settings(max_examples=150)
@given(
    st.sampled_from(TABLE_ENDINGS),
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(str.encode),
        st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6).map(
            lambda rows: b"file,label\n" + "".join(f"{a},{b}\n" for a, b in rows).encode()
        ),
        st.lists(
            st.dictionaries(
                st.sampled_from(["file", "label", "x"]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3),
                    max_leaves=4,
                ),
            ),
            max_size=5,
        ).map(lambda rows: "\n".join(map(json.dumps, rows)).encode()),
    ),
)
def test_any_bytes_are_rows_or_one_clear_line(ending, data):
    rows, said = None, ""
    try:
        rows, _ = read_table(data, f"t{ending}", "file,label")
    except ConfigError as error:
        said = str(error)
    assert said.isprintable()
    if rows is not None:
        assert len(rows.paths) == len(rows.labels) == len(rows.numbers)
        assert rows.paths.null_count == 0
        labels = rows.labels.to_pylist()
        assert all(label is None or label.strip() == label != "" for label in labels)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=8
            ),
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_pandas_writes_is_read_back(pairs):
    frame = pd.DataFrame(pairs, columns=["file", "label"])
    rows, _ = read_table(frame.to_csv(index=False).encode(), "t.csv", "")
    found = zip(rows.paths.to_pylist(), rows.labels.to_pylist(), strict=True)
    for (path, label), (read_path, read_label) in zip(pairs, found, strict=True):
        assert read_path.split() == path.split()
        assert read_label is None or read_label.split() == label.split()
