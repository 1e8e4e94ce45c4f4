import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.multi_frame import MultiFrame


def several(kind, count=3, **options):
    frames = [pictures.draw(seed) for seed in range(count)]
    return pictures.encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("GIF", "a GIF with 3 pictures"),
        ("WEBP", "a WEBP with 3 pictures"),
        ("PNG", "a PNG with 3 pictures"),
        ("TIFF", "a TIFF with 3 pictures"),
        ("MPO", "a JPEG with 3 pictures"),
    ],
)
def test_counts_the_pictures_of_a_file(pets, kind, message):
    (pets / "Cat/several.jpg").write_bytes(several(kind))
    [finding] = assert_finds(MultiFrame(), pets, "Cat/several.jpg")
    assert finding.message == message


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_one_picture_is_clean(pets, kind):
    (pets / "Cat/one.jpg").write_bytes(pictures.encode(pictures.draw(7), kind))
    assert_clean(MultiFrame(), pets)


def test_photographs_for_3d_screens_can_be_let_pass(pets):
    (pets / "Cat/stereo.jpg").write_bytes(several("MPO", 2))
    assert_clean(MultiFrame(mpo=False), pets)
