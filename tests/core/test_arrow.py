"""Columns made by way of buffers are those that pyarrow would make."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.core import arrow
from catsclean.images.hashing import to_hex

# the first call loads pyarrow
RELAXED = settings(deadline=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = {
    pa.bool_(): st.booleans(),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float32(): st.floats(width=32) | st.integers(-1000, 1000),
}


def sliced(array: pa.Array, start: int) -> pa.ChunkedArray:
    """The array from a row on, in two chunks, as slices and reads leave it."""
    rest = array.slice(start)
    return pa.chunked_array([rest.slice(0, len(rest) // 2), rest.slice(len(rest) // 2)])


@RELAXED
@given(st.lists(TEXT | st.none()))
def test_texts_are_those_of_pyarrow(values):
    made = arrow.text_array(values)
    made.validate(full=True)
    assert made.equals(pa.array(values, pa.string()))


def test_texts_that_are_no_text_are_refused_as_pyarrow_refuses_them():
    with pytest.raises(pa.ArrowTypeError):
        arrow.text_array(["a", 1])


@RELAXED
@given(st.lists(st.lists(TEXT, max_size=3)))
def test_lists_are_those_of_pyarrow(values):
    assert arrow.list_array(values).equals(pa.array(values, pa.list_(pa.string())))


@pytest.mark.parametrize("kind", NUMBERS, ids=str)
def test_numbers_are_those_of_pyarrow(kind):
    @RELAXED
    @given(st.lists(NUMBERS[kind]))
    def check(values):
        # NaN is not equal to itself; its bytes are
        made, theirs = arrow.value_array(values, kind), pa.array(values, kind)
        assert made.to_numpy(False).tobytes() == theirs.to_numpy(False).tobytes()
        assert made.type == theirs.type

    check()


@pytest.mark.parametrize(
    ("value", "kind"),
    [("5", pa.int64()), (2**63, pa.int64()), ("x", pa.float32())],
)
def test_a_value_of_another_kind_is_refused_as_pyarrow_refuses_it(value, kind):
    with pytest.raises((pa.ArrowException, OverflowError)) as theirs:
        pa.array([value], kind)
    with pytest.raises(theirs.type):
        arrow.value_array([value], kind)


def test_a_missing_number_is_missing():
    assert arrow.value_array([1, None], pa.int64()).to_pylist() == [1, None]


@RELAXED
@given(st.lists(TEXT), st.integers(0, 3))
def test_text_comes_back(values, start):
    found = arrow.to_numpy(sliced(pa.array(values, pa.string()), start))
    assert found.dtype == object
    assert found.tolist() == values[start:]


@RELAXED
@given(st.lists(TEXT, min_size=1), st.data())
def test_some_texts_come_back(values, data):
    rows = np.array(data.draw(st.lists(st.integers(0, len(values) - 1))), np.intp)
    column = sliced(pa.array(["before", *values], pa.string()), 1)
    assert arrow.text_at(column, rows).tolist() == [values[row] for row in rows]


@RELAXED
@given(st.integers(1, 5), TEXT, st.integers(0, 3))
def test_text_that_is_the_same_all_over_comes_back(count, text, start):
    found = arrow.to_numpy(sliced(pa.array([text] * count, pa.string()), start))
    assert found.tolist() == [text] * max(0, count - start)


def test_equal_texts_become_one_object():
    first, _, third = arrow.to_numpy(pa.array(["Cat", "Doge", "Cat"]))
    assert first is third


@pytest.mark.parametrize("kind", [*NUMBERS, pa.int32(), pa.float64(), pa.uint8()], ids=str)
def test_numbers_come_back(kind):
    values = np.arange(19) % 2 if kind == pa.bool_() else np.arange(19)
    column = sliced(pa.array(values).cast(kind), 3)
    found = arrow.to_numpy(column)
    theirs = column.to_numpy()
    assert found.dtype == theirs.dtype
    assert found.tolist() == theirs.tolist()


def test_a_column_with_missing_numbers_comes_back_as_pyarrow_gives_it():
    found = arrow.to_numpy(pa.array([1, None], pa.int64()))
    assert found[0] == 1
    assert np.isnan(found[1])


@RELAXED
@given(st.lists(st.tuples(TEXT, st.booleans())), st.integers(0, 9))
def test_values_can_go_missing(rows, start):
    column = sliced(pa.array([text for text, _ in rows], pa.string()), start)
    missing = np.array([gone for _, gone in rows[start:]], np.bool_)
    made = arrow.with_missing(column, missing)
    made.validate(full=True)
    assert made.to_pylist() == [None if gone else text for text, gone in rows[start:]]


@RELAXED
@given(st.lists(TEXT), st.integers(0, 3))
def test_empty_texts_are_told(values, start):
    column = sliced(pa.array(values, pa.string()), start)
    assert arrow.is_empty_text(column).tolist() == [not text for text in values[start:]]


@RELAXED
@given(st.lists(st.text("=+a\N{CAT}", max_size=3)), st.integers(0, 3))
def test_first_characters_are_told(values, start):
    column = sliced(pa.array(values, pa.string()), start)
    assert arrow.any_starts_with(column, "=+") == any(v[:1] in {"=", "+"} for v in values[start:])


@RELAXED
@given(
    st.lists(st.tuples(TEXT, TEXT | st.none(), st.booleans(), st.integers(-5, 5)), min_size=1),
    st.data(),
    st.booleans(),
)
def test_rows_are_those_that_pyarrow_takes(values, data, scattered):
    kinds = [pa.string(), pa.string(), pa.bool_(), pa.float32()]
    columns = [pa.array(list(v), k) for v, k in zip(zip(*values, strict=True), kinds, strict=True)]
    table = pa.concat_tables([pa.table(dict(zip("abcd", columns, strict=True))).slice(1)] * 2)
    places = st.integers(0, len(table) - 1) if len(table) else st.nothing()
    rows = np.array(data.draw(st.lists(places)), np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow, "_MOST_STRETCHES", 0 if scattered else 100)
        made = arrow.rows_of(table, rows)
    made.validate(full=True)
    assert made.equals(table.take(pa.array(rows, pa.int64())))


@RELAXED
@given(st.lists(TEXT), st.integers(0, 3))
def test_a_digest_is_of_the_texts_however_they_lie(values, start):
    rest = values[start:]
    digest = arrow.digest_of(sliced(pa.array(values, pa.string()), start))
    assert digest == arrow.digest_of(pa.array(rest, pa.large_string()))
    assert digest != arrow.digest_of(pa.array([*rest, ""], pa.string()))


def test_a_digest_tells_where_each_text_ends():
    assert arrow.digest_of(pa.array(["ab", "c"])) != arrow.digest_of(pa.array(["a", "bc"]))


def test_neither_pandas_nor_all_of_arrows_functions_are_loaded():
    code = """
