import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.hidden_file import HiddenFile


def test_finds_hidden_files_and_files_in_hidden_folders(pets):
    (pets / "Cat/.1.jpg").write_bytes(pictures.jpeg(9))
    pictures.make_dataset(pets / "Cat", {".old": 1})
    first, second = assert_finds(HiddenFile(), pets, "Cat/.1.jpg", "Cat/.old/0.jpg")
    assert first.message == "its name starts with a dot"
    assert second.message == "its folder's name starts with a dot"


def test_junk_is_left_to_others(pets):
    (pets / ".DS_Store").write_bytes(b"x")
    (pets / "Cat/._0.jpg").write_bytes(b"x")
    pictures.make_dataset(pets, {".ipynb_checkpoints": 1})
    (pets / "Cat/a.b.jpg").write_bytes(pictures.jpeg(1))
    assert_clean(HiddenFile(), pets)
