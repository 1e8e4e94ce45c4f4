import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from catsclean.errors import ConfigError, TrainingError
from catsclean.training.data import Pictures
from catsclean.training.pictures import Cut
from tests.training.conftest import make_folder, make_manifest

CUT = Cut(38)


def everything(pictures):
    return pictures.take(np.arange(len(pictures)))


def test_squares_and_labels_come_in_the_order_of_the_manifest(pets):
    pictures = Pictures(pets, ["train"], CUT)
    squares, codes = everything(pictures)
    assert squares.shape == (28, 38, 38, 3)
    assert squares.dtype == np.uint8
    assert pictures.labels == ["Cat", "Dog"]
    assert codes.tolist() == [0] * 14 + [1] * 14


def test_dropped_rows_and_rows_without_a_label_are_left_out(pets):
    pets.table.loc[0, "status"] = "drop"
    pets.table.loc[1, "label"] = None
    assert len(Pictures(pets, None, CUT)) == 38


def test_what_the_audit_could_not_decode_is_left_out_and_said(pets):
    pets.table["reason"] = pd.array([pd.NA] * 40, dtype="string")
    pets.table.loc[0, "reason"] = "odd-size,over-limit"
    pets.table.loc[1, "sha256"] = pd.NA
    pictures = Pictures(pets, None, CUT)
    assert len(pictures) == 38
    assert pictures.skipped == [
        ("Cat/000.jpg", "over-limit at the audit"),
        ("Cat/001.jpg", "unreadable at the audit"),
    ]


def test_a_file_that_is_gone_is_named_before_anything_is_decoded(pets):
    pets.native_path("Dog/013.jpg").unlink()
    with pytest.raises(TrainingError, match=r"Dog/013\.jpg: the file is gone.*--skip-missing"):
        Pictures(pets, None, CUT)
    left = Pictures(pets, None, CUT, skip_missing=True)
    assert len(left) == 39
    assert left.skipped == [("Dog/013.jpg", "the file is gone")]


def test_a_file_that_changed_since_the_audit_is_named(pets):
    Image.new("RGB", (50, 50)).save(pets.native_path("Cat/007.jpg"))
    with pytest.raises(TrainingError, match=r"Cat/007\.jpg: changed since the audit"):
        Pictures(pets, None, CUT)


def test_a_changed_file_of_the_same_size_and_time_is_named_when_it_is_read(pets):
    path = pets.native_path("Cat/007.jpg")
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    pictures = Pictures(pets, None, CUT)
    with pytest.raises(TrainingError, match=r"Cat/007\.jpg: changed since the audit"):
        everything(pictures)


def test_a_touched_file_with_the_same_bytes_is_used(pets):
    os.utime(pets.native_path("Cat/007.jpg"), ns=(0, 0))
    assert len(everything(Pictures(pets, None, CUT))[0]) == 40


