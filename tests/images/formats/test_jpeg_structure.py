"""Every marker of a JPEG, and what the walk makes of it."""

import struct

import pictures
import pytest
from images import flat_jpeg
from images.damage import segments

from catsclean.images.formats import jpeg

FRAMES = [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF]
# tables B.1 of T.81: progressive, arithmetic, lossless, hierarchical (differential)
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
ARITHMETIC = {0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
LOSSLESS = {0xC3, 0xC7, 0xCB, 0xCF}
DIFFERENTIAL = {0xC5, 0xC6, 0xCD, 0xCE}


def walk(data, max_scans=100, max_segments=1000):
    return jpeg.walk(data, max_scans, max_segments)


def segment(marker, body=b""):
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(body)) + body


def with_frame(marker):
    data = pictures.jpeg(1, (48, 32))
    place = data.index(b"\xff\xc0") + 1
    return data[:place] + bytes([marker]) + data[place + 1 :]


def with_segments(*parts, picture=None):
    data = picture or pictures.jpeg(1, (48, 32))
    return data[:2] + b"".join(parts) + data[2:]


@pytest.mark.parametrize("marker", FRAMES)
def test_every_frame_header_gives_the_size(marker):
    found = walk(with_frame(marker))
    assert (found.frame_marker, found.width_px, found.height_px) == (marker, 48, 32)
    assert (found.precision_bits, found.components) == (8, 3)
    assert found.progressive is (marker in PROGRESSIVE)
    assert found.arithmetic is (marker in ARITHMETIC)
    assert ("lossless" in found.rare_kind) is (marker in LOSSLESS)
    assert ("hierarchical" in found.rare_kind) is (marker in DIFFERENTIAL)
    assert found.plain is (marker in {0xC0, 0xC1, 0xC2, 0xC9, 0xCA})


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC, 0xDB, 0xDD, 0xF0, 0xFD])
def test_other_markers_give_no_size(marker):
    frame = struct.pack(">BHHB", 8, 5, 7, 3) + bytes(9)
    found = walk(b"\xff\xd8" + segment(marker, frame))
    assert (found.frame_marker, found.width_px, found.components) == (0, 0, 0)


@pytest.mark.parametrize(("components", "mode"), [(1, "L"), (2, ""), (3, "RGB"), (4, "CMYK")])
def test_components_give_the_mode(components, mode):
    data = pictures.jpeg(1, (48, 32))
    place = data.index(b"\xff\xc0") + 9
    found = walk(data[:place] + bytes([components]) + data[place + 1 :])
    assert (found.components, found.mode) == (components, mode)
    assert found.plain is (components != 2)


def test_the_first_frame_header_counts():
    other = segment(0xC2, struct.pack(">BHHB", 8, 5, 7, 1) + bytes(3))
    found = walk(with_segments(other))
    assert (found.frame_marker, found.width_px, found.height_px) == (0xC2, 7, 5)


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE])
def test_bytes_of_metadata_are_counted_with_their_heads(marker):
    plain = walk(pictures.jpeg(1, (48, 32))).metadata_bytes
    extra = with_segments(segment(marker, bytes(10)), segment(marker))
    assert walk(extra).metadata_bytes == plain + 14 + 4


@pytest.mark.parametrize("marker", [0xC4, 0xDB, 0xDD, 0xF0, 0xDC])
def test_bytes_of_tables_are_no_metadata(marker):
    plain = walk(pictures.jpeg(1, (48, 32))).metadata_bytes
    assert walk(with_segments(segment(marker, bytes(10)))).metadata_bytes == plain


def test_only_exif_is_exif():
    for marker, body in ((0xE1, b"Exif\0\1II*\0"), (0xE0, b"Exif\0\0II*\0"), (0xE1, b"http:x")):
        assert walk(with_segments(segment(marker, body))).exif is None
    assert walk(with_segments(segment(0xE1, b"Exif\0\0II*\0"))).exif == b"II*\0"


def test_parts_of_a_profile_are_joined():
    parts = [segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 2]) + body)
             for n, body in ((1, b"abc"), (2, b"de"))]  # fmt: skip
    assert walk(with_segments(*parts)).icc == b"abcde"
    assert walk(with_segments(segment(0xE2, b"ICC_PROFIL3\0\1\1abc"))).icc is None
    assert walk(with_segments(segment(0xE1, b"ICC_PROFILE\0\1\1abc"))).icc is None


def test_further_pictures_are_announced_by_their_segment_alone():
    assert walk(with_segments(segment(0xE2, b"MPF\0abc"))).multi_picture
    assert not walk(with_segments(segment(0xE1, b"MPF\0abc"))).multi_picture
    assert not walk(with_segments(segment(0xE2, b"MPG\0abc"))).multi_picture


def test_segments_are_counted():
    parts, _ = segments(pictures.jpeg(1, (48, 32)))
    assert walk(pictures.jpeg(1, (48, 32))).segments == len(parts) + 1
    assert walk(with_segments(*[segment(0xFE)] * 5)).segments == len(parts) + 6


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_the_walk_ends_one_segment_over_the_limit(limit):
    found = walk(with_segments(*[segment(0xFE)] * 20), max_segments=limit)
    assert found.segments == limit + 1
    assert found.width_px == 0


def test_bytes_between_segments_are_counted():
    assert walk(with_segments(segment(0xFE), b"loose")).filler_bytes == 5
    assert walk(with_segments(segment(0xFE), b"\xff\xff\xff")).filler_bytes == 3
    assert walk(with_segments(b"\0")).filler_bytes == 1
    assert walk(pictures.jpeg(1)).filler_bytes == 0


