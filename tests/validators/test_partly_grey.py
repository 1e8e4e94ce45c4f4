import altered
import numpy as np
import pictures
import pytest
from PIL import Image, ImageOps

from catsclean.testing import assert_clean, assert_finds, judge
from catsclean.validators.partly_grey import PartlyGrey

ALTERED = 20  # of each kind
REMAINS = (altered.truncated, altered.filled, altered.noisy)


def save(pets, name, picture, **options):
    (pets / name).write_bytes(pictures.encode(picture, **options))


def with_lower_part(colour, top=200, size=(400, 300)):
    picture = pictures.draw(7, size)
    picture.paste(colour, (0, top, *size))
    return picture


@pytest.fixture(scope="module")
def remains(tmp_path_factory):
    """Pictures that were cut short in every way, a folder each; returns what is found in all."""
    root = tmp_path_factory.mktemp("remains")
    for number, alter in enumerate(REMAINS):
        (root / alter.__name__).mkdir()
        for seed in range(ALTERED):
            rng = np.random.default_rng([seed, number, 3])
            data = altered.encoded(alter(altered.photograph(seed), rng), rng)
            (root / alter.__name__ / f"{seed}.jpg").write_bytes(data)
    return [finding.path for finding in judge(PartlyGrey(), root)]


@pytest.mark.parametrize("kind", [alter.__name__ for alter in REMAINS])
def test_finds_19_of_20_pictures_cut_short_in_each_way(remains, kind):
    assert sum(path.startswith(f"{kind}/") for path in remains) >= 0.95 * ALTERED


def test_a_drawn_photograph_is_clean(tmp_path):
    (tmp_path / "Cat").mkdir()
    for seed in range(ALTERED):
        save(tmp_path, f"Cat/{seed}.jpg", altered.photograph(seed))
    assert_clean(PartlyGrey(), tmp_path)


def test_the_message_says_how_much_is_filled(pets):
    save(pets, "Dog/grey.jpg", with_lower_part((128, 128, 128)))
    [finding] = assert_finds(PartlyGrey(), pets, "Dog/grey.jpg")
    assert finding.message == "one colour over the lower 33% of the picture"


def test_a_letterbox_is_left_to_another_validator(pets):
    save(pets, "Dog/wide.jpg", ImageOps.expand(pictures.draw(7, (400, 200)), (0, 60), "black"))
    assert_clean(PartlyGrey(), pets)


def test_a_white_bar_is_left_to_another_validator(pets):
    save(pets, "Dog/bar.jpg", with_lower_part("white"))
    assert_clean(PartlyGrey(), pets)


def test_a_plain_floor_with_grain_and_shade_is_clean(pets):
    pixels = np.asarray(with_lower_part((126, 124, 120))).astype(float)
    rng = np.random.default_rng(1)
    pixels[200:] += rng.normal(0, 3, (100, 400, 1)) + np.linspace(-12, 12, 400)[:, None]
    save(pets, "Dog/floor.jpg", Image.fromarray(pixels.clip(0, 255).astype(np.uint8)))
    assert_clean(PartlyGrey(), pets)


def test_a_colourful_blanket_in_front_of_a_calm_animal_is_clean(pets):
    pixels = np.asarray(with_lower_part((128, 128, 128))).copy()
    rng = np.random.default_rng(1)
    pixels[200:, 100:] = rng.integers(0, 256, (100, 300, 3))
    save(pets, "Dog/blanket.jpg", Image.fromarray(pixels))
    assert_clean(PartlyGrey(), pets)


def test_a_grey_picture_cut_short_is_found(pets):
    save(pets, "Dog/grey.jpg", with_lower_part((128, 128, 128)).convert("L"))
    assert_finds(PartlyGrey(), pets, "Dog/grey.jpg")


def test_a_strip_too_thin_to_be_a_remainder_is_found_on_request(pets):
    save(pets, "Dog/strip.jpg", with_lower_part((128, 128, 128), top=288))
    assert_clean(PartlyGrey(), pets)
    assert_finds(PartlyGrey(min_share=0.02), pets, "Dog/strip.jpg")


def test_finds_nothing_among_the_hands(shared_data):
    assert_clean(PartlyGrey(), shared_data / "rps")