def test_an_undecodable_file_is_left_out_on_request(tmp_path):
    root = make_folder(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    (root / "Cat" / "009.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    manifest = make_manifest(root, val=1)
    with pytest.raises(TrainingError, match=r"Cat/009\.jpg: cannot be decoded"):
        everything(Pictures(manifest, None, CUT))
    pictures = Pictures(manifest, None, CUT, skip_missing=True)
    squares, codes = everything(pictures)
    assert len(squares) == len(codes) == 6
    assert [path for path, _ in pictures.skipped] == ["Cat/009.jpg"]


@pytest.mark.parametrize("memory", [0, 10**9])
def test_what_cannot_be_read_leaves_the_others_in_their_places(pets, memory):
    expected, codes = everything(Pictures(pets, None, CUT))
    for path in ("Cat/003.jpg", "Dog/005.jpg"):
        file = pets.native_path(path)
        status = file.stat()
        file.write_bytes(bytes(status.st_size))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    pictures = Pictures(pets, None, CUT, skip_missing=True, memory=memory)
    squares, left = everything(pictures)
    assert [path for path, _ in pictures.skipped] == ["Cat/003.jpg", "Dog/005.jpg"]
    assert np.array_equal(squares, np.delete(expected, [3, 25], axis=0))
    assert np.array_equal(left, np.delete(codes, [3, 25]))


def test_a_link_in_the_folder_is_not_followed(pets, tmp_path):
    outside = tmp_path / "outside.jpg"
    path = pets.native_path("Cat/000.jpg")
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(TrainingError, match=r"Cat/000\.jpg"):
        everything(Pictures(pets, None, CUT))


def test_one_picture_under_two_labels_keeps_both(tmp_path):
    root = make_folder(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    (root / "Dog" / "001.jpg").write_bytes((root / "Cat" / "001.jpg").read_bytes())
    squares, codes = everything(Pictures(make_manifest(root, val=1), None, CUT))
    assert codes.tolist() == [0, 0, 1, 1]
    assert np.array_equal(squares[1], squares[3])


def test_an_unknown_split_is_answered_with_the_known_ones(pets):
    with pytest.raises(TrainingError, match=r"'validation'.*train, val"):
        Pictures(pets, ["validation"], CUT)


def test_the_cache_on_disk_gives_what_memory_gives_and_is_used_again(pets):
    in_memory = everything(Pictures(pets, None, CUT))
    first = Pictures(pets, None, CUT, memory=0)
    assert first.on_disk
    assert np.array_equal(everything(first)[0], in_memory[0])
    again, decoded = Pictures(pets, None, CUT, memory=0), []
    again.rows(np.arange(40), lambda _, total: decoded.append(total))
    assert decoded == []
    assert np.array_equal(everything(again)[0], in_memory[0])


def test_the_cache_on_disk_is_never_stale(pets):
    everything(Pictures(pets, None, CUT, memory=0))
    cat, dog = pets.native_path("Cat/000.jpg"), pets.native_path("Dog/000.jpg")
    cat.write_bytes(dog.read_bytes())
    new = make_manifest(pets.root)
    assert np.array_equal(
        everything(Pictures(new, None, CUT, memory=0))[0], everything(Pictures(new, None, CUT))[0]
    )
    cropped = Cut(38, "crop")
    assert np.array_equal(
        everything(Pictures(new, None, cropped, memory=0))[0],
        everything(Pictures(new, None, cropped))[0],
    )


def test_a_cache_that_was_cut_short_is_filled_again(pets):
    expected = everything(Pictures(pets, None, CUT, memory=0))[0]
    folder = pets.root.with_name("Pets.catsclean") / "cache" / "decoded"
    data = next(folder.glob("*.u8"))
    os.truncate(data, data.stat().st_size // 2 + 100)
    assert np.array_equal(everything(Pictures(pets, None, CUT, memory=0))[0], expected)


@pytest.mark.parametrize(("fit", "corner"), [("stretch", 200), ("crop", 200), ("pad", 128)])
def test_a_wide_picture_is_fitted_as_asked(tmp_path, fit, corner):
    from catsclean.training.prediction import read_square

    Image.new("RGB", (80, 40), (200, 200, 200)).save(tmp_path / "wide.png")
    square = read_square(tmp_path / "wide.png", Cut(40, fit))
    assert square.shape == (40, 40, 3)
    assert abs(int(square[2, 20, 0]) - corner) <= 1


def test_the_orientation_tag_is_applied_only_on_request(tmp_path):
    from catsclean.training.prediction import read_square

    picture = Image.new("RGB", (40, 40))
    picture.paste((255, 255, 255), (0, 0, 40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert read_square(tmp_path / "turned.jpg", Cut(40))[5].mean() > 240
    turned = read_square(tmp_path / "turned.jpg", Cut(40, apply_orientation=True))
    assert turned[:, 35].mean() > 240
    assert turned[:, 5].mean() < 15


def test_a_wrong_fit_is_named():
    with pytest.raises(ConfigError, match="stretch, crop, pad"):
        Cut(150, "squash")
