import io

import numpy as np
import pytest
from PIL import Image

from catsclean.images.formats import ppm


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"P5 9 7 100\n", np.uint8), (b"P6 9 7 31\n", np.uint8), (b"P5 9 7 4095\n", ">u2"),
     (b"P6 9 7 1023\n", ">u2"), (b"P5 9 7 254\n", np.uint8), (b"P5 9 7 256\n", ">u2")],
)  # fmt: skip
def test_samples_of_other_ranges_are_those_of_pillow(head, kind):
    rng = np.random.default_rng(1)
    highest = int(head.split()[3])
    # some are above the highest value that the header allows
    samples = rng.integers(0, min(highest + 20, np.iinfo(kind).max + 1), 9 * 7 * 3)
    data = head + samples.astype(kind).tobytes()
    fast, slow = opened(data), opened(data)
    ppm.load_scaled(fast, data)
    assert fast.tile == []
    assert fast.mode == slow.mode
    assert np.array_equal(np.asarray(fast), np.asarray(slow))


@pytest.mark.parametrize("head", [b"P5 9 7 255\n", b"P6 9 7 255\n", b"P5 9 7 65535\n", b"P4 9 7\n"])
def test_common_ranges_are_left_to_pillow(head):
    data = head + bytes(9 * 7 * 3)
    picture = opened(data)
    ppm.load_scaled(picture, data)
    assert len(picture.tile) == 1


def test_missing_samples_are_an_error():
    data = b"P5 9 7 100\n" + bytes(9 * 7 - 1)
    with pytest.raises(ValueError, match="not enough"):
        ppm.load_scaled(opened(data), data)


@pytest.mark.parametrize(
    ("head", "samples"),
    [(b"P2 1871 1871 255\n", 1871 * 1871), (b"P3 1081 1081 255\n", 3 * 1081 * 1081),
     (b"P1 4473 4473\n", 4473 * 4473)],
)  # fmt: skip
def test_samples_written_as_text_are_limited(head, samples):
    assert f"{samples:,} samples written as text" in ppm.excess(head)


@pytest.mark.parametrize(
    "head",
    [b"P2 1870 1870 255\n", b"P3 1080 1080 255\n", b"P1 4472 4472\n", b"P5 9999 9999 255\n",
     b"P6 9999 9999 255\n", b"P4 9999 9999\n", b"P3 # by a program\n 9 # wide\n9 255\n", b"P6", b""],
)  # fmt: skip
def test_files_of_real_programs_are_within_the_limits(head):
    assert ppm.excess(head) == ""


def test_comments_between_plain_samples_are_limited():
    assert ppm.excess(b"P1 90 90\n" + b"1#\n" * 1000) == ""
    assert ppm.excess(b"P1 90 90\n" + b"1#\n" * 1001) == "1,001 comments, limit 1,000"
    assert ppm.excess(b"P4 90 90\n" + b"#" * 5000) == ""


@pytest.mark.parametrize("filler", [b"#" + b"x" * 66_000, b" " * 66_000])
def test_a_header_of_many_bytes_is_over_a_limit(filler):
    assert "a header of more than 65,536 bytes" in ppm.excess(b"P5 " + filler + b"\n9 9 255\n")
    assert ppm.excess(b"P5 " + filler[:65_000] + b"\n9 9 255\n" + bytes(66_000)) == ""


@pytest.mark.parametrize(("highest", "width"), [(100, 1), (999, 2)])
def test_samples_that_are_missing_are_said_to_be_missing(highest, width):
    head = f"P5 3 2 {highest}\n".encode()
    whole = Image.open(io.BytesIO(head + bytes(6 * width)))
    ppm.load_scaled(whole, head + bytes(6 * width))
    cut = Image.open(io.BytesIO(head + bytes(6 * width - 1)))
    with pytest.raises(ValueError, match=r"^not enough image data$"):
        ppm.load_scaled(cut, head + bytes(6 * width - 1))
