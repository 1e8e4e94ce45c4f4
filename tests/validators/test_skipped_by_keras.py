import pictures
import pytest

from catsclean.images.formats.sniff import KERAS_EXTENSIONS
from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.skipped_by_keras import SkippedByKeras


def test_finds_good_pictures_with_endings_that_keras_does_not_list(pets):
    (pets / "Cat/a.webp").write_bytes(pictures.encode(pictures.draw(1), "WEBP"))
    (pets / "Cat/b.jfif").write_bytes(pictures.jpeg(2))
    (pets / "Cat/c").write_bytes(pictures.jpeg(3))
    found = assert_finds(SkippedByKeras(), pets, "Cat/a.webp", "Cat/b.jfif", "Cat/c")
    assert [finding.message for finding in found] == [
        "Keras' folder loader does not list .webp",
        "Keras' folder loader does not list .jfif",
        "Keras' folder loader does not list names without an extension",
    ]


def test_listed_endings_and_what_tensorflow_refuses_anyway_are_clean(pets):
    (pets / "Cat/a.JPEG").write_bytes(pictures.jpeg(1))
    (pets / "Cat/b.tif").write_bytes(pictures.encode(pictures.draw(2), "TIFF"))
    assert_clean(SkippedByKeras(), pets)


def test_keras_lists_what_we_say():
    utils = pytest.importorskip("keras.src.utils.image_dataset_utils")
    assert set(utils.ALLOWLIST_FORMATS) == set(KERAS_EXTENSIONS)
