"""Work that is bounded by something that is counted in the file, format by format."""

import struct
import zlib

import pictures
import pytest
from hostile import encoders
from images.damage import chunk, joined
from PIL import Image

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images.decoding import decode, open_image
from catsclean.images.formats import bmp, boxes, ico, jpeg2000, png, tiff, webp
from catsclean.images.image import ReadingEndedError


def outcome(data, **limits):
    with pytest.raises(ReadingEndedError) as caught:
        decode(open_image("Cat/1.jpg", data, Limits(**limits)))
    return caught.value.outcome


def run_length(runs, size=(2000, 2000), compression=1):
    return encoders.bmp(*size, 8 if compression == 1 else 4, runs, compression=compression)


@pytest.fixture
def few_runs(monkeypatch):
    monkeypatch.setattr(bmp, "_MOST_RUNS", 100)


@pytest.mark.parametrize("compression", [1, 2])
def test_runs_of_a_bmp_are_counted(few_runs, compression):
    assert bmp.excess(run_length(b"\1\7" * 99 + b"\0\1", compression=compression)) == ""
    assert "runs" in bmp.excess(run_length(b"\1\7" * 100 + b"\0\1", compression=compression))
    assert outcome(run_length(b"\1\7" * 200, compression=compression)) == Outcome.OVER_LIMIT


def test_what_stands_behind_the_end_of_the_runs_is_not_counted(few_runs):
    assert bmp.excess(run_length(b"\1\7" * 50 + b"\0\1" + b"\1\7" * 200)) == ""


def test_literal_pixels_are_one_run(few_runs):
    literal = b"\0\xfe" + bytes(254)
    assert bmp.excess(run_length(literal * 60 + b"\0\1")) == ""
    assert bmp.excess(run_length(literal * 100 + b"\0\1"))
    odd = b"\0\3abc\0"
    assert bmp.excess(run_length(odd * 60 + b"\0\1")) == ""
    half = b"\0\5abc\0"  # five pixels of 4 bits
    assert bmp.excess(run_length(half * 60 + b"\0\1", compression=2)) == ""


def test_jumps_are_one_run(few_runs):
    assert bmp.excess(run_length(b"\0\2\1\1" * 60 + b"\0\1" + b"\1\1" * 99)) == ""


def test_pixels_in_runs_are_limited():
    assert "pixels in runs" in bmp.excess(run_length(b"\0\1", (4473, 4472)))
    assert bmp.excess(run_length(b"\0\1", (4472, 4472))) == ""
    assert bmp.excess(encoders.bmp(4473, 4473, 8, b"")) == ""


def icon(*pictures_inside):
    """Give an icon of several pictures."""
    entries, place = b"", 6 + 16 * len(pictures_inside)
    for inside in pictures_inside:
        entries += struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inside), place)
        place += len(inside)
    return struct.pack("<HHH", 0, 1, len(pictures_inside)) + entries + b"".join(pictures_inside)


def test_chunks_of_all_pngs_in_an_icon_are_counted_together():
    inner = pictures.encode(pictures.draw(1, (16, 16)), "PNG")
    stuffed = inner[:33] + chunk(b"teSt", b"") * 20 + inner[33:]
    assert ico.excess(icon(stuffed, stuffed), 10, 46) == ""
    assert "chunks" in ico.excess(icon(stuffed, stuffed), 10, 45)
    assert outcome(icon(stuffed), max_chunks=20) == Outcome.OVER_LIMIT


def test_pictures_of_an_icon_are_limited():
    inner = pictures.encode(pictures.draw(1, (16, 16)), "PNG")
    assert ico.excess(icon(inner, inner), 2, 100) == ""
    assert "more than 1 pictures" in ico.excess(icon(inner, inner), 1, 100)


def test_runs_inside_of_an_icon_are_counted(few_runs):
    inside = run_length(b"\1\7" * 200)[14:]
    assert "runs" in ico.excess(icon(inside), 10, 100)


