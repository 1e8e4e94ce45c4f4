import os
import unicodedata

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
    assert_finds(CaseCollision(), pets, "Cat", "cat", "Cat/0.jpg", "cat/0.jpg")


def test_finds_two_spellings_of_an_accent(pets):
    for form in ("NFC", "NFD"):
        (pets / "Cat" / (unicodedata.normalize(form, "é") + ".jpg")).write_bytes(pictures.jpeg(1))
    if len(list((pets / "Cat").iterdir())) < 5:
        pytest.skip("this file system normalises names")
    assert_finds(
        CaseCollision(),
        pets,
        *(unicodedata.normalize(form, "Cat/é.jpg") for form in ("NFC", "NFD")),
    )


def test_names_that_are_not_utf_8_are_compared_like_others(pets):
    for name in (b"caf\xe9.jpg", b"CAF\xe9.jpg"):
        try:
            (pets / "Cat" / os.fsdecode(name)).write_bytes(pictures.jpeg(1))
        except OSError:
            pytest.skip("this file system takes UTF-8 only")
    assert_finds(CaseCollision(), pets, r"Cat/CAF\udce9.jpg", r"Cat/caf\udce9.jpg")


def test_the_same_name_in_two_classes_is_clean(pets):
    assert_clean(CaseCollision(), pets)


def test_finds_labels_of_a_table_that_would_be_one_folder(pets):
    labels = {"Cat/0.jpg": "cat", "Cat/1.jpg": "Cat", "Dog/0.jpg": "dog"}
    [finding] = assert_finds(CaseCollision(), pets, None, labels=labels)
    assert finding.message == "the labels Cat, cat are the same folder on Windows and macOS"
