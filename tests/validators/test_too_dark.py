import pictures
from PIL import Image

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.too_dark import TooDark


def save(pets, share):
    picture = pictures.draw(7).point(lambda value: value * share)
    (pets / "Cat/light.jpg").write_bytes(pictures.encode(picture))


def test_finds_a_picture_with_a_trace_of_contrast(pets):
    save(pets, 0.06)
    [finding] = assert_finds(TooDark(), pets, "Cat/light.jpg")
    assert finding.message.startswith("brightness ")


def test_half_of_the_contrast_is_enough(pets):
    save(pets, 0.5)
    assert_clean(TooDark(), pets)


def test_a_figure_on_a_plain_ground_is_clean(pets):
    ground, figure = ("black", "white")
    page = Image.new("RGB", (200, 200), ground)
    page.paste(figure, (80, 60, 120, 140))
    (pets / "Cat/figure.jpg").write_bytes(pictures.encode(page))
    assert_clean(TooDark(), pets)
