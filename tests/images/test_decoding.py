import contextlib
import io
import random
import struct

import numpy as np
import pictures
import pytest
from hostile import encoders
from images import damage, flat_jpeg
from images.damage import chunk, drawn, joined, segments
from PIL import GifImagePlugin, Image

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import facts
from catsclean.images.decoding import decode, open_image, to_eight_bits
from catsclean.images.formats import gif, png
from catsclean.images.image import ReadingEndedError


def read(data, name="Cat/1.jpg", **limits):
    image = open_image(name, data, Limits(**limits))
    decode(image)
    return image


def ended(data, name="Cat/1.jpg", **limits):
    with pytest.raises(ReadingEndedError) as caught:
        read(data, name, **limits)
    return caught.value.outcome, caught.value.detail


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_the_content_decides_and_not_the_name(kind):
    image = read(pictures.encode(pictures.draw(1), kind), "Cat/picture.jpg")
    assert (image.format, image.width_px, image.height_px) == (kind, 160, 120)


def test_a_large_picture_is_kept_small():
    image = read(pictures.jpeg(1, (1600, 1200)))
    assert (image.width_px, image.height_px) == (1600, 1200)
    assert 64 <= min(image.grey.size) <= 200


def test_a_healthy_jpeg_draws_no_warning():
    for options in ({}, {"progressive": True}, {"restart_marker_blocks": 2}, {"subsampling": 0}):
        assert read(pictures.jpeg(1, **options)).decoder_warnings == []


@pytest.mark.parametrize("count", [24, 214])
def test_the_warning_that_petimages_is_known_for_is_given_word_for_word(count):
    data = pictures.jpeg(1)
    [warning] = read(data[:-2] + b"x" * count + data[-2:]).decoder_warnings
    # the last bits of the picture may have needed one of them
    words = "Corrupt JPEG data: {} extraneous bytes before marker 0xd9"
    assert warning in {words.format(count), words.format(count - 1)}


def test_bytes_dropped_from_the_middle_are_noticed():
    data = pictures.encode(drawn(1, (320, 240)))
    half = len(data) // 2
    assert read(data[:half] + data[half + 512 :]).decoder_warnings


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_jpeg_cut_short_is_truncated(share):
    data = pictures.encode(drawn(1, (320, 240)))
    outcome, detail = ended(data[: int(len(data) * share)])
    assert (outcome, detail) == (Outcome.TRUNCATED, "Premature end of JPEG file")


def test_a_missing_end_mark_is_truncated():
    assert ended(pictures.jpeg(1)[:-2])[0] == Outcome.TRUNCATED


def test_a_progressive_file_with_missing_scans_is_noticed():
    data = pictures.jpeg(1, progressive=True)
    last = data.rindex(b"\xff\xda")
    [warning] = read(data[:last] + b"\xff\xd9").decoder_warnings
    assert "without its last scans" in warning


