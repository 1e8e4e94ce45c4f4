"""The boxes of AVIF and HEIC."""

import struct

import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images.decoding import decode, open_image
from catsclean.images.formats import boxes
from catsclean.images.image import ReadingEndedError


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def size_box(width, height):
    return box(b"ispe", bytes(4), struct.pack(">II", width, height))


def ended(data, **limits):
    image = open_image("Cat/1.avif", data, Limits(**limits))
    with pytest.raises(ReadingEndedError) as caught:
        decode(image)
    return caught.value.outcome, caught.value.detail


def test_boxes_inside_of_boxes_count():
    inner = box(b"iprp", box(b"ipco", size_box(3, 4), size_box(5, 6)))
    data = box(b"ftyp", b"avif", bytes(4)) + box(b"meta", bytes(4), inner) + box(b"mdat", bytes(99))
    found = boxes.walk(data, 100)
    assert found.boxes == 7
    assert found.sizes == [(3, 4), (5, 6)]


def test_a_box_of_64_bits_is_stepped_over():
    long = struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8)
    assert boxes.walk(long + box(b"free"), 100).boxes == 2


def test_a_box_without_a_length_reaches_to_the_end():
    assert boxes.walk(struct.pack(">I4s", 0, b"mdat") + box(b"free") * 9, 100).boxes == 1


def test_what_pillow_writes_has_its_size_in_a_box():
    data = pictures.encode(pictures.draw(1), "AVIF")
    assert boxes.walk(data, 100).sizes == [(160, 120)]


def test_the_size_of_an_avif_is_checked_before_it_is_opened():
    data = pictures.encode(pictures.draw(1), "AVIF")
    place = data.index(b"ispe") + 8
    giant = data[:place] + struct.pack(">II", 60_000, 60_000) + data[place + 8 :]
    assert ended(giant)[0] == Outcome.OVER_LIMIT
    assert ended(data, max_pixels=1000) == (
        Outcome.OVER_LIMIT, "160 x 120 = 19,200 pixels, limit 1,000 (--max-pixels)"
    )  # fmt: skip


@given(st.binary(max_size=200), st.integers(1, 50))
def test_no_bytes_make_the_walk_raise(data, limit):
    assert boxes.walk(data, limit).boxes <= limit + 1


@given(st.binary(max_size=200))
def test_no_decoder_configuration_makes_the_walk_raise(data):
    found = boxes.walk(box(b"hvcC", b"\1" + bytes(21), b"\1\x21\0\1\0\xff", data), 9)
    assert all(width >= 0 and height >= 0 for width, height in found.sizes)
