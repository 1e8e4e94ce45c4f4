import struct

import pictures
import pytest
from PIL import Image

from catsclean.reading import gif


def still(seed=1):
    return pictures.encode(pictures.draw(seed).quantize(32), "GIF")


def moving(count=3):
    frames = [pictures.draw(seed).quantize(32) for seed in range(count)]
    return pictures.encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)


def test_counts_frames_and_knows_the_end():
    data = moving()
    found = gif.walk(data + b"behind", 100, 1000)
    assert (found.frames, found.width_px, found.height_px) == (3, 160, 120)
    assert found.end_offset == len(data)


def test_a_frame_outside_enlarges_the_canvas():
    data = still()
    place = data.index(b",", 13 + 3 * 32)
    found = gif.walk(data[: place + 1] + b"\xff\xff" + data[place + 3 :], 100, 1000)
    assert found.width_px == 65_535 + 160


def test_no_cut_makes_it_raise():
    data = moving(2)
    for end in range(6, len(data), 7):
        assert gif.walk(data[:end], 100, 1000).end_offset == -1


@pytest.mark.parametrize("seed", range(4))
def test_unpacks_as_pillow_does(seed):
    data = still(seed)
    picture = Image.open(pictures.io.BytesIO(data))
    assert gif.first_indices(data, gif.walk(data, 100, 1000)) == picture.tobytes()


def test_gives_nothing_of_a_picture_cut_short():
    data = still()[:-500]
    assert gif.first_indices(data, gif.walk(data, 100, 1000)) == b""


def with_extension(extension, *, behind=False):
    """Put an extension before the picture of a GIF, or behind it."""
    data = still()
    place = len(data) - 1 if behind else 13 + 3 * 32
    assert data[place] == (0x3B if behind else 0x2C)
    return data[:place] + extension + data[place:]


@pytest.mark.parametrize("label", [0xFE, 0xFF, 0xF9, 0x01])
def test_an_extension_without_data_before_the_picture_is_refused(label):
    found = gif.walk(with_extension(bytes([0x21, label, 0])), 100, 1000)
    assert "extension without data" in found.refusal


def test_an_extension_with_data_is_fine():
    found = gif.walk(with_extension(b"!\xfe\1x\0"), 100, 1000)
    assert (found.refusal, found.frames) == ("", 1)


def test_an_extension_without_data_behind_the_picture_is_fine():
    assert gif.walk(with_extension(b"!\xfe\0", behind=True), 100, 1000).refusal == ""


def with_code_size(bits, data=None):
    data = data or still()
    place = data.index(b",\0\0\0\0", 13 + 3 * 32) + 10
    return data[:place] + bytes([bits]) + data[place + 1 :]


@pytest.mark.parametrize("bits", [0, 1])
def test_codes_of_fewer_bits_than_the_format_allows_are_noticed(bits):
    data = with_code_size(bits)
    assert gif.has_tiny_codes(data, gif.walk(data, 100, 1000))


def test_codes_of_two_bits_are_not_tiny():
    data = pictures.encode(pictures.draw(1).convert("1"), "GIF")
    assert not gif.has_tiny_codes(data, gif.walk(data, 100, 1000))


def test_a_first_picture_stands_alone():
    data = moving()
    alone = gif.first_alone(data, gif.walk(data, 100, 1000))
    found = gif.walk(alone, 100, 1000)
    assert (found.frames, found.end_offset) == (1, len(alone))
    first = Image.open(pictures.io.BytesIO(data))
    assert first.tobytes() == Image.open(pictures.io.BytesIO(alone)).tobytes()


def test_an_end_code_before_the_last_pixel_of_a_later_picture_is_refused():
    data = still()
    frame = b"\x2c\0\0\0\0\xa0\0\x78\0\0"
    # two bits a code: clear, end
    early = data[:-1] + frame + b"\2\1\x2c\0;"
    found = gif.walk(early, 100, 1000)
    assert found.frames == 2
    assert "ends too soon" in gif.later_refusal(early, found, damaged=True)


def test_a_later_picture_without_size_costs_only_itself():
    data = still()
    empty = data[:-1] + b"\x2c\0\0\0\0\0\0\0\0\0" + b"\2\1\x2c\0;"
    assert gif.later_refusal(empty, gif.walk(empty, 100, 1000), damaged=True) == ""


def test_later_pictures_that_are_whole_are_not_refused():
    data = moving()
    found = gif.walk(data, 100, 1000)
    assert gif.later_refusal(data, found, damaged=True) == ""
    assert gif.later_refusal(data, found, damaged=False) == ""


def test_a_damaged_picture_that_is_too_large_to_be_read_slowly_is_over_a_limit():
    wide = with_size(4096, 2049)
    assert "4096 x 2049" in gif.excess(wide, gif.walk(wide, 100, 1000))
    below = with_size(4096, 2048)
    assert gif.excess(below, gif.walk(below, 100, 1000)) == ""
    long = still()[:-2] + (b"\xff" + bytes(255)) * 2100 + b"\0;"
    assert gif.excess(long, gif.walk(long, 100, 10_000))


def with_size(width, height):
    data = still()
    place = 13 + 3 * 32 + 5
    return data[:place] + struct.pack("<HH", width, height) + data[place + 4 :]


def test_a_gif_is_cut_where_its_blocks_lead_out_of_the_file():
    data = moving()
    assert gif.walk(data[:-40], 100, 1000).cut
    assert gif.walk(data[:-1], 100, 1000).cut
    assert not gif.walk(data, 100, 1000).cut
    # bytes lost inside, and an end as it should be
    assert not gif.walk(data[:-60] + data[-30:], 100, 1000).cut
