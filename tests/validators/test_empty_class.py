import helpers
import pictures

from catsclean.core.model import Severity
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


def evidence_of(counts, **dataset):
    """Make evidence of splits with so many pictures of each class."""
    rows = [
        {"path": f"{split}/{label}/{number}.jpg", "split": split, "label": label}
        for split, labels in counts.items()
        for label, pictures in labels.items()
        for number in range(pictures)
    ]
    folders = {f"{split}/{label}": label for split in counts for label in counts[split]}
    return helpers.make_evidence(rows, **{"layout": "splits", "folders": folders} | dataset)


def found_in(counts, **dataset):
    return [str(one) for one in EmptyClass().judge(evidence_of(counts, **dataset))]


def test_finds_classes_that_only_some_splits_have():
    numbers = "class number 1 is puppy in train and wolf in test for Keras and torchvision"
    counts = {
        "train": {"cat": 3, "puppy": 2},
        "val": {"cat": 1, "puppy": 1},
        "test": {"cat": 1, "wolf": 4},
    }
    puppy, wolf = found_in(counts)
    missing = "no usable pictures in test (2 in train and 1 in val)"
    assert puppy == f"train/puppy: empty-class: {missing}; {numbers}"
    missing = "no usable pictures in train and val (4 in test)"
    assert wolf == f"test/wolf: empty-class: {missing}; {numbers}"


def test_folders_that_differ_only_in_case_change_a_number_only_where_they_are_sorted_apart():
    [wolf] = found_in({"train": {"cat": 1, "dog": 1}, "test": {"Cat": 1, "dog": 1, "wolf": 1}})
    assert wolf == "test/wolf: empty-class: no usable pictures in train (1 in test)"
    [wolf] = found_in({"train": {"ant": 1, "cat": 1}, "test": {"Cat": 1, "ant": 1, "wolf": 1}})
    assert wolf == (
        "test/wolf: empty-class: no usable pictures in train (1 in test); class number 0 is ant in"
        " train and Cat in test for Keras and torchvision, which sort Cat and cat apart: name this"
        " class cat in all splits"
    )


def test_a_finding_about_a_class_of_some_splits_has_its_label_and_all_its_folders():
    counts = {"train": {"cat": 1, "owl": 1}, "val": {"cat": 1, "owl": 1}, "test": {"cat": 1}}
    [owl] = EmptyClass().judge(evidence_of(counts))
    assert (owl.label, owl.path, owl.related) == ("owl", "train/owl", ("val/owl",))
    assert owl.message == "no usable pictures in test (1 in train and 1 in val)"


def test_a_class_folder_without_pictures_in_one_split_is_found_once():
    assert found_in({"train": {"cat": 1, "dog": 1}, "test": {"cat": 1, "dog": 0}}) == [
        "test/dog: empty-class: no usable pictures (0 files)"
    ]


def test_splits_without_any_picture_have_empty_folders_only():
    assert len(found_in({"train": {"cat": 0}, "test": {"dog": 0}})) == 2


def test_several_training_folders_count_as_one_split():
    assert not found_in({"train1": {"cat": 1}, "train2": {"dog": 1}, "test": {"cat": 1, "dog": 1}})
    # and have no numbers of their own
    owls, wolves = found_in({"train1": {"cat": 1, "owl": 1}, "train2": {"cat": 1},
                             "test": {"cat": 1, "wolf": 1}})  # fmt: skip
    assert owls.endswith("in test (1 in train)")
    assert wolves.endswith("in train (1 in test)")


def test_classes_that_two_splits_spell_in_another_way_are_left_to_case_collision():
    assert not found_in({"train": {"cat": 1, "dog": 1}, "test": {"Cat": 1, "dog": 1}})


def test_splits_with_other_classes_on_purpose_are_one_finding():
    alone = ".: empty-class: test and train have no class in common"
    assert found_in({"train": {"a": 1, "b": 1}, "test": {"c": 1, "d": 1}}) == [alone]
    assert found_in({"train": {"a": 1}, "test": {"c": 1}}) == [alone]
    assert found_in({"train": {"a": 1}, "test": {"c": 1, "d": 1}}) == [alone]


def test_a_test_folder_with_one_folder_of_its_own_is_one_warning():
    counts = {"train": {"cat": 2, "dog": 2}, "val": {"cat": 1, "dog": 1}, "test": {"unknown": 3}}
    [finding] = EmptyClass().judge(evidence_of(counts))
    assert (finding.path, finding.severity) == ("test/unknown", Severity.WARNING)
    assert finding.message.startswith("the only class of test, and in no other split (3 pictures)")


def test_of_many_classes_that_some_splits_lack_twenty_are_named():
    many = {f"class{number:04}": 1 for number in range(1000)}
    found = found_in({"train": many, "val": {"class0000": 1, "class0001": 1}})
    assert len(found) == 21
    assert found[-1] == (
        ".: empty-class: 978 more classes, such as class0022, have no usable pictures in val"
        " (1 in train)"
    )


def test_finds_a_label_of_file_names_that_only_one_split_has():
    counts = {"train": {"cat": 2, "dog": 1}, "test": {"cat": 1}}
    assert found_in(counts, folders={}, named_labels=("cat", "dog"), splits=("test", "train")) == [
        ".: empty-class: dog: no usable pictures in test (1 in train)"
    ]
