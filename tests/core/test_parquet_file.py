"""Parquet files whose directory claims more than there is."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catsclean.core.parquet_file import open_parquet

ROWS = 12_345
# as Thrift writes the number: twice as much, seven bits a byte
AS_WRITTEN = b"\xf2\xc0\x01"


def written(table):
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def test_a_table_is_opened_with_all_its_rows():
    data = written(pa.table({"path": ["a.jpg", "b.jpg"]}))
    assert open_parquet(pa.BufferReader(data)).read().num_rows == 2


def test_a_row_group_that_claims_other_rows_than_the_file_is_damage():
    data = written(pa.table({"path": [f"{number}.jpg" for number in range(ROWS)]}))
    at = data.rindex(AS_WRITTEN)  # the last one is that of the row group
    more = data[:at] + b"\xf2\xc0\x7f" + data[at + len(AS_WRITTEN) :]
    with pytest.raises(ValueError, match=r"row groups have 1,\d+,\d+ rows, .* have 12,345"):
        open_parquet(pa.BufferReader(more))


def test_more_rows_than_the_bytes_can_hold_are_refused():
    data = written(pa.table({"path": pa.nulls(1_000_000, pa.string())}))
    with pytest.raises(ValueError, match=r"claims to have 1,000,000 rows in [\d,]+ bytes"):
        open_parquet(pa.BufferReader(data))
