"""Copies of small pictures are found in large sets too, and no size is a cliff."""

import io
import itertools

import numpy as np
import pictures
import pytest
from PIL import Image, ImageFilter, ImageOps
from related import related

from catsclean.auditing.audit import audit
from catsclean.duplicates import small_pictures, verification
from catsclean.duplicates.verification import Radii, radii

SIDE = (32, 32)


def altered(picture, seed):
    """Alter a picture as copies in sets of small pictures are: cut, scaled, relit, blurred."""
    rng = np.random.default_rng(seed)
    left, top, right, bottom = (int(v) for v in rng.integers(0, 16, 4))
    width, height = picture.size
    copy = picture.crop((left, top, width - right, height - bottom))
    copy = copy.resize(SIDE, Image.Resampling.BICUBIC)
    if seed % 3 == 0:
        copy = copy.filter(ImageFilter.GaussianBlur(0.6))
    if seed % 4 == 0:
        copy = ImageOps.mirror(copy)
    return copy.point([min(255, round(level * 1.1)) for level in range(256)] * 3)


@pytest.fixture
def small(tmp_path):
    root = tmp_path / "small"
    (root / "x").mkdir(parents=True)
    for seed in range(60):
        picture = pictures.scene(900 + seed, (240, 240))
        picture.resize(SIDE, Image.Resampling.BOX).save(root / f"x/{seed}.png")
        if seed < 30:
            altered(picture, seed).save(root / f"x/{seed}-copy.png")
    return root


def proved(evidence):
    pairs = evidence.pairs[["path", "other"]].to_numpy().tolist()
    return {tuple(sorted(pair)) for pair in pairs}


def test_copies_are_found_at_the_radii_of_large_sets(small, monkeypatch):
    most = proved(related(small))  # at the radii of few pictures
    monkeypatch.setattr(verification, "radii", lambda _: Radii(14, 72, 12))
    monkeypatch.setattr(small_pictures, "small_radii", lambda _: Radii(18, 104))
    result = audit(small, workers=1, save=False, cache=False)
    found = proved(result.evidence)
    planted = {(f"x/{seed}-copy.png", f"x/{seed}.png") for seed in range(30)}
    assert len(planted & found) >= 0.85 * len(planted & most)
    assert len(planted & found) > len(planted & proved(related(small)))  # without the glance
    assert found <= planted


@pytest.mark.parametrize("count", [1_000, 10_000, 50_000, 110_000, 150_000, 200_000, 250_000])
def test_no_picture_more_narrows_the_search_by_much(count):
    before, after = radii(count), radii(count + 1)
    assert before.coarse - after.coarse <= 2
    assert before.fine - after.fine <= 4


def test_the_radii_of_small_pictures_fall_bit_by_bit():
    sizes = np.unique(np.geomspace(1, 5_000_000, 6_000).astype(int)).tolist()
    chosen = [small_pictures.small_radii(size) for size in sizes]
    for one, other in itertools.pairwise(chosen):
        assert one.fine - other.fine in (0, 1)
        # beyond a million all pictures have two bits less at once
        assert one.coarse - other.coarse in (0, 1, 2)


@pytest.mark.parametrize("count", [100, 60_000, 300_000, 300_001, 700_000, 1_000_000])
def test_small_pictures_are_sought_as_widely_as_others_or_more_widely(count):
    usual, small = radii(count), small_pictures.small_radii(count)
    assert small.coarse >= usual.coarse
    assert small.fine > usual.fine


def silhouette(seed):
    """Draw what a head before a wall leaves of a picture: one edge, and faint grain on both."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:32, :32]
    shape = ((x - rng.uniform(-6, 0)) / 18) ** 2 + ((y - rng.uniform(32, 36)) / 20) ** 2 < 1
    grain = Image.fromarray(rng.normal(0, 1, (16, 16))).resize(SIDE, Image.Resampling.BICUBIC)
    greys = np.where(shape, rng.uniform(30, 80), rng.uniform(160, 230)) + 3 * np.asarray(grain)
    greys = Image.fromarray(greys.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    return greys.convert("RGB")


def look(picture):
    return verification.look_at(picture, *picture.size)


@pytest.mark.parametrize("seed", range(8))
def test_two_edges_that_can_be_laid_on_one_another_are_no_pair(seed):
    assert verification.verify(look(silhouette(seed)), look(silhouette(seed + 100))) is None


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_of_one_edge_is_known_by_its_grain(seed):
    picture = silhouette(seed)
    copy = picture.crop((1, 0, 31, 31)).resize(SIDE, Image.Resampling.BICUBIC)
    copy = copy.point([min(255, round(level * 1.1)) for level in range(256)] * 3)
    assert verification.verify(look(picture), look(copy)) is not None
    saved = Image.open(io.BytesIO(pictures.encode(picture, quality=90)))
    assert verification.verify(look(picture), look(saved)) is not None
