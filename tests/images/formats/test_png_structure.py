"""Every kind of PNG that the specification allows, whole and one byte short."""

import itertools
import struct
import zlib

import pytest
from images.damage import chunk, joined

from catsclean.images.formats import png

# the table of allowed bit depths in section 11.2.1 of the specification
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]
SIZES = [(1, 1), (2, 3), (4, 1), (5, 5), (8, 8), (9, 2), (3, 9), (17, 13)]
# Adam7: the pass of each pixel of an 8 x 8 square, section 8.1
ADAM7 = ["16462646", "77777777", "56565656", "77777777",
         "36463646", "77777777", "56565656", "77777777"]  # fmt: skip


def ihdr(size, colour, depth, *rest):
    return b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, *(rest or (0, 0, 0)))


def raw_bytes(size, colour, depth, *, interlaced):
    """Count the bytes of all rows, by looking at every pixel."""
    width, height = size
    total = 0
    for number in "1234567" if interlaced else "x":
        for y in range(height):
            pixels = sum(not interlaced or ADAM7[y % 8][x % 8] == number for x in range(width))
            if pixels:
                total += 1 + (pixels * CHANNELS[colour] * depth + 7) // 8
    return total


def whole(size, colour, depth, *, interlaced=False, missing=0):
    rows = bytes(raw_bytes(size, colour, depth, interlaced=interlaced) - missing)
    palette = [(b"PLTE", bytes(3 * 2 ** min(depth, 8)))] if colour == 3 else []
    head = ihdr(size, colour, depth, 0, 0, int(interlaced))
    return joined([head, *palette, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])


def walk(data, most=1000):
    return png.walk(data, most)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_every_kind_of_the_specification_is_whole(colour, depth, interlaced):
    for size in SIZES:
        data = whole(size, colour, depth, interlaced=interlaced)
        found = walk(data)
        assert (found.fault, found.refusal, found.damaged_chunk) == ("", "", "")
        assert (found.width_px, found.height_px) == size
        assert (found.complete, found.end_offset) == (True, len(data))
        assert png.data_fault(data) == ""


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_one_byte_of_the_rows_less_is_too_few(colour, depth, interlaced):
    for size in SIZES:
        data = whole(size, colour, depth, interlaced=interlaced, missing=1)
        assert png.data_fault(data) == png.ENDS_EARLY


@pytest.mark.parametrize("colour", range(8))
@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 32])
def test_other_depths_and_colours_are_a_fault(colour, depth):
    valid = depth in DEPTHS.get(colour, ())
    data = joined([ihdr((9, 9), colour, depth), (b"PLTE", bytes(6)), (b"IDAT", b"x")])
    assert (walk(data).fault == "") is valid


@pytest.mark.parametrize("rest", [(1, 0, 0), (0, 1, 0), (0, 0, 2), (0, 0, 255), (8, 0, 1)])
def test_unknown_methods_are_a_fault(rest):
    assert "IHDR" in walk(joined([ihdr((9, 9), 0, 8, *rest)])).fault


@pytest.mark.parametrize("size", [(0, 9), (9, 0), (0, 0)])
def test_no_rows_or_no_columns_are_a_fault(size):
    head = ihdr(size, 0, 8)
    data = joined([head, (b"IDAT", zlib.compress(bytes(99))), (b"IEND", b"")])
    assert png.data_fault(data) == "a picture without rows or columns"


@pytest.mark.parametrize("length", [0, 12, 14, 26])
def test_a_header_of_another_length_is_a_fault(length):
    body = (ihdr((9, 9), 0, 8)[1] * 2)[:length]
    assert "IHDR" in walk(joined([(b"IHDR", body)])).fault


KNOWN = [b"PLTE", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"hIST",
         b"tRNS", b"oFFs", b"pHYs", b"pCAL", b"sCAL", b"sPLT", b"tIME", b"tEXt", b"zTXt", b"iTXt",
         b"eXIf"]  # fmt: skip


@pytest.mark.parametrize("kind", KNOWN)
def test_a_known_chunk_before_the_header_is_a_fault(kind):
    data = joined([(kind, b""), ihdr((9, 9), 0, 8)])
    assert f"chunk {kind.decode()} before the header" in walk(data).fault


def test_an_unknown_chunk_before_the_header_is_none():
    assert walk(joined([(b"abCd", b""), ihdr((9, 9), 0, 8)])).fault == ""


def test_a_second_header_is_a_fault():
    head = ihdr((9, 9), 0, 8)
    assert "second header" in walk(joined([head, head])).fault


def test_unknown_critical_chunks_and_names_are_faults():
    head = ihdr((9, 9), 0, 8)
    assert "unknown critical chunk, ABCD" in walk(joined([head, (b"ABCD", b"")])).fault
    assert walk(joined([head, (b"aBCD", b"")])).fault == ""
    for name in (b"ab1d", b"\0\0\0\0", b"ab d"):
        assert walk(joined([head, (name, b"")])).fault == "a chunk without a name"


def test_no_data_before_the_end_are_a_fault():
    head = ihdr((9, 9), 0, 8)
    assert walk(joined([head, (b"IEND", b"")])).fault == "no picture data (IDAT)"
    assert walk(joined([head, (b"IDAT", b""), (b"IEND", b"")])).fault == ""


