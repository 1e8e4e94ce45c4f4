import shutil

import pictures
from PIL import Image, ImageOps
from related import found_by

from catsclean.validators.exact_duplicate import ExactDuplicate
from catsclean.validators.label_conflict import LabelConflict
from catsclean.validators.near_duplicate import NearDuplicate


def test_finds_the_same_bytes_in_two_classes(pets):
    shutil.copy(pets / "Cat/1.jpg", pets / "Dog/x.jpg")
    assert found_by(LabelConflict(), pets) == {
        "Cat/1.jpg": "same picture as Dog/x.jpg, which has another label",
        "Dog/x.jpg": "same picture as Cat/1.jpg, which has another label",
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


def test_labels_that_differ_in_case_only_are_no_conflict(pets):
    (pets / "cat").mkdir()
    shutil.copy(pets / "Cat/1.jpg", pets / "cat/x.jpg")
    small = pictures.encode(pictures.draw(70).resize((128, 96)))
    (pets / "Cat/a.jpg").write_bytes(pictures.encode(pictures.draw(70)))
    (pets / "cat/b.jpg").write_bytes(small)
    assert found_by(LabelConflict(), pets) == {}
    assert set(found_by(ExactDuplicate(), pets)) == {"cat/x.jpg"}
    assert set(found_by(NearDuplicate(), pets)) == {"cat/b.jpg"}


def test_one_letter_in_two_cases_is_two_classes(tmp_path):
    root = pictures.make_dataset(tmp_path / "letters", {"A": 3, "B": 3})
    (root / "a").mkdir()
    shutil.copy(root / "A/1.jpg", root / "a/x.jpg")
    assert set(found_by(LabelConflict(), root)) == {"A/1.jpg", "a/x.jpg"}


def test_every_copy_is_named_though_one_is_linked_only_through_a_third(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    data = pictures.jpeg(72)
    small = pictures.encode(pictures.draw(72).resize((100, 75)))
    # many equal hashes: only the first of them is compared with the small one
    (root / "A").mkdir()
    (root / "A/0.jpg").write_bytes(data)
    dogs = {f"Dog/c{number}.jpg" for number in range(1, 10)}
    for number in range(1, 10):
        (root / f"Dog/c{number}.jpg").write_bytes(data + b"\0" * number)
    (root / "Cat/small.jpg").write_bytes(small)
    found = found_by(LabelConflict(), root)
    assert set(found) == {"A/0.jpg", "Cat/small.jpg", *dogs}
    (root / "A/0.jpg").rename(root / "0.jpg")  # of no class: it links, and is not named
    found = found_by(LabelConflict(), root)
    assert found["Dog/c9.jpg"] == (
        "same picture as Cat/small.jpg (through 0.jpg), which has another label"
    )
    assert set(found) == {"Cat/small.jpg", *dogs}


def test_a_chain_across_classes_is_named_from_end_to_end(pets):
    for number, frame in enumerate(pictures.pan(73, 12)):
        label = "Dog" if number == 11 else "Cat"
        (pets / label / f"frame{number}.jpg").write_bytes(pictures.encode(frame, quality=95))
    found = found_by(LabelConflict(), pets)
    assert set(found) == {f"Cat/frame{n}.jpg" for n in range(11)} | {"Dog/frame11.jpg"}
    assert found["Cat/frame0.jpg"].startswith("same picture as Dog/frame11.jpg (through Cat/")
