import struct

import pictures
import pytest
from PIL import Image

from catsclean.images.formats import gif


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
def test_an_extension_without_data_takes_the_next_byte_for_a_length(label):
    empty = bytes([0x21, label, 0])
    assert gif.walk(with_extension(empty), 100, 1000).frames == 0
    found = gif.walk(with_extension(empty + b"\4\0\5\0\0\0"), 100, 1000)
    assert (found.frames, found.first_data) == (1, 13 + 3 * 32 + 9 + 10)


def test_an_extension_with_data_is_fine():
    found = gif.walk(with_extension(b"!\xfe\1x\0"), 100, 1000)
    assert (found.refusal, found.frames) == ("", 1)


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


def frame(width=3, height=2, *, place=(0, 0), flags=0, colours=b"", code=2, data=b"\2\x04\x0a\0"):
    """Give a frame; its data are two bytes of codes that nobody unpacks here."""
    head = struct.pack("<BHHHHB", 0x2C, *place, width, height, flags)
    return head + colours + bytes([code]) + data


def file_of(*blocks, size=(3, 2), flags=0x80, colours=bytes(6)):
    return b"GIF89a" + struct.pack("<HHBBB", *size, flags, 0, 0) + colours + b"".join(blocks) + b";"


def control(transparent=None):
    flags = 0 if transparent is None else 1
    return b"!\xf9\4" + bytes([flags, 0, 0, transparent or 0]) + b"\0"


def walk(data, most_frames=100, most_blocks=1000):
    return gif.walk(data, most_frames, most_blocks)


def test_a_plain_file_says_everything_that_it_is():
    data = file_of(control(1), frame(flags=0x40), b"!\xfe\2hi\0")
    assert walk(data) == gif.GifStructure(
        width_px=3, height_px=2, frames=1, too_many_blocks=False, colours=2,
        first_data=13 + 6 + 8 + 10, first_size_px=(3, 2), interlaced=True, transparent=1,
        metadata_bytes=6, highest_index=0, refusal="", end_offset=len(data), cut=False,
    )  # fmt: skip


@pytest.mark.parametrize("bits", range(8))
def test_colour_tables_have_a_power_of_two_of_colours(bits):
    colours = bytes(3 * 2 ** (bits + 1))
    shared = walk(file_of(frame(), flags=0x80 | bits, colours=colours))
    own = walk(file_of(frame(flags=0x80 | bits, colours=colours)))
    none = walk(file_of(frame(), flags=bits, colours=b""))
    assert (shared.colours, own.colours, none.colours) == (2 ** (bits + 1), 2 ** (bits + 1), 0)
    assert (shared.frames, own.frames, none.frames) == (1, 1, 1)


def test_the_first_frame_gives_the_facts():
    data = file_of(
        frame(5, 4), control(1), frame(9, 8, flags=0xC1, colours=bytes(12)), size=(20, 20)
    )
    found = walk(data)
    assert (found.first_size_px, found.interlaced, found.transparent) == ((5, 4), False, -1)
    assert (found.colours, found.frames) == (2, 2)
    assert found.first_data == 29


def test_the_last_control_before_a_frame_counts():
    assert walk(file_of(control(1), control(0), frame())).transparent == 0
    assert walk(file_of(control(1), control(), frame())).transparent == -1
    assert walk(file_of(control(), frame())).transparent == -1


def test_the_canvas_holds_every_frame():
    found = walk(file_of(frame(), frame(9, 1, place=(4, 0)), frame(1, 7, place=(0, 5))))
    assert (found.width_px, found.height_px) == (13, 12)


def test_no_frame_is_no_first_frame():
    found = walk(file_of())
    assert (found.frames, found.first_data, found.first_is_empty) == (0, 0, False)
    assert not walk(file_of(frame())).first_is_empty


@pytest.mark.parametrize("size", [(0, 2), (3, 0), (0, 0)])
def test_a_first_frame_without_size_is_empty(size):
    assert walk(file_of(frame(*size))).first_is_empty


