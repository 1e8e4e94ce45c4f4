import pictures
import pytest
from PIL import ImageOps

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.grey_among_colour import GreyAmongColour


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_finds_a_grey_picture(pets, mode):
    grey = pictures.draw(7).convert("L").convert(mode)
    (pets / "Cat/grey.jpg").write_bytes(pictures.encode(grey))
    [finding] = assert_finds(GreyAmongColour(), pets, "Cat/grey.jpg")
    assert finding.message == "no colour, unlike 85.7% of the pictures"


def test_colours_are_clean(pets):
    assert_clean(GreyAmongColour(), pets)


def test_sepia_is_a_colour(pets):
    grey = pictures.draw(7).convert("L")
    sepia = ImageOps.colorize(grey, (30, 20, 10), (250, 230, 200))
    (pets / "Cat/sepia.jpg").write_bytes(pictures.encode(sepia))
    assert_clean(GreyAmongColour(), pets)


def test_a_grey_set_is_not_judged(tmp_path):
    for seed in range(6):
        path = tmp_path / "Rays" / str(seed % 2) / f"{seed}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.encode(pictures.draw(seed).convert("L"), "PNG"))
    (tmp_path / "Rays/0/colour.jpg").write_bytes(pictures.jpeg(9))
    assert_clean(GreyAmongColour(), tmp_path / "Rays")
