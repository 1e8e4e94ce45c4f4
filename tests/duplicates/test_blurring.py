from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from catsclean.duplicates.blurring import blur


@pytest.mark.parametrize("sigma_px", [0.3, 0.7, 1.6, 2.5])
@pytest.mark.parametrize("shape", [(48, 48), (96, 96), (7, 31), (1, 1), (2, 20)])
def test_blurring_gives_what_scipy_gives_to_the_last_bit(shape, sigma_px):
    random = np.random.default_rng(0)
    for picture in (random.uniform(0, 255, shape), random.integers(0, 256, shape) * 1.0):
        expected = gaussian_filter(picture, sigma_px, mode="nearest")
        assert np.array_equal(blur(picture, sigma_px), expected)


def test_a_mirrored_picture_is_blurred_row_by_row_in_memory_too():
    mirrored = np.random.default_rng(0).uniform(0, 255, (48, 48))[:, ::-1]
    blurred = blur(mirrored, 1.6)
    assert blurred.flags.c_contiguous
    assert np.array_equal(blurred, gaussian_filter(mirrored, 1.6, mode="nearest"))
