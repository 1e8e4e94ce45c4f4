"""imagehash is the oracle: every bit must be the same, also where rounding could decide one."""

import subprocess
import sys

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pictures import smooth_thumbnails
from PIL import Image

from catsclean.images.hashing import hash_batch, thumbnail, to_hex


def assert_like_imagehash(thumbnails):
    hashes = hash_batch(thumbnails)
    for turned, small, large in (
        (thumbnails, hashes.phash64, hashes.phash256),
        (thumbnails[:, :, ::-1], hashes.mirror64, hashes.mirror256),
    ):
        pictures = [Image.fromarray(np.ascontiguousarray(rows)) for rows in turned]
        assert to_hex(small) == [str(imagehash.phash(p)) for p in pictures]
        assert to_hex(large) == [str(imagehash.phash(p, hash_size=16)) for p in pictures]


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.uint8, (2, 64, 64), elements=st.integers(0, 255)))
def test_any_picture_hashes_as_imagehash_does(thumbnails):
    assert_like_imagehash(thumbnails)


def test_noise_and_smooth_pictures_hash_as_imagehash_does():
    noise = np.random.default_rng(1).integers(0, 256, (300, 64, 64), dtype=np.uint8)
    assert_like_imagehash(np.concatenate([noise, smooth_thumbnails(300, 2)]))


def test_symmetric_and_striped_pictures_where_rounding_decides_hash_as_imagehash_does():
    base = smooth_thumbnails(40, 3)
    rows = np.broadcast_to(base[:, :1, :], base.shape)
    columns = np.broadcast_to(base[:, :, :1], base.shape)
    halves = np.concatenate([base[:, :, :32], base[:, :, 31::-1]], axis=2)
    turned = np.concatenate([halves[:, :32], halves[:, 31::-1]], axis=1)
    checks = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)[None]
    assert_like_imagehash(np.concatenate([rows, columns, halves, turned, checks]))


def test_every_flat_grey_hashes_as_imagehash_does():
    assert_like_imagehash(np.repeat(np.arange(256, dtype=np.uint8), 64 * 64).reshape(256, 64, 64))


@pytest.mark.slow
def test_real_pictures_hash_as_imagehash_does(shared_data):
    names = sorted((shared_data / "PetImages" / "Dog").glob("*.jpg"))[:200]
    greys = [Image.open(name).convert("L") for name in names]
    assert_like_imagehash(np.stack([thumbnail(grey) for grey in greys]))


def test_the_mirror_of_the_mirror_is_the_picture():
    pictures = smooth_thumbnails(50, 4)
    there, back = hash_batch(pictures), hash_batch(pictures[:, :, ::-1].copy())
    assert (there.phash64 == back.mirror64).all()
    assert (there.mirror256 == back.phash256).all()


def test_a_row_has_the_same_hash_in_any_batch():
    pictures = smooth_thumbnails(600, 5)
    whole = hash_batch(pictures)
    single = [hash_batch(pictures[row : row + 1]) for row in range(0, 600, 37)]
    for row, alone in zip(range(0, 600, 37), single, strict=True):
        assert all((a[row] == b[0]).all() for a, b in zip(whole, alone, strict=True))


def test_no_pictures_give_no_hashes():
    hashes = hash_batch(np.zeros((0, 64, 64), np.uint8))
    assert hashes.phash64.shape == (0,)
    assert hashes.mirror256.shape == (0, 4)


def test_another_shape_is_refused_with_what_was_received():
    with pytest.raises(ValueError, match=r"received shape \(2, 32, 32\) of uint8"):
        hash_batch(np.zeros((2, 32, 32), np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 700), (37, 91), (640, 480)])
def test_a_thumbnail_has_64_by_64_greys_whatever_the_picture(size):
    greys = thumbnail(Image.new("L", size, 90))
    assert greys.shape == (64, 64)
    assert greys.dtype == np.uint8
    assert (greys == 90).all()


def test_importing_it_loads_neither_scipy_nor_pandas_nor_imagehash():
    code = (
        "import sys, catsclean.images.hashing; "
        "print([m for m in ('scipy', 'pandas', 'imagehash') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
