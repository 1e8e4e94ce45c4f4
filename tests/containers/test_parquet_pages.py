"""The size of pages, from their headers."""

import os
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catsclean.containers.file_bytes import FileBytes
from catsclean.containers.parquet_pages import largest_page

VALUES = [bytes([number]) * 3_000 for number in range(40)]


def pages(path, column=0):
    metadata = pq.ParquetFile(path).metadata
    with closing(FileBytes(os.open(path, os.O_RDONLY))) as file:
        return [
            largest_page(file, metadata.row_group(group).column(column))
            for group in range(metadata.num_row_groups)
        ]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("statistics", [True, False])
def test_a_page_is_as_large_as_what_it_holds(
    tmp_path, version, dictionary, compression, statistics
):
    table = pa.table({"label": pa.array(range(40)), "image": pa.array(VALUES, pa.binary())})
    pq.write_table(
        table, tmp_path / "a.parquet", row_group_size=25, data_page_version=version,
        use_dictionary=dictionary, compression=compression, write_statistics=statistics,
    )  # fmt: skip
    first, second = pages(tmp_path / "a.parquet", column=1)
    assert 25 * 3_004 <= first <= 25 * 3_004 + 200
    assert 15 * 3_004 <= second <= 15 * 3_004 + 200


def test_the_largest_of_many_pages_counts(tmp_path):
    values = [b"x", b"y" * 50_000, b"z"] * 30
    pq.write_table(
        pa.table({"image": pa.array(values, pa.binary())}), tmp_path / "a.parquet",
        data_page_size=100, write_batch_size=1, use_dictionary=False, compression="none",
    )  # fmt: skip
    assert 50_000 < pages(tmp_path / "a.parquet")[0] < 51_000


@pytest.mark.parametrize("at", [4, 5, 6])
def test_a_damaged_header_is_refused(tmp_path, at):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"image": pa.array(VALUES, pa.binary())}), path, compression="none")
    data = bytearray(path.read_bytes())
    data[at] = 0xFF
    path.write_bytes(data)
    with pytest.raises(ValueError, match="the header of the page at byte 4 is damaged"):
        pages(path)
