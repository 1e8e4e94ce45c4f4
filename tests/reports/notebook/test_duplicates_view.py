"""Groups of duplicates in a notebook."""

import copy
import pickle
import re

import audits
import pytest

import catsclean
from catsclean.reports.notebook import render_notebook


@pytest.fixture
def folder(tmp_path):
    for n in range(3):
        audits.write_jpeg(tmp_path / f"Cat/{n}.jpg", n)
    for copied in ("Cat/a.jpg", "Dog/b.jpg"):
        audits.write_jpeg(tmp_path / copied, 1)
    return tmp_path


def test_the_pictures_of_a_group_stand_side_by_side_the_suggested_one_first(folder):
    text = render_notebook(catsclean.find_duplicates(folder))
    assert re.findall(r'alt="([^"]*)"', text) == ["Cat/1.jpg", "Cat/a.jpg", "Dog/b.jpg"]
    assert re.findall(r"<strong>([^<]*)</strong><br>", text) == ["keep", *["identical-bytes"] * 2]
    assert "1 group &#183; 3 pictures" in text


def test_pictures_that_were_named_one_by_one_are_found(folder):
    paths = [folder / "Cat/1.jpg", folder / "Dog/b.jpg"]
    text = render_notebook(catsclean.find_duplicates(paths))
    assert re.findall(r'alt="([^"]*)"', text) == ["Cat/1.jpg", "Dog/b.jpg"]
    assert str(folder) not in text


def test_groups_of_hashes_have_names_alone():
    text = render_notebook(catsclean.find_duplicates({"a": 0b1011, "b": 0b1010}))
    assert "<img" not in text
    assert re.findall(r"<br><bdi>(\w)</bdi>", text) == ["a", "b"]


def test_no_duplicates_are_said():
    assert "no duplicates" in render_notebook(catsclean.find_duplicates({"a": 1, "b": 2**64 - 2}))


def test_many_groups_are_counted():
    hashes = {f"{n:02}{side}": (1 << n) * 0x0101 for n in range(1) for side in "ab"}
    hashes |= {f"{n:02}{side}": int(f"{n:08b}" * 8, 2) for n in range(40) for side in "ab"}
    groups = catsclean.find_duplicates(hashes, radius=0)
    text = render_notebook(groups)
    assert f"and {len(groups) - 12} more groups" in text


def test_the_groups_are_a_tuple_all_the_same(folder):
    groups = catsclean.find_duplicates(folder)
    for same in (tuple(groups), copy.copy(groups), pickle.loads(pickle.dumps(groups))):
        assert groups == same
    assert pickle.loads(pickle.dumps(groups)).reach.root == folder
    assert repr(groups) == repr(tuple(groups))
