import os
import sys

import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.special_file import SpecialFile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links and pipes")


def test_finds_pipes_and_links_that_lead_out_or_nowhere(pets, tmp_path):
    os.mkfifo(pets / "Cat/pipe.jpg")
    (tmp_path / "outside.jpg").write_bytes(b"x")
    (pets / "Cat/out.jpg").symlink_to(tmp_path / "outside.jpg")
    (pets / "Dog/nowhere.jpg").symlink_to("gone.jpg")
    found = assert_finds(SpecialFile(), pets, "Cat/out.jpg", "Cat/pipe.jpg", "Dog/nowhere.jpg")
    assert [finding.severity.value for finding in found] == ["warning", "warning", "error"]


def test_finds_a_linked_folder_once(pets):
    (pets / "Cat/loop").symlink_to(pets)
    [finding] = assert_finds(SpecialFile(), pets, "Cat/loop")
    assert "not followed" in finding.message


def test_links_inside_and_closed_folders_are_left_to_others(pets):
    (pets / "Cat/again.jpg").symlink_to("0.jpg")
    (pets / ".git").mkdir()
    assert_clean(SpecialFile(), pets)
