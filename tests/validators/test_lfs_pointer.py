from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.lfs_pointer import LfsPointer

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{7:064x}\nsize 12345\n"


def test_finds_a_pointer_in_place_of_a_picture(pets):
    (pets / "Cat/12.jpg").write_text(POINTER)
    [finding] = assert_finds(LfsPointer(), pets, "Cat/12.jpg")
    assert f"{len(POINTER)} bytes" in finding.message


def test_pictures_and_pointers_to_other_things_are_clean(pets):
    (pets / "weights.h5").write_text(POINTER)
    (pets / "Cat/long.jpg").write_text(POINTER + "x" * 2000)
    assert_clean(LfsPointer(), pets)
