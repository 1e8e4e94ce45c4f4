"""Which copy stays: one that can be used before all others."""

import pictures
import pytest
from PIL import Image

from catsclean.auditing.audit import audit
from catsclean.cleaning import plan_cleaning
from catsclean.core.model import Sample
from catsclean.duplicates.canonical import count_blemishes, keep_first
from catsclean.duplicates.find import find_duplicates
from catsclean.reports.questions.copy_groups import group_copies
from catsclean.reports.questions.picture_facts import facts_of

ABOUT_COPIES = {"exact-duplicate", "same-pixels"}


def copy(path, split="", pixels=4, size_bytes=4, **more):
    return Sample(path, split=split, width_px=pixels, height_px=1, size_bytes=size_bytes, **more)


def chosen(*copies):
    best, why = keep_first(copies)
    return best.path, why


def test_most_pixels_then_most_bytes_then_the_first_name_is_kept():
    assert chosen(copy("a", "", 4, 9), copy("b", "", 9, 4)) == ("b", "most pixels")
    assert chosen(copy("a", "", 4, 4), copy("b", "", 4, 9)) == ("b", "most bytes")
    assert chosen(copy("b", "", 4, 4), copy("a", "", 4, 4)) == ("a", "first name")


@pytest.mark.parametrize(
    ("stays", "leaves", "why"),
    [
        ("Dog/80.jpg", "Dog/80 copy 0.jpg", "not named as a copy"),
        ("Dog/80.jpg", "Dog/Copy of 80.jpg", "not named as a copy"),
        ("Dog/80-original.jpg", "Dog/80 (1).jpg", "not named as a copy"),
        ("Dog/80-original.jpg", "Dog/80 - Kopie.jpg", "not named as a copy"),
        ("Dog/80-original.jpg", "Dog/80_copy2.jpg", "not named as a copy"),
        ("Dog/74.jpg", "Dog/180.jpg", "shortest name"),
        ("Dog/9.jpg", "Dog/10.jpg", "shortest name"),
        ("Dog/photocopy.jpg", "Dog/photocopier.jpg", "shortest name"),
        ("copy/1.jpg", "copy/2.jpg", "first name"),
    ],
)
def test_among_equals_a_name_that_says_copy_leaves_then_the_longer_one(stays, leaves, why):
    assert chosen(copy(leaves, "", 4, 4), copy(stays, "", 4, 4)) == (stays, why)


def test_more_bytes_count_more_than_a_name():
    assert chosen(copy("a copy.jpg", "", 4, 9), copy("a.jpg", "", 4, 4)) == (
        "a copy.jpg",
        "most bytes",
    )


def test_what_an_earlier_audit_had_stays_before_a_new_copy_with_a_shorter_name():
    old = copy("have5 copy.jpg", known_before=True)
    assert chosen(copy("5.jpg"), old) == ("have5 copy.jpg", "known before")
    assert chosen(copy("5.jpg", size_bytes=9), old) == ("5.jpg", "most bytes")


def test_that_a_copy_was_known_is_no_reason_if_its_name_decides_as_well():
    assert chosen(copy("5.jpg", known_before=True), copy("55.jpg")) == ("5.jpg", "shortest name")


