import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.core.label_source import TABLE_ENDINGS
from catsclean.errors import ConfigError
from catsclean.scan import label_tables
from catsclean.scan.label_tables import read_given, read_table


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