@pytest.mark.parametrize("marker", [0x01, *range(0xD0, 0xD8)])
def test_markers_without_meaning_are_noted_and_taken_out(marker):
    plain = pictures.jpeg(1, (48, 32))
    data = with_segments(segment(0xFE), bytes([0xFF, marker]), segment(0xFE))
    found = walk(data)
    assert found.stray_markers == [6]
    assert (found.width_px, found.end_offset) == (48, len(data))
    assert jpeg.without_stray_markers(data, found) == plain[:2] + segment(0xFE) * 2 + plain[2:]
    assert jpeg.without_stray_markers(plain, walk(plain)) is plain


def test_bytes_behind_a_stray_marker_go_with_it():
    data = with_segments(b"\xff\xd0loose", segment(0xFE))
    assert jpeg.without_stray_markers(data, walk(data)) == with_segments(segment(0xFE))


def test_a_second_start_ends_the_walk():
    assert walk(with_segments(b"\xff\xd8")).width_px == 0


def test_an_end_mark_in_the_header_ends_the_walk():
    found = walk(with_segments(segment(0xFE), b"\xff\xd9"))
    assert (found.end_offset, found.width_px, found.scan_offset) == (8, 0, 0)


def test_a_length_below_two_counts_as_two():
    found = walk(with_segments(b"\xff\xfe\0\0", b"\xff\xfe\0\1"))
    assert (found.width_px, found.filler_bytes) == (48, 0)


def test_the_scan_begins_behind_its_header():
    data = pictures.jpeg(1, (48, 32))
    place = data.index(b"\xff\xda")
    assert walk(data).scan_offset == place + 2 + data[place + 3]


def test_the_first_end_mark_behind_the_scan_counts():
    data = pictures.jpeg(1, (48, 32))
    assert walk(data + data).end_offset == len(data)
    exif = with_segments(segment(0xFE, b"\xff\xd9"))
    assert walk(exif).end_offset == len(exif)


def test_scans_of_a_progressive_file_are_counted():
    data = pictures.jpeg(1, (48, 32), progressive=True)
    headers = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    found = walk(data)
    assert found.scans == len(headers)
    assert found.in_scans
    for limit in range(1, len(headers)):
        assert walk(data, max_scans=limit).scans == limit + 1
    assert walk(data, max_scans=len(headers)).scans == len(headers)
    assert not walk(pictures.jpeg(1)).in_scans


def test_coefficients_without_their_last_bit_are_missing():
    data = pictures.jpeg(1, (48, 32), progressive=True)
    places = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    missing = [walk(data[:place] + b"\xff\xd9").missing_coefficients for place in places[1:]]
    # libjpeg's script: brightness and colour at first without their last bits
    assert missing == sorted(missing, reverse=True)
    assert missing[0] == 192
    assert missing[-1] == 63
    assert walk(data).missing_coefficients == 0


def test_segments_between_scans_count_as_well():
    data = pictures.jpeg(1, (48, 32), progressive=True)
    last = data.rindex(b"\xff\xda")
    stuffed = data[:last] + segment(0xFE) * 7 + data[last:]
    assert walk(stuffed).segments == walk(data).segments + 7
    assert walk(stuffed).end_offset == len(stuffed)
    few = walk(data).segments
    assert walk(stuffed, max_segments=few).segments == few + 1


def test_a_decoder_that_stops_at_a_marker_finds_the_end_behind_harmless_segments():
    data = pictures.jpeg(1)
    found = walk(data)
    middle = found.scan_offset + 50

    def reaches(part):
        return jpeg.reaches_end(data[:middle] + part + data[middle:], found)

    for marker in (0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xFE, 0xE0, 0xEF):
        assert reaches(segment(marker, bytes(5)))
        assert not reaches(bytes([0xFF, marker]) + b"\xff\xf0")
    for marker in (0xC0, 0xC8, 0xDA, 0xD8, 0xF0, 0x02):
        assert not reaches(segment(marker, bytes(5)))
    for marker in (0xD0, 0xD7, 0x01):
        assert reaches(bytes([0xFF, marker]))
    assert not jpeg.reaches_end(data[:-2], found)
    assert not jpeg.reaches_end(data[:-2] + b"\xff\xfe\0", found)


def test_a_decoder_goes_on_through_all_scans_to_the_end():
    for data in (pictures.jpeg(1, progressive=True), flat_jpeg.in_scans()):
        assert jpeg.reaches_end(data, walk(data))
        assert not jpeg.reaches_end(data[:-2], walk(data[:-2]))


def test_the_end_of_a_file_behind_a_stray_marker_says_nothing_of_the_picture():
    data = pictures.jpeg(1)
    found = walk(data)
    middle = found.scan_offset + 50
    cut = data[:-2]
    assert not jpeg.ends_behind_stray_marker(cut, found)
    assert jpeg.ends_behind_stray_marker(cut + b"\xff", found)
    for marker in (0xC4, 0xE5, 0xFE, 0xDA):
        stray = cut[:middle] + bytes([0xFF, marker]) + cut[middle:]
        assert jpeg.ends_behind_stray_marker(stray, found)
    assert not jpeg.ends_behind_stray_marker(data, found)


def test_a_table_of_a_progressive_file_that_leads_out_of_it_is_a_stray_marker():
    data = pictures.jpeg(1, progressive=True)
    found = walk(data)
    assert not jpeg.ends_behind_stray_marker(data[:-2], found)
    assert jpeg.ends_behind_stray_marker(data[:-2] + b"\xff\xc4\xff\xfe", found)
    assert not jpeg.ends_behind_stray_marker(data[:-2] + b"\xff\xda\xff\xfe", found)
    assert not jpeg.ends_behind_stray_marker(data[:-2] + b"\xff\xc4\1", found)
