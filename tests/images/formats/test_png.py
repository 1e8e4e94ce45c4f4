import io
import struct
import zlib

import numpy as np
import pictures
import pytest
from images.damage import chunk, chunks, drawn, flip, joined
from PIL import Image

from catsclean.images.formats import png


def encoded(picture=None):
    return pictures.encode(picture or pictures.draw(1), "PNG")


def walk(data):
    return png.walk(data, 1000)


def test_a_whole_file_has_no_fault():
    for mode in ("RGB", "L", "1", "P", "RGBA", "LA"):
        data = encoded(pictures.draw(1).convert(mode))
        found = walk(data)
        assert (found.complete, found.damaged_chunk, found.fault) == (True, "", "")
        assert (found.width_px, found.height_px, found.end_offset) == (160, 120, len(data))
        assert png.data_fault(data) == ""


def test_a_missing_end_is_told():
    found = walk(encoded()[:-3])
    assert not found.complete
    assert found.end_offset == -1


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"IEND"])
def test_a_wrong_checksum_names_its_chunk(kind):
    data = encoded()
    place = data.index(kind) + 4 + dict(chunks(data))[kind].__len__()
    assert walk(flip(data, place, 1)).damaged_chunk == kind.decode()


def test_a_wrong_checksum_of_text_is_nobodys_trouble():
    data = encoded()
    spoilt = chunk(b"tEXt", b"key\0value")[:-1] + b"!"
    assert walk(data[:33] + spoilt + data[33:]).damaged_chunk == ""


def test_what_libpng_refuses_is_a_fault():
    header, *rest = chunks(encoded())
    assert walk(joined([header, (b"ABCD", b""), *rest])).fault
    assert walk(joined([header, header, *rest])).fault
    assert walk(joined([(b"IHDR", header[1][:8] + b"\3" + header[1][9:]), *rest])).fault
    palette = chunks(encoded(pictures.draw(1).quantize(8)))
    assert walk(joined([part for part in palette if part[0] != b"PLTE"])).fault


def test_missing_rows_are_told():
    header, (_, body), end = chunks(encoded())
    raw = zlib.decompress(body)
    short = joined([header, (b"IDAT", zlib.compress(raw[:-481])), end])
    assert png.data_fault(short) == png.ENDS_EARLY
    longer = joined([header, (b"IDAT", zlib.compress(raw + bytes(481))), end])
    assert png.data_fault(longer) == ""
    cut = joined([header, (b"IDAT", zlib.compress(raw)[:-5]), end])
    assert png.data_fault(cut) == png.FRAME
    assert png.data_fault(joined([header, (b"IDAT", raw), end])) == "the compressed data is damaged"


def test_sixteen_bits_are_counted_as_two_bytes():
    deep = Image.fromarray(np.arange(120 * 160, dtype=np.uint16).reshape(120, 160))
    assert png.data_fault(encoded(deep)) == ""


def test_chunks_over_the_limit_are_not_walked():
    header, *rest = chunks(encoded())
    data = joined([header, *[(b"tEXt", b"k\0v")] * 50, *rest])
    assert png.walk(data, 20).chunks == 21


def windowed(declared, packed_with, size=(120, 90)):
    """Give a PNG packed with a window of so many bits that declares another one."""
    header, (_, body), end = chunks(encoded(drawn(2, size)))
    packer = zlib.compressobj(9, zlib.DEFLATED, packed_with)
    data = packer.compress(zlib.decompress(body)) + packer.flush()
    method = (declared - 8) << 4 | 8
    start = bytes([method, (31 - (method << 8) % 31) % 31])
    return joined([header, (b"IDAT", start + data[2:]), end])


@pytest.mark.parametrize("bits", [9, 11, 13, 15])
def test_a_window_as_large_as_the_data_need_is_fine(bits):
    assert png.data_fault(windowed(bits, bits)) == ""


@pytest.mark.parametrize(("declared", "needed"), [(8, 15), (9, 12), (11, 15), (12, 15)])
def test_a_window_smaller_than_the_data_need_is_refused(declared, needed):
    assert png.data_fault(windowed(declared, needed)) == png.WINDOW


def test_a_window_of_a_small_picture_may_be_small():
    assert png.data_fault(windowed(9, 15, (9, 9))) == ""


def test_a_small_window_in_more_rows_than_are_checked_is_refused():
    header = (b"IHDR", struct.pack(">IIBBBBB", 1, 100_001, 8, 0, 0, 0, 0))
    packer = zlib.compressobj(9, zlib.DEFLATED, 9)
    data = packer.compress(bytes(200_002)) + packer.flush()
    assert png.data_fault(joined([header, (b"IDAT", data), (b"IEND", b"")])) == png.WINDOW


