"""One picture for looking at: as the audit reads it, or one clear error."""

import hashlib
import io
import warnings

import numpy as np
import pictures
import pytest
from PIL import Image

from catsclean.core.limits import Limits
from catsclean.images import warning_log
from catsclean.images.decoding import decode, open_image
from catsclean.images.load import UnreadablePictureError, decode_rgb, load_rgb
from catsclean.images.measures import MeasureBatch
from catsclean.images.read_file import FolderReader

DATA = pictures.jpeg(1, (160, 120))


def test_a_picture_is_loaded_small_and_in_colour(tmp_path):
    (tmp_path / "1.jpg").write_bytes(DATA)
    digest = hashlib.sha256(DATA).hexdigest()
    picture = load_rgb(tmp_path, "1.jpg", max_side=40, sha256=digest)
    assert (picture.mode, picture.size) == ("RGB", (40, 30))


def test_a_turned_picture_is_shown_upright_if_asked(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "1.jpg").write_bytes(pictures.encode(pictures.draw(1), exif=exif))
    assert load_rgb(tmp_path, "1.jpg").size == (160, 120)
    assert load_rgb(tmp_path, "1.jpg", apply_orientation=True).size == (120, 160)


@pytest.mark.parametrize(
    ("data", "sha256", "said"),
    [
        (None, None, "No such file"),
        (DATA, "0" * 64, "changed since the audit"),
        (b"some words", None, "not a picture"),
        (DATA[:900], None, "."),
    ],
)
def test_what_cannot_be_shown_is_one_clear_error(tmp_path, data, sha256, said):
    if data is not None:
        (tmp_path / "1.jpg").write_bytes(data)
    with pytest.raises(UnreadablePictureError, match=said):
        load_rgb(tmp_path, "1.jpg", sha256=sha256)


def test_a_picture_beyond_a_limit_is_one_clear_error():
    with pytest.raises(UnreadablePictureError, match="pixels"):
        decode_rgb(DATA, limits=Limits(max_pixels=10))


def test_a_library_that_fails_is_one_clear_error(monkeypatch):
    def fail(*_, **__):
        raise SystemError("tile cannot extend outside image")

    monkeypatch.setattr(Image.Image, "convert", fail)
    with pytest.raises(UnreadablePictureError, match="tile cannot extend"):
        decode_rgb(pictures.encode(pictures.draw(1), "PNG"))


def test_a_folder_that_is_named_like_an_archive_is_a_folder(tmp_path):
    (tmp_path / "cats.zip").mkdir()
    (tmp_path / "cats.zip/1.jpg").write_bytes(DATA)
    reader = FolderReader(tmp_path)
    try:
        assert reader.read("cats.zip/1.jpg", 10**6) == DATA
    finally:
        reader.close()


def test_the_edges_of_a_tiny_picture_are_unknown_and_no_pixels_have_no_measures():
    image = open_image("1.png", pictures.encode(pictures.draw(1, (2, 2)), "PNG"), Limits())
    batch = MeasureBatch()
    batch.add(0, image)  # not decoded yet
    assert batch.columns() == {}
    decode(image)
    batch.add(1, image)
    assert batch.rows == [1]
    assert np.isnan(batch.columns()["sharpness"]).all()


def test_a_picture_that_was_not_opened_yet_has_no_orientation():
    image = open_image("1.tif", pictures.encode(pictures.draw(1), "TIFF"), Limits())
    image.pillow = None
    assert image.orientation == -1


def test_a_hundred_warnings_of_one_file_are_kept_each_once():
    with warning_log.collecting() as messages:
        for number in (0, 0, *range(150)):
            warnings.warn(f"tag {number}", stacklevel=1)
    assert messages == [f"tag {number}" for number in range(100)]


def test_a_warning_outside_of_every_file_is_nobodys():
    warning_log._note("loose")
    with warning_log.collecting() as messages:
        Image.open(io.BytesIO(DATA)).load()
    assert messages == []
