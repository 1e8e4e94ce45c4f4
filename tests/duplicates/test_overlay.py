import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from catsclean.duplicates import overlay, poses


@pytest.fixture(scope="module")
def photograph():
    """A picture with edges and shades everywhere, and no symmetry."""
    random = np.random.default_rng(7)
    coarse = Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8))
    picture = coarse.resize((480, 360), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(25):
        x, y = random.integers(0, 440), random.integers(0, 320)
        draw.ellipse((x, y, x + 40, y + 30), fill=tuple(random.integers(0, 256, 3).tolist()))
    return picture


def crop(picture):
    return picture.crop((24, 18, 456, 342))


def compare(first, second):
    pixels = np.asarray(first), np.asarray(second)
    over = overlay.lay_over(*pixels)
    return over, overlay.describe(*pixels, over), overlay.draw_difference(pixels[0], over)


def plainly_different(first, over):
    difference = np.abs(np.asarray(first).astype(int) - over.moved).max(axis=2)
    return (difference[over.covered] >= overlay.PLAINLY).mean()


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (crop, "19 % cropped"),
        (lambda one: crop(one).resize((480, 360), Image.Resampling.LANCZOS), "19 % cropped"),
        (ImageOps.mirror, "mirrored"),
        (lambda one: one.rotate(90, expand=True), "turned by 90°"),
        (lambda one: one.rotate(180), "turned by 180°"),
        (lambda one: one.rotate(3, Image.Resampling.BICUBIC), "turned by 3.0°"),
        (lambda one: one.resize((240, 180), Image.Resampling.LANCZOS), "50 % of the size"),
        (lambda one: one.resize((960, 720), Image.Resampling.LANCZOS), "2.0 times as large"),
        (lambda one: ImageOps.mirror(crop(one)), "mirrored"),
        (lambda one: ImageEnhance.Brightness(one).enhance(0.8), "levels darker"),
        (lambda one: ImageOps.expand(one, 24, (0, 0, 0)), "20 % more at its edges"),
    ],
)
def test_a_copy_is_laid_on_its_original_and_the_change_is_said(photograph, alter, said):
    over, words, _ = compare(photograph, alter(photograph))
    assert over.is_aligned
    assert any(said in word for word in words), words
    if "darker" not in said and "more" not in said:
        assert plainly_different(photograph, over) < 0.03


def test_a_crop_is_laid_on_its_original_within_a_pixel(photograph):
    over, _, _ = compare(photograph, crop(photograph))
    corners = np.array([[0.05, 0.05, 1], [0.95, 0.95, 1]]).T
    y, x, _ = over.matrix @ corners
    assert np.abs(y * 324 - [0, 324]).max() < 1
    assert np.abs(x * 432 - [0, 432]).max() < 1


def test_places_that_a_crop_does_not_cover_are_not_called_different(photograph):
    over, _, drawn = compare(photograph, crop(photograph))
    assert not over.covered[:16].any()
    assert (drawn[:16] == drawn[0, 0]).all()


def test_the_difference_is_red_where_something_was_added_and_grey_elsewhere(photograph):
    marked = photograph.copy()
    ImageDraw.Draw(marked).rectangle((200, 150, 260, 200), fill=(255, 255, 255))
    _, _, drawn = compare(photograph, crop(marked))
    inside, elsewhere = drawn[155:195, 205:255].astype(int), drawn[40:120, 40:180].astype(int)
    red = [(part[..., 0] - part[..., 1]).mean() for part in (inside, elsewhere)]
    assert red[0] > 60
    assert red[1] < 20


def test_equal_pixels_are_said_to_be_equal(photograph):
    _, words, _ = compare(photograph, photograph.copy())
    assert words == ("no pixel differs",)


def test_equal_pixels_in_another_pose_are_said_to_be_equal(photograph):
    over, words, _ = compare(photograph, ImageOps.mirror(photograph))
    assert over.pose == poses.MIRRORED
    assert words == ("mirrored", "no pixel differs")


def test_pictures_of_different_things_are_not_forced_together(photograph):
    random = np.random.default_rng(8)
    other = Image.fromarray(random.integers(0, 256, (9, 9, 3), np.uint8)).resize((300, 300))
    over, words, _ = compare(photograph, other)
    assert not over.is_aligned
    assert words == ("shows something else",)
    assert over.moved.shape == np.asarray(photograph).shape


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2000, 3)])
def test_odd_sizes_do_not_fail(photograph, size):
    _, words, drawn = compare(photograph, photograph.resize(size))
    assert drawn.shape == np.asarray(photograph).shape
    assert words
    _, words, drawn = compare(photograph.resize(size), photograph)
    assert drawn.shape[:2] == size[::-1]


@pytest.mark.parametrize(
    "alter", [crop, ImageOps.mirror, lambda one: one.copy(), lambda _: Image.new("RGB", (9, 9))]
)
def test_a_placement_that_was_found_serves_again(photograph, monkeypatch, alter):
    pair = np.asarray(photograph), np.asarray(alter(photograph))
    first = overlay.lay_over(*pair)
    monkeypatch.setattr(overlay, "_find_pose", None)  # nothing is searched for
    again = overlay.lay_over(*pair, first.placement)
    assert (again.moved == first.moved).all()
    assert (again.covered == first.covered).all()
    assert again.placement == first.placement
