import shutil

import pictures
from PIL import Image, ImageOps
from related import found_by

from catsclean.validators.label_conflict import LabelConflict


def test_finds_the_same_bytes_in_two_classes(pets):
    shutil.copy(pets / "Cat/1.jpg", pets / "Dog/x.jpg")
    assert found_by(LabelConflict(), pets) == {
        "Cat/1.jpg": "same picture as Dog/x.jpg, other label",
        "Dog/x.jpg": "same picture as Cat/1.jpg, other label",
    }


def test_finds_a_smaller_copy_in_another_class(pets):
    small = pictures.draw(70).resize((128, 96))
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(pictures.draw(70)))
    (pets / "Dog/b.jpg").write_bytes(pictures.encode(small))
    assert set(found_by(LabelConflict(), pets)) == {"Cat/a.jpg", "Dog/b.jpg"}


def test_a_mirrored_copy_can_be_no_conflict(pets):
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(pictures.draw(71)))
    (pets / "Dog/b.jpg").write_bytes(pictures.encode(ImageOps.mirror(pictures.draw(71))))
    assert set(found_by(LabelConflict(), pets)) == {"Cat/a.jpg", "Dog/b.jpg"}
    assert found_by(LabelConflict(mirrored=False), pets) == {}


def test_a_turned_copy_can_be_no_conflict(pets):
    turned = pictures.draw(71).transpose(Image.Transpose.ROTATE_180)
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(pictures.draw(71)))
    (pets / "Dog/b.jpg").write_bytes(pictures.encode(turned))
    assert set(found_by(LabelConflict(), pets)) == {"Cat/a.jpg", "Dog/b.jpg"}
    assert found_by(LabelConflict(turned=False), pets) == {}


def test_copies_within_a_class_are_clean(pets):
    shutil.copy(pets / "Cat/1.jpg", pets / "Cat/x.jpg")
    assert found_by(LabelConflict(), pets) == {}