import sys, numpy as np, pyarrow as pa
from catsclean.core import arrow
from catsclean.images.hashing import to_hex
table = arrow.value_table({"a": ["x", "\\u00e9"], "b": [1, 2], "c": [.5, 1], "d": [True, False]},
    pa.schema([("a", pa.string()), ("b", pa.int64()), ("c", pa.float32()), ("d", pa.bool_())]))
for name in table.column_names:
    arrow.to_numpy(table.column(name))
    arrow.with_missing(table.column(name), np.array([True, False]))
arrow.to_numpy(pa.chunked_array([], pa.string()))
digests = arrow.packed_array(["ab" * 32, ""], 32)
arrow.to_numpy(digests), arrow.hex_words(digests, 4), arrow.unpacked(digests)
arrow.unpacked(digests, np.array([True, False]))
arrow.list_array([["a"], []]), arrow.text_array(["a", None])
arrow.is_empty_text(table.column("a")), arrow.any_starts_with(table.column("a"), "=")
assert not {"pandas", "pyarrow.compute"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("kind", [pa.string(), pa.bool_(), pa.int64()], ids=str)
def test_a_column_of_no_chunks_is_empty(kind):
    column = pa.chunked_array([], kind)
    assert arrow.to_numpy(column).tolist() == []
    assert arrow.to_numpy(column).dtype == (
        object if kind == pa.string() else column.to_numpy().dtype
    )


@RELAXED
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.tuples(
            st.just(width),
            st.lists(
                st.none() | st.lists(st.integers(0, 2**64 - 1), min_size=width, max_size=width)
            ),
            st.integers(0, 3),
        )
    )
)
def test_hex_comes_back_as_it_went_and_an_empty_text_as_zeros(case):
    width, rows, start = case
    texts = ["" if row is None else to_hex(np.array([row], np.uint64))[0] for row in rows]
    column = sliced(pa.array(texts, pa.string()), min(start, len(texts)))
    expected = [row or [0] * width for row in rows][start:]
    assert arrow.hex_words(column, width).tolist() == expected


DIGESTS = st.lists(st.none() | st.binary(min_size=32, max_size=32), max_size=20)


