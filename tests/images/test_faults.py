"""No exception of a library escapes: each call of one fails once, in every way."""

import io
import zlib

import numpy as np
import pictures
import pytest
import simplejpeg
from images.damage import chunks, drawn, joined
from PIL import Image
from PIL import ImageFile as PillowImageFile

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images.decoding import decode, open_image
from catsclean.images.image import ReadingEndedError

# what Pillow raises here may come from damaged bytes: it raises nearly anything
DECODERS = {"open", "load", "copy", "frombuffer", "fromarray", "decode_jpeg"}
# what `clean` moves
MOVED = {Outcome.UNDECODABLE, Outcome.TRUNCATED}
ERRORS = [
    RuntimeError("x"), KeyError("x"), IndexError("x"), TypeError("x"), AssertionError("x"),
    ZeroDivisionError("x"), OverflowError("x"), RecursionError("x"), EOFError("x"),
    SystemError("x"), NotImplementedError("x"), AttributeError("x"), UnicodeError("x"),
]  # fmt: skip
PLACES = [
    (simplejpeg, "decode_jpeg"), (Image, "open"), (PillowImageFile.ImageFile, "load"),
    (Image.Image, "convert"), (Image.Image, "reduce"), (Image.Image, "copy"),
    (Image.Image, "crop"), (Image.Image, "paste"), (Image.Image, "getextrema"),
    (Image.Image, "alpha_composite"), (Image, "frombuffer"), (Image, "fromarray"),
    (np, "asarray"), (np, "frombuffer"), (zlib, "decompressobj"), (zlib, "crc32"),
]  # fmt: skip


def samples():
    picture = drawn(1, (200, 150))
    clear = picture.copy()
    clear.putalpha(picture.convert("L"))
    frames = [picture, drawn(2, (200, 150))]
    moving = {"save_all": True, "append_images": frames[1:]}
    jpeg = pictures.encode(picture)
    yield "jpeg", jpeg
    yield "damaged jpeg", jpeg[:-2] + b"xxx" + jpeg[-2:]
    yield "cmyk", pictures.encode(picture.convert("CMYK"))
    yield "mpo", pictures.encode(picture, "MPO", **moving)
    for kind in ("PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO", "JPEG2000", "AVIF"):
        yield kind, pictures.encode(picture, kind)
    yield "clear png", pictures.encode(clear, "PNG")
    yield "deep png", pictures.encode(picture.convert("I;16"), "PNG")
    yield "float tiff", pictures.encode(picture.convert("F"), "TIFF")
    yield "moving gif", pictures.encode(frames[0].quantize(9), "GIF", **moving)
    yield "moving webp", pictures.encode(picture, "WEBP", **moving)
    yield "12-bit ppm", b"P5 90 80 4095\n" + bytes(90 * 80 * 2)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0].__name__}.{place[1]}")
def test_a_failing_library_ends_in_a_verdict(place, monkeypatch):
    owner, name = place
    original = getattr(owner, name)
    failed = 0
    for number, (kind, data) in enumerate(samples()):
        for nth in range(3):
            error = ERRORS[(number + nth) % len(ERRORS)]
            calls = Calls(original, nth, error)
            # a file that is open already, so that only reading meets the fault
            image = open_image("Cat/1.jpg", data, Limits())
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, calls.call)
                ended = verdict(image)
            assert ended is None or ended.detail, kind
            if name not in DECODERS:
                assert ended is None or ended.outcome not in MOVED, f"{kind}: {ended.detail}"
            failed += calls.failed
    assert failed, "the fault was never met"


def verdict(image):
    """Decode, and give what ended it; None for a picture that decodes."""
    try:
        decode(image)
    except ReadingEndedError as ended:
        return ended
    return None


class Calls:
    """A function that fails at one of its calls."""

    def __init__(self, original, nth, error):
        self.original, self.nth, self.error = original, nth, error
        self.count = self.failed = 0

    @property
    def call(self):
        def stand_in(*args, **kwargs):
            self.count += 1
            if self.count - 1 == self.nth:
                self.failed = 1
                raise self.error
            return self.original(*args, **kwargs)

        return stand_in


@pytest.mark.parametrize("name", ["load", "convert", "copy", "reduce"])
def test_want_of_memory_is_not_taken_for_damage(name, monkeypatch):
    owner = PillowImageFile.ImageFile if name == "load" else Image.Image
    original, failed = getattr(owner, name), 0
    for kind, data in samples():
        for nth in range(2):
            calls = Calls(original, nth, MemoryError())
            image = open_image("Cat/1.jpg", data, Limits())
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, calls.call)
                wanted = lacks_memory(image)
            assert wanted == calls.failed, kind
            failed += wanted
    assert failed, "memory was never lacking"


def test_want_of_memory_for_a_second_attempt_is_not_taken_for_damage(monkeypatch):
    header, (_, body), end = chunks(pictures.encode(pictures.draw(1), "PNG"))
    data = joined([header, (b"IDAT", body[:-4]), (b"IDAT", bytes(4)), end])
    image = open_image("Cat/1.png", data, Limits())
    second = Calls(PillowImageFile.ImageFile.load, 1, MemoryError())
    monkeypatch.setattr(PillowImageFile.ImageFile, "load", second.call)
    assert lacks_memory(image)
    assert second.failed


def lacks_memory(image):
    """Decode, and tell whether that ended for want of memory."""
    try:
        verdict(image)
    except MemoryError:
        return True
    return False


def test_every_sample_is_healthy():
    for kind, data in samples():
        image = open_image("Cat/1.jpg", data, Limits())
        decode(image)
        assert image.grey is not None, kind
        assert Image.open(io.BytesIO(data)).size == (image.width_px, image.height_px)