def test_chunks_of_a_webp_are_counted():
    data = pictures.encode(pictures.draw(1), "WEBP", exif=b"Exif\0\0II*\0")
    assert webp.excess(data, 3) == ""
    assert webp.excess(data, 2) == "more than 2 chunks"
    assert outcome(data, max_chunks=2) == Outcome.OVER_LIMIT


def test_boxes_of_an_avif_are_counted():
    data = pictures.encode(pictures.draw(1), "AVIF")
    count = boxes.walk(data, 1000).boxes
    assert 3 <= count < 20
    assert boxes.walk(data + b"\0\0\0\x08free" * 5, 1000).boxes == count + 5
    assert boxes.walk(data, 1).boxes == 2
    assert boxes.walk(data[:20] + b"\0\0\0\0free" + data[28:], 1000).boxes <= count
    assert outcome(data + b"\0\0\0\x08free" * 50, max_chunks=40) == Outcome.OVER_LIMIT


@pytest.mark.parametrize("codestream", [True, False])
def test_segments_and_tiles_of_a_jpeg_2000_are_counted(codestream):
    options = {"no_jp2": True} if codestream else {}
    one = pictures.encode(pictures.draw(1, (64, 64)), "JPEG2000", **options)
    many = pictures.encode(pictures.draw(1, (64, 64)), "JPEG2000", tile_size=(16, 16), **options)
    found = jpeg2000.walk(one, 1000)
    assert jpeg2000.walk(many, 1000).segments >= found.segments + 15
    assert jpeg2000.walk(many, 9).segments == 10
    assert outcome(many, max_chunks=9) == Outcome.OVER_LIMIT


@pytest.mark.parametrize("levels", [0, 1, 3, 5])
def test_levels_of_a_jpeg_2000_are_read(levels):
    data = pictures.encode(pictures.draw(1), "JPEG2000", num_resolutions=levels + 1)
    assert jpeg2000.walk(data, 1000).levels == levels


@pytest.mark.parametrize("levels", [0, 1, 2, 5])
def test_a_jpeg_2000_looks_the_same_with_and_without_its_finest_levels(levels):
    picture = pictures.draw(1, (700, 600))
    image = open_image(
        "a.jp2", pictures.encode(picture, "JPEG2000", num_resolutions=levels + 1), Limits()
    )
    decode(image)
    assert (image.width_px, image.height_px) == (700, 600)
    assert image.grey.size == (88, 75)
    wanted = picture.convert("L").reduce(8).resize((88, 75))
    difference = sum(
        abs(a - b) for a, b in zip(image.grey.tobytes(), wanted.tobytes(), strict=True)
    )
    assert difference / (88 * 75) < 12


def test_no_cut_of_a_jpeg_2000_or_avif_makes_the_walk_raise():
    for kind in ("JPEG2000", "AVIF"):
        data = pictures.encode(pictures.draw(1, (32, 32)), kind)
        for end in range(len(data)):
            jpeg2000.walk(data[:end], 1000)
            boxes.walk(data[:end], 1000)


def test_values_of_tags_on_top_of_each_other_are_limited():
    def overlapping(count):
        entries = [(300 + number, 7, 100_000, struct.pack("<I", 8)) for number in range(count)]
        head = b"II*\0" + struct.pack("<I", 8 + 100_000) + bytes(100_000)
        body = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
        return head + struct.pack("<H", count) + body + bytes(4)

    assert tiff.excess(overlapping(20), 10) == ""
    assert "overlapping tags" in tiff.excess(overlapping(60), 10)


def test_strips_of_a_tiff_are_limited():
    def strips(count):
        return encoders.grey_tiff(9, 9, bytes(4 * count), (273, encoders.LONG, count, 8))

    assert tiff.excess(strips(250_000), 10) == ""
    assert "250,001 values" in tiff.excess(strips(250_001), 10)


EMPTY_BLOCK = b"\0\0\0\xff\xff"  # stored bytes, and none of them


def behind_empty_blocks(rows, blocks):
    packed = zlib.compress(rows)
    return packed[:2] + EMPTY_BLOCK * blocks + packed[2:]


