"""Metadata of unusual and of hostile files: what goes, what stays, and what is refused."""

import io
import zlib

import pytest
from pictures import draw, encode, jpeg
from PIL import Image
from repaired import mended, opened

from catsclean.cleaning.repairs.repair import NOTHING, CannotRepairError
from catsclean.cleaning.repairs.segments import without_further_pictures, without_position

POSITION = {1: "N", 2: (51.0, 28.0, 40.0), 3: "W", 4: (0.0, 0.0, 5.0)}
PACKET = b'<x exif:GPSLatitude="51,28N"/>'


def with_position(orientation=1):
    """Make the TIFF bytes of Exif data with a position, and where it and its entry lie."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Maker"
    exif.get_ifd(0x8825).update(POSITION)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def chunk(kind, body):
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def png(*chunks):
    data = encode(draw(1, (40, 30)), "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def text_of_digits(kind, profile):
    """Make the text that ImageMagick writes into a PNG for a segment of a JPEG."""
    return (
        b"Raw profile type "
        + kind
        + b"\0\n%s\n%8d\n" % (kind, len(profile))
        + (profile.hex().encode() + b"\n")
    )


def webp(*chunks):
    """Make a WebP with more chunks."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    data = encode(draw(1, (40, 30)), "WEBP", exif=exif, xmp=PACKET)
    for kind, body in chunks:
        data += kind + len(body).to_bytes(4, "little") + body + bytes(len(body) & 1)
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]


def stripped(data, *, only_position=False, kind="png"):
    return mended(data, "strip-position" if only_position else "strip-metadata",
                  path=f"Cat/1.{kind}")  # fmt: skip


def digits_of(data):
    """Return the bytes that a PNG spells as its Exif data."""
    with Image.open(io.BytesIO(data)) as picture:
        (text,) = (text for name, text in picture.text.items() if name.startswith("Raw profile"))
    return bytes.fromhex("".join(text.split("\n")[3:]))


@pytest.mark.parametrize("kind", [b"exif", b"APP1"])
@pytest.mark.parametrize("prefix", [b"Exif\0\0", b""])
def test_a_position_that_a_png_spells_in_digits_is_removed_and_the_rest_stays(kind, prefix):
    data = png(chunk(b"tEXt", text_of_digits(kind, prefix + with_position(6))))
    found = stripped(data, only_position=True)
    exif = Image.Exif()
    exif.load(digits_of(found.data))
    assert (exif[0x0112], exif[0x010F], exif.get_ifd(0x8825)) == (6, "Maker", {})
    assert opened(found.data).getexif().get(0x0112) == opened(data).getexif().get(0x0112)
    assert found.lossless


def test_an_orientation_that_a_png_spells_in_digits_survives_the_removal_of_metadata():
    data = png(chunk(b"tEXt", text_of_digits(b"exif", b"Exif\0\0" + with_position(6))))
    assert dict(opened(stripped(data).data).getexif()) == {0x0112: 6}


@pytest.mark.parametrize(
    "made",
    [
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(PACKET)),
        (b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(PACKET)),
        (b"tEXt", text_of_digits(b"xmp", PACKET)),
        (b"tEXt", text_of_digits(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + PACKET)),
        (b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(
            text_of_digits(b"xmp", PACKET).partition(b"\0")[2])),
    ],
    ids=["plain", "packed", "as a zTXt", "in digits", "as a segment", "in packed digits"],
)  # fmt: skip
def test_a_packet_with_a_position_is_found_however_a_png_holds_it(made):
    data = png(chunk(*made), chunk(b"tEXt", b"Comment\0of a cat"))
    found = stripped(data, only_position=True)
    assert found.lossless
    assert made[1] not in found.data
    assert b"of a cat" in found.data


