import os

import pytest
from related import found_by

from catsclean.validators.linked_file import LinkedFile


def test_finds_a_hard_link_by_its_second_name(pets):
    os.link(pets / "Cat/1.jpg", pets / "Cat/x.jpg")
    assert found_by(LinkedFile(), pets) == {"Cat/x.jpg": "a hard link to Cat/1.jpg"}


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_finds_a_symbolic_link_inside_of_the_data_set(pets):
    (pets / "Dog/x.jpg").symlink_to(pets / "Cat/1.jpg")
    assert found_by(LinkedFile(), pets) == {
        "Dog/x.jpg": "a link to Cat/1.jpg, which has another label"
    }


def test_files_of_their_own_are_clean(pets, tmp_path):
    os.link(pets / "Cat/1.jpg", tmp_path / "outside.jpg")
    assert found_by(LinkedFile(), pets) == {}
