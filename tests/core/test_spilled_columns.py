"""Columns in a temporary file hold what columns in memory hold."""

import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.core import spilled_columns
from catsclean.core.arrow import Values
from catsclean.core.spilled_columns import HeldColumns, SpilledColumns, make_columns

pytestmark = pytest.mark.skipif(not hasattr(os, "pwrite"), reason="columns stay in memory here")
COUNT = 12
KINDS = {"flat": pa.bool_(), "size": pa.int64(), "level": pa.float32(), "sha256": pa.binary(4)}


def values_of(kind, rng, count):
    values = Values.zeros(count, kind)
    values.values[...] = rng.integers(0, 2 if kind == pa.bool_() else 200, values.values.shape)
    if rng.integers(2):
        values.missing = rng.integers(0, 2, count).astype(bool)
    return values


def same(one, other):
    gone = np.zeros(len(one.values), bool)
    assert np.array_equal(one.values, other.values)
    assert one.values.dtype == other.values.dtype
    assert np.array_equal(
        gone if one.missing is None else one.missing,
        gone if other.missing is None else other.missing,
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.permutations(range(COUNT)), max_size=4), st.integers(0, 2**32), st.data())
def test_any_rows_in_any_order_read_as_in_memory(tmp_path_factory, orders, seed, data):
    rng = np.random.default_rng(seed)
    spilled = SpilledColumns(tmp_path_factory.mktemp("spilled"), COUNT, KINDS)
    held = HeldColumns(COUNT, KINDS)
    for order in orders:
        rows = np.array(order[: data.draw(st.integers(0, COUNT))], np.int64)
        for name, kind in KINDS.items():
            values = values_of(kind, rng, len(rows))
            spilled.put(name, rows, values)
            held.put(name, rows, values)
    start, stop = sorted(data.draw(st.tuples(st.integers(0, COUNT), st.integers(0, COUNT))))
    memory = spilled.to_memory()
    for name in KINDS:
        same(spilled.take(name, start, stop), held.take(name, start, stop))
        same(memory.take(name, 0, COUNT), held.take(name, 0, COUNT))


def test_the_file_has_no_name_and_few_rows_need_none(tmp_path, monkeypatch):
    assert isinstance(make_columns(tmp_path, COUNT, KINDS), HeldColumns)
    monkeypatch.setattr(spilled_columns, "LEAST_ROWS", COUNT)
    assert isinstance(make_columns(tmp_path / "new", COUNT, KINDS), SpilledColumns)
    assert isinstance(make_columns(None, COUNT, KINDS), HeldColumns)
    assert not list((tmp_path / "new").iterdir())
    (tmp_path / "file").write_text("not a folder")
    assert isinstance(make_columns(tmp_path / "file", COUNT, KINDS), HeldColumns)
