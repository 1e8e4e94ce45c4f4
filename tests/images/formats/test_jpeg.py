import struct

import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from images import flat_jpeg
from images.damage import segments
from PIL import Image

from catsclean.images.formats import jpeg


def walk(data, max_scans=100):
    return jpeg.walk(data, max_scans, 1000)


def test_reads_size_and_colours_from_the_frame_header():
    found = walk(pictures.jpeg(1, (161, 77)))
    assert (found.width_px, found.height_px, found.components) == (161, 77, 3)
    assert (found.precision_bits, found.progressive, found.plain) == (8, False, True)


def test_knows_where_the_picture_ends():
    data = pictures.jpeg(1)
    assert walk(data + b"behind").end_offset == len(data)
    assert walk(data[:-2]).end_offset == -1


def test_who_only_decodes_may_leave_the_end_alone():
    data = pictures.jpeg(1)
    found = jpeg.walk(data, 100, 1000, to_end=False)
    assert found.end_offset == -1
    found.end_offset = len(data)
    assert found == walk(data)


def test_of_metadata_that_are_cut_only_those_count_that_are_there():
    assert walk(b"\xff\xd8\xff\xe0\x7f\xffJFIF").metadata_bytes == 8


def test_a_whole_progressive_file_misses_nothing():
    found = walk(pictures.jpeg(1, progressive=True))
    assert found.progressive
    assert found.scans > 1
    assert found.missing_coefficients == 0


def test_missing_scans_are_counted():
    data = pictures.jpeg(1, progressive=True)
    scans = [place for place in range(len(data)) if data[place : place + 2] == b"\xff\xda"]
    for place in scans[1:]:
        assert walk(data[:place] + b"\xff\xd9").missing_coefficients > 0


def test_scans_over_the_limit_are_not_walked():
    assert walk(pictures.jpeg(1, progressive=True), 2).scans == 3


def test_exif_and_profile_are_handed_out():
    exif = Image.Exif()
    exif[0x0112] = 6
    found = walk(pictures.jpeg(1, exif=exif, icc_profile=b"profile" * 20_000))
    assert found.exif is not None
    assert found.exif[:4] in {b"II*\0", b"MM\0*"}
    assert found.icc == b"profile" * 20_000
    assert found.metadata_bytes > 140_000


def test_a_second_picture_is_announced():
    frames = [pictures.draw(1), pictures.draw(2)]
    data = pictures.encode(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert walk(data).multi_picture


def test_bytes_between_segments_are_passed_over_as_libjpeg_does():
    parts, rest = segments(pictures.jpeg(1))
    data = b"\xff\xd8" + b"loose".join(parts) + b"\xff\xff" + rest
    found = walk(data)
    assert (found.width_px, found.end_offset) == (160, len(data))


def test_no_cut_makes_it_raise():
    data = pictures.jpeg(1, (48, 32), progressive=True)
    for end in range(2, len(data)):
        walk(data[:end])


def test_a_marker_inside_that_leads_behind_the_end_is_out_of_reach():
    data = pictures.jpeg(1)
    found = walk(data)
    assert jpeg.reaches_end(data, found)
    place = found.scan_offset + 50
    assert not jpeg.reaches_end(data[:place] + b"\xff\xe5\xff\xf0" + data[place + 4 :], found)


@given(
    st.lists(st.sampled_from([b"\xff", b"\xd9", b"\xff\xd9", b"\0", b"a"]), max_size=20),
    st.integers(0, 20),
    st.integers(1, 5),
)
def test_the_first_end_mark_is_found_wherever_blocks_meet(parts, start, block_bytes):
    data = b"".join([b"\xff\xd8", *parts])
    place = data.find(b"\xff\xd9", start)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jpeg, "_BLOCK_BYTES", block_bytes)
        assert jpeg._end_mark(data, start) == (place + 2 if place >= 0 else -1)


def test_the_end_of_a_progressive_file_is_found():
    data = pictures.jpeg(1, progressive=True)
    assert walk(data).end_offset == len(data)
    assert walk(data + b"behind").end_offset == len(data)
    assert walk(data[:-1]).end_offset == -1


def test_scans_of_single_components_are_counted():
    assert walk(flat_jpeg.in_scans(extra_scans=4)).scans == 7
    assert walk(flat_jpeg.in_scans()).end_offset == len(flat_jpeg.in_scans())
    assert walk(flat_jpeg.flat()).scans == 1


def test_a_baseline_file_in_scans_misses_no_coefficients():
    assert walk(flat_jpeg.in_scans()).missing_coefficients == 0


def test_exif_that_goes_on_in_a_second_segment_is_joined():
    tiff = b"MM\0*" + bytes(range(200))
    head = b"\xff\xe1" + struct.pack(">H", 8 + 100) + b"Exif\0\0"
    data = pictures.jpeg(1)
    parted = data[:2] + head + tiff[:100] + head + tiff[100:200] + data[2:]
    assert walk(parted).exif == tiff[:200]


@pytest.mark.parametrize(
    ("marker", "words"),
    [(0xC3, "lossless"), (0xCB, "lossless"), (0xC5, "hierarchical"), (0xCE, "hierarchical"),
     (0xF7, "JPEG-LS")],
)  # fmt: skip
def test_rare_kinds_are_named(marker, words):
    data = pictures.jpeg(1)
    place = data.index(b"\xff\xc0")
    assert words in walk(data[: place + 1] + bytes([marker]) + data[place + 2 :]).rare_kind


