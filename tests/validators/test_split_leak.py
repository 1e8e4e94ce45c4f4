import shutil

import pictures
from related import found_by

from catsclean.validators.split_leak import SplitLeak


def splits(root):
    for number, split in enumerate(("train", "test")):
        for label in ("Cat", "Dog"):
            (root / split / label).mkdir(parents=True)
            seed = 80 + 10 * number + len(label) + ord(label[0])
            (root / split / label / "1.jpg").write_bytes(pictures.jpeg(seed))
    return root


def test_finds_a_picture_of_the_training_set_in_the_test_set(tmp_path):
    root = splits(tmp_path / "set")
    shutil.copy(root / "train/Cat/1.jpg", root / "test/Cat/9.jpg")
    assert found_by(SplitLeak(), root) == {
        "test/Cat/9.jpg": "same picture as train/Cat/1.jpg, in split train",
        "train/Cat/1.jpg": "same picture as test/Cat/9.jpg, in split test",
    }


def test_copies_within_a_split_are_clean(tmp_path):
    root = splits(tmp_path / "set")
    shutil.copy(root / "train/Cat/1.jpg", root / "train/Cat/2.jpg")
    assert found_by(SplitLeak(), root) == {}


def test_a_folder_without_splits_is_clean(pets):
    shutil.copy(pets / "Cat/1.jpg", pets / "Dog/9.jpg")
    assert found_by(SplitLeak(), pets) == {}


def test_every_copy_is_named_though_one_is_linked_only_through_a_third(tmp_path):
    root = splits(tmp_path / "set")
    data = pictures.jpeg(85)
    (root / "test/Cat/a.jpg").write_bytes(data)
    copies = {f"test/Cat/b{number}.jpg" for number in range(1, 10)}
    for number in range(1, 10):  # many equal hashes: only the first is compared with others
        (root / f"test/Cat/b{number}.jpg").write_bytes(data + b"\0" * number)
    small = pictures.encode(pictures.draw(85).resize((100, 75)))
    (root / "train/Cat/c.jpg").write_bytes(small)
    found = found_by(SplitLeak(), root)
    assert set(found) == {"test/Cat/a.jpg", "train/Cat/c.jpg", *copies}
    assert found["test/Cat/b9.jpg"] == (
        "same picture as train/Cat/c.jpg (through test/Cat/a.jpg), in split train"
    )
