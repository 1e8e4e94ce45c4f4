import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.unlabelled import Unlabelled


@pytest.fixture
def flat(tmp_path):
    root = tmp_path / "Pets"
    root.mkdir()
    for number in range(8):
        (root / f"{('cat', 'dog')[number % 2]}.{number}.jpg").write_bytes(pictures.jpeg(number))
    return root


def test_finds_a_name_without_a_label(flat):
    (flat / "holiday.jpg").write_bytes(pictures.jpeg(9))
    (flat / "notes.txt").write_text("no picture")
    [finding] = assert_finds(Unlabelled(), flat, "holiday.jpg", labels="names")
    assert (finding.message, finding.severity) == ("its name does not say a label", "warning")


def test_finds_a_picture_without_a_row_and_a_row_without_a_label(flat, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("file,label\ncat.0.jpg,cat\ndog.1.jpg,\n")
    for number in range(3, 8):
        (flat / f"{('cat', 'dog')[number % 2]}.{number}.jpg").unlink()
    found = assert_finds(Unlabelled(), flat, "cat.2.jpg", "dog.1.jpg", labels=table)
    assert [finding.message for finding in found] == [
        "no row of t.csv names it",
        "row 3 of t.csv has no label",
    ]


def test_a_test_set_without_labels_is_one_note(flat, tmp_path):
    (flat / "train").mkdir()
    for path in flat.glob("*.jpg"):
        path.rename(flat / "train" / path.name)
    (flat / "test1").mkdir()
    (flat / "test1/1.jpg").write_bytes(pictures.jpeg(9))
    [finding] = assert_finds(Unlabelled(), flat, "test1")
    assert (finding.severity, finding.message[:35]) == (
        "note",
        "contains 1 picture without a label:",
    )


def test_a_picture_whose_rows_contradict_is_reported_elsewhere(flat):
    labels = {path.name: path.name[:3] for path in flat.iterdir()}
    assert_clean(Unlabelled(), flat, labels=labels)
    table = flat.parent / "t.csv"
    rows = [*labels.items(), ("cat.0.jpg", "dog")]
    table.write_text("file,label\n" + "".join(f"{a},{b}\n" for a, b in rows))
    assert_clean(Unlabelled(), flat, labels=table)


def test_pictures_outside_class_folders_are_left_to_another_validator(pets):
    (pets / "0.jpg").write_bytes(pictures.jpeg(9))
    assert_clean(Unlabelled(), pets)


def test_a_training_split_without_labels_is_reported_picture_by_picture(tmp_path):
    for split in ("train", "val"):
        pictures.make_dataset(tmp_path / "Pets" / split, {"a": 2})
    labels = {"val/a/0.jpg": "cat"}
    assert_finds(
        Unlabelled(),
        tmp_path / "Pets",
        "train/a/0.jpg",
        "train/a/1.jpg",
        "val/a/1.jpg",
        labels=labels,
    )
