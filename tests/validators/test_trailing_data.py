import pictures
import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.trailing_data import TrailingData


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_counts_the_bytes_behind_the_end(pets, kind):
    data = pictures.encode(pictures.draw(1), kind)
    (pets / f"Cat/tail.{kind.lower()}").write_bytes(data + b"x" * 300)
    [finding] = assert_finds(TrailingData(), pets, f"Cat/tail.{kind.lower()}")
    assert finding.message == f"300 bytes after the end of the {kind}"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_whole_file_is_clean(pets, kind):
    for seed in range(4):
        path = pets / f"Cat/whole-{seed}.{kind.lower()}"
        path.write_bytes(pictures.encode(pictures.draw(seed, (33 + seed, 20)), kind))
    assert_clean(TrailingData(), pets)


def test_an_animated_gif_ends_behind_its_last_frame(pets):
    frames = [pictures.draw(seed) for seed in range(3)]
    data = pictures.encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    (pets / "Cat/whole.gif").write_bytes(data)
    (pets / "Cat/tail.gif").write_bytes(data + b"!")
    [finding] = assert_finds(TrailingData(), pets, "Cat/tail.gif")
    assert finding.message == "1 byte after the end of the GIF"


def test_pictures_that_an_mpo_announces_are_no_tail(pets):
    frames = [pictures.draw(1), pictures.draw(2)]
    data = pictures.encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    (pets / "Cat/stereo.mpo").write_bytes(data)
    assert_clean(TrailingData(), pets)


def test_short_tails_can_be_let_pass(pets):
    (pets / "Cat/tail.jpg").write_bytes(pictures.jpeg(1) + bytes(10))
    assert_clean(TrailingData(min_bytes=11), pets)
