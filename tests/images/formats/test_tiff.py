"""The bounds on the directories of a TIFF."""

import struct
import zlib

import pytest

from catsclean.images.formats import png, tiff

_PIECE = 64
SIDES = {256: (3, 4), 257: (3, 3), 259: (3, 8), 277: (3, 1)}


def barren(count):
    """Make deflated data of so many empty blocks, of five bytes each, and no pixel."""
    return b"\x78\x9c" + b"\0\0\0\xff\xff" * count


def made(tags, data=b"", pictures=1):
    """Make a TIFF of directories that all have the same tags: number → (type, value)."""
    size = 2 + 12 * len(tags) + 4
    found = struct.pack("<2sHI", b"II", 42, 8)
    for number in range(pictures):
        found += struct.pack("<H", len(tags))
        for tag, (kind, *values) in sorted(tags.items()):
            code = {3: "H2x", 4: "I", 2: "I"}[kind]
            count, value = values if len(values) == 2 else (1, values[0])
            found += struct.pack("<HHI" + code, tag, kind, count, value)
        last = number == pictures - 1
        found += struct.pack("<I", 0 if last else 8 + size * (number + 1))
    return found + data


@pytest.fixture
def low(monkeypatch):
    """Bounds that small files reach."""
    monkeypatch.setattr(png, "_PIECE_BYTES", _PIECE)
    monkeypatch.setattr(png, "MOST_BARREN_BYTES", 10 * _PIECE)
    monkeypatch.setattr(tiff, "MOST_BARREN_BYTES", 10 * _PIECE)


def with_data(offsets, counts, packed, **more):
    """Make a TIFF with one strip or tile behind its directory."""
    tags = SIDES | {offsets: (4, 0), counts: (4, len(packed))} | more.get("tags", {})
    place = len(made(tags))
    return made(tags | {offsets: (4, place)}, packed)


@pytest.mark.parametrize(("offsets", "counts"), [(273, 279), (324, 325)])
def test_strips_and_tiles_that_hold_next_to_nothing_are_over_the_limit(low, offsets, counts):
    assert tiff.excess(with_data(offsets, counts, barren(200)), 9) == tiff.BARREN
    assert tiff.excess(with_data(offsets, counts, zlib.compress(bytes(5000))), 9) == ""
    # so few bytes are not worth a look
    exactly = barren(200)[: 10 * _PIECE]
    assert tiff.excess(with_data(offsets, counts, exactly), 9) == ""
    assert tiff.excess(with_data(offsets, counts, barren(200)[: 10 * _PIECE + 1]), 9) == tiff.BARREN


def test_strips_that_are_not_deflated_are_not_unpacked(low):
    packed = barren(200)
    assert tiff.excess(with_data(273, 279, packed, tags={259: (3, 1)}), 9) == ""
    assert tiff.excess(with_data(273, 279, packed, tags={259: (3, 32_946)}), 9) == tiff.BARREN


def test_tiles_are_looked_at_behind_few_strips(low):
    packed = barren(200)
    tags = {273: (4, 8), 279: (4, 5)}
    assert tiff.excess(with_data(324, 325, packed, tags=tags), 9) == tiff.BARREN


def test_pictures_together_are_counted(low):
    packed = barren(200)[: 6 * _PIECE]
    # too few bytes in each of them for a look
    tags = SIDES | {273: (4, 0), 279: (4, len(packed))}
    place = len(made(tags, pictures=2))
    two = made(tags | {273: (4, place)}, packed, pictures=2)
    assert tiff.excess(two, 9) == ""
    assert tiff.excess(two, 1) == "more than 1 pictures"


def test_pictures_are_counted_up_to_the_limit():
    assert tiff.excess(made(SIDES, pictures=5), 5) == ""
    assert tiff.excess(made(SIDES, pictures=6), 5) == "more than 5 pictures"


def test_directories_that_lead_back_are_read_once():
    ring = made(SIDES, pictures=2)
    ring = ring[:-4] + struct.pack("<I", 8)
    assert tiff.excess(ring, 2) == ""


def test_tags_and_values_are_counted(monkeypatch):
    monkeypatch.setattr(tiff, "_MOST_ENTRIES", 8)
    assert tiff.excess(made(SIDES, pictures=2), 9) == ""
    assert tiff.excess(made(SIDES, pictures=3), 9) == "more than 8 tags"
    monkeypatch.setattr(tiff, "_MOST_ENTRIES", 100)
    monkeypatch.setattr(tiff, "_MOST_VALUES", 10)
    assert tiff.excess(made({273: (4, 10, 8)}, bytes(100)), 9) == ""
    assert tiff.excess(made({273: (4, 11, 8)}, bytes(100)), 9) == "tag 273 of 11 values, limit 10"
    # a text is one value, however long
    assert tiff.excess(made({305: (2, 90, 8)}, bytes(100)), 9) == ""


def test_values_that_lie_on_top_of_each_other_are_counted(monkeypatch):
    monkeypatch.setattr(tiff, "_MOST_COPIES", 0)
    monkeypatch.setattr(tiff, "_COPIES_ALLOWED_BYTES", 80)
    assert tiff.excess(made({305: (2, 80, 8)}, bytes(100)), 9) == ""
    assert tiff.excess(made({305: (2, 81, 8)}, bytes(100)), 9) == (
        "overlapping tags, 81 bytes in total"
    )


# TIFF 6.0, section 2, and those of BigTIFF: type → bytes of a value
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
         16: 8, 17: 8}  # fmt: skip
TEXT_AND_BYTES = {1, 2, 6, 7}


def with_entries(count, kind, values, size):
    """Make a file of a size, with a directory of so many tags of one type and number of values."""
    entry = struct.pack("<HHII", 700, kind, values, 0)
    found = struct.pack("<2sHIH", b"II", 42, 8, count) + count * entry + bytes(4)
    return found + bytes(size - len(found))


@pytest.mark.parametrize("kind", SIZES.keys() - TEXT_AND_BYTES)
def test_too_many_values_count_where_the_file_can_hold_them(kind):
    size = SIZES[kind] * 250_001
    refused = tiff.excess(with_entries(1, kind, 250_001, size), 9)
    assert refused == "tag 700 of 250,001 values, limit 250,000"
    assert tiff.excess(with_entries(1, kind, 250_001, size - 1), 9) == ""


@pytest.mark.parametrize("kind", TEXT_AND_BYTES)
def test_text_and_bytes_may_be_long_but_not_lie_on_top_of_each_other(kind):
    size = 300_000
    assert tiff.excess(with_entries(1, kind, size, size), 9) == ""
    assert tiff.excess(with_entries(20, kind, size, size), 9).startswith("overlapping tags")
    assert tiff.excess(with_entries(20, kind, size + 1, size), 9) == ""
