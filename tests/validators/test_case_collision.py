import os
import unicodedata

import helpers
import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.case_collision import CaseCollision


@pytest.fixture(autouse=True)
def _case_matters(tmp_path):
    (tmp_path / "probe").touch()
    if (tmp_path / "PROBE").exists():
        pytest.skip("this file system does not tell case apart")
    (tmp_path / "probe").unlink()


def test_finds_both_files_whose_names_differ_in_case(pets):
    (pets / "Cat/0.JPG").write_bytes(pictures.jpeg(9))
    first, second = assert_finds(CaseCollision(), pets, "Cat/0.JPG", "Cat/0.jpg")
    assert first.message == "the same name as Cat/0.jpg on Windows and macOS"
    assert second.related == ("Cat/0.JPG",)


def test_finds_class_folders_that_become_one(pets):
    pictures.make_dataset(pets, {"cat": 1})
    found = assert_finds(CaseCollision(), pets, "cat", "Cat/0.jpg", "cat/0.jpg")
    [one] = [finding for finding in found if finding.path == "cat"]
    assert (one.label, one.related, one.severity) == ("cat", ("Cat",), "warning")
    assert one.message == (
        "cat (1 picture) and Cat (3 pictures) are probably one class: only case differs;"
        " catsclean labels export FILE --rename cat=Cat merges them for --labels FILE"
    )


def test_finds_two_spellings_of_an_accent(pets):
    for form in ("NFC", "NFD"):
        (pets / "Cat" / (unicodedata.normalize(form, "é") + ".jpg")).write_bytes(pictures.jpeg(1))
    if len(list((pets / "Cat").iterdir())) < 5:
        pytest.skip("this file system normalises names")
    composed, decomposed = (unicodedata.normalize(form, "Cat/é.jpg") for form in ("NFC", "NFD"))
    found = {one.path: one for one in assert_finds(CaseCollision(), pets, composed, decomposed)}
    assert found[composed].message == (
        f"the same name as {decomposed} (decomposed, this one composed) on macOS"
    )
    assert found[decomposed].message == (
        f"the same name as {composed} (composed, this one decomposed) on macOS"
    )


def test_each_of_several_files_is_told_on_which_systems_it_has_the_same_name(pets):
    evidence = helpers.make_evidence(
        [{"path": path, "label": ""} for path in ("E\u0301.jpg", "É.jpg", "é.jpg")]
    )
    *_, found = CaseCollision().judge(evidence)
    assert found.path == "é.jpg"
    macos, everywhere = found.message.split(", and ")
    assert macos == "the same name as E\u0301.jpg (decomposed, this one composed) on macOS"
    assert everywhere == "É.jpg on Windows and macOS"


@pytest.mark.parametrize(
    ("first", "second", "systems"),
    [
        ("STRASSE", "straße", "macOS"),
        ("CAFÉ", "café", "Windows and macOS"),
        ("ΟΔΟΣ", "οδος", "Windows and macOS"),
    ],
)
def test_windows_compares_character_by_character(first, second, systems):
    evidence = helpers.make_evidence([{"path": path, "label": ""} for path in (first, second)])
    assert {one.message.rpartition(" on ")[2] for one in CaseCollision().judge(evidence)} == {
        systems
    }


def test_names_that_are_not_utf_8_are_compared_like_others(pets):
    for name in (b"caf\xe9.jpg", b"CAF\xe9.jpg"):
        try:
            (pets / "Cat" / os.fsdecode(name)).write_bytes(pictures.jpeg(1))
        except OSError:
            pytest.skip("this file system takes UTF-8 only")
    assert_finds(CaseCollision(), pets, r"Cat/CAF\udce9.jpg", r"Cat/caf\udce9.jpg")


def test_the_same_name_in_two_classes_is_clean(pets):
    assert_clean(CaseCollision(), pets)


def test_finds_labels_of_a_table_that_are_probably_one_class(pets):
    labels = {"Cat/0.jpg": "cat", "Cat/1.jpg": "Cat", "Cat/2.jpg": "cat", "Dog/0.jpg": "dog"}
    [finding] = assert_finds(CaseCollision(), pets, None, labels=labels)
    assert finding.label == "Cat"
    assert finding.message.startswith("Cat (1 picture) and cat (2 pictures) are probably one class")


def judge(*folders):
    """Judge evidence of one picture in each class folder of some splits."""
    rows = [
        {"path": f"{folder}/{n}.jpg", "split": folder.split("/")[0], "label": folder.split("/")[1]}
        for n, folder in enumerate(folders)
    ]
    classes = {folder: folder.split("/")[1] for folder in folders}
    evidence = helpers.make_evidence(rows, layout="splits", folders=classes)
    return [(one.path, one.related, one.severity) for one in CaseCollision().judge(evidence)]


def test_a_class_that_the_test_split_spells_in_another_way_is_an_error():
    folders = ["train/cat", "train/dog", "val/cat", "test/Cat", "test/dog"]
    assert judge(*folders) == [("test/Cat", ("train/cat", "val/cat"), "error")]


def test_two_spellings_in_one_split_are_a_warning():
    [(_, _, severity)] = judge("train/A", "train/a", "test/A", "test/a")
    assert severity == "warning"


def test_an_empty_folder_with_another_spelling_is_a_warning():
    folders = {"Cat": "Cat", "cat": "cat"}
    [one] = CaseCollision().judge(helpers.make_evidence([{"path": "Cat/1.jpg"}], folders=folders))
    assert (one.path, one.severity) == ("cat", "warning")


def test_split_folders_that_differ_in_case_are_found():
    found = judge("Train/cat", "train/cat")
    assert found == [
        ("Train/cat", ("train/cat",), "warning"),
        ("train/cat", ("Train/cat",), "warning"),
    ]


def test_of_many_classes_with_two_spellings_twenty_are_named():
    labels = [f"{word}{number:03}" for number in range(500) for word in ("cat", "CAT")]
    evidence = helpers.make_evidence([], folders={label: label for label in labels})
    found = list(CaseCollision().judge(evidence))
    assert len(found) == 21
    assert found[-1].message == (
        "480 more classes have several labels that are alike, such as CAT020"
    )
