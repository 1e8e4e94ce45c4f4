"""A zip archive that promises other members than its directory lists is told from a whole one."""

import io
import struct
import zipfile

import pytest

from catsclean.core.zip_directory import lacks_members


def archive(count, comment=b""):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for number in range(count):
            made.writestr(f"Cat/{number}.jpg", b"cat")
        made.comment = comment
    return stream.getvalue()


def hide_all_but_first(data):
    """Let the first entry of the directory claim a comment that has the others in it."""
    first = data.index(b"PK\x01\x02")
    second, end = data.index(b"PK\x01\x02", first + 4), data.index(b"PK\x05\x06")
    damaged = bytearray(data)
    struct.pack_into("<H", damaged, first + 32, end - second)
    return bytes(damaged)


@pytest.mark.parametrize("count", [0, 1, 70_000])
@pytest.mark.parametrize("comment", [b"", b"a comment"])
def test_whole_archives_lack_nothing(count, comment):
    assert not lacks_members(io.BytesIO(archive(count, comment)), count)


@pytest.mark.parametrize("count", [2, 70_000])
def test_an_archive_that_lists_fewer_lacks_some(count):
    assert lacks_members(io.BytesIO(archive(count)), count - 1)


def test_a_number_that_does_not_fit_is_what_is_left_of_it():
    data = bytearray(archive(3))
    struct.pack_into("<H", data, data.index(b"PK\x05\x06") + 10, 65_535)
    assert not lacks_members(io.BytesIO(data), 65_535)
    assert not lacks_members(io.BytesIO(data), 131_071)


def test_members_hidden_by_a_damaged_length_are_missed():
    data = hide_all_but_first(archive(3))
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert len(opened.infolist()) == 1  # the library says nothing
    assert lacks_members(io.BytesIO(data), 1)


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"no archive"])
def test_what_is_no_archive_promises_nothing(data):
    assert not lacks_members(io.BytesIO(data), 0)
