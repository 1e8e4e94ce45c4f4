"""Open a Parquet file that somebody else may have written, before Arrow trusts its numbers.

Arrow reserves memory for as many rows as a row group claims to have.  One changed number in a file
of 300 bytes made it reserve 300 GB.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow.parquet as pq

# Rows for each byte of the file.  Paths differ from row to row and take a byte or more each, even
# packed; digests take 32.
_MOST_ROWS_OF_A_BYTE: Final = 100


def open_parquet(source: Any, **options: Any) -> pq.ParquetFile:
    """Open a Parquet file and check how many rows it claims to have.

    Args:
        source: The open file, which can seek.
        options: Those of ``pyarrow.parquet.ParquetFile``.

    Returns:
        The open file; nothing but its directory has been read.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged; or ArrowException, which is pyarrow's own.
    """
    size = source.seek(0, 2)
    source.seek(0)
    # where a page has a checksum it is compared: ours have one
    file = pq.ParquetFile(source, page_checksum_verification=True, **options)
    metadata = file.metadata
    groups = [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    if min(groups, default=0) < 0 or sum(groups) != metadata.num_rows:
        raise ValueError(
            f"it is damaged: its row groups have {sum(groups):,} rows, and it should have"
            f" {metadata.num_rows:,}"
        )
    if metadata.num_rows > size * _MOST_ROWS_OF_A_BYTE:
        raise ValueError(f"it claims to have {metadata.num_rows:,} rows in {size:,} bytes")
    return file