def test_only_comments_and_applications_are_metadata():
    blocks = control(1), b"!\xfe\2hi\0", b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0", frame()
    assert walk(file_of(*blocks)).metadata_bytes == 6 + 19


@pytest.mark.parametrize("limit", [1, 4])
def test_the_walk_ends_one_frame_over_the_limit(limit):
    assert walk(file_of(*[frame()] * 9), limit).frames == limit + 1
    assert walk(file_of(*[frame()] * limit), limit).frames == limit


def test_extensions_over_the_limit_are_too_many():
    comment = b"!\xfe\1x\0"
    assert walk(file_of(*[comment] * 21, frame()), 9, 20).too_many_blocks
    assert not walk(file_of(*[comment] * 20, frame()), 9, 20 + 20).too_many_blocks


def test_blocks_that_are_nearly_empty_are_too_many():
    full = frame(data=(b"\xff" + bytes(255)) * 200 + b"\0")
    assert not walk(file_of(full), 9, 20).too_many_blocks
    assert walk(file_of(frame(data=b"\1x" * 200 + b"\0")), 9, 20).too_many_blocks


@pytest.mark.parametrize("block", [b"\0", b"\x2b", b"\x2d", b"\x3a", b"\x3c", b"x"])
def test_another_block_ends_the_walk(block):
    found = walk(file_of(frame(), block, frame()))
    assert (found.frames, found.end_offset, found.cut) == (1, -1, False)


def test_every_cut_of_a_plain_file_is_known():
    data = file_of(control(1), frame(), b"!\xfe\2hi\0", frame())
    whole = [37 + 5, 37 + 5 + 6 + 15]  # behind the data of each frame
    for end in range(13, len(data)):
        found = walk(data[:end])
        assert found.frames == sum(end >= place for place in whole)
        assert found.end_offset == -1


@pytest.mark.parametrize("end", range(6, 13))
def test_a_cut_screen_says_nothing(end):
    assert walk(file_of(frame())[:end]) == gif.GifStructure()


def test_an_interlaced_picture_is_put_in_order():
    picture = pictures.draw(1, (19, 21)).quantize(16)
    data = pictures.encode(picture, "GIF", interlace=1)
    found = walk(data)
    assert found.interlaced
    shown = Image.open(pictures.io.BytesIO(data))
    assert gif.first_indices(data, found) == shown.tobytes()


@pytest.mark.parametrize("colours", [2, 4, 16, 256])
@pytest.mark.parametrize("size", [(1, 1), (3, 500), (300, 200)])
def test_every_size_of_codes_is_unpacked(colours, size):
    picture = pictures.draw(3, size).quantize(colours)
    data = pictures.encode(picture, "GIF", interlace=0)
    shown = Image.open(pictures.io.BytesIO(data))
    assert gif.first_indices(data, walk(data)) == shown.tobytes()


def test_flat_pictures_with_long_codes_are_unpacked():
    data = pictures.encode(Image.new("P", (900, 700), 3), "GIF", interlace=0)
    shown = Image.open(pictures.io.BytesIO(data))
    assert gif.first_indices(data, walk(data)) == shown.tobytes()


def codes(*values, bits=9):
    """Pack codes of so many bits into the data of a frame."""
    number = sum(value << bits * place for place, value in enumerate(values))
    data = number.to_bytes(-(-bits * len(values) // 8), "little")
    return bytes([len(data)]) + data + b"\0"


def test_a_code_that_never_was_stands_for_what_giflib_makes_of_it():
    # clear, colour 0, a code far above the next one
    data = file_of(frame(3, 1, code=8, data=codes(256, 0, 400)))
    assert gif.first_indices(data, walk(data)) == bytes([0, 0, 2])


@pytest.mark.parametrize(("count", "too_many"), [(59, False), (60, True)])
def test_what_looks_like_extensions_behind_an_empty_one_counts_because_pillow_reads_it(
    count, too_many
):
    # giflib takes all of it for one block of data; the file's own extension is one more
    block = b"\0!" * count + b"x" * (255 - 2 * count)
    data = file_of(b"!\xfe\0\xff" + block + b"\0", frame())
    assert walk(data, 9, 60).too_many_blocks is too_many
