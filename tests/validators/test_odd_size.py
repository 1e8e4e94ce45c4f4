import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.odd_size import OddSize


@pytest.fixture
def pets(tmp_path):
    return pictures.make_dataset(tmp_path / "Pets", {"Cat": 6, "Dog": 6})


def test_finds_an_icon_among_photographs(pets):
    (pets / "Cat/icon.jpg").write_bytes(pictures.jpeg(7, (12, 14)))
    [finding] = assert_finds(OddSize(), pets, "Cat/icon.jpg")
    assert finding.message == "12 x 14 pixels, the usual short side is 120"


def test_finds_a_giant(pets):
    (pets / "Cat/giant.jpg").write_bytes(pictures.jpeg(7, (1400, 1300)))
    [finding] = assert_finds(OddSize(), pets, "Cat/giant.jpg")
    assert finding.message == "1400 x 1300 pixels, the usual long side is 160"


def test_half_and_double_size_are_clean(pets):
    (pets / "Cat/half.jpg").write_bytes(pictures.jpeg(7, (80, 60)))
    (pets / "Cat/double.jpg").write_bytes(pictures.jpeg(8, (320, 240)))
    assert_clean(OddSize(), pets)


def test_a_set_of_thumbnails_is_not_small(tmp_path):
    for seed in range(12):
        path = tmp_path / "Digits" / str(seed % 2) / f"{seed}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.encode(pictures.draw(seed, (28, 28)), "PNG"))
    assert_clean(OddSize(), tmp_path / "Digits")


def test_a_handful_of_pictures_has_no_usual_size(tmp_path):
    root = pictures.make_dataset(tmp_path / "Few", {"Cat": 3, "Dog": 3})
    (root / "Cat/icon.jpg").write_bytes(pictures.jpeg(7, (12, 14)))
    assert_clean(OddSize(), root)
