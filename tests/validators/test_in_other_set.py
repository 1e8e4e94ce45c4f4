import shutil

import pytest
from pictures import jpeg
from related import found_by

import catsclean
from catsclean.validators.in_other_set import InOtherSet


@pytest.fixture
def other(pets, tmp_path):
    folder = tmp_path / "other"
    (folder / "Cat").mkdir(parents=True)
    shutil.copy(pets / "Cat/1.jpg", folder / "Cat/known.jpg")
    return folder


def test_finds_a_picture_that_the_other_data_set_has(pets, other):
    audit = catsclean.audit(pets, select=["in-other-set"], against=other, save=False, cache=False)
    assert [(f.path, f.message) for f in audit.findings] == [
        ("Cat/1.jpg", "Cat/known.jpg in other is the same picture (same bytes)")
    ]


def test_is_silent_where_nothing_is_shared(pets, tmp_path):
    other = tmp_path / "strangers"
    (other / "Cat").mkdir(parents=True)
    (other / "Cat/1.jpg").write_bytes(jpeg(seed=100))
    audit = catsclean.audit(pets, select=["in-other-set"], against=other, save=False, cache=False)
    assert audit.findings == ()


def test_is_silent_without_another_data_set(pets):
    assert found_by(InOtherSet(), pets) == {}
