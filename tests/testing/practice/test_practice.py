import os
import stat
from collections import Counter
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from catsclean.core import names
from catsclean.errors import UsageError
from catsclean.testing.practice import make_practice, read_truth

PLANTED_EVERYWHERE = {
    "zero-length", "not-an-image", "undecodable", "truncated", "corrupt-data", "wrong-extension",
    "unsupported-by-tensorflow", "over-limit", "active-format", "lfs-pointer", "system-junk",
    "trailing-data", "exif-warning", "orientation-not-applied", "gps-position",
    "personal-metadata", "unusual-colour-mode", "non-srgb-profile", "multi-frame",
    "large-metadata", "solid-colour", "low-information", "blurry", "too-dark", "too-bright",
    "odd-size", "odd-aspect", "grey-among-colour", "exact-duplicate", "same-pixels",
    "near-duplicate", "label-conflict", "empty-class", "mixed-layout", "junk-class",
    "hidden-file", "skipped-by-keras", "framed", "placeholder", "partly-grey",
}  # fmt: skip


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    return make_practice(tmp_path_factory.mktemp("practice") / "PetImages", count=16, seed=7)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("practice") / "Healthy"
    return make_practice(folder, count=60, seed=3, defects=False)


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if stat.S_ISREG(path.lstat().st_mode) and os.access(path, os.R_OK)
    }


def healthy_paths(practice):
    known = {row["path"] for row in read_truth(practice.truth)}
    paths = (path.relative_to(practice.root).as_posix() for path in practice.root.glob("*/*.jpg"))
    return [path for path in paths if names.encode(path) not in known and path[0] not in "._"]


def test_the_same_seed_gives_the_same_bytes(practice, tmp_path):
    again = make_practice(tmp_path / "PetImages", count=16, seed=7)
    assert contents(again.root) == contents(practice.root)
    assert again.truth.read_bytes() == practice.truth.read_bytes()


def test_another_seed_gives_other_pictures(tmp_path):
    one = make_practice(tmp_path / "one", count=2, seed=1, defects=False)
    two = make_practice(tmp_path / "two", count=2, seed=2, defects=False)
    assert not set(contents(one.root).values()) & set(contents(two.root).values())


def test_a_clean_set_has_exactly_the_pictures_asked_for_and_an_empty_truth(clean):
    files = sorted(path.relative_to(clean.root).as_posix() for path in clean.root.rglob("*.*"))
    expected = [f"{label}/{n}.jpg" for label in ("Cat", "Dog") for n in range(30)]
    assert files == sorted(expected)
    assert clean.healthy == {"Cat": 30, "Dog": 30}
    assert clean.planted == {}
    assert read_truth(clean.truth) == []


def test_an_odd_count_gives_one_cat_more(tmp_path):
    made = make_practice(tmp_path / "Pets", count=3, defects=False)
    assert made.healthy == {"Cat": 2, "Dog": 1}


def test_every_defect_that_can_be_planted_anywhere_is_planted(practice):
    assert set(practice.planted) >= PLANTED_EVERYWHERE


def test_counts_agree_with_the_truth(practice):
    rows = read_truth(practice.truth)
    planted = Counter(row["validator"] for row in rows if row["expected"] == "primary")
    assert planted == practice.planted
    assert {row["expected"] for row in rows} == {"primary", "also"}


def test_every_path_of_the_truth_exists(practice):
    for row in read_truth(practice.truth):
        path = practice.root / names.decode(row["path"])
        assert os.path.lexists(path), row


def test_every_odd_name_on_disk_is_in_the_truth(practice):
    known = {row["path"] for row in read_truth(practice.truth)}
    for path in practice.root.rglob("*"):
        shown = names.encode(path.relative_to(practice.root).as_posix())
        if not path.is_dir() and not shown.removesuffix(".jpg").split("/")[-1].isdecimal():
            assert shown in known


