"""The tests of the example: real files, the real reader."""

import pytest
from catsclean_stock_photo import COPYRIGHT_TAG, StockPhoto
from PIL import Image

from catsclean.testing import assert_clean, assert_documented, assert_finds


@pytest.fixture
def pets(tmp_path):
    (tmp_path / "Cat").mkdir()
    for number, notice in enumerate(("(c) 2019 Getty Images", "me")):
        exif = Image.Exif()
        exif[COPYRIGHT_TAG] = notice
        Image.new("RGB", (64, 64), "teal").save(tmp_path / f"Cat/{number}.jpg", exif=exif)
    return tmp_path


def test_finds_the_notice_of_an_agency(pets):
    assert_finds(StockPhoto(), pets, "Cat/0.jpg")


def test_agencies_are_an_option(pets):
    assert_clean(StockPhoto(agencies=("dpa",)), pets)


def test_its_page_is_whole():
    assert_documented(StockPhoto)
