from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.zero_length import ZeroLength


def test_finds_an_empty_file_that_is_called_a_picture(pets):
    (pets / "Cat/666.jpg").touch()
    [finding] = assert_finds(ZeroLength(), pets, "Cat/666.jpg")
    assert str(finding) == "Cat/666.jpg: zero-length: 0 bytes"
    assert finding.label == "Cat"


def test_healthy_pictures_and_empty_files_of_other_kinds_are_clean(pets):
    (pets / "Cat/.gitkeep").touch()
    (pets / "notes.txt").touch()
    assert_clean(ZeroLength(), pets)
