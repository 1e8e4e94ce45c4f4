"""What an open file says of itself."""

import numpy as np
import pictures
import pytest
from images.test_decoding import read
from PIL import Image

from catsclean.core.limits import Limits
from catsclean.images import image as image_module
from catsclean.images.decoding import open_image
from catsclean.images.image import ReadingEndedError, complaint_of, refuse, refuse_more


def with_exif(kind="JPEG", **tags):
    exif = Image.Exif()
    exif[0x0112] = tags.get("orientation", 6)
    exif.get_ifd(0x8769)[0x9003] = "2026:11:30 12:00:00"
    return pictures.encode(pictures.draw(1), kind, exif=exif.tobytes())


def test_greys_are_the_grey_picture_as_an_array_made_once(monkeypatch):
    image = read(pictures.jpeg(1, (200, 100)))
    assert np.array_equal(image.greys, np.asarray(image.grey))
    assert image.greys.shape == (100, 200)
    assert image.greys is image.greys
    monkeypatch.setattr(image_module, "_MOST_GREYS", 20_000)
    assert read(pictures.jpeg(1, (200, 100))).greys is not None
    monkeypatch.setattr(image_module, "_MOST_GREYS", 19_999)
    assert read(pictures.jpeg(1, (200, 100))).greys is None
    assert open_image("a.jpg", pictures.jpeg(1), Limits()).greys is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_tags_are_read_from_any_format_that_has_them(kind):
    image = read(with_exif(kind))
    assert image.orientation == 6
    assert image.exif is image.exif
    assert image.exif_directory(0x8769)[0x9003] == "2026:11:30 12:00:00"
    assert image.exif_directory(0x8825) == {}
    assert not image.has_no_exif


def test_a_file_without_exif_says_so_if_its_walk_can():
    plain = read(pictures.jpeg(1))
    assert (plain.orientation, plain.has_no_exif, plain.exif_directory(0x8769)) == (-1, True, {})
    other = read(pictures.encode(pictures.draw(1), "WEBP"))
    assert (other.orientation, other.has_no_exif) == (-1, False)


@pytest.mark.parametrize(
    ("value", "orientation"),
    [(3, 3), (99, 99), (2**31 - 1, 2**31 - 1), (2**31, -2), (-(2**31), -2), ("6", -2), (None, -2)],
)
def test_an_orientation_that_is_not_a_small_number_is_unreadable(monkeypatch, value, orientation):
    image = read(pictures.jpeg(1))
    monkeypatch.setattr(image, "_exif", {0x0112: value})
    assert image.orientation == orientation


def test_exif_data_that_nobody_can_read_is_a_warning(monkeypatch):
    image = read(with_exif())

    def fails(self, *_):
        raise RuntimeError("broken\x1b")

    monkeypatch.setattr(Image.Exif, "load", fails)
    assert dict(image.exif) == {}
    assert image.exif_warnings == ["RuntimeError: broken\\x1b"]
    other = read(with_exif())
    monkeypatch.undo()
    monkeypatch.setattr(Image.Exif, "get_ifd", fails)
    assert other.exif
    assert other.exif_directory(0x8769) == other.exif_directory(0x8769) == {}
    assert other.exif_warnings == ["RuntimeError: broken\\x1b"]


def test_the_profile_is_that_of_the_walk_or_of_pillow():
    for kind in ("JPEG", "PNG"):
        data = pictures.encode(pictures.draw(1), kind, icc_profile=b"a profile")
        assert read(data).icc_profile == b"a profile"
        assert read(pictures.encode(pictures.draw(1), kind)).icc_profile == b""


@pytest.mark.parametrize(
    ("path", "extension"),
    [
        ("Cat/1.JPG", ".jpg"),
        ("Cat.d/1", ""),
        (".jpg", ""),
        ("a.tar.gz", ".gz"),
        ("a.", "."),
        ("a", ""),
    ],
)
def test_the_extension_is_the_ending_of_the_name(path, extension):
    assert open_image(path, b"", Limits()).extension == extension


def test_a_size_up_to_the_limit_is_fine_and_is_noted_in_any_case():
    image = open_image("a.jpg", b"", Limits(max_pixels=6))
    image.check_size(2, 3)
    with pytest.raises(ReadingEndedError, match="7 x 1 = 7 pixels, limit 6"):
        image.check_size(7, 1)
    assert (image.width_px, image.height_px) == (7, 1)


def test_only_what_goes_beyond_a_limit_is_refused():
    refuse("")
    refuse_more(3, 3, "frames")
    with pytest.raises(ReadingEndedError, match=r"^too much$") as ended:
        refuse("too much")
    assert ended.value.outcome.value == "over-limit"
    with pytest.raises(ReadingEndedError, match=r"^more than 3,000 frames$") as ended:
        refuse_more(3001, 3000, "frames")
    assert ended.value.outcome.value == "over-limit"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, ""),
        (OSError("broken\n"), "broken\\x0a"),
        (OSError(), "OSError: "),
        (ValueError("broken"), "ValueError: broken"),
        (
            OSError("cannot identify image file <_io.BytesIO object at 0x1>"),
            "Pillow cannot identify it",
        ),
    ],
)
def test_a_complaint_is_one_safe_line(error, said):
    assert complaint_of(error) == said


def test_colours_are_three_channels_and_a_grey_picture_has_none():
    image = read(pictures.jpeg(1))
    assert image.pixels.shape[2] == 4
    assert np.array_equal(image.rgb, image.pixels[..., :3])
    assert read(pictures.encode(pictures.draw(1).convert("L"), "JPEG")).rgb is None
