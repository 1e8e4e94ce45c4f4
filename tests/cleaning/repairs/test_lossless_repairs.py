"""Repairs that leave every pixel as it is."""

import io

import numpy as np
import pytest
from pictures import draw, encode, jpeg
from PIL import Image
from repaired import mended, opened, oriented

from catsclean.cleaning.repairs.repair import NOTHING, CannotRepairError, all_repairs

POSITION = {1: "N", 2: (51.0, 28.0, 40.0), 3: "W", 4: (0.0, 0.0, 5.0)}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>Ann</dc:creator></x:xmpmeta>'


def equal_pixels(one, other):
    return np.array_equal(np.asarray(opened(one).convert("RGB")), opened(other).convert("RGB"))


def with_metadata(kind, orientation=1, **options):
    picture = draw(5)
    exif = picture.getexif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker of cameras"
    exif.get_ifd(0x8825).update(POSITION)
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a comment"
    return encode(picture, kind, exif=exif, **options)


@pytest.mark.parametrize("kind", ["BMP", "PNG", "GIF", "WEBP"])
def test_a_wrong_extension_becomes_the_one_of_the_format(kind):
    found = mended(encode(draw(1), kind), "correct-extension")
    assert (found.data, found.ending) == (None, f".{kind.lower()}")
    assert found.lossless


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_bytes_after_the_end_are_cut(kind):
    data = encode(draw(2), kind)
    found = mended(data + b"PK\3\4 hidden", "cut-tail", path=f"Cat/1.{kind.lower()}")
    assert found.data == data
    assert found.lossless


@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_gets_its_end_mark_back(lost):
    data = jpeg(3)
    assert mended(data[:-lost], "add-end-mark").data == data


@pytest.mark.parametrize("lost", range(1, 17))
def test_a_png_gets_its_end_chunk_back_as_long_as_all_rows_are_there(lost):
    data = encode(draw(3), "PNG")
    found = mended(data[:-lost], "add-end-mark", path="Cat/1.png")
    assert found.data == data


def test_a_gif_gets_its_trailer_back():
    data = encode(draw(3), "GIF")
    assert mended(data[:-1], "add-end-mark", path="Cat/1.gif").data == data


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"restart_marker_rows": 1}),
     ("PNG", {}), ("GIF", {})],
)  # fmt: skip
def test_a_picture_without_some_rows_is_never_completed(kind, options, share):
    data = encode(draw(4), kind, **options)
    with pytest.raises(CannotRepairError, match=r"missing|end|too early"):
        mended(data[: int(len(data) * share)], "add-end-mark", path=f"Cat/1.{kind.lower()}")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_all_metadata_can_be_removed_and_the_pixels_stay(kind):
    data = with_metadata(kind)
    found = mended(data, "strip-metadata", path=f"Cat/1.{kind.lower()}")
    assert found.lossless
    assert equal_pixels(data, found.data)
    assert not dict(opened(found.data).getexif())
    assert b"a comment" not in found.data
    assert b"Maker" not in found.data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_orientation_survives_the_removal_of_metadata(kind):
    found = mended(with_metadata(kind, 6), "strip-metadata", path=f"Cat/1.{kind.lower()}")
    assert dict(opened(found.data).getexif()) == {0x0112: 6}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_position_alone_can_be_removed(kind):
    data = with_metadata(kind, 8)
    found = mended(data, "strip-position", path=f"Cat/1.{kind.lower()}")
    exif = opened(found.data).getexif()
    assert equal_pixels(data, found.data)
    assert not exif.get_ifd(0x8825)
    assert exif[0x0112] == 8
    assert exif[0x010F] == "Maker of cameras"
    assert b"a comment" in exif.get_ifd(0x8769)[0x9286]
    assert np.float64(51).hex() not in str(found.data)


