import pictures
import pytest
from PIL import Image

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.orientation_not_applied import OrientationNotApplied


def with_orientation(pets, name, value):
    exif = Image.Exif()
    exif[0x0112] = value
    (pets / name).write_bytes(pictures.jpeg(7, exif=exif))


@pytest.mark.parametrize("value", range(2, 9))
def test_finds_a_picture_that_has_to_be_turned(pets, value):
    with_orientation(pets, "Cat/turned.jpg", value)
    [finding] = assert_finds(OrientationNotApplied(), pets, "Cat/turned.jpg")
    assert finding.message.startswith(f"orientation {value} (")


@pytest.mark.parametrize("value", [0, 1, 9])
def test_upright_and_impossible_orientations_are_not_its_business(pets, value):
    with_orientation(pets, "Cat/upright.jpg", value)
    assert_clean(OrientationNotApplied(), pets)


def test_reads_the_tag_of_other_formats_too(pets):
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("PNG", "WEBP"):
        name = f"Cat/turned.{kind.lower()}"
        (pets / name).write_bytes(pictures.encode(pictures.draw(3), kind, exif=exif))
    assert_finds(OrientationNotApplied(), pets, "Cat/turned.png", "Cat/turned.webp")
