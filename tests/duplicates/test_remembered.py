import os
import shutil
import time

import pytest
from pandas.testing import assert_frame_equal
from pictures import jpeg, make_dataset

import catsclean
from catsclean.duplicates import stage


@pytest.fixture
def pets(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 4, "Dog": 4})
    shutil.copy(root / "Cat/0.jpg", root / "Cat/copy.jpg")
    age(root)
    return root


def age(root):
    for path in root.rglob("*.jpg"):
        os.utime(path, (time.time() - 60, time.time() - 60))


@pytest.fixture
def comparisons(monkeypatch):
    calls = []
    real = stage.relate
    monkeypatch.setattr(stage, "relate", lambda *a, **k: calls.append(1) or real(*a, **k))
    return calls


def test_an_unchanged_data_set_is_not_compared_again(pets, comparisons):
    first, second = catsclean.audit(pets).evidence, catsclean.audit(pets).evidence
    assert len(comparisons) == 1
    assert_frame_equal(first.pairs, second.pairs, check_dtype=False)
    assert list(first.samples["group"]) == list(second.samples["group"])


def test_a_changed_file_is_compared(pets, comparisons):
    catsclean.audit(pets)
    (pets / "Cat/copy.jpg").write_bytes(jpeg(50))
    assert len(catsclean.audit(pets).evidence.pairs) == 0
    assert len(comparisons) == 2


def test_a_damaged_memory_is_as_good_as_none(pets, comparisons):
    audit = catsclean.audit(pets)
    (audit.state.cache / "pairs.arrow").write_bytes(b"ARROW1 nonsense")
    assert len(catsclean.audit(pets).evidence.pairs) == 1
    assert len(comparisons) == 2
