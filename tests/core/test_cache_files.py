"""A file of the cache is read as it was written, or not at all."""

import pyarrow as pa
import pytest

from catsclean.core.cache_files import (
    check_file,
    open_tables,
    read_bytes,
    read_table,
    write_bytes,
    writing_tables,
)

TABLE = pa.table({"path": ["a", "b", "c"], "size": [1, 2, 3]}, metadata={"key": "of these"})


def written(folder):
    path = folder / "cache" / "table.arrow"
    with writing_tables(path, TABLE.schema) as writer:
        writer.write_table(TABLE)
        writer.write_table(TABLE.slice(1))
    return path


def test_tables_are_read_as_they_were_written(tmp_path):
    found = read_table(written(tmp_path))
    assert found.equals(pa.concat_tables([TABLE, TABLE.slice(1)]))
    assert found.schema.metadata == {b"key": b"of these"}


def test_a_part_of_a_file_can_be_read_alone(tmp_path):
    with pa.OSFile(str(written(tmp_path)), "rb") as stream:
        reader = open_tables(stream)
        assert reader.num_record_batches == 2
        assert reader.get_batch(1).to_pydict() == {"path": ["b", "c"], "size": [2, 3]}


@pytest.mark.parametrize("data", [b"", b"{}", bytes(3_000_000)])
def test_bytes_are_read_as_they_were_written(tmp_path, data):
    path = tmp_path / "cache" / "verdicts.json"
    write_bytes(path, data)
    check_file(path)
    assert read_bytes(path) == data


def damage(whole):
    """Yield the file with one changed bit, cut off, and with bytes that were put in or left out."""
    for at in range(len(whole)):
        yield whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
    for at in range(0, len(whole), 7):
        yield whole[:at]
        yield whole[:at] + b"\0" + whole[at:]
        yield whole[:at] + whole[at + 1 :]
    yield whole + whole
    yield whole + b"\n"


def test_no_damaged_file_is_read(tmp_path):
    path = written(tmp_path)
    for damaged in damage(path.read_bytes()):
        path.write_bytes(damaged)
        for read in (read_table, read_bytes, check_file):
            with pytest.raises(ValueError, match="checksum"):
                read(path)


def test_a_file_that_another_program_wrote_is_not_read(tmp_path):
    path = tmp_path / "table.arrow"
    with pa.ipc.new_file(str(path), TABLE.schema) as writer:
        writer.write_table(TABLE)
    with pytest.raises(ValueError, match="checksum"):
        read_table(path)


def fail_to_write(path):
    with writing_tables(path, TABLE.schema) as writer:
        writer.write_table(TABLE)
        raise ZeroDivisionError


def test_a_writer_that_fails_leaves_the_file_before(tmp_path):
    path = written(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        fail_to_write(path)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]
