from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.system_junk import SystemJunk


def test_finds_what_windows_and_macos_leave(pets):
    paths = (".DS_Store", "Cat/._0.jpg", "Cat/Thumbs.db", "Dog/desktop.ini")
    for path in paths:
        (pets / path).write_bytes(b"\x00\x05\x16\x07" + bytes(80))
    assert_finds(SystemJunk(), pets, *paths)


def test_pictures_and_files_with_like_names_are_clean(pets):
    (pets / "Cat/._").write_bytes(b"x")
    (pets / "Cat/thumbs.txt").write_bytes(b"x")
    assert_clean(SystemJunk(), pets)
