import helpers

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.small_class import SmallClass


def test_counts_usable_pictures_of_each_class(pets):
    (pets / "Cat/broken.jpg").write_bytes(b"")
    found = assert_finds(SmallClass(), pets, "Cat", "Dog")
    assert str(found[0]) == "Cat: small-class: 3 usable pictures, fewer than 50"
    assert found[0].label == "Cat"


def test_splits_count_together():
    rows = [
        {"path": f"{split}/Cat/{n}.jpg", "label": "Cat", "split": split}
        for split in ("train", "val")
        for n in range(20)
    ]
    evidence = helpers.make_evidence(
        rows, layout="splits", folders={"train/Cat": "Cat", "val/Cat": "Cat"}
    )
    [finding] = SmallClass().judge(evidence)
    assert finding.message == (
        "40 usable pictures in 2 splits together (train 20, val 20), fewer than 50"
    )
    assert (finding.path, finding.related) == ("train/Cat", ("val/Cat",))
    assert not list(SmallClass(min_pictures=40).judge(evidence))


def test_large_and_empty_classes_are_clean(pets):
    (pets / "Bird").mkdir()
    assert_clean(SmallClass(min_pictures=3), pets)


def test_a_flat_folder_is_clean(pets):
    assert_clean(SmallClass(), pets, layout="flat")


def test_a_class_that_is_no_folder_is_counted_by_its_label(pets):
    labels = {f"{label}/{n}.jpg": "pet" for label in ("Cat", "Dog") for n in range(3)}
    [finding] = assert_finds(SmallClass(), pets, None, labels=labels)
    assert (finding.label, finding.message) == ("pet", "pet: 6 usable pictures, fewer than 50")
