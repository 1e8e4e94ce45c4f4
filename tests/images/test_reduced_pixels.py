"""What decoding keeps of a picture: its greys, its colours, the whole of it."""

import numpy as np
import pictures
import pytest
from images.test_decoding import read
from PIL import Image

from catsclean.images import decoding

SIDES = (300, 200)
MODES = {"RGB": "PNG", "L": "PNG", "1": "PNG", "P": "PNG", "RGBA": "PNG", "CMYK": "TIFF"}


def shown(picture):
    """The picture as anybody would show it."""
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    return picture.convert("L" if picture.mode in {"1", "L"} else "RGB")


@pytest.mark.parametrize("mode", MODES)
def test_the_whole_the_greys_and_the_colours_show_the_picture(mode):
    picture = pictures.draw(1, SIDES).convert(mode)
    image = read(pictures.encode(picture, MODES[mode]))
    whole = shown(picture)
    small = whole.reduce(2)  # so that 64 pixels or more are left of the short side
    assert np.array_equal(np.asarray(image.whole), np.asarray(whole))
    assert np.array_equal(np.asarray(image.grey), np.asarray(small.convert("L")))
    if whole.mode == "L":
        assert image.pixels is None
    else:
        assert np.array_equal(image.pixels, np.asarray(small))


def test_a_jpeg_is_reduced_by_its_decoder():
    image = read(pictures.jpeg(1, (320, 240)))
    assert image.whole is None
    assert image.grey.size == (160, 120)
    expected = Image.fromarray(image.pixels[..., :3]).convert("L")
    assert np.abs(np.asarray(image.grey, int) - np.asarray(expected, int)).max() <= 1
    exact = pictures.draw(1, (320, 240)).reduce(2)
    assert np.abs(image.pixels[..., :3].astype(int) - np.asarray(exact, int)).mean() < 8
    grey = read(pictures.encode(pictures.draw(1, (320, 240)).convert("L"), "JPEG"))
    assert np.abs(np.asarray(grey.grey, int) - np.asarray(exact.convert("L"), int)).mean() < 8


def test_large_pictures_are_converted_tile_by_tile(monkeypatch):
    deep = Image.fromarray((np.arange(90 * 70) * 10).astype(np.uint16).reshape(70, 90))
    whole = np.asarray(decoding.to_eight_bits(deep))
    assert np.array_equal(whole, np.asarray(deep) >> 8)
    monkeypatch.setattr(decoding, "_TILE_WIDTH_PX", 32)
    monkeypatch.setattr(decoding, "_TILE_PX", 32 * 16)
    assert len(list(decoding._boxes(deep))) == 3 * 5
    assert np.array_equal(np.asarray(decoding.to_eight_bits(deep)), whole)
    clear = pictures.draw(1, (90, 70))
    clear.putalpha(clear.convert("L"))
    assert np.array_equal(np.asarray(decoding.to_eight_bits(clear)), np.asarray(shown(clear)))


def test_a_picture_without_pixels_has_one_empty_conversion():
    assert decoding.to_eight_bits(Image.new("RGBA", (3, 0))).size == (3, 0)


def test_floats_are_stretched_to_their_range_and_what_is_no_number_is_black():
    values = np.array([[-2.0, 0.0, 2.0], [np.nan, np.inf, -np.inf]], np.float32)
    found = np.asarray(decoding.to_eight_bits(Image.fromarray(values)))
    assert found.tolist() == [[0, 127, 255], [127, 127, 127]]
    flat = decoding.to_eight_bits(Image.fromarray(np.full((2, 2), 5.0, np.float32)))
    assert np.asarray(flat).tolist() == [[0, 0], [0, 0]]


def test_a_later_frame_leaves_the_first_one_as_it_was():
    frames = [pictures.draw(seed, (100, 80)) for seed in (1, 2, 3)]
    data = pictures.encode(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True
    )
    image = read(data)
    assert image.frames == 3
    assert np.array_equal(np.asarray(image.whole), np.asarray(frames[0]))
    assert image.pillow is not None


def test_a_picture_that_ends_early_is_shown_as_far_as_it_goes():
    data = pictures.encode(pictures.draw(1, SIDES), "JPEG")
    image = decoding.open_image("a.jpg", data, decoding.Limits())
    whole = np.asarray(decoding.decode_cut(image, data))
    cut = np.asarray(decoding.decode_cut(image, data[: len(data) // 2]))
    assert cut.shape == whole.shape
    assert np.array_equal(cut[:40], whole[:40])
    assert not np.array_equal(cut[-40:], whole[-40:])
    assert decoding.PillowImageFile.LOAD_TRUNCATED_IMAGES is False
    small = decoding.open_image("a.jpg", data, decoding.Limits(max_pixels=100))
    with pytest.raises(decoding.ReadingEndedError):
        decoding.decode_cut(small, data)
    assert decoding.PillowImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_pointer_of_git_lfs_and_other_files_are_told_apart():
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"
    for name, outcome, said in (
        ("a.jpg", "lfs-pointer", "a Git LFS pointer"),
        ("a.txt", "other", ""),
    ):
        image = decoding.open_image(name, pointer, decoding.Limits())
        with pytest.raises(decoding.ReadingEndedError) as ended:
            decoding.decode(image)
        assert ended.value.outcome.value == outcome
        assert str(ended.value).startswith(said)


def test_an_error_of_a_library_leaves_the_file_where_it_is(monkeypatch):
    image = decoding.open_image(
        "a.png", pictures.encode(pictures.draw(1), "PNG"), decoding.Limits()
    )

    def fails(_image):
        raise KeyError("x")

    monkeypatch.setattr(decoding.sniff.FORMATS["PNG"], "check", fails, raising=False)
    with pytest.raises(
        decoding.ReadingEndedError, match="a library failed on it: KeyError"
    ) as ended:
        decoding.decode(image)
    assert ended.value.outcome.value == "unsupported"


def test_a_picture_that_is_rescued_is_kept_as_if_it_were_whole():
    data = pictures.encode(pictures.draw(1, SIDES), "WEBP", lossless=True, exif=b"Exif\0\0II*\0")
    place = data.index(b"VP8X") + 8
    reserved = data[:place] + bytes([data[place] | 0x80]) + data[place + 1 :]
    image = read(reserved)
    assert "the picture itself can be read" in image.decoder_warnings[0]
    for name in ("whole", "grey"):
        assert np.array_equal(
            np.asarray(getattr(image, name)), np.asarray(getattr(read(data), name))
        )
    assert np.array_equal(image.pixels, read(data).pixels)
