import altered
import numpy as np
import pictures
import pytest
from PIL import Image, ImageDraw, ImageOps

from catsclean.testing import assert_clean, assert_finds, gather_evidence, judge
from catsclean.validators.framed import Framed
from catsclean.validators.judge import judge as judge_all

ALTERED = 20  # of each kind


def save(pets, name, picture, **options):
    (pets / name).write_bytes(pictures.encode(picture, **options))


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Pictures in frames of every kind, a folder each; returns what is found in all of them."""
    root = tmp_path_factory.mktemp("frames")
    for number, alter in enumerate(altered.FRAMES):
        (root / alter.__name__).mkdir()
        for seed in range(ALTERED):
            rng = np.random.default_rng([seed, number])
            data = altered.encoded(alter(altered.photograph(seed), rng), rng)
            (root / alter.__name__ / f"{seed}.jpg").write_bytes(data)
    return [finding.path for finding in judge(Framed(), root)]


@pytest.mark.parametrize("kind", [alter.__name__ for alter in altered.FRAMES])
def test_finds_19_of_20_pictures_in_frames_of_each_kind(frames, kind):
    assert sum(path.startswith(f"{kind}/") for path in frames) >= 0.95 * ALTERED


def test_a_drawn_photograph_is_clean(tmp_path):
    (tmp_path / "Cat").mkdir()
    for seed in range(ALTERED):
        save(tmp_path, f"Cat/{seed}.jpg", altered.photograph(seed))
    assert_clean(Framed(), tmp_path)


def test_the_message_says_how_much_is_border(pets):
    picture = ImageOps.expand(pictures.draw(7, (400, 300)), (0, 50), "black")
    save(pets, "Dog/wide.jpg", picture)
    [finding] = assert_finds(Framed(), pets, "Dog/wide.jpg")
    assert finding.message == "uniform border on 2 sides: 24% of the picture"


def test_the_message_says_how_much_is_plain_ground(pets):
    page = Image.new("RGB", (400, 400), "white")
    page.paste(pictures.draw(7, (200, 200)), (100, 200))
    save(pets, "Dog/page.jpg", page)
    [finding] = assert_finds(Framed(), pets, "Dog/page.jpg")
    assert finding.message == "on a plain ground: 75% of the picture"


def test_a_sky_that_ends_at_a_slanting_roof_is_clean(pets):
    picture = pictures.draw(7, (400, 300))
    ImageDraw.Draw(picture).polygon([(0, 0), (400, 0), (400, 60), (0, 140)], "#dfe8f4")
    save(pets, "Dog/sky.jpg", picture)
    assert_clean(Framed(), pets)


def test_a_picture_of_a_single_colour_is_left_to_another_validator(pets):
    save(pets, "Dog/white.jpg", Image.new("RGB", (300, 200), "white"))
    assert_clean(Framed(), pets)


def test_a_grey_picture_is_judged_as_well(pets):
    save(
        pets,
        "Dog/grey.jpg",
        ImageOps.expand(pictures.draw(7, (400, 300)), 30, "white").convert("L"),
    )
    assert_finds(Framed(), pets, "Dog/grey.jpg")


def test_a_set_on_white_costs_one_note(tmp_path):
    (tmp_path / "Cat").mkdir()
    for seed in range(12):
        page = ImageOps.expand(pictures.draw(seed, (300, 200)), 40, "white")
        save(tmp_path, f"Cat/{seed}.jpg", page)
    [note] = judge_all(gather_evidence(tmp_path, Framed()), [Framed()])
    assert note.path is None


def test_a_stricter_edge_finds_fewer(pets):
    picture = ImageOps.expand(pictures.draw(7, (400, 300)), (0, 0, 0, 40), "white")
    ImageDraw.Draw(picture).rectangle((0, 250, 60, 299), "white")
    save(pets, "Dog/bar.jpg", picture)
    assert_clean(Framed(min_edge=0.9), pets)
    assert_finds(Framed(min_edge=0.7), pets, "Dog/bar.jpg")
