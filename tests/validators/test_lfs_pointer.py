from catsclean.auditing.audit import audit
from catsclean.cleaning import plan_cleaning
from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.lfs_pointer import LfsPointer

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{7:064x}\nsize 12345\n"


def test_finds_a_pointer_in_place_of_a_picture(pets):
    (pets / "Cat/12.jpg").write_text(POINTER)
    [finding] = assert_finds(LfsPointer(), pets, "Cat/12.jpg")
    assert f"{len(POINTER)} bytes" in finding.message


def test_a_clean_leaves_pointers_where_they_are_and_no_copy_counts_among_them(pets):
    for name in ("12", "13"):
        (pets / f"Cat/{name}.jpg").write_text(POINTER)
    result = audit(pets, workers=1)
    pointers = {"Cat/12.jpg", "Cat/13.jpg"}
    table = result.manifest.table
    assert set(table.loc[table["path"].isin(pointers), "status"]) == {"drop"}
    assert plan_cleaning(result).count == 0
    moves = plan_cleaning(result, unsafe=True, select="lfs-pointer").moves["lfs-pointer"]
    assert {move.path for move in moves} == pointers


def test_pictures_and_pointers_to_other_things_are_clean(pets):
    (pets / "weights.h5").write_text(POINTER)
    (pets / "Cat/long.jpg").write_text(POINTER + "x" * 2000)
    assert_clean(LfsPointer(), pets)
