"""What a repair may do to a file: the results are checked, whatever the repair promises."""

import zlib

import pytest
from pictures import draw, encode, jpeg
from repaired import mended, opened

from catsclean.cleaning import mend
from catsclean.cleaning.repairs.repair import CannotRepairError, Repair, Wishes
from catsclean.core.limits import Limits

PNG = encode(draw(1, (40, 30)), "PNG")
HEADER_BYTES = 33  # of a PNG: its signature and its first chunk


class Careless(Repair):
    """A repair as somebody might add it, with a mistake."""

    name = "careless"

    def __init__(self, change, pixels=None):
        self._change, self._pixels = change, pixels

    def change_bytes(self, image, wishes):
        return self._change(image.data)

    def needs_pixels(self, image, wishes):
        return self._pixels is not None

    def change_pixels(self, image, pixels):
        self._pixels(pixels)


@pytest.fixture
def careless(monkeypatch):
    """Repair a file by a function of its bytes, or one of its pixels."""

    def repair(data, change=lambda data: data, pixels=None, limits=None, **wishes):
        made = {"careless": Careless(change, pixels)}
        monkeypatch.setattr(mend, "all_repairs", lambda: made)
        asked = Wishes(limits or Limits(), **wishes)
        return mend.mend("Cat/1.png", data, ["careless"], asked, ())

    return repair


def chunk(kind, body, checksum=None):
    check = zlib.crc32(kind + body) if checksum is None else checksum
    return len(body).to_bytes(4) + kind + body + check.to_bytes(4)


def test_a_repair_of_bytes_that_changes_a_pixel_is_refused(careless):
    other = encode(draw(2, (40, 30)), "PNG")
    with pytest.raises(CannotRepairError, match="its pixels would change"):
        careless(PNG, lambda _: other)


def test_a_repair_that_needs_too_much_memory_is_not_taken_for_a_damaged_file(careless):
    def greedy(_):
        raise MemoryError

    with pytest.raises(MemoryError):
        careless(PNG, greedy)


def test_a_picture_that_tensorflow_would_refuse_afterwards_is_not_made(careless):
    def widen(pixels):
        pixels.picture = pixels.picture.convert("1").resize((1_000_001, 1))

    with pytest.raises(CannotRepairError, match="TensorFlow would refuse it: a PNG with a side of"):
        careless(PNG, pixels=widen)
    assert careless(PNG, pixels=widen, loader="torch").data


def test_a_result_beyond_a_limit_is_refused(careless):
    def widen(pixels):
        pixels.picture = pixels.picture.resize((80, 60))

    limits = Limits(max_pixels=40 * 30)
    with pytest.raises(CannotRepairError, match="the repaired file would be over-limit: 80 x 60"):
        careless(PNG, pixels=widen, limits=limits)


def test_a_result_that_decodes_with_a_new_warning_is_refused(careless):
    def add_a_picture(data):
        body = (2).to_bytes(4) + (0).to_bytes(4)
        return data[:HEADER_BYTES] + chunk(b"acTL", body) + data[HEADER_BYTES:]

    with pytest.raises(CannotRepairError, match="the repaired file decodes with a warning: "):
        careless(PNG, add_a_picture)


def test_pixels_that_pillow_does_not_read_as_a_whole_are_left_alone():
    spoilt = PNG[:HEADER_BYTES] + chunk(b"tEXt", b"Comment\0of a cat", 0) + PNG[HEADER_BYTES:]
    with pytest.raises(CannotRepairError, match="its pixels are unknown: Pillow cannot identify"):
        mended(spoilt + b"hidden", "cut-tail", path="Cat/1.png")


def test_exif_data_that_the_new_file_has_no_room_for_keep_the_picture_as_it_is():
    def segment(body):
        return b"\xff\xe1" + (len(body) + 8).to_bytes(2) + b"Exif\0\0" + body

    # an orientation, and 70,000 bytes of the name of a camera
    entries = b"\1\17\0\2" + (70_000).to_bytes(4) + (38).to_bytes(4) + b"\1\22\0\3\0\0\0\1\0\6\0\0"
    tiff = b"MM\0*\0\0\0\10\0\2" + entries + bytes(4) + b"x" * 70_000
    data = jpeg(1)
    large = data[:2] + segment(tiff[:60_000]) + segment(tiff[60_000:]) + data[2:]
    with pytest.raises(CannotRepairError, match="encoding it failed: ValueError: EXIF data is too"):
        mended(large, "apply-orientation")
    with pytest.raises(CannotRepairError, match="its rows cannot be read: ValueError: EXIF data"):
        mended(large[:-2000], "add-end-mark", salvage=1)


def test_only_a_cut_picture_is_salvaged():
    with pytest.raises(CannotRepairError, match="it is damaged, but not cut"):
        mended(b"no picture", "add-end-mark", path="Cat/1.png", salvage=10)


def test_what_is_salvaged_under_a_wrong_extension_gets_the_right_one():
    cut = encode(draw(3, (240, 320)), "PNG")[:-2000]
    found = mended(cut, "add-end-mark", path="Cat/1.jpg", salvage=10)
    assert (found.ending, opened(found.data).format) == (".png", "PNG")


def test_a_picture_that_is_not_decoded_here_gets_the_right_extension_and_nothing_else():
    found = mended(b"\xff\x0a" + bytes(40), "correct-extension", path="Cat/1.jpg")
    assert (found.data, found.ending, found.evidence["outcome"]) == (None, ".jxl", "unsupported")


def test_metadata_that_say_which_side_is_up_are_not_removed():
    packet = b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'
    data = PNG[:HEADER_BYTES] + chunk(b"iTXt", packet) + PNG[HEADER_BYTES:]
    assert opened(data).getexif()[0x0112] == 6
    with pytest.raises(CannotRepairError, match="it would be shown turned"):
        mended(data, "strip-metadata", path="Cat/1.png")