def with_palettes(mode, *palettes, behind=()):
    """Give a PNG with these palettes before its data, and others behind."""
    parts = chunks(encoded(drawn(1, (23, 17)).convert(mode)))
    kept = [part for part in parts if part[0] != b"PLTE"]
    before = [(b"PLTE", bytes(length)) for length in palettes]
    after = [(b"PLTE", bytes(length)) for length in behind]
    return joined([kept[0], *before, *kept[1:-1], *after, kept[-1]])


@pytest.mark.parametrize("length", [1, 4, 769, 771])
def test_a_palette_picture_needs_a_palette_of_whole_colours(length):
    data = with_palettes("P", length)
    assert f"{length} bytes" in walk(data).refusal
    assert walk(data).fault == ""


@pytest.mark.parametrize("length", [3, 6, 765, 768])
def test_a_palette_of_whole_colours_is_fine(length):
    assert walk(with_palettes("P", length)).refusal == ""


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_an_empty_palette_is_refused_in_colour_pictures(mode):
    assert "empty palette" in walk(with_palettes(mode, 0)).refusal


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_a_palette_of_any_length_is_ignored_in_other_pictures(mode):
    for length in (1, 4, 771):
        assert walk(with_palettes(mode, length)).refusal == ""


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_an_empty_palette_is_ignored_in_grey_pictures(mode):
    assert walk(with_palettes(mode, 0)).refusal == ""


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_second_palette_is_refused_before_and_behind_the_data(mode):
    assert "second palette" in walk(with_palettes(mode, 30, 30)).refusal
    assert "second palette" in walk(with_palettes(mode, 30, behind=[30])).refusal


def test_a_palette_behind_the_data_of_a_colour_picture_is_ignored():
    assert walk(with_palettes("RGB", behind=[30])).refusal == ""


def test_a_wrong_checksum_behind_whole_rows_is_no_missing_row():
    header, (_, body), end = chunks(encoded(drawn(1, (23, 17))))
    wrong = body[:-1] + bytes([body[-1] ^ 1])
    for data in (wrong, body[:-1], body[:-4]):
        assert png.data_fault(joined([header, (b"IDAT", data), end])) == png.FRAME


def test_a_wrong_checksum_in_a_chunk_of_its_own_is_passed_over_by_libpng():
    header, (_, body), end = chunks(encoded(drawn(1, (23, 17))))
    apart = [(b"IDAT", body[:-4]), (b"IDAT", bytes(4))]
    assert png.data_fault(joined([header, *apart, end])) == png.LOOSE


def test_rows_behind_a_wrong_header_of_the_compression_are_whole():
    header, (_, body), end = chunks(encoded(drawn(1, (23, 17))))
    assert png.data_fault(joined([header, (b"IDAT", b"\x78\x00" + body[2:]), end])) == png.FRAME


def test_rows_are_packed_again_with_the_right_checksum():
    header, (_, body), end = chunks(encoded(drawn(1, (23, 17))))
    wrong = joined([header, (b"tEXt", b"k\0v"), (b"IDAT", body[:-4] + bytes(4)), end])
    healed = Image.open(io.BytesIO(png.with_plain_data(wrong)))
    assert np.array_equal(np.asarray(healed), np.asarray(drawn(1, (23, 17))))


def test_compressed_data_that_hold_nothing_are_too_much_work():
    # a block of stored bytes without any, 5 bytes each
    header, (_, body), end = chunks(encoded())
    flood = body[:2] + b"\0\0\0\xff\xff" * 1_000_000 + body[2:]
    assert png.data_fault(joined([header, (b"IDAT", flood), end])) == png.BARREN
    few = body[:2] + b"\0\0\0\xff\xff" * 100_000 + body[2:]
    assert png.data_fault(joined([header, (b"IDAT", few), end])) == ""


def test_compressed_texts_of_many_megabytes_are_too_much_work():
    header, *rest = chunks(encoded())
    for kind in (b"zTXt", b"iTXt", b"iCCP"):
        data = joined([header, (kind, bytes(2**24 + 1)), *rest])
        assert "bytes of compressed text" in png.excess(walk(data), 1000)
        data = joined([header, (kind, bytes(2**24)), *rest])
        assert png.excess(walk(data), 1000) == ""


def test_later_frames_of_a_picture_without_a_header_are_not_unpacked():
    header, (_, body), end = chunks(encoded())
    flood = (b"fdAT", bytes(4) + body[:2] + b"\0\0\0\xff\xff" * 1_000_000)
    frame = [(b"fcTL", struct.pack(">III14x", 0, 160, 120)), flood]
    assert png.later_excess(joined([header, (b"IDAT", body), *frame, end])) == png.BARREN
    assert png.later_excess(joined([(b"IDAT", body), *frame, end])) == ""
