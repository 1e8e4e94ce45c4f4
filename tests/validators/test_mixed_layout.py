import helpers
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


def judge(folders, **dataset):
    """Judge evidence of one picture in each folder, in class folders or in those of splits."""
    depth = 2 if dataset.get("layout") == "splits" else 1
    rows = [
        {"path": f"{folder}/1.jpg", "label": folder.split("/")[depth - 1],
         "split": folder.split("/")[0] if depth > 1 else ""}
        for folder in folders
    ]  # fmt: skip
    classes = {"/".join(f.split("/")[:depth]): f.split("/")[depth - 1] for f in folders}
    evidence = helpers.make_evidence(rows, **{"folders": classes} | dataset)
    return [(one.path, one.severity, one.message) for one in MixedLayout().judge(evidence)]


HANDS = ["hand/rock", "hand/paper", "hand/scissors"]


def test_a_class_that_holds_folders_like_classes_beside_others_is_a_warning():
    message = (
        "all its pictures are in the folders paper, rock, scissors, unlike those of most classes:"
        " are these classes, too?"
    )
    assert judge(["cat", "dog", *HANDS]) == [("hand", "warning", message)]


def test_a_class_in_splits_that_holds_folders_like_classes_is_one_warning():
    folders = [f"{split}/{one}" for split in ("train", "val") for one in ("cat", "dog", *HANDS)]
    [(path, severity, _)] = judge(folders, layout="splits")
    assert (path, severity) == ("train/hand", "warning")


def test_a_class_in_splits_that_holds_the_other_classes_is_found():
    folders = ["train/cat", "train/dog", "train/more/cat", "train/more/dog", "val/cat", "val/dog"]
    [(path, severity, message)] = judge(folders, layout="splits")
    assert (path, severity, message[-8:]) == ("train/more", "error", "cat, dog")


def test_folders_of_a_class_are_clean_if_the_user_set_the_layout():
    assert not judge(["cat", "dog", *HANDS], forced=True)


def test_folders_that_are_numbered_or_that_most_classes_have_are_clean():
    assert not judge(["cat", "dog/2020", "dog/2021", "owl"])
    assert not judge(["cat/indoor", "cat/garden", "dog/2020", "owl/2021"])
    assert not judge(["cat/indoor", "cat/garden", "dog/walk", "dog/home", "owl"])


def test_of_many_classes_that_hold_folders_twenty_are_named():
    plain = [f"plain{number:03}" for number in range(500)]
    deep = [f"deep{number:03}/{inner}" for number in range(500) for inner in ("a", "b")]
    found = judge(plain + deep)
    assert len(found) == 21
    assert found[-1][2] == "480 more classes, such as deep020, with all pictures in folders"