def test_a_jpeg_stays_before_what_was_saved_from_it(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    with Image.open(root / "Dog/1.jpg") as jpeg:
        jpeg.save(root / "Dog/0_bitmap.bmp")
        jpeg.save(root / "Dog/0_lossless.png")
    result = audit(root, workers=1, save=False, cache=False)
    found = {f.path: f.message for f in result.findings if f.validator in ABOUT_COPIES}
    message = "same pixels as Dog/1.jpg, the original (original JPEG)"
    assert found == {"Dog/0_bitmap.bmp": message, "Dog/0_lossless.png": message}
    facts = facts_of(result, {"Dog/1.jpg", *found}, {})
    (group,) = group_copies(result.findings, facts)
    assert group.members[0].facts.sample.path == "Dog/1.jpg"
    (same,) = find_duplicates(root / "Dog")
    assert (same.keep, same.why) == ("1.jpg", "original JPEG")
    moves = plan_cleaning(result).moves["same-pixels"]
    assert {move.path: move.keeper for move in moves} == dict.fromkeys(found, "Dog/1.jpg")


@pytest.mark.parametrize(
    ("splits", "kept", "why"),
    [
        (["train", "val", "val"], "b", "in a held-out split, most bytes"),
        (["training", "testing", "training_2"], "b", "in a held-out split"),
        (["val", "val", "test"], "c", "in a held-out split for testing"),
        (["", "holdout", ""], "b", "in a held-out split"),
        (["here", "there", "elsewhere"], "a", "most pixels"),
        (["val", "val", "val"], "a", "most pixels"),
    ],
)
def test_a_copy_that_is_held_out_is_kept_whatever_its_size(splits, kept, why):
    facts = zip("abc", splits, [9, 4, 4], [9, 4, 2], strict=True)
    assert chosen(*(copy(*fact) for fact in facts)) == (kept, why)


def test_what_cannot_be_used_is_not_kept_though_it_is_held_out_and_larger():
    refused = copy("val/a.tif", "val", 9, 9, refused=True)
    assert chosen(refused, copy("train/b.jpg", "train", 4, 4)) == (
        "train/b.jpg",
        "TensorFlow decodes it",
    )
    held = copy("val/c.png", "val", 4, 4, warned=True, format="JPEG", exif_orientation=6)
    assert chosen(refused, copy("train/b.jpg", "train", 4, 4), held) == (
        "val/c.png",
        "TensorFlow decodes it, in a held-out split",
    )


def test_damage_counts_more_than_pixels_and_these_more_than_a_name():
    large = copy("a", "", 9, 9, exif_orientation=6)
    assert chosen(copy("b", "", 9, 9, warned=True), copy("c", "", 4, 4)) == (
        "c",
        "decodes without warnings",
    )
    assert chosen(large, copy("b", "", 4, 4)) == ("a", "most pixels")
    assert chosen(large, copy("b", "", 9, 4)) == ("b", "works with most loaders")


@pytest.mark.parametrize(
    ("path", "kind", "orientation", "count"),
    [
        ("Cat/1.jpg", "JPEG", 1, 0),
        ("Cat/1.JPEG", "JPEG", -1, 0),
        ("Cat/1.jfif", "JPEG", -1, 1),
        ("Cat/1.png", "JPEG", -1, 1),
        ("Cat/1", "JPEG", -1, 1),
        ("Cat/.1.jpg", "JPEG", -1, 1),
        (".Cat/1.jpg", "JPEG", -1, 1),
        ("Cat/0:0.jpg", "JPEG", -1, 1),
        ("Cat/1.jpg", "JPEG", 6, 1),
        ("Cat/1.jpg", "JPEG", 0, 0),
        ("Cat/1.jpg", "", -1, 0),
        ("Cat/.a\\x0ab.tif", "TIFF", 3, 4),
    ],
)
def test_blemishes_are_of_the_ending_the_name_and_the_orientation(path, kind, orientation, count):
    assert count_blemishes(path, kind, orientation) == count


@pytest.fixture
def saved(tmp_path):
    """Give what audits a healthy PNG beside another file of the same pixels or bytes."""

    def save(name, write):
        root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 2})
        data = pictures.encode(pictures.draw(70), "PNG")
        (root / "Dog/126.png").write_bytes(data)
        write(root / "Dog" / name, pictures.draw(70), data)
        return audit(root, workers=1, save=False, cache=False)

    return save


def tiff(path, picture, _):
    picture.save(path, "TIFF")


def animated(path, picture, _):
    second = pictures.draw(71)
    picture.save(path, "WEBP", lossless=True, save_all=True, append_images=[second])


def bitmap(path, picture, _):
    picture.save(path, "BMP")


def turned(path, picture, _):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(path, "PNG", compress_level=0, exif=exif)


def same(path, _, data):
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "write", "why"),
    [
        ("copy.tif", tiff, "TensorFlow decodes it"),
        ("0.webp", animated, "TensorFlow decodes it"),
        ("0.png", bitmap, "works with most loaders"),
        ("0.dib", bitmap, "works with most loaders"),
        ("0.png", turned, "works with most loaders"),
        (".0.png", same, "works with most loaders"),
        ("0", same, "works with most loaders"),
        ("0:0.png", same, "works with most loaders"),
    ],
)
def test_the_healthy_file_stays_and_the_odd_one_leaves(saved, name, write, why):
    result = saved(name, write)
    (found,) = (f for f in result.findings if f.validator in ABOUT_COPIES)
    assert (found.path, found.related) == (f"Dog/{name}", ("Dog/126.png",))
    assert f"the original ({why})" in found.message
    moves = [m for moves in plan_cleaning(result, unsafe=True).moves.values() for m in moves]
    assert [(m.path, m.keeper) for m in moves] == [(f"Dog/{name}", "Dog/126.png")]


def test_the_report_and_the_search_keep_what_the_audit_keeps(saved):
    result = saved("copy.tif", tiff)
    paths = {p for f in result.findings for p in (f.path, *f.related) if p}
    (group,) = group_copies(result.findings, facts_of(result, paths, {}))
    assert group.members[0].facts.sample.path == "Dog/126.png"
    (found,) = find_duplicates(result.root / "Dog")
    assert (found.keep, found.why) == ("126.png", "TensorFlow decodes it")
