import pictures
from related import found_by

from catsclean.validators.same_pixels import SamePixels


def test_finds_a_bmp_saved_as_png(pets):
    picture = pictures.draw(50)
    (pets / "Cat/a.png").write_bytes(pictures.encode(picture, "PNG"))
    (pets / "Cat/b.bmp").write_bytes(pictures.encode(picture, "BMP"))
    assert found_by(SamePixels(), pets) == {
        "Cat/a.png": "same pixels as Cat/b.bmp, the original (most bytes)"
    }


def test_finds_a_jpeg_with_bytes_behind_its_end(pets):
    (pets / "Dog/long.jpg").write_bytes((pets / "Dog/1.jpg").read_bytes() + b"\0")
    assert list(found_by(SamePixels(), pets)) == ["Dog/1.jpg"]


def test_one_changed_pixel_is_not_the_same(pets):
    picture = pictures.draw(51)
    (pets / "Cat/a.png").write_bytes(pictures.encode(picture, "PNG"))
    picture.putpixel((3, 4), (0, 255, 0))
    (pets / "Cat/b.png").write_bytes(pictures.encode(picture, "PNG"))
    assert found_by(SamePixels(), pets) == {}


def test_the_same_pixels_in_two_classes_are_left_to_label_conflict(pets):
    (pets / "Cat/a.png").write_bytes(pictures.encode(pictures.draw(52), "PNG"))
    (pets / "Dog/b.bmp").write_bytes(pictures.encode(pictures.draw(52), "BMP"))
    assert found_by(SamePixels(), pets) == {}
