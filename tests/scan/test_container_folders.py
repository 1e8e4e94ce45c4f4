"""What the folders in containers stand for."""

import pytest

from catsclean.scan.container_folders import FolderMeaning

CLASSES = ["Cat", "Cat", "Dog"]


def meanings(*pictures):
    meaning = FolderMeaning.recognise(pictures)
    return [meaning.of(*pair) for pair in pictures]


def test_a_folder_around_all_classes_says_nothing():
    pairs = [("", f"PetImages/{label}") for label in CLASSES]
    assert meanings(*pairs) == CLASSES


def test_several_folders_around_all_classes_say_nothing():
    pairs = [("", f"data/PetImages/{label}") for label in CLASSES]
    assert meanings(*pairs) == CLASSES


def test_a_stray_picture_beside_the_class_folders_changes_nothing():
    pairs = [*[("", f"PetImages/{label}") for label in CLASSES * 7], ("", "PetImages")]
    assert set(meanings(*pairs)) == {"Cat", "Dog", ""}


def test_a_class_with_a_folder_in_it_stays_a_class():
    assert meanings(("", "Cat"), ("", "Cat"), ("", "Cat/more")) == ["Cat", "Cat", "Cat/more"]


def test_a_folder_that_is_named_like_a_split_stays():
    assert meanings(("", "train/Cat"), ("", "train/Dog")) == ["train/Cat", "train/Dog"]


@pytest.mark.parametrize(
    "names",
    [
        ["shard-000000.tar", "shard-000001.tar"],
        ["00000.tar", "00001.tar"],
        ["data-00000-of-00002.parquet", "data-00001-of-00002.parquet"],
        ["part-1.zip", "part-2.zip"],
        ["sub/shard_0001.tar", "sub/shard_0002.tar"],
    ],
)
def test_the_name_of_a_shard_says_nothing(names):
    assert meanings((names[0], ""), (names[1], "")) == ["", ""]
    assert meanings((names[0], "Cat"), (names[1], "Dog")) == ["Cat", "Dog"]


@pytest.mark.parametrize(
    "names",
    [
        ["train-000000.tar", "val-000000.tar"],
        ["train-00000-of-00002.parquet", "val-00000-of-00001.parquet"],
        ["data/train.zip", "data/val.zip"],
        ["train-0.tar", "val-0.tar"],
        ["train.0.tar", "val.0.tar"],
        ["imagenet1k-train-0000.tar", "imagenet1k-val-0000.tar"],
        ["pets-train-000000-of-000002.tar", "pets-val-000000-of-000002.tar"],
    ],
)
def test_the_name_of_a_shard_may_say_the_split(names):
    assert meanings((names[0], "Cat"), (names[1], "Dog")) == ["train/Cat", "val/Dog"]


def test_the_folder_of_a_shard_may_say_the_split():
    pairs = [("train/0001.tar", "Cat"), ("test/0001.tar", "Dog")]
    assert meanings(*pairs) == ["train/Cat", "test/Dog"]


@pytest.mark.parametrize(
    "names", [("cat.zip", "dog.zip"), ("n01440764.tar", "n01443537.tar"), ("d/a.tar", "d/b.tar")]
)
def test_one_archive_for_each_class_names_the_class(names):
    stems = [name.rpartition("/")[2].partition(".")[0] for name in names]
    assert meanings((names[0], ""), (names[1], "")) == stems


@pytest.mark.parametrize("around", ["", "PetImages/"])
def test_a_split_that_container_and_folder_say_is_said_once(around):
    pairs = [
        (f"{split}.zip", f"{around}{split}/{label}")
        for split in ("train", "val")
        for label in ("Cat", "Dog")
    ]
    assert meanings(*pairs) == ["train/Cat", "train/Dog", "val/Cat", "val/Dog"]


def test_a_split_without_class_folders_that_is_said_twice_is_flat():
    assert meanings(("train.zip", "train"), ("test1.zip", "test1")) == ["train", "test1"]


def test_one_archive_for_each_class_may_lie_in_the_folder_of_its_split():
    pairs = [(f"{split}/{label}.tar", "") for split in ("train", "val") for label in ("Cat", "Dog")]
    assert meanings(*pairs) == ["train/Cat", "train/Dog", "val/Cat", "val/Dog"]


@pytest.mark.parametrize("name", ["fold_1", "fold-2"])
def test_a_fold_keeps_its_number(name):
    assert meanings((f"{name}.tar", "Cat"), ("fold_3.tar", "Cat")) == [f"{name}/Cat", "fold_3/Cat"]


def test_shards_of_one_split_are_one_split():
    assert set(meanings(*((f"train-{n}.tar", "Cat") for n in range(3)))) == {"train/Cat"}


def test_no_picture_means_nothing():
    assert FolderMeaning.recognise([]).of("a.tar", "Cat") == "Cat"
