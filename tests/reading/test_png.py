import zlib

import numpy as np
import pictures
import pytest
from PIL import Image
from reading.damage import chunk, chunks, flip, joined

from catsclean.reading import png


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
    assert png.data_fault(cut) == png.ENDS_EARLY
    assert png.data_fault(joined([header, (b"IDAT", raw), end])) == "the compressed data are spoilt"


def test_sixteen_bits_are_counted_as_two_bytes():
    deep = Image.fromarray(np.arange(120 * 160, dtype=np.uint16).reshape(120, 160))
    assert png.data_fault(encoded(deep)) == ""


def test_chunks_over_the_limit_are_not_walked():
    header, *rest = chunks(encoded())
    data = joined([header, *[(b"tEXt", b"k\0v")] * 50, *rest])
    assert png.walk(data, 20).chunks == 21


def test_only_what_makes_the_picture_is_kept():
    header, *rest = chunks(encoded())
    data = joined([header, (b"tEXt", b"k\0v"), *rest])
    assert png.without_extras(data) == joined([header, *rest])
