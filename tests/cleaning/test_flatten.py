"""Turn pictures of any mode into 8-bit RGB or grey."""

import numpy as np
import pytest
from pictures import draw, encode
from PIL import Image, ImageCms
from repaired import mended, opened

INKS = draw(7, (40, 30)).convert("CMYK")


def profile_of_inks():
    """Make a colour profile of inks that turns every ink into the same grey."""
    same = bytes(range(256))
    lightness_and_colour = bytes([128, 128, 128]) * 2**4
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    table += b"".join((65_536 * (row == column)).to_bytes(4)
                      for row in range(3) for column in range(3))  # fmt: skip
    table += same * 4 + lightness_and_colour + same * 3
    white = b"XYZ " + bytes(4) + b"\0\0\xf6\xd6" + b"\0\1\0\0" + b"\0\0\xd3\x2d"
    place = 128 + 4 + 2 * 12
    tags = (2).to_bytes(4)
    for name, body, at in ((b"wtpt", white, place), (b"A2B0", table, place + len(white))):
        tags += name + at.to_bytes(4) + len(body).to_bytes(4)
    body = tags + white + table
    head = (128 + len(body)).to_bytes(4) + bytes(4) + b"\2\x40\0\0" + b"prtrCMYKLab "
    head += bytes(12) + b"acsp" + bytes(28) + b"\0\0\xf6\xd6" + b"\0\1\0\0" + b"\0\0\xd3\x2d"
    return head.ljust(128, b"\0") + body


def test_inks_are_converted_by_their_profile():
    found = mended(encode(INKS, icc_profile=profile_of_inks()), "flatten-mode")
    again = opened(found.data)
    assert ("by their profile" in found.how, "icc_profile" in again.info) == (True, False)
    assert np.asarray(again).std() < 2


def test_a_profile_that_is_not_one_of_inks_is_left_aside():
    colours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = mended(encode(INKS, icc_profile=colours), "flatten-mode")
    assert "inks converted without a profile" in found.how
    assert np.asarray(opened(found.data)).std() > 10


def test_fractions_are_stretched_to_their_range():
    fractions = Image.fromarray(np.linspace(5, 7, 192, dtype=np.float32).reshape(12, 16))
    found = mended(encode(fractions, "TIFF"), "flatten-mode", path="Cat/1.tif")
    assert "values stretched to their range" in found.how
    assert opened(found.data).getextrema() == (0, 255)


@pytest.mark.parametrize("mode", ["LAB", "YCbCr"])
def test_another_way_to_store_colours_is_named(mode):
    picture = draw(1, (40, 30)).convert(mode) if mode == "YCbCr" else Image.new("LAB", (40, 30))
    found = mended(encode(picture, "TIFF"), "flatten-mode", path="Cat/1.tif")
    assert f"converted from {mode}" in found.how
