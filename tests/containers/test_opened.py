"""Containers that stay open between single reads."""

import os

import pytest
from packed import make_tar, make_zip

from catsclean.containers.opened import open_container
from catsclean.core.reading_errors import ChangedError


def open_(path):
    return open_container(os.open(path, os.O_RDONLY), path.name)


def test_a_container_is_opened_once(tmp_path):
    made = make_tar(tmp_path / "a.tar", {"1.jpg": b"x"})
    assert open_(made) is open_(made)


def test_a_container_that_changed_is_opened_again(tmp_path):
    made = make_tar(tmp_path / "a.tar", {"1.jpg": b"x"})
    first = open_(made)
    make_tar(made, {"1.jpg": b"longer" * 2000})
    assert open_(made) is not first
    assert open_(made).read("1.jpg", 100_000) == b"longer" * 2000


def test_a_container_that_changes_while_it_is_read_is_noticed(tmp_path):
    made = make_tar(tmp_path / "a.tar", {"1.jpg": b"x"})
    container = open_(made)
    make_tar(made, {"1.jpg": b"longer" * 2000})
    with pytest.raises(ChangedError):
        container.read("1.jpg", 100_000)


def test_of_equal_names_the_last_one_is_read(tmp_path):
    made = make_tar(tmp_path / "a.tar", {"./1.jpg": b"first", "1.jpg": b"second"})
    assert open_(made).read("1.jpg", 100) == b"second"


def test_a_missing_name_is_not_found(tmp_path):
    made = make_zip(tmp_path / "a.zip", {"1.jpg": b"x"})
    with pytest.raises(FileNotFoundError):
        open_(made).read("2.jpg", 100)


def test_a_name_that_leads_out_is_never_read(tmp_path):
    made = make_tar(tmp_path / "a.tar", {"../1.jpg": b"x"})
    with pytest.raises(FileNotFoundError):
        open_(made).read("(..)/1.jpg", 100)


def test_more_containers_than_stay_open_can_be_read(tmp_path):
    for number in range(9):
        make_tar(tmp_path / f"{number}.tar", {"1.jpg": b"%d" % number})
    for number in (*range(9), 0, 5):
        assert open_(tmp_path / f"{number}.tar").read("1.jpg", 100) == b"%d" % number
