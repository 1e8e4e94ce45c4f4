import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.mixed_layout import MixedLayout


def test_finds_a_picture_beside_the_class_folders(pets):
    (pets / "0.jpg").write_bytes(pictures.jpeg(9))
    [finding] = assert_finds(MixedLayout(), pets, "0.jpg")
    assert finding.message == "is not in a class folder, so it has no label"


def test_finds_a_picture_in_a_split_outside_of_its_classes(tmp_path):
    for split in ("train", "val"):
        pictures.make_dataset(tmp_path / split, {"Cat": 2, "Dog": 2})
    (tmp_path / "val/0.jpg").write_bytes(pictures.jpeg(9))
    [finding] = assert_finds(MixedLayout(), tmp_path, "val/0.jpg", layout="splits")
    assert "the split 'val'" in finding.message


def test_a_test_set_without_labels_is_one_note(tmp_path):
    pictures.make_dataset(tmp_path / "train", {"Cat": 2, "Dog": 2})
    (tmp_path / "test").mkdir()
    for number in (1, 2):
        (tmp_path / f"test/{number}.jpg").write_bytes(pictures.jpeg(number))
    [finding] = assert_finds(MixedLayout(), tmp_path, "test")
    assert (finding.severity, finding.message[:19]) == ("note", "contains 2 pictures")


def test_finds_a_class_that_holds_the_other_classes(pets):
    pictures.make_dataset(pets / "train", {"Cat": 2, "Dog": 2})
    [finding] = assert_finds(MixedLayout(), pets, "train")
    assert finding.message.endswith("named like classes: Cat, Dog")


def test_junk_and_folders_inside_of_a_class_are_clean(pets):
    pictures.make_dataset(pets / "Cat", {"indoors": 2})
    pictures.make_dataset(pets / ".ipynb_checkpoints", {"Cat": 1})
    (pets / "README.md").write_text("# Pets")
    assert_clean(MixedLayout(), pets)


def test_a_flat_folder_is_clean(tmp_path):
    (tmp_path / "0.jpg").write_bytes(pictures.jpeg(9))
    assert_clean(MixedLayout(), tmp_path)
