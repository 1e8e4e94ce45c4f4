"""Parts of the evidence, in whatever order they come in, make the same table."""

import errno
import itertools
import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.core import spilled_columns
from catsclean.scan import parts as module
from catsclean.scan.parts import Parts

SCHEMA = pa.schema(
    [
        ("outcome", pa.string()),
        ("sha256", pa.binary(32)),
        ("flat", pa.bool_()),
        ("width_px", pa.int64()),
        ("sharpness", pa.float32()),
        ("format", pa.string()),
        ("exif_warnings", pa.string()),
        ("decoder_warnings", pa.string()),
    ]
)


def table(numbers):
    columns = {
        "outcome": [f"outcome {number % 3}" for number in numbers],
        "sha256": [bytes([number]) * 32 if number % 4 else None for number in numbers],
        "flat": [number % 2 == 0 for number in numbers],
        "width_px": [number if number % 5 else None for number in numbers],
        "sharpness": [number / 2 for number in numbers],
        "format": ["JPEG"] * len(numbers),
        "exif_warnings": [""] * len(numbers),
        "decoder_warnings": ["" if number != 7 else "odd" for number in numbers],
    }
    return pa.table(columns, schema=SCHEMA)


@settings(deadline=None)
@given(
    st.permutations(range(12)),
    st.lists(st.integers(0, 12), max_size=4),
    st.booleans(),
    st.none() | st.integers(0, 30),
)
def test_the_whole_is_in_the_order_of_its_rows(
    tmp_path_factory, order, cuts, starts_with_a_base, full_after
):
    rows = np.array(order, np.int64)
    first, *rest = np.split(rows, sorted(cuts))
    folder = None if full_after is None else tmp_path_factory.mktemp("cache")
    parts = Parts(len(rows), SCHEMA, folder)
    if starts_with_a_base:
        # the rows that are needed of it, in another order, among others
        parts.build_on(first, table([99, *reversed(first.tolist())]), np.arange(len(first), 0, -1))
    else:
        rest.insert(0, first)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LOOSE_PARTS", 2)
        patch.setattr(spilled_columns, "LEAST_ROWS", 0)
        if full_after is not None:
            patch.setattr(os, "pwrite", disk_that_is_full(full_after))
        for some in rest:
            parts.add(some, table(some.tolist()))
        made = parts.in_order()
        if rest:
            batches = list(parts.batches(5))
            assert [len(batch) for batch in batches] == [5, 5, 2]
            assert pa.concat_tables(batches).equals(made)
    made.validate(full=True)
    assert made.equals(table(range(12)))
    assert all(column.num_chunks == 1 for column in made.columns)


def disk_that_is_full(after):
    """A write of a system whose disk is full after some of them."""
    real = os.pwrite
    numbers = itertools.count()

    def pwrite(*args):
        if next(numbers) >= after:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args)

    return pwrite


def test_no_parts_make_a_table_without_rows():
    assert Parts(0, SCHEMA).in_order().equals(SCHEMA.empty_table())


def test_columns_without_any_text_share_their_memory():
    schema = pa.schema([("a", pa.string()), ("b", pa.string())])
    parts = Parts(2, schema)
    parts.add(np.arange(2), pa.table({"a": ["", ""], "b": ["", ""]}, schema=schema))
    made = parts.in_order()
    first, second = (made.column(name).chunk(0).buffers()[1].address for name in "ab")
    assert first == second