def test_data_before_the_palette_are_a_fault():
    parts = [ihdr((9, 9), 3, 8), (b"IDAT", b""), (b"PLTE", bytes(3))]
    assert "without its palette" in walk(joined(parts)).fault
    grey = [ihdr((9, 9), 0, 8), (b"IDAT", b""), (b"PLTE", bytes(3))]
    assert walk(joined(grey)).fault == ""


def test_the_first_fault_is_the_one_that_is_named():
    parts = [ihdr((9, 9), 0, 8), (b"ABCD", b""), (b"EFGH", b""), (b"IEND", b"")]
    assert "ABCD" in walk(joined(parts)).fault


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf"])
def test_bytes_of_text_and_exif_are_counted_with_their_frames(kind):
    parts = [ihdr((9, 9), 0, 8), (kind, bytes(30)), (kind, b""), (b"gAMA", bytes(4))]
    assert walk(joined(parts)).metadata_bytes == 30 + 12 + 12


def test_bytes_of_compressed_extras_are_counted():
    extras = [(b"zTXt", bytes(5)), (b"iTXt", bytes(6)), (b"iCCP", bytes(7)), (b"tEXt", bytes(99))]
    found = walk(joined([ihdr((9, 9), 0, 8), *extras]))
    assert found.packed_extras_bytes == 18
    assert found.metadata_bytes == 5 + 6 + 99 + 3 * 12


def test_every_cut_is_incomplete():
    data = whole((9, 9), 2, 8)
    for end in range(8, len(data)):
        found = walk(data[:end])
        assert (found.complete, found.end_offset) == (False, -1)
        png.data_fault(data[:end])


def test_what_stands_behind_the_end_is_not_walked():
    data = whole((9, 9), 2, 8)
    found = walk(data + chunk(b"ABCD", b""))
    assert (found.fault, found.end_offset, found.chunks) == ("", len(data), 3)


@pytest.mark.parametrize("limit", [1, 5, 7])
def test_the_walk_ends_one_chunk_over_the_limit(limit):
    data = joined([ihdr((9, 9), 0, 8), *[(b"tEXt", b"k\0v")] * 9])
    assert walk(data, limit).chunks == limit + 1


def test_as_many_chunks_as_the_limit_allows_are_fine():
    data = whole((9, 9), 2, 8)
    assert walk(data, 3).complete
    assert png.excess(walk(data, 3), 3) == ""
    assert png.excess(walk(data, 2), 2) == "more than 2 chunks"


@pytest.mark.parametrize(("index", "name"), [(0, "IHDR"), (1, "PLTE"), (2, "IDAT"), (3, "IEND")])
def test_the_first_critical_chunk_with_a_wrong_checksum_is_named(index, name):
    data = whole((9, 9), 3, 8)
    ends = list(itertools.accumulate(
        (12 + length for length in (13, 768, len(data) - 8 - 25 - 780 - 12 - 12, 0)), initial=8
    ))  # fmt: skip
    place = ends[index + 1] - 1
    spoilt = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    assert walk(spoilt).damaged_chunk == name
    assert walk(data).damaged_chunk == ""


def test_only_the_first_run_of_data_counts():
    head = ihdr((9, 9), 0, 8)
    rows = zlib.compress(bytes(90))
    apart = [head, (b"IDAT", rows[:5]), (b"tEXt", b"k\0v"), (b"IDAT", rows[5:]), (b"IEND", b"")]
    assert png.data_fault(joined(apart)) == png.ENDS_EARLY
    together = [head, (b"tEXt", b"k\0v"), (b"IDAT", rows[:5]), (b"IDAT", rows[5:]), (b"IEND", b"")]
    assert png.data_fault(joined(together)) == ""


@pytest.mark.parametrize("packed", [b"", b"x", b"\x78\x9c"])
def test_hardly_any_data_end_early(packed):
    data = joined([ihdr((9, 9), 0, 8), (b"IDAT", packed), (b"IEND", b"")])
    assert png.data_fault(data) in {png.ENDS_EARLY, png.SPOILT}


def test_data_of_another_method_are_spoilt():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = packer.compress(bytes(range(90))) + packer.flush()
    data = joined([ihdr((9, 9), 0, 8), (b"IDAT", raw), (b"IEND", b"")])
    assert png.data_fault(data) == png.SPOILT


def test_a_cut_rgba_picture_is_not_passed():
    whole_rows = bytes(range(256)) * 20
    rows = b"".join(b"\0" + whole_rows[: 4 * 30] for _ in range(30))
    packed = zlib.compress(rows)
    for cut in (len(packed) // 2, len(packed) - 12):
        data = joined([ihdr((30, 30), 6, 8), (b"IDAT", packed[:cut]), (b"IEND", b"")])
        assert png.data_fault(data) == png.ENDS_EARLY


def test_as_many_bytes_of_the_window_as_of_the_rows_are_enough():
    head = ihdr((255, 2), 0, 8)
    assert raw_bytes((255, 2), 0, 8, interlaced=False) == 512
    packer = zlib.compressobj(9, zlib.DEFLATED, 9)
    data = packer.compress(bytes(512)) + packer.flush()
    assert png.data_fault(joined([head, (b"IDAT", data), (b"IEND", b"")])) == ""
