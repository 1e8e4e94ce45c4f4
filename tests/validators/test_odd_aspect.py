import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.odd_aspect import OddAspect


@pytest.mark.parametrize("size", [(600, 40), (70, 700)])
def test_finds_a_strip(pets, size):
    (pets / "Cat/strip.jpg").write_bytes(pictures.jpeg(7, size))
    [finding] = assert_finds(OddAspect(), pets, "Cat/strip.jpg")
    assert finding.message.endswith(" to 1")


def test_two_to_one_is_clean(pets):
    (pets / "Cat/wide.jpg").write_bytes(pictures.jpeg(7, (300, 150)))
    assert_clean(OddAspect(), pets)


def test_a_set_of_panoramas_is_clean(tmp_path):
    for seed in range(6):
        path = tmp_path / "Views" / str(seed % 2) / f"{seed}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.jpeg(seed, (400, 100)))
    assert_clean(OddAspect(), tmp_path / "Views")