def test_a_broken_second_picture_is_noticed():
    frames = [drawn(1), drawn(2)]
    data = pictures.encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert read(data).decoder_warnings == []
    assert read(data).frames == 2
    assert read(data[: len(data) * 3 // 4]).decoder_warnings


def test_a_gif_cut_behind_its_first_picture_is_noticed():
    frames = [drawn(seed).quantize(32) for seed in range(3)]
    data = pictures.encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read(data).decoder_warnings == []
    assert read(data[: len(data) * 2 // 3]).decoder_warnings


@pytest.mark.parametrize("name", ["Cat/1.jpg", "Cat/1.png", "Cat/1.gif"])
def test_a_program_is_never_opened(name):
    assert ended(b"%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n", name)[0] == Outcome.ACTIVE


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"", Outcome.EMPTY),
        (b"not found\n", Outcome.NOT_IMAGE),
        (b"\xff\xd8\xff\xe0", Outcome.UNDECODABLE),
        (pictures.encode(pictures.draw(1), "AVIF").replace(b"avif", b"mif1"), Outcome.UNSUPPORTED),
    ],
)
def test_tells_why_there_is_no_picture(data, outcome):
    assert ended(data)[0] == outcome


def test_too_many_pixels_are_a_limit_and_no_damage():
    head = struct.pack(">LLBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = joined([(b"IHDR", head), (b"IDAT", b""), (b"IEND", b"")])
    outcome, detail = ended(bomb)
    assert outcome == Outcome.OVER_LIMIT
    assert "60000 x 60000" in detail


def test_a_webp_bomb_of_34_bytes_is_never_unpacked():
    bits = (13_299 | 13_299 << 14).to_bytes(4, "little")
    data = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f" + bits + bytes(9)
    assert ended(data)[0] == Outcome.OVER_LIMIT


@pytest.mark.parametrize("size", [(0, 0), (0, 120), (160, 0)])
def test_a_gif_whose_first_picture_is_empty_is_undecodable(size):
    frames = [drawn(seed, (160, 120)).quantize(32) for seed in range(2)]
    data = pictures.encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    first = struct.pack("<BHHHH", 0x2C, 0, 0, 160, 120)
    assert first in data
    broken = data.replace(first, struct.pack("<BHHHH", 0x2C, 0, 0, *size), 1)
    found = ended(broken)
    assert found == (Outcome.UNDECODABLE, "its first picture has no width or no height")


def test_a_gif_frame_far_outside_is_never_unpacked():
    data = pictures.encode(drawn(1).quantize(32), "GIF")
    place = data.index(b",", 13 + 3 * 32)
    far = data[: place + 1] + b"\xff\xff\xff\xff" + data[place + 5 :]
    assert ended(far)[0] == Outcome.OVER_LIMIT


def test_too_many_scans_are_a_limit():
    assert ended(pictures.jpeg(1, progressive=True), max_scans=2)[0] == Outcome.OVER_LIMIT


def test_too_many_chunks_are_a_limit():
    data = pictures.encode(pictures.draw(1), "PNG")
    stuffed = data[:33] + chunk(b"tEXt", b"k\0v") * 99 + data[33:]
    assert ended(stuffed, max_chunks=50)[0] == Outcome.OVER_LIMIT


def test_sixteen_bits_are_rescaled_and_not_clipped():
    ramp = np.linspace(0, 65_535, 100 * 100).astype(np.uint16).reshape(100, 100)
    eight = np.asarray(to_eight_bits(Image.fromarray(ramp)))
    assert (int(eight.min()), int(eight.max())) == (0, 255)
    assert abs(float(eight.mean()) - 127.5) < 1


def test_transparent_pixels_are_shown_on_white():
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    assert to_eight_bits(clear).getpixel((5, 5)) == (255, 255, 255)


def test_a_cmyk_jpeg_is_shown_as_pillow_shows_it():
    data = pictures.encode(pictures.draw(1).convert("CMYK"))
    image = read(data)
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("L"), float)
    assert image.mode == "CMYK"
    assert abs(float(np.asarray(image.grey).mean()) - shown.mean()) < 3


@pytest.mark.parametrize("size", [(1, 1), (65_500, 1), (1, 65_500)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_extreme_shapes_are_read(size, kind):
    image = read(pictures.encode(Image.new("RGB", size, (9, 99, 200)), kind))
    assert (image.width_px, image.height_px) == size


def test_loose_bytes_between_segments_are_read_over():
    parts, rest = segments(pictures.jpeg(1))
    image = read(b"\xff\xd8" + b"loose".join(parts) + rest)
    assert image.width_px == 160
    assert image.decoder_warnings


def test_a_spoilt_extra_chunk_does_not_cost_the_picture():
    data = pictures.encode(pictures.draw(1), "PNG")
    spoilt = data[:33] + chunk(b"iCCP", b"name\0\7rubbish") + data[33:]
    image = read(spoilt)
    assert image.width_px == 160
    assert "can be read" in image.decoder_warnings[0]


def test_orientation_is_told_and_not_applied():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = read(pictures.jpeg(1, exif=exif))
    assert (image.orientation, image.width_px, image.height_px) == (6, 160, 120)


def test_whatever_the_bytes_reading_ends_in_a_verdict():
    rng = random.Random(5)
    for number, (_, data) in enumerate(damage.variants()):
        if number % 3 or not data:
            continue
        spoilt = bytearray(data[: rng.randrange(1, len(data) + 1)])
        for _ in range(rng.randrange(6)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        with contextlib.suppress(ReadingEndedError):
            read(bytes(spoilt))


@pytest.mark.parametrize(
    "sampling",
    [((3, 1), (1, 1), (1, 1)), ((4, 2), (1, 1), (1, 1)), ((2, 2), (2, 1), (1, 1)),
     ((1, 2), (1, 1), (1, 1)), ((2, 1), (1, 2), (1, 1))],
)  # fmt: skip
def test_unusual_subsampling_is_healthy(sampling):
    image = read(flat_jpeg.flat(sampling))
    assert image.decoder_warnings == []
    assert abs(int(np.asarray(image.grey)[5, 5]) - 128) < 3


def test_unusual_subsampling_without_an_end_mark_is_refused_by_tensorflow():
    image = read(flat_jpeg.flat(((3, 1), (1, 1), (1, 1)))[:-2] + bytes(500))
    refusal = facts.of_image(image)["tensorflow_refuses"]
    assert "end mark" in refusal


def test_an_end_mark_before_the_picture_is_refused_by_tensorflow():
    data = pictures.jpeg(1)
    image = read(data[:2] + b"\xff\xd9" + data)
    refusal = facts.of_image(image)["tensorflow_refuses"]
    assert "end mark" in refusal


def test_an_arithmetic_coded_jpeg_is_healthy():
    image = read(flat_jpeg.arithmetic())
    assert image.decoder_warnings == []
    assert image.mode == "L"


def test_an_arithmetic_coded_jpeg_above_the_buffer_of_pillow_is_read():
    data = flat_jpeg.arithmetic(random.Random(1).randbytes(100_000), (3600, 2400))
    image = read(data)
    assert image.width_px == 3600
    assert image.open_pillow().convert("L").size == (3600, 2400)


@pytest.mark.parametrize("marker", [0xC3, 0xF7])
def test_a_kind_that_nobody_reads_is_named_and_not_called_damaged(marker):
    data = pictures.jpeg(1)
    place = data.index(b"\xff\xc0") + 1
    outcome, detail = ended(data[:place] + bytes([marker]) + data[place + 1 :])
    assert outcome == Outcome.UNSUPPORTED
    assert "neither TensorFlow nor Pillow" in detail


def test_tensorflow_is_not_said_to_refuse_a_jpeg_xl():
    outcome, detail = ended(b"\xff\x0a" + bytes(50))
    assert outcome == Outcome.UNSUPPORTED
    assert "nor by TensorFlow" not in detail
    assert "nor by TensorFlow" in ended(b"8BPS" + bytes(50))[1]


def test_a_jpeg_with_its_end_mark_is_not_called_truncated():
    for options in ({}, {"progressive": True}):
        data = pictures.jpeg(1, **options)
        component = data.index(b"\xff\xda") + 5
        outcome, _ = ended(data[:component] + b"\x09" + data[component + 1 :])
        assert outcome == Outcome.UNDECODABLE


def test_a_png_with_its_end_chunk_is_not_called_truncated():
    header, (_, body), end = damage.chunks(pictures.encode(pictures.draw(1), "PNG"))
    assert ended(joined([header, (b"IDAT", body[:-200]), end]))[0] == Outcome.UNDECODABLE


def test_a_gif_with_its_end_mark_is_not_called_truncated():
    data = pictures.encode(drawn(1).quantize(32), "GIF")
    assert ended(data[:1500] + data[2000:])[0] == Outcome.UNDECODABLE
    assert ended(data[:1500])[0] == Outcome.TRUNCATED


def test_a_png_with_a_wrong_checksum_behind_its_rows_is_shown():
    header, (_, body), end = damage.chunks(pictures.encode(pictures.draw(1), "PNG"))
    for spoilt in (body[:-1] + bytes([body[-1] ^ 1]), body[:-4]):
        image = read(joined([header, (b"IDAT", spoilt), end]))
        assert image.structure.refusal == png.FRAME
    image = read(joined([header, (b"IDAT", body[:-4]), (b"IDAT", bytes(4)), end]))
    assert image.structure.refusal == ""
    assert image.decoder_warnings


def test_more_transparency_values_than_colours_are_ignored():
    parts = damage.chunks(pictures.encode(pictures.draw(1).quantize(64), "PNG"))
    for count in (64, 257, 768):
        image = read(joined([*parts[:2], (b"tRNS", b"\xff" * count), *parts[2:]]))
        assert image.mode == "P"


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_alpha_is_converted(mode):
    clear = Image.merge("LA", [Image.new("L", (80, 70), 50), Image.new("L", (80, 70), 0)])
    picture = clear.convert(mode) if mode == "La" else clear.convert("RGBA").convert(mode)
    assert to_eight_bits(picture).getpixel((5, 5)) == (255, 255, 255)


def test_a_grey_tiff_with_premultiplied_alpha_is_read():
    samples = np.full((70, 80, 2), 100, np.uint8).tobytes()
    tags = [(256, 4, 1, 80), (257, 4, 1, 70), (258, 3, 2, 8 << 16 | 8),
            (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 2),
            (278, 4, 1, 70), (279, 4, 1, len(samples)), (338, 3, 1, 1)]  # fmt: skip
    assert read(encoders.tiff(tags, samples)).mode in {"La", "LA"}


@pytest.mark.parametrize("flag", [0x01, 0x40, 0x80])
def test_reserved_flags_of_a_webp_do_not_cost_the_picture(flag):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = pictures.encode(pictures.draw(1), "WEBP", exif=exif)
    assert data[12:16] == b"VP8X"
    image = read(data[:20] + bytes([data[20] | flag]) + data[21:])
    assert image.width_px == 160
    assert facts.of_image(image)["tensorflow_refuses"] == ""


def test_split_exif_says_how_the_picture_is_turned():
    exif = Image.Exif()
    exif[0x010E] = "x" * 100
    exif[0x0112] = 6
    tiff = exif.tobytes()[6:]
    data = pictures.jpeg(1)
    half = len(tiff) // 2
    parts = b"".join(
        b"\xff\xe1" + struct.pack(">H", 8 + len(part)) + b"Exif\0\0" + part
        for part in (tiff[:half], tiff[half:])
    )
    image = read(data[:2] + parts + data[2:])
    assert (image.orientation, image.exif_warnings) == (6, [])


def refusal(image):
    """Say why TensorFlow refuses what was read."""
    return facts.of_image(image)["tensorflow_refuses"]


def gif_of(*parts, size=19, colours=256):
    """Join parts to a GIF with square pictures."""
    flags = 0x80 | colours.bit_length() - 2
    head = struct.pack("<6sHHBBB", b"GIF89a", size, size, flags, 0, 0)
    head += bytes(number % 256 for number in range(3 * colours))
    return b"".join([head, *parts, b";"])


def gif_picture(colour, size=19):
    """Give the part of a GIF that shows a square of one colour."""
    picture = Image.new("P", (size, size), colour)
    picture.putpalette(bytes(range(256)) * 3)
    data = pictures.encode(picture, "GIF", interlace=0, optimize=False)
    start = gif.walk(data, 9, 99).first_data
    return struct.pack("<BHHHHB", 0x2C, 0, 0, size, size, 0) + data[start:-1]


@pytest.mark.parametrize("sampling", [((1, 1),) * 3, ((2, 2), (2, 1), (1, 1))])
@pytest.mark.parametrize("lost", [2, 30])
def test_a_jpeg_that_ends_inside_of_a_second_frame_header_is_shown(sampling, lost):
    image = read(flat_jpeg.flat(sampling)[:-lost] + b"\xff\xc2\xff\xd9")
    assert "it ends inside a second frame header" in image.decoder_warnings
    assert abs(int(np.asarray(image.grey)[5, 5]) - 128) < 3
    assert refusal(image) == ""


def test_a_jpeg_with_a_whole_second_frame_header_is_undecodable():
    tail = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, 48, 64, 3)
    for data in (flat_jpeg.flat(), flat_jpeg.flat(((2, 2), (2, 1), (1, 1)))):
        assert ended(data[:-2] + tail + data[-2:])[0] == Outcome.UNDECODABLE


def test_a_gif_whose_control_block_is_too_short_for_pillow_is_shown():
    # giflib takes the 4 for a length behind the empty block, and so does Pillow
    empty, short = b"!\xf9\0" + b"\4\0\5\0\0\0", b"!\xf9\1x\0"
    image = read(gif_of(empty, gif_picture(1), short, gif_picture(2)))
    assert (refusal(image), image.frames) == ("", 2)
    assert "picture 2 of the file" in image.decoder_warnings[0]


def test_a_colour_that_only_giflib_sees_is_refused_by_tensorflow():
    # clear, colour 0, and a code that never was: Pillow gives up, giflib makes colour 2 of it
    number = 256 | 400 << 18
    frame = (
        struct.pack("<BHHHHB", 0x2C, 0, 0, 3, 1, 0x40) + b"\x08\4" + number.to_bytes(4, "little")
    )
    screen = struct.pack("<6sHHBBB", b"GIF89a", 3, 1, 0x80, 0, 0)
    image = read(screen + bytes(6) + frame + b"\0;")
    assert "colour 2 of a table of 2 colours" in refusal(image)


def test_a_gif_in_which_pillow_sees_another_picture_is_judged_by_what_giflib_sees():
    # behind an empty comment giflib takes the mark of the first picture for a length
    data = gif_of(b"!\xfe\0", gif_picture(1), gif_picture(2), colours=2)
    assert np.unique(np.asarray(Image.open(io.BytesIO(data)))).tolist() == [1]
    assert "colour 2 of a table of 2 colours" in refusal(read(data))


def test_a_gif_that_giflib_finds_no_picture_in_is_refused_by_tensorflow():
    image = read(gif_of(b"!\xfe\0", gif_picture(1, 40), size=40))
    assert "cannot find" in refusal(image)


@pytest.mark.parametrize("flags", [0, 0x40])
def test_a_later_picture_that_ends_too_soon_costs_only_itself(flags):
    early = struct.pack("<BHHHHB", 0x2C, 0, 0, 19, 19, flags) + b"\2\1\x2c\0"
    image = read(gif_of(gif_picture(1), early))
    assert refusal(image) == ""
    assert "picture 2 of the file" in image.decoder_warnings[0]


def test_a_large_gif_that_only_giflib_may_decode_is_over_a_limit_and_not_damaged():
    early = struct.pack("<BHHHHB", 0x2C, 0, 0, 4000, 4000, 0) + b"\2\1\x2c\0"
    outcome, detail = ended(gif_of(early, size=4000))
    assert outcome == Outcome.OVER_LIMIT
    assert detail == "a damaged GIF of 4000 x 4000 pixels, too large to be read slowly"


def test_a_webp_with_bytes_behind_its_picture_is_no_reason_for_tensorflow_to_refuse_it():
    data = pictures.encode(pictures.draw(1), "WEBP")
    size = len(data) - 7
    image = read(data[:4] + size.to_bytes(4, "little") + data[8:] + b"x")
    assert refusal(image) == ""
    assert "the picture itself can be read" in image.decoder_warnings[0]


def test_a_webp_whose_picture_leads_out_of_its_container_is_refused_by_tensorflow():
    data = pictures.encode(pictures.draw(1), "WEBP")
    image = read(data[:4] + (20).to_bytes(4, "little") + data[8:])
    assert "damaged container" in refusal(image)


def test_a_picture_above_the_limit_of_pillow_itself_is_no_damage(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    data = pictures.encode(pictures.draw(1), "PNG")
    assert ended(data)[0] == Outcome.OVER_LIMIT


def test_a_jpeg_that_ends_inside_a_segment_behind_its_picture_is_shown():
    image = read(pictures.jpeg(1)[:-2] + b"\xff\xe1\x40\0xx")
    assert image.decoder_warnings == ["Premature end of JPEG file"]


def test_a_jpeg_that_announces_more_pictures_in_vain_is_one_picture():
    data = pictures.encode(drawn(1), "MPO", save_all=True, append_images=[drawn(2)])
    without_order_of_bytes = data.replace(b"MPF\0II", b"MPF\0\0\0")
    with pytest.warns(UserWarning, match="malformed MPO"):
        image = read(without_order_of_bytes)
    assert (image.frames, image.decoder_warnings) == (1, [])


def test_a_png_whose_compressed_data_hold_nothing_is_over_a_limit():
    header, (_, body), end = damage.chunks(pictures.encode(pictures.draw(1), "PNG"))
    flood = body[:2] + b"\0\0\0\xff\xff" * 1_000_000 + body[2:]
    assert ended(joined([header, (b"IDAT", flood), end])) == (Outcome.OVER_LIMIT, png.BARREN)


def test_a_gif_without_a_colour_table_is_refused_by_tensorflow():
    whole = gif_of(gif_picture(1))
    image = read(whole[:10] + b"\0" + whole[11:13] + whole[13 + 3 * 256 :])
    assert refusal(image) == "a GIF without a colour table"


def test_a_gif_with_tiny_codes_is_refused_by_tensorflow():
    data = pictures.encode(pictures.draw(1), "GIF")
    place = gif.walk(data, 9, 99).first_data
    image = read(data[:place] + b"\0" + data[place + 1 :])
    assert refusal(image) == "a GIF with codes of fewer bits than the format allows"


def test_a_gif_that_pillow_opens_in_full_colour_is_read(monkeypatch):
    monkeypatch.setattr(
        GifImagePlugin, "LOADING_STRATEGY", GifImagePlugin.LoadingStrategy.RGB_ALWAYS
    )
    image = read(gif_of(gif_picture(1)))
    assert (image.mode, refusal(image)) == ("RGB", "")