@pytest.mark.parametrize("bits", [12, 16])
def test_other_precisions_are_named(bits):
    data = pictures.jpeg(1)
    place = data.index(b"\xff\xc0") + 4
    rare = walk(data[:place] + bytes([bits]) + data[place + 1 :]).rare_kind
    assert rare == f"a JPEG of {bits} bits a sample"


def test_a_height_behind_the_picture_is_named():
    data = pictures.jpeg(1)
    place = data.index(b"\xff\xc0") + 5
    without = data[:place] + b"\0\0" + data[place + 2 :]
    lines = b"\xff\xdc\0\4" + struct.pack(">H", 120)
    assert "DNL" in walk(without[:-2] + lines + without[-2:]).rare_kind
    assert walk(without).rare_kind == ""
    assert walk(data[:-2] + lines + data[-2:]).rare_kind == ""


@pytest.mark.parametrize("data", [pictures.jpeg(1), flat_jpeg.arithmetic(), flat_jpeg.in_scans()])
def test_common_kinds_are_not_called_rare(data):
    found = walk(data)
    assert found.rare_kind == ""
    assert found.plain


def test_a_restart_marker_for_each_block_is_within_the_limit(monkeypatch):
    monkeypatch.setattr(jpeg, "_MOST_RESTARTS", 40)
    data = pictures.jpeg(1, restart_marker_blocks=1)
    assert "restart markers" in jpeg.excess(data, walk(data), 50_000_000)
    monkeypatch.setattr(jpeg, "_MOST_RESTARTS", 5_000)
    assert jpeg.excess(data, walk(data), 50_000_000) == ""


@pytest.mark.parametrize("block_bytes", [2, 3, 64, 100_000])
def test_restart_markers_are_counted_wherever_blocks_meet(monkeypatch, block_bytes):
    data = pictures.jpeg(1, restart_marker_blocks=2)
    found = walk(data)
    scan = data[found.scan_offset :]
    count = sum(scan.count(bytes([0xFF, marker])) for marker in range(0xD0, 0xD8))
    monkeypatch.setattr(jpeg, "_BLOCK_BYTES", block_bytes)
    assert jpeg._restarts(data, found.scan_offset) == count > 10


def test_scans_are_limited_by_the_pixels_that_they_pass_over():
    found = walk(flat_jpeg.in_scans((100, 100), 20))
    assert found.scans == 23
    assert jpeg.excess(b"", found, 11_500) == ""
    assert "23 scans of 100 x 100" in jpeg.excess(b"", found, 11_499)


HEAD = struct.pack(">HBHHB", 17, 8, 48, 64, 3)


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xC9, 0xCA])
@pytest.mark.parametrize("kept", range(1, 8))
@pytest.mark.parametrize("lost", [2, 40])
def test_a_second_frame_header_that_the_end_cuts_is_known(marker, kept, lost):
    whole = pictures.jpeg(1)[:-lost]
    data = whole + bytes([0xFF, marker]) + HEAD[:kept]
    found = walk(data)
    assert jpeg.cut_frame_header(data, found) == len(whole)
    assert jpeg.without_cut_frame_header(data, found) == whole + b"\xff\xd9"
    assert jpeg.reaches_end(data, found)


def test_a_comment_may_stand_before_a_cut_frame_header():
    data = pictures.jpeg(1)[:-2] + b"\xff\xfe\0\4hi\xff\xc0\0\x11"
    assert jpeg.cut_frame_header(data, walk(data)) == len(data) - 4


@pytest.mark.parametrize(
    "tail",
    [b"\xff\xc0", b"\xff\xfe\0\4\xff\xc0\xff\xc0", b"\xff\xc0" + HEAD, b"\xff\xc3" + HEAD[:3], b"\xff\xd8" + HEAD[:3],
     b"\xff\xfe\0\xff\xff\xc0\0\x11", b"\xff\xc3\0\xff\xc0\0\x11", b"\xff\xd9\xff\xc0\0\x11"],
)  # fmt: skip
def test_every_other_end_is_no_cut_frame_header(tail):
    data = pictures.jpeg(1)[:-2] + tail
    assert jpeg.cut_frame_header(data, walk(data)) == -1
    assert jpeg.without_cut_frame_header(data, walk(data)) == data


@pytest.mark.parametrize("data", [pictures.jpeg(1, progressive=True), flat_jpeg.in_scans()])
def test_decoders_that_collect_scans_wait_for_the_whole_frame_header(data):
    cut = data[:-2] + b"\xff\xc2\0\x11"
    assert jpeg.cut_frame_header(cut, walk(cut)) == -1


def test_decoders_wait_for_more_scans_behind_one_with_some_of_the_components():
    data = flat_jpeg.in_scans()
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    assert walk(data[:second]).in_scans
    assert not walk(flat_jpeg.flat()).in_scans
    cut = data[:second] + b"\xff\xc2\0\x11"
    assert jpeg.cut_frame_header(cut, walk(cut)) == -1


def test_a_frame_header_before_the_picture_is_not_cut_behind_it():
    data = b"\xff\xd8\xff\xc0" + HEAD[:4]
    assert jpeg.cut_frame_header(data, walk(data)) == -1
