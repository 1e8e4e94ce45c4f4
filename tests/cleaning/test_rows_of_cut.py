"""Find the rows of a cut picture."""

import zlib

import pytest
from pictures import draw, encode
from repaired import mended

from catsclean.cleaning.repairs.repair import CannotRepairError


def test_an_interlaced_png_has_no_rows_to_keep():
    data = bytearray(encode(draw(1, (40, 30)), "PNG"))
    data[28] = 1  # the header says that the rows are in another order
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
    with pytest.raises(CannotRepairError, match="not known which rows of the picture exist"):
        mended(bytes(data[:-200]), "add-end-mark", path="Cat/1.png", salvage=1)


def test_a_jpeg_that_is_cut_before_its_first_rows_has_none_to_keep():
    data = encode(draw(1, (400, 300)))
    start = data.find(b"\xff\xda")
    with pytest.raises(CannotRepairError, match="no row of the picture is whole"):
        mended(data[: start + 40], "add-end-mark", salvage=1)
