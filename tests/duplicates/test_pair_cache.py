import os
import shutil
import time

import pytest
from pandas.testing import assert_frame_equal
from pictures import draw, encode, jpeg, make_dataset

import catsclean
from catsclean.duplicates import compare, pair_cache, relate
from catsclean.scan.cache import Cache


@pytest.fixture
def pets(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 4, "Dog": 4})
    shutil.copy(root / "Cat/0.jpg", root / "Cat/copy.jpg")
    age(root)
    return root


def age(root):
    for path in root.rglob("*.jpg"):
        os.utime(path, (time.time() - 60, time.time() - 60))


def count_calls(monkeypatch, home, name):
    calls = []
    real = getattr(home, name)
    monkeypatch.setattr(home, name, lambda *a, **k: calls.append(1) or real(*a, **k))
    return calls


@pytest.fixture
def comparisons(monkeypatch):
    return count_calls(monkeypatch, relate, "relate")


def test_an_unchanged_data_set_is_not_compared_again(pets, comparisons):
    first, second = catsclean.audit(pets).evidence, catsclean.audit(pets).evidence
    assert len(comparisons) == 1
    assert_frame_equal(first.pairs, second.pairs, check_dtype=False)
    assert list(first.samples["group"]) == list(second.samples["group"])


def test_what_was_remembered_under_other_kinds_is_compared_again(pets, comparisons, monkeypatch):
    catsclean.audit(pets)
    monkeypatch.setattr(pair_cache, "KINDS_VERSION", -1)
    catsclean.audit(pets)
    assert len(comparisons) == 2


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


@pytest.fixture
def drop(tmp_path):
    """A second data set that has smaller copies of two of the first one's pictures."""
    root = tmp_path / "Drop"
    (root / "Cat").mkdir(parents=True)
    for seed in (1, 2):
        (root / f"Cat/{seed}.jpg").write_bytes(encode(draw(seed).resize((80, 60))))
    age(root)
    return root


def elsewhere(root, other):
    audit = catsclean.audit(root, select=["in-other-set"], against=other)
    return audit.evidence.elsewhere


@pytest.fixture
def looks(monkeypatch):
    return count_calls(monkeypatch, compare.verification, "verify")


@pytest.fixture
def searches(monkeypatch):
    return count_calls(monkeypatch, relate, "relate_against")


def test_two_unchanged_data_sets_are_not_compared_again(pets, drop, searches):
    first, second = elsewhere(drop, pets), elsewhere(drop, pets)
    assert len(searches) == 1
    assert len(first) == 3  # one of the pictures is there twice
    assert_frame_equal(first, second, check_dtype=False)


def test_a_change_of_the_other_data_set_is_seen_and_only_what_is_new_looked_at(pets, drop, looks):
    assert len(elsewhere(drop, pets)) == 3
    seen = len(looks)
    (pets / "Cat/new.jpg").write_bytes(encode(draw(1).resize((100, 75))))
    age(pets)
    assert len(elsewhere(drop, pets)) == 4
    assert len(looks) == seen + 1


def test_what_was_seen_of_one_data_set_is_kept_when_another_is_compared(
    pets, drop, tmp_path, looks
):
    third = shutil.copytree(pets, tmp_path / "Third")
    before = elsewhere(drop, pets)
    elsewhere(drop, third)
    seen = len(looks)
    assert_frame_equal(elsewhere(drop, pets), before, check_dtype=False)
    assert len(looks) == seen


def test_a_damaged_memory_of_another_data_set_is_as_good_as_none(pets, drop, searches):
    before = elsewhere(drop, pets)
    for path in (drop.parent / "Drop.catsclean/cache").glob("against-*"):
        path.write_bytes(b"nonsense")
    assert_frame_equal(elsewhere(drop, pets), before, check_dtype=False)
    assert len(searches) == 2


def test_clearing_the_cache_forgets_what_was_seen_of_pairs(pets, drop):
    elsewhere(drop, pets)
    cache = Cache(drop.parent / "Drop.catsclean/cache", "")
    cache.clear()
    assert list(cache.folder.iterdir()) == []
