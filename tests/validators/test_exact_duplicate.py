import shutil

import pictures
from PIL import Image
from related import found_by

from catsclean.validators.exact_duplicate import ExactDuplicate


def test_finds_all_but_one_of_three_copies(pets):
    for name in ("x.jpg", "y.jpg"):
        shutil.copy(pets / "Cat/1.jpg", pets / "Cat" / name)
    expected = "same bytes as Cat/1.jpg, the original (first name)"
    assert found_by(ExactDuplicate(), pets) == {"Cat/x.jpg": expected, "Cat/y.jpg": expected}


def test_finds_flat_pictures_that_are_byte_for_byte_the_same(pets):
    for name in ("black.png", "noir.png"):
        Image.new("RGB", (64, 64)).save(pets / "Cat" / name)
    assert list(found_by(ExactDuplicate(), pets)) == ["Cat/black.png"]


def test_copies_with_two_labels_are_left_to_label_conflict(pets):
    shutil.copy(pets / "Cat/1.jpg", pets / "Dog/x.jpg")
    assert found_by(ExactDuplicate(), pets) == {}


def test_different_pictures_and_two_empty_files_are_clean(pets):
    for name in ("e.jpg", "f.jpg"):
        (pets / "Cat" / name).write_bytes(b"")
    (pets / "Cat/other.jpg").write_bytes(pictures.jpeg(77))
    assert found_by(ExactDuplicate(), pets) == {}