@RELAXED
@given(DIGESTS, st.integers(0, 3), st.data())
def test_packed_digits_come_back_as_text(values, start, data):
    texts = ["" if value is None else value.hex() for value in values]
    column = arrow.value_array(texts, pa.binary(32))
    column.validate(full=True)
    assert column.to_pylist() == values
    column, texts = sliced(column, start), texts[start:]
    assert arrow.to_numpy(column).tolist() == texts
    places = st.integers(0, len(texts) - 1) if texts else st.nothing()
    rows = np.array(data.draw(st.lists(places)), np.intp)
    assert arrow.text_at(column, rows).tolist() == [texts[row] for row in rows]
    as_text = pa.array(texts, pa.string())
    assert arrow.hex_words(column, 4).tolist() == arrow.hex_words(as_text, 4).tolist()
    assert [bytes(row) for row in arrow.packed_rows(column)] == [
        bytes.fromhex(text) or bytes(32) for text in texts
    ]
    assert arrow.digest_of(column) == arrow.digest_of(as_text)


@RELAXED
@given(DIGESTS, st.integers(0, 3), st.integers(1, 4), st.data())
def test_packed_digits_become_as_many_chunks_of_text_as_they_need(values, start, most, data):
    texts = ["" if value is None else value.hex() for value in values]
    column, texts = sliced(arrow.packed_array(texts, 32), start), texts[start:]
    but = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow, "_MOST_TEXT_BYTES", 64 * most)
        whole, some = arrow.unpacked(column), arrow.unpacked(column, but.astype(np.bool_))
    for found in (whole, some):
        found.validate(full=True)
        assert all(len(chunk) <= most for chunk in found.chunks)
    assert whole.to_pylist() == texts
    assert some.to_pylist() == [
        None if gone or not text else text for text, gone in zip(texts, but, strict=True)
    ]


@pytest.mark.parametrize("text", ["00ff", "zz" * 32, "0" * 63, "0" * 128])
def test_a_text_that_is_no_hex_number_of_that_length_is_not_packed(text):
    with pytest.raises(ValueError, match=r"hex|Non-hexa"):
        arrow.packed_array(["ab" * 32, "", text], 32)


@pytest.mark.parametrize("text", ["00ff", "zz" * 32, "0" * 63, "0" * 128])
def test_a_text_that_is_no_hex_number_of_that_length_is_refused(text):
    with pytest.raises(ValueError, match="hex"):
        arrow.hex_words(pa.array(["ab" * 32, text], pa.string()), 4)


@settings(deadline=None)
@given(
    st.lists(st.lists(TEXT, max_size=8), min_size=2, max_size=4),
    st.data(),
)
def test_more_text_than_one_piece_can_hold_reads_as_less_does(chunks, data):
    values = [text for chunk in chunks for text in chunk]
    column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks])
    whole = pa.array(values, pa.string())
    at = st.lists(st.integers(0, len(values) - 1)) if values else st.just([])
    rows = np.array(data.draw(at), np.int64)
    missing = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))), bool
    )
    few = data.draw(st.booleans())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow, "_LARGEST_TEXT", 4)
        patch.setattr(arrow, "ROWS_AT_ONCE", 3)
        patch.setattr(arrow, "_MOST_STRETCHES", 2 if few else 4096)
        made = arrow.text_array(values)
        assert pa.chunked_array([whole]).equals(
            made if isinstance(made, pa.ChunkedArray) else pa.chunked_array([made])
        )
        assert arrow.to_numpy(column).tolist() == values
        assert arrow.text_at(column, rows).tolist() == [values[row] for row in rows]
        assert arrow.digest_of(column) == arrow.digest_of(whole)
        assert arrow.is_empty_text(column).tolist() == [not text for text in values]
        assert arrow.any_starts_with(column, "ab") == any(text[:1] in ("a", "b") for text in values)
        marked = arrow.with_missing(column, missing)
        marked.validate(full=True)
        assert marked.to_pylist() == [
            None if gone else text for text, gone in zip(values, missing, strict=True)
        ]
        assert arrow.is_missing(marked).tolist() == missing.tolist()
        table = pa.table({"text": column, "number": range(len(values)), "why": [""] * len(values)})
        taken = arrow.rows_of(table, rows)
        taken.validate(full=True)
        assert taken.column("text").to_pylist() == [values[row] for row in rows]
        assert taken.column("number").to_pylist() == rows.tolist()


def test_words_of_more_text_than_one_piece_can_hold(monkeypatch):
    monkeypatch.setattr(arrow, "_LARGEST_TEXT", 20)
    texts = [f"{number:016x}" for number in range(5)] + [""]
    column = pa.chunked_array([texts[:2], texts[2:]])
    assert arrow.hex_words(column, 1).reshape(-1).tolist() == [0, 1, 2, 3, 4, 0]
    with pytest.raises(ValueError, match="'xyz'"):
        arrow.hex_words(pa.chunked_array([texts[:2], ["xyz"]]), 1)