def test_the_truth_lies_beside_the_folder_and_is_in_order(practice):
    assert practice.truth == practice.root.parent / "PetImages.truth.csv"
    rows = [(row["path"], row["validator"]) for row in read_truth(practice.truth)]
    assert rows == sorted(rows)
    assert len(set(rows)) == len(rows)


def test_the_number_of_files_is_told(practice):
    found = sum(len(files) for _, _, files in os.walk(practice.root))
    assert practice.files == found


def test_healthy_pictures_are_jpegs_of_200_to_500_pixels_in_colour(practice):
    paths = healthy_paths(practice)
    assert len(paths) >= 2
    for path in paths:
        with Image.open(practice.root / path) as picture:
            assert (picture.format, picture.mode) == ("JPEG", "RGB")
            assert all(200 <= side <= 500 for side in picture.size)
            pixels = np.asarray(picture.convert("RGB"), np.float64)
        assert 40 < pixels.mean() < 225
        assert pixels.std() > 20
        assert np.abs(pixels[..., 0] - pixels[..., 2]).mean() > 3


def test_no_two_healthy_pictures_look_alike(clean):
    paths = sorted(clean.root.rglob("*.jpg"))
    pictures = [Image.open(path).convert("RGB") for path in paths]
    pictures += [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in pictures]
    for side, radius in ((8, 8), (16, 72)):
        hashes = np.stack([imagehash.phash(p, side).hash.ravel() for p in pictures])
        apart = (hashes[:60, None] != hashes[None]).sum(axis=2)
        np.fill_diagonal(apart, 999)
        np.fill_diagonal(apart[:, 60:], 999)  # a picture and its own mirror image
        assert apart.min() > radius


def test_copies_sort_behind_their_originals(practice):
    for row in read_truth(practice.truth):
        if row["expected"] == "primary" and row["validator"] in {"exact-duplicate", "same-pixels"}:
            original = row["note"].split()[-1]
            assert original < row["path"]
            assert int(Path(original).stem) < int(Path(row["path"]).stem)


def test_exact_duplicates_have_the_same_bytes(practice):
    for row in read_truth(practice.truth):
        if row["expected"] == "primary" and row["validator"] == "exact-duplicate":
            original = practice.root / row["note"].split()[-1]
            assert (practice.root / row["path"]).read_bytes() == original.read_bytes()


def test_same_pixels_have_other_bytes(practice):
    for row in read_truth(practice.truth):
        if row["expected"] == "primary" and row["validator"] == "same-pixels":
            one, two = practice.root / row["path"], practice.root / row["note"].split()[-1]
            assert one.stat().st_size < two.stat().st_size
            assert np.array_equal(np.asarray(Image.open(one)), np.asarray(Image.open(two)))


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(UsageError, match="not empty"):
        make_practice(tmp_path, count=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_old_truth_is_never_overwritten(tmp_path):
    (tmp_path / "Pets.truth.csv").write_text("old")
    with pytest.raises(UsageError, match="exists"):
        make_practice(tmp_path / "Pets", count=2)
    assert not (tmp_path / "Pets").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "Pets").write_text("a file")
    with pytest.raises(UsageError, match="not a folder"):
        make_practice(tmp_path / "Pets", count=2)


@pytest.mark.parametrize(("count", "seed"), [(1, 0), (-5, 0), (2, -1)])
def test_numbers_that_make_no_sense_are_refused(tmp_path, count, seed):
    with pytest.raises(UsageError, match="Received"):
        make_practice(tmp_path / "Pets", count=count, seed=seed)


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "Pets").mkdir()
    assert make_practice(tmp_path / "Pets", count=2, defects=False).files == 2


def test_large_sets_get_more_rounds_of_defects():
    from catsclean.testing.practice import rounds_of_defects

    assert [rounds_of_defects(count) for count in (2, 400, 2499, 2500, 25_000)] == [1, 1, 1, 2, 11]
