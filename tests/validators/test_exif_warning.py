import struct

import pictures
import PIL
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.exif_warning import ExifWarning

CUT = "Corrupt EXIF data.  Expecting to read 12 bytes but only got 6."
# what stands before it differs between versions of Pillow
SKIPPED = "Skipping tag 64640"
reads_on = pytest.mark.skipif(
    int(PIL.__version__.partition(".")[0]) < 13,
    reason="Pillow before 13 reads nothing behind a broken entry, and says so in other words",
)


def with_exif(pets, name, tiff):
    data = pictures.jpeg(7)
    segment = b"Exif\0\0" + tiff
    length = struct.pack(">H", len(segment) + 2)
    (pets / name).write_bytes(data[:2] + b"\xff\xe1" + length + segment + data[2:])


def entry(tag, kind, count, value):
    return struct.pack("<HHLL", tag, kind, count, value)


def directory(*entries, claimed=None):
    count = len(entries) if claimed is None else claimed
    return b"II*\0" + struct.pack("<LH", 8, count) + b"".join(entries)


def test_gives_the_text_of_a_directory_cut_short(pets):
    with_exif(pets, "Cat/bad.jpg", directory(entry(0x110, 2, 4, 0), bytes(6), claimed=2))
    [finding] = assert_finds(ExifWarning(), pets, "Cat/bad.jpg")
    assert CUT in finding.message


@reads_on
def test_gives_the_text_of_a_tag_that_points_behind_the_end(pets):
    tiff = directory(entry(64640, 7, 80_000, 1_000_000)) + bytes(4)
    with_exif(pets, "Cat/bad.jpg", tiff)
    [finding] = assert_finds(ExifWarning(), pets, "Cat/bad.jpg")
    assert SKIPPED in finding.message


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_names_an_orientation_that_does_not_exist(pets, value):
    with_exif(pets, "Dog/bad.jpg", directory(entry(0x112, 3, 1, value)) + bytes(4))
    [finding] = assert_finds(ExifWarning(), pets, "Dog/bad.jpg")
    assert finding.message == f"orientation {value} (valid: 1 to 8)"


def test_names_an_orientation_that_is_no_number(pets):
    text = entry(0x112, 2, 4, int.from_bytes(b"top\0", "little"))
    with_exif(pets, "Dog/bad.jpg", directory(text) + bytes(4))
    [finding] = assert_finds(ExifWarning(), pets, "Dog/bad.jpg")
    assert finding.message == "the orientation is not a number"


@pytest.mark.parametrize("value", range(1, 9))
def test_the_eight_orientations_are_clean(pets, value):
    with_exif(pets, "Cat/good.jpg", directory(entry(0x112, 3, 1, value)) + bytes(4))
    assert_clean(ExifWarning(), pets)


def test_the_warnings_of_one_file_are_not_those_of_the_next(pets):
    with_exif(pets, "Cat/1a.jpg", directory(entry(0x110, 2, 4, 0), bytes(6), claimed=2))
    with_exif(pets, "Cat/1b.jpg", directory(entry(0x112, 3, 1, 1)) + bytes(4))
    assert_finds(ExifWarning(), pets, "Cat/1a.jpg")
