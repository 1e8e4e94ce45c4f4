"""What a format does that says nothing of its own."""

import io

import pictures
import pytest
from PIL import Image, UnidentifiedImageError

from catsclean.images.formats import bmp, ico, sniff
from catsclean.images.formats.picture_format import PictureFormat


@pytest.mark.parametrize("kind", [bmp.FORMAT, ico.FORMAT, sniff.FORMATS["JPEG"]])
def test_a_format_opens_nothing_with_the_decoder_of_another_one(kind):
    with pytest.raises(UnidentifiedImageError):
        kind.open(pictures.encode(pictures.draw(1, (8, 8)), "PNG"), None)


@pytest.mark.parametrize(("name", "kind"), [("BMP", bmp.FORMAT), ("ICO", ico.FORMAT)])
def test_a_format_opens_its_own_files(name, kind):
    assert kind.open(pictures.encode(pictures.draw(1, (16, 16)), name), None).format == name


def test_a_picture_that_counts_nothing_is_one_picture():
    plain = PictureFormat()
    assert plain.count(None, Image.new("L", (1, 1))) == 1
    frames = [pictures.draw(seed, (8, 8)) for seed in (1, 2)]
    moving = pictures.encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert plain.count(None, Image.open(io.BytesIO(moving))) == 2


def test_a_format_that_says_nothing_refuses_nothing_and_bounds_nothing():
    plain = PictureFormat()
    assert plain.walk(b"", None, to_end=True) is None
    assert plain.check(None) is None
    assert plain.find_damage(None) is None
    assert plain.decode(None) is None
    assert list(plain.rescue(None)) == []
    assert (plain.several, plain.scaled_by_decoder) == (False, False)
    assert plain.missing() == plain.later_excess(None) == ""
    assert plain.is_cut(None, "Truncated File Read")
    assert plain.is_cut(None, "image file is truncated")
    assert not plain.is_cut(None, "broken")
    assert plain.may_be_sound(None, "broken") is False
