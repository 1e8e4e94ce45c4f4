"""Encode a picture again: what the format cannot hold is converted, and the cost is named."""

import numpy as np
import pytest
from pictures import draw, encode
from PIL import Image
from repaired import mended, opened

from catsclean.cleaning.repairs.repair import CannotRepairError

FRACTIONS = Image.fromarray(np.linspace(0, 1, 192, dtype=np.float32).reshape(12, 16))
INKS = draw(7, (40, 30)).convert("CMYK")


@pytest.mark.parametrize(
    ("picture", "note"),
    [
        (FRACTIONS, "values stretched to their range"),
        (INKS, "inks converted without a profile"),
    ],
    ids=["fractions", "inks"],
)
def test_what_a_png_cannot_hold_is_converted_and_never_called_lossless(picture, note):
    data = encode(picture, "TIFF")
    found = mended(data, "make-loadable", path="Cat/1.tif")
    assert (found.lossless, note in found.how) == (False, True)
    with pytest.raises(CannotRepairError, match="the repair is not lossless"):
        mended(data, "make-loadable", path="Cat/1.tif", lossless=True)


def test_a_turned_picture_of_inks_becomes_one_of_colours_and_loses_the_profile_of_the_inks():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(INKS, exif=exif, icc_profile=b"of some inks")
    found = mended(data, "apply-orientation")
    again = opened(found.data)
    assert (again.mode, "icc_profile" in again.info) == ("RGB", False)
    assert "inks converted" in found.how


def test_transparency_that_a_jpeg_cannot_hold_is_named():
    picture = draw(3, (64, 64)).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    data = encode(picture, "WEBP", quality=80)
    found = mended(data, "make-loadable", path="Cat/1.webp", loader="keras")
    assert "transparency on white" in found.how


def test_a_picture_with_damaged_exif_data_is_turned_and_loses_them():
    # the name of a camera that is a fraction
    entries = b"\1\17\0\13\0\0\0\1\x7f\xc0\0\0" + b"\1\22\0\3\0\0\0\1\0\6\0\0"
    exif = b"Exif\0\0MM\0*\0\0\0\10\0\2" + entries + bytes(4)
    found = mended(encode(draw(1, (40, 30)), exif=exif), "apply-orientation")
    assert "without its Exif data, which are damaged" in found.how
    assert (opened(found.data).size, dict(opened(found.data).getexif())) == ((30, 40), {})


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_encoder_that_writes_another_picture_is_noticed(monkeypatch, kind):
    save = Image.Image.save

    def save_less(picture, stream, form, **options):
        save(picture.crop((0, 0, 8, 8)), stream, form, **options)

    exif = Image.Exif()
    exif[0x0112] = 3
    data = encode(draw(2, (40, 30)), kind, exif=exif)
    monkeypatch.setattr(Image.Image, "save", save_less)
    why = "did not come out of the encoder" if kind == "PNG" else "would change it too much: 0.0 dB"
    with pytest.raises(CannotRepairError, match=why):
        mended(data, "apply-orientation", path=f"Cat/1.{kind.lower()}")


@pytest.mark.parametrize("options", [{}, {"transparency": 3}], ids=["opaque", "with a clear one"])
def test_a_palette_is_compared_by_its_colours(options):
    data = encode(draw(6, (40, 30)).quantize(16), "GIF", **options)
    found = mended(data, "make-loadable", path="Cat/1.gif", loader="torch")
    assert (found.lossless, opened(found.data).mode) == (True, "P")
    assert np.array_equal(opened(data).convert("RGBA"), opened(found.data).convert("RGBA"))