def animated_png(packed):
    """Give two frames of 16 x 16 grey pixels; the second one has these data."""
    control = struct.pack(">IIIIHHBB", 16, 16, 0, 0, 1, 1, 0, 0)
    body = [
        (b"acTL", struct.pack(">II", 2, 0)), (b"fcTL", bytes(4) + control),
        (b"IDAT", zlib.compress(bytes(17 * 16))), (b"fcTL", b"\0\0\0\1" + control),
        (b"fdAT", b"\0\0\0\2" + packed[:99]), (b"fdAT", b"\0\0\0\3" + packed[99:]),
        (b"IEND", b""),
    ]  # fmt: skip
    return joined([encoders.png_header(16, 16), *body])


def test_empty_blocks_behind_the_first_frame_of_a_png_are_limited():
    rows = bytes(17 * 16)
    few = open_image("a.png", animated_png(behind_empty_blocks(rows, 800_000)), Limits())
    decode(few)
    assert (few.frames, few.decoder_warnings) == (2, [])
    many = animated_png(behind_empty_blocks(rows, 1_000_000))
    assert outcome(many) == Outcome.OVER_LIMIT
    assert png.later_excess(many) == png.BARREN


def test_pixels_behind_the_first_frame_of_a_png_are_no_empty_blocks():
    noise = [Image.effect_noise((1600, 1600), 200) for _ in range(4)]
    data = pictures.encode(noise[0], "PNG", save_all=True, append_images=noise[1:])
    assert len(data) > 6_000_000
    assert png.later_excess(data) == ""


def deflated_tiff(packed, strips, compression=8):
    """Give strips of 16 x 16 grey pixels, all of them the same bytes of the file."""
    offsets, lengths = struct.pack("<I", 8) * strips, struct.pack("<I", len(packed)) * strips
    return encoders.grey_tiff(
        16, 16 * strips, packed, (259, encoders.SHORT, 1, compression),
        (273, encoders.LONG, strips, offsets), (278, encoders.LONG, 1, 16),
        (279, encoders.LONG, strips, lengths),
    )  # fmt: skip


@pytest.mark.parametrize("compression", [8, 32_946])
def test_empty_blocks_in_the_strips_of_a_tiff_are_limited(compression):
    packed = behind_empty_blocks(bytes(256), 100_000)
    few = open_image("a.tif", deflated_tiff(packed, 8, compression), Limits())
    decode(few)
    assert (few.width_px, few.height_px) == (16, 128)
    many = deflated_tiff(packed, 9, compression)
    assert outcome(many) == Outcome.OVER_LIMIT
    assert tiff.excess(many, 10) == png.BARREN


def test_pixels_in_the_strips_of_a_tiff_are_no_empty_blocks():
    noise = Image.effect_noise((3000, 3000), 200)
    data = pictures.encode(noise, "TIFF", compression="tiff_adobe_deflate")
    assert len(data) > 2**22
    assert tiff.excess(data, 10) == ""
    assert tiff.excess(deflated_tiff(zlib.compress(bytes(256)), 200_000), 10) == ""


@pytest.mark.parametrize("change", range(0, 160, 3))
def test_no_damage_of_a_deflated_tiff_makes_the_walk_raise(change):
    data = bytearray(deflated_tiff(behind_empty_blocks(bytes(256), 100_000), 9))
    data[-change - 1] ^= 0xFF
    tiff.excess(bytes(data), 10)
    tiff.excess(bytes(data[: -change - 1]), 10)


def test_an_mpo_whose_second_picture_has_too_many_scans_keeps_its_first():
    frames = [pictures.draw(1), pictures.draw(2)]
    data = pictures.encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    second = data.index(b"\xff\xd8\xff", 100)
    small = pictures.jpeg(1, progressive=True)
    scan = small.rindex(b"\xff\xda")
    image = open_image(
        "a.jpg", data[:second] + small[:-2] + small[scan:-2] * 30 + small[-2:], Limits(max_scans=20)
    )
    decode(image)
    assert (image.frames, image.decoder_warnings) == (2, [])
