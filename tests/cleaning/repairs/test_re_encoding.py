"""Repairs that decode a picture and encode it again: exact, or within the stated bound."""

import io

import numpy as np
import pytest
from pictures import draw, encode
from PIL import Image, ImageCms
from repaired import mended, opened, oriented

from catsclean.cleaning import encode_picture
from catsclean.cleaning.encode_picture import LEAST_PSNR_DB
from catsclean.cleaning.repairs.repair import CannotRepairError

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def psnr(one, other):
    difference = np.asarray(one.convert("RGB"), np.float64) - np.asarray(other.convert("RGB"))
    return 10 * np.log10(255**2 / max(1e-9, (difference**2).mean()))


def with_alpha(lowest=0):
    picture = draw(3).convert("RGBA")
    picture.putalpha(
        Image.linear_gradient("L").resize(picture.size).point(lambda v: max(v, lowest))
    )
    return picture


def sixteen_bits():
    values = np.arange(120 * 160, dtype=np.uint16).reshape(120, 160) * 3
    return Image.fromarray(values), values


@pytest.mark.parametrize("value", TURNS)
def test_a_jpeg_is_turned_within_the_stated_bound(value):
    data = oriented(1, value)
    found = mended(data, "apply-orientation")
    assert psnr(opened(data).transpose(TURNS[value]), opened(found.data)) > LEAST_PSNR_DB
    assert not found.lossless
    assert "JPEG quality 95, 4:4:4" in found.how


def test_other_exif_data_survive_the_turn():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker of cameras"
    again = opened(mended(encode(draw(2), exif=exif), "apply-orientation").data).getexif()
    assert dict(again) == {0x010F: "Maker of cameras"}


@pytest.mark.parametrize("kind", ["TIFF", "PPM", "BMP"])
def test_a_format_without_loss_becomes_a_png_with_the_same_pixels(kind):
    picture = draw(4).convert("1") if kind == "BMP" else draw(4)
    data = encode(picture, kind)
    found = mended(data, "make-loadable", path=f"Cat/1.{kind.lower()}")
    assert (found.lossless, opened(found.data).format) == (True, "PNG")
    assert np.array_equal(np.asarray(opened(data).convert("RGB")),
                          opened(found.data).convert("RGB"))  # fmt: skip


def test_a_picture_with_loss_becomes_a_jpeg_within_the_bound():
    data = encode(draw(5), "AVIF", quality=80)
    found = mended(data, "make-loadable", path="Cat/1.avif")
    assert found.ending == ".jpg"
    assert psnr(opened(data), opened(found.data)) > LEAST_PSNR_DB


def test_a_lossless_webp_stays_exact():
    data = encode(with_alpha(), "WEBP", lossless=True)
    found = mended(data, "make-loadable", path="Cat/1.webp")
    assert found.lossless
    assert np.array_equal(np.asarray(opened(data)), opened(found.data))


def test_a_palette_keeps_its_colours():
    data = encode(draw(6).quantize(64), "PNG")
    found = mended(data, "flatten-mode", path="Cat/1.png")
    assert (found.lossless, opened(found.data).mode) == (True, "RGB")
    assert np.array_equal(np.asarray(opened(data).convert("RGB")), opened(found.data))


def test_sixteen_bits_keep_their_upper_eight():
    picture, values = sixteen_bits()
    found = mended(encode(picture, "PNG"), "flatten-mode", path="Cat/1.png")
    assert np.array_equal(np.asarray(opened(found.data)), values >> 8)
    assert (found.lossless, "upper 8 of 16 bits" in found.how) == (False, True)


def test_transparency_is_put_on_white_and_says_so():
    found = mended(encode(with_alpha(), "PNG"), "flatten-mode", path="Cat/1.png")
    clear = np.asarray(with_alpha())[..., 3] == 0
    assert (np.asarray(opened(found.data))[clear] == 255).all()
    assert (found.lossless, "transparency on white" in found.how) == (False, True)


def test_transparency_that_hides_nothing_is_dropped_without_loss():
    data = encode(with_alpha(255), "PNG")
    found = mended(data, "flatten-mode", path="Cat/1.png")
    assert (found.lossless, opened(found.data).mode) == (True, "RGB")


def test_inks_become_colours():
    data = encode(draw(7).convert("CMYK"))
    found = mended(data, "flatten-mode")
    assert opened(found.data).mode == "RGB"
    assert psnr(draw(7), opened(found.data)) > 20
    assert "inks converted" in found.how


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_the_first_picture_of_an_animation_stays(kind):
    frames = [draw(seed).quantize(32).convert("RGB") for seed in (1, 2, 3)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    found = mended(data, "first-frame", path=f"Cat/1.{kind.lower()}")
    first = opened(data)
    first.seek(0)
    again = opened(found.data)
    assert getattr(again, "n_frames", 1) == 1
    assert np.array_equal(np.asarray(first.convert("RGB")), again.convert("RGB"))
    assert "first of 3 pictures" in found.how


def test_colours_are_converted_to_srgb_and_the_profile_goes():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    with pytest.raises(CannotRepairError, match="profile"):
        mended(encode(draw(8), icc_profile=lab[:200]), "convert-profile")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = mended(encode(draw(8), icc_profile=profile), "convert-profile")
    assert "icc_profile" not in opened(found.data).info
    assert psnr(opened(encode(draw(8))), opened(found.data)) > LEAST_PSNR_DB - 6


def test_what_is_not_lossless_is_refused_if_that_was_asked_for():
    for name, data, path in (
        ("apply-orientation", oriented(1, 6), "Cat/1.jpg"),
        ("flatten-mode", encode(with_alpha(), "PNG"), "Cat/1.png"),
    ):
        with pytest.raises(CannotRepairError, match="not lossless"):
            mended(data, name, path=path, lossless=True)


def test_a_result_beyond_the_bound_is_refused(monkeypatch):
    monkeypatch.setattr(encode_picture, "QUALITY", 5)
    with pytest.raises(CannotRepairError, match="change it too much"):
        mended(oriented(1, 6), "apply-orientation")


def test_the_hardest_picture_is_within_the_bound():
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 3
    data = encode(Image.fromarray(noise), quality=95, subsampling=0, exif=exif)
    assert mended(data, "apply-orientation").data


def test_tensorflow_decodes_every_result():
    tensorflow = pytest.importorskip("tensorflow")
    cases = {
        "make-loadable": [(draw(1), "TIFF", {}), (draw(1).convert("1"), "BMP", {}),
                          (draw(1), "AVIF", {}), (with_alpha(), "WEBP", {"lossless": True}),
                          (draw(1), "ICO", {}), (draw(1), "PPM", {}), (draw(1), "JPEG2000", {})],
        "flatten-mode": [(draw(1).quantize(), "GIF", {}), (sixteen_bits()[0], "PNG", {}),
                         (draw(1).convert("CMYK"), "JPEG", {}), (with_alpha(), "PNG", {})],
    }  # fmt: skip
    for repair, files in cases.items():
        for picture, kind, options in files:
            data = encode(picture, kind, **options)
            found = mended(data, repair, path=f"Cat/1.{kind.lower()}")
            pixels = tensorflow.io.decode_image(
                found.data, channels=3, expand_animations=False
            ).numpy()
            shown = np.asarray(Image.open(io.BytesIO(found.data)).convert("RGB"))
            assert np.abs(pixels.astype(int) - shown).max() <= 12, (
                repair,
                kind,
            )  # of other decoders
