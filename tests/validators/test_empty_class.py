import helpers
import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.empty_class import EmptyClass


def test_finds_class_folders_without_a_usable_picture(pets):
    (pets / "Bird").mkdir()
    (pets / "Fish").mkdir()
    (pets / "Fish/0.jpg").touch()
    bird, fish = assert_finds(EmptyClass(), pets, "Bird", "Fish")
    assert bird.message == "no usable pictures (0 files)"
    assert (fish.message, fish.label) == ("no usable pictures (1 file)", "Fish")


def test_finds_a_class_that_one_split_lacks(tmp_path):
    pictures.make_dataset(tmp_path / "train", {"Cat": 2, "Dog": 2})
    pictures.make_dataset(tmp_path / "val", {"Cat": 2})
    (tmp_path / "val/Dog").mkdir()
    assert_finds(EmptyClass(), tmp_path, "val/Dog")


def test_filled_classes_and_pictures_in_deeper_folders_are_clean(pets):
    pictures.make_dataset(pets / "Bird", {"indoors": 2})
    assert_clean(EmptyClass(), pets)


def test_a_flat_folder_is_clean(pets):
    (pets / "Bird").mkdir()
    assert_clean(EmptyClass(), pets, layout="flat")


def test_a_class_that_could_not_be_listed_is_not_called_empty():
    evidence = helpers.make_evidence(
        [{"path": "Cat/0.jpg"}],
        folders={"Cat": "Cat", "Dog": "Dog", "Fish": "Fish", "Bird": "Bird"},
        unreadable_folders=(("Dog", "Permission denied"), ("Fish/2021", "Permission denied")),
    )
    assert [finding.path for finding in EmptyClass().judge(evidence)] == ["Bird"]


def test_finds_a_label_of_a_table_without_a_usable_picture(pets):
    (pets / "0.jpg").write_bytes(b"")
    labels = {"0.jpg": "bird", "Cat/0.jpg": "cat"}
    [finding] = assert_finds(EmptyClass(), pets, None, labels=labels)
    assert (finding.label, finding.message) == ("bird", "bird: no usable pictures (1 file)")