@pytest.mark.parametrize(
    "made",
    [
        (b"tEXt", text_of_digits(b"exif", b"Exif\0\0II*\0\x08\0\0\0\0\0")),
        (b"tEXt", b"Raw profile type exif\0\nexif\n 3\nno digits"),
        (b"zTXt", b"XML:com.adobe.xmp\0\0not packed"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
        (b"tIME", b"\x07\xe8\1\1\0\0\0"),
        (b"teSt", b"of somebody"),
    ],
)
def test_what_holds_no_position_stays_and_goes_with_all_metadata(made):
    data = png(chunk(*made))
    with pytest.raises(CannotRepairError, match=NOTHING):
        stripped(data, only_position=True)
    assert chunk(*made) not in stripped(data).data


def test_a_text_that_is_too_long_to_search_is_named():
    bomb = b"XML:com.adobe.xmp\0\0" + zlib.compress(bytes(2**24 + 1))
    with pytest.raises(CannotRepairError, match="a text in it has more than 16,777,216 bytes"):
        stripped(png(chunk(b"zTXt", bomb)), only_position=True)


def test_further_pictures_of_a_file_keep_their_metadata_and_it_says_so():
    data = encode(draw(7), "MPO", save_all=True, append_images=[draw(8)])
    with pytest.raises(CannotRepairError, match="further pictures, with metadata of their own"):
        stripped(data, kind="jpg")
    with pytest.raises(CannotRepairError, match="the bytes after its end are further pictures"):
        mended(data + b"hidden", "cut-tail")
    with pytest.raises(CannotRepairError, match="not known where the first picture ends"):
        without_further_pictures(data, -1)


def test_the_metadata_of_a_jpeg_2000_are_named_and_one_without_needs_no_repair():
    data = encode(draw(1), "JPEG2000")
    with pytest.raises(CannotRepairError, match=NOTHING):
        stripped(data, kind="jp2")
    box = (24).to_bytes(4) + b"uuid" + bytes(16)
    with pytest.raises(CannotRepairError, match="metadata of JPEG2000 files cannot be removed"):
        stripped(data + box, kind="jp2")


def test_a_packet_and_an_unknown_chunk_of_a_webp_go_with_all_metadata():
    found = stripped(webp((b"ABCD", b"abc")), kind="webp").data
    assert not any(one in found for one in (b"ABCD", b"XMP ", b"EXIF"))
    opened(found)


def test_the_packet_of_a_webp_goes_with_the_position_in_it_and_another_one_stays():
    found = stripped(webp((b"ABCD", b"abc")), only_position=True, kind="webp").data
    assert [one in found for one in (b"ABCD", b"XMP ", b"EXIF")] == [True, False, True]
    named = webp().replace(b"GPS", b"SPG")
    with pytest.raises(CannotRepairError, match=NOTHING):
        stripped(named, only_position=True, kind="webp")


def test_the_packet_of_a_jpeg_goes_with_the_position_in_it_and_a_comment_stays():
    data = encode(draw(1, (40, 30)), xmp=PACKET, comment=b"of a cat")
    found = stripped(data, only_position=True, kind="jpg").data
    assert (PACKET in found, b"of a cat" in found) == (False, True)


def test_exif_data_that_go_on_in_a_second_segment_of_a_jpeg_lose_their_position():
    first, tiff = 65_000, with_position() + b"x" * 70_000
    parts = [b"Exif\0\0" + tiff[:first], b"Exif\0\0" + tiff[first:]]
    data = jpeg(1)
    segments = [b"\xff\xe1" + (len(part) + 2).to_bytes(2) + part for part in parts]
    found = stripped(data[:2] + b"".join(segments) + data[2:], only_position=True, kind="jpg").data
    exif = opened(found).getexif()
    assert (exif[0x010F], exif.get_ifd(0x8825)) == ("Maker", {})


@pytest.mark.parametrize("between", [b"\xff", b"\xff\x01"])
def test_bytes_between_the_segments_of_a_jpeg_are_no_metadata(between):
    data = jpeg(1)
    with pytest.raises(CannotRepairError, match=NOTHING):
        stripped(data[:2] + between + data[2:], kind="jpg")


def test_the_directory_that_named_the_position_has_one_entry_less():
    tiff = with_position()
    order = "big" if tiff[:2] == b"MM" else "little"
    counts = [int.from_bytes(one[8:10], order) for one in (tiff, without_position(tiff))]
    assert counts == [3, 2]


def test_an_orientation_that_means_nothing_goes_with_all_metadata():
    exif = Image.Exif()
    exif[0x0112] = 9
    found = stripped(encode(draw(1, (40, 30)), exif=exif), kind="jpg").data
    assert dict(opened(found).getexif()) == {}


def test_a_comment_behind_pictures_with_colours_of_their_own_is_found_in_a_gif():
    frames = [draw(seed, (40, 30)).quantize(16) for seed in (1, 2)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found = stripped(data[:-1] + b"\x21\xfe\x05later\0;", kind="gif").data
    assert found == data


def test_a_directory_of_the_position_outside_of_the_exif_data_is_refused():
    tiff = bytearray(with_position())
    entry = tiff.find(b"\x88\x25") if tiff[:2] == b"MM" else tiff.find(b"\x25\x88")
    order = "big" if tiff[:2] == b"MM" else "little"
    for place, why in ((2**31, "lies outside"), (2, "lies outside"), (8, "overlaps"), (9, "over")):
        tiff[entry + 8 : entry + 12] = place.to_bytes(4, order)
        with pytest.raises(CannotRepairError, match=f"the directory of its position {why}"):
            without_position(bytes(tiff))


def test_a_directory_of_the_position_that_runs_into_the_main_one_is_refused():
    # the main directory lies at 24, and that of the position at 8 says that it has two entries
    main = b"\0\1" + b"\x88\x25\0\4\0\0\0\1\0\0\0\10" + bytes(4)
    tiff = b"MM\0*\0\0\0\x18" + b"\0\2" + b"\0\1\0\2\0\0\0\2N\0\0\0" + b"\0\0" + main
    with pytest.raises(CannotRepairError, match="overlaps with another one"):
        without_position(tiff)


def test_exif_data_that_end_in_the_middle_of_a_directory_are_read_as_far_as_they_go():
    tiff = with_position()
    assert without_position(tiff[:12]) == tiff[:12]
