"""Crop cut pictures to the rows that exist, if that is asked for and enough do."""

import numpy as np
import pytest
from pictures import draw, encode
from repaired import mended, opened

from catsclean.cleaning.repairs.repair import CannotRepairError


def cut(kind, share, **options):
    data = encode(draw(3, (240, 320)), kind, **options)
    return opened(data), data[: int(len(data) * share)]


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_only_rows_that_exist_are_kept_of_a_jpeg(share, subsampling):
    whole, data = cut("JPEG", share, subsampling=subsampling)
    found = opened(mended(data, "add-end-mark", salvage=10).data)
    kept = np.asarray(whole.crop((0, 0, *found.size)), np.int16)
    assert share * 320 - 48 <= found.height <= share * 320 + 32
    assert np.abs(kept - np.asarray(found, np.int16)).max() < 24


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_rows_of_a_png_are_kept_exactly(share):
    whole, data = cut("PNG", share)
    found = mended(data, "add-end-mark", path="Cat/1.png", salvage=10)
    again = opened(found.data)
    assert np.array_equal(np.asarray(whole.crop((0, 0, *again.size))), again)
    assert f"cropped to {again.height} of 320 rows" in found.how
    assert not found.lossless


def test_too_few_rows_are_refused_with_their_share():
    _, data = cut("JPEG", 0.5)
    with pytest.raises(CannotRepairError, match=r"only \d+ % of its rows exist, asked for 80 %"):
        mended(data, "add-end-mark", salvage=80)


def test_nothing_is_cropped_unless_that_is_asked_for():
    _, data = cut("JPEG", 0.95)
    for wishes in ({}, {"salvage": 10, "lossless": True}):
        with pytest.raises(CannotRepairError, match="rows of the picture are missing"):
            mended(data, "add-end-mark", **wishes)


def test_a_cut_progressive_jpeg_has_no_rows_to_keep():
    _, data = cut("JPEG", 0.9, progressive=True)
    with pytest.raises(CannotRepairError, match="progressive"):
        mended(data, "add-end-mark", salvage=1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_other_formats_are_refused(kind):
    _, data = cut(kind, 0.9)
    with pytest.raises(CannotRepairError):
        mended(data, "add-end-mark", path=f"Cat/1.{kind.lower()}", salvage=1)


def test_a_picture_that_lost_its_end_mark_only_is_not_cropped():
    whole, data = cut("JPEG", 1)
    assert mended(data[:-2], "add-end-mark", salvage=10).data == data
    assert whole.height == 320
