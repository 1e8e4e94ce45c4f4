import pictures
import pytest
from PIL import Image, ImageDraw

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.solid_colour import SolidColour


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 120, 170)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_finds_one_colour(pets, colour, kind):
    picture = Image.new("RGB", (300, 200), colour)
    (pets / "Cat/solid.jpg").write_bytes(pictures.encode(picture, kind))
    [finding] = assert_finds(SolidColour(), pets, "Cat/solid.jpg")
    assert finding.message.startswith("a single colour")


def test_two_colours_of_equal_brightness_are_two(pets):
    picture = Image.new("RGB", (300, 200), (200, 60, 60))
    picture.paste((0, 143, 60), (80, 50, 220, 150))
    (pets / "Cat/two.png").write_bytes(pictures.encode(picture, "PNG"))
    assert_clean(SolidColour(), pets)


def test_a_few_stars_are_something(pets):
    sky = Image.new("L", (300, 200))
    for number in range(12):
        sky.putpixel((17 + 23 * number, 11 + 15 * number), 255)
    (pets / "Cat/stars.png").write_bytes(pictures.encode(sky, "PNG"))
    assert_clean(SolidColour(), pets)


def test_a_thin_line_is_something(pets):
    page = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(page).line((20, 20, 280, 150), fill="black", width=2)
    (pets / "Cat/line.png").write_bytes(pictures.encode(page, "PNG"))
    assert_clean(SolidColour(), pets)
