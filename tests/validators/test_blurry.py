import numpy as np
import pictures
import pytest
from PIL import Image, ImageFilter

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.blurry import Blurry


def detailed(seed=1, size=(400, 300)):
    """A picture with detail of every size, as photographs have."""
    rng = np.random.default_rng(seed)
    total = np.zeros((size[1], size[0]))
    for side in (4, 8, 16, 32, 64, 128):
        layer = Image.fromarray(rng.integers(0, 255, (side, side), dtype=np.uint8))
        total += np.asarray(layer.resize(size, Image.Resampling.BICUBIC), float)
    return Image.fromarray((total / 6).astype(np.uint8)).convert("RGB")


@pytest.fixture
def sharp(tmp_path):
    root = tmp_path / "Pets"
    for seed, label in enumerate(["Cat", "Cat", "Dog", "Dog"]):
        (root / label).mkdir(parents=True, exist_ok=True)
        (root / label / f"{seed}.jpg").write_bytes(pictures.encode(detailed(seed)))
    return root


def blurred(root, radius, size=(400, 300)):
    picture = detailed(9, size).filter(ImageFilter.GaussianBlur(radius))
    (root / "Cat/soft.jpg").write_bytes(pictures.encode(picture))


@pytest.mark.parametrize("size", [(400, 300), (1300, 1000), (100, 80)])
def test_finds_a_blur_of_four_percent_of_any_size(sharp, size):
    blurred(sharp, 0.04 * size[1], size)
    [finding] = assert_finds(Blurry(), sharp, "Cat/soft.jpg")
    assert finding.message.startswith("nothing finer than ")


@pytest.mark.parametrize("size", [(400, 300), (2000, 1500)])
def test_a_slight_blur_does_not_matter(sharp, size):
    blurred(sharp, 0.004 * size[1], size)
    assert_clean(Blurry(), sharp)


def test_thumbnails_and_pictures_of_one_colour_are_not_judged(sharp):
    blurred(sharp, 1.5, (48, 40))
    flat = Image.new("RGB", (300, 200), (90, 90, 90))
    (sharp / "Dog/flat.jpg").write_bytes(pictures.encode(flat))
    assert_clean(Blurry(), sharp)
