import numpy as np
import pictures
import pytest
from PIL import Image

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.unusual_colour_mode import UnusualColourMode


def save(pets, name, mode, kind):
    picture = pictures.draw(7)
    if mode == "I;16":
        grey = np.asarray(picture.convert("L"), np.uint16) * 257
        picture = Image.fromarray(grey)
    else:
        picture = picture.convert(mode)
    (pets / name).write_bytes(pictures.encode(picture, kind))


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        ("CMYK", "JPEG", "JPEG in four printing inks (CMYK)"),
        ("RGBA", "PNG", "PNG with transparency (RGBA)"),
        ("LA", "PNG", "PNG in grey with transparency (LA)"),
        ("P", "PNG", "PNG with a palette (P)"),
        ("P", "GIF", "GIF with a palette (P)"),
        ("1", "PNG", "PNG with 1 bit per pixel (1)"),
        ("I;16", "PNG", "PNG with 16 bits per pixel (I;16)"),
    ],
)
def test_names_the_mode(pets, mode, kind, message):
    save(pets, "Cat/odd.jpg", mode, kind)
    [finding] = assert_finds(UnusualColourMode(), pets, "Cat/odd.jpg")
    assert finding.message == message


def test_rgb_and_grey_are_usual(pets):
    save(pets, "Cat/a.png", "RGB", "PNG")
    save(pets, "Cat/b.jpg", "L", "JPEG")
    assert_clean(UnusualColourMode(), pets)


def test_grey_can_be_asked_for(pets):
    save(pets, "Cat/b.jpg", "L", "JPEG")
    assert_finds(UnusualColourMode(grey=True), pets, "Cat/b.jpg")


def test_a_set_of_one_mode_is_one_note():
    assert UnusualColourMode.collective
