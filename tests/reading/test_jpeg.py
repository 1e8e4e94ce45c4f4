import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reading.damage import segments

from catsclean.reading import jpeg


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