@pytest.mark.parametrize("order", ["<", ">"])
def test_no_byte_of_the_position_stays(order):
    exif = Image.Exif()
    exif.endian = order
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 40.123), 0x001B: b"ASCII\0\0\0Nowhere12"})
    exif[0x010F] = "Maker of cameras"
    data = encode(draw(5), "JPEG", exif=exif)
    assert b"Nowhere12" in data
    assert b"Nowhere12" not in mended(data, "strip-position").data


def test_a_colour_profile_and_a_comment_are_told_apart():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(draw(6), icc_profile=profile, comment=b"made by Ann")
    found = mended(data, "strip-metadata").data
    assert b"made by Ann" not in found
    assert opened(found).info["icc_profile"] == profile


def test_an_animation_keeps_its_frames_and_loses_its_comment():
    frames = [draw(seed).quantize(32) for seed in range(3)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0,
                  comment=b"made by Ann")  # fmt: skip
    found = mended(data, "strip-metadata", path="Cat/1.gif").data
    again = opened(found)
    assert (again.n_frames, again.info["loop"]) == (3, 0)
    assert b"made by Ann" not in found


def test_metadata_of_a_tiff_stay_where_they_are():
    with pytest.raises(CannotRepairError, match="metadata of TIFF files"):
        mended(with_metadata("TIFF"), "strip-metadata", path="Cat/1.tif")


def test_a_format_without_metadata_needs_no_repair():
    with pytest.raises(CannotRepairError, match=NOTHING):
        mended(encode(draw(1), "BMP"), "strip-metadata", path="Cat/1.bmp")


def test_a_photograph_with_more_pictures_behind_it_keeps_the_first():
    data = encode(draw(7), "MPO", save_all=True, append_images=[draw(8), draw(9)])
    found = mended(data, "first-frame")
    assert (opened(found.data).format, found.lossless) == ("JPEG", True)
    assert equal_pixels(data, found.data)
    assert "first of 3 pictures" in found.how


def test_several_repairs_of_one_file_go_together():
    data = with_metadata("JPEG") + b"hidden"
    found = mended(data, "cut-tail", "strip-metadata", "correct-extension", path="Cat/1.png")
    assert found.ending == ".jpg"
    assert found.data.endswith(b"\xff\xd9")
    assert found.how.startswith("cut-tail, strip-metadata")


def test_what_needs_no_repair_is_refused():
    for name in all_repairs():
        with pytest.raises(CannotRepairError):
            mended(jpeg(1), name)


@pytest.mark.parametrize("name", list(all_repairs()))
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\4\0\0\0WEBP", b"BM" + bytes(40)],
)
def test_a_damaged_file_is_refused_in_one_line(name, data):
    with pytest.raises(CannotRepairError) as refusal:
        mended(data, name)
    assert str(refusal.value).splitlines() == [str(refusal.value)]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the damage
@pytest.mark.parametrize("seed", range(60))
def test_metadata_with_damage_never_raise_anything_else(seed):
    rng = np.random.default_rng(seed)
    kind = ("JPEG", "PNG", "WEBP")[seed % 3]
    data = bytearray(with_metadata(kind))
    start = data.find(b"II*\0") if b"II*\0" in data else data.find(b"MM\0*")
    for at in rng.integers(start, start + 200, 6):
        data[at] = rng.integers(256)
    for name in ("strip-metadata", "strip-position"):
        try:
            found = mended(bytes(data), name, path=f"Cat/1.{kind.lower()}")
        except CannotRepairError:
            continue
        assert equal_pixels(with_metadata(kind), found.data)


def test_an_orientation_of_a_png_is_applied_without_loss():
    data = oriented(1, 6, "PNG")
    found = mended(data, "apply-orientation", path="Cat/1.png")
    assert found.lossless
    turned = opened(data).transpose(Image.Transpose.ROTATE_270)
    assert np.array_equal(np.asarray(turned), opened(found.data))
    assert 0x0112 not in Image.open(io.BytesIO(found.data)).getexif()
