"""HEIC, decoded by the optional pillow-heif, and what is said without it."""

import base64
import io
import struct
import subprocess
import sys

import numpy as np
import pictures
import pytest
from PIL import Image

import catsclean
from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.images import facts
from catsclean.images.decoding import decode, open_image
from catsclean.images.formats import heic, sniff
from catsclean.images.image import ReadingEndedError
from catsclean.images.load import UnreadablePictureError, decode_rgb
from catsclean.reports.html.thumbnails import thumbnail

EMPTY = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


def heif():
    return pytest.importorskip("pillow_heif", reason="the extra heif is not installed")


def encode(*several, preview=0, **options):
    """Encode pictures as one HEIC."""
    file = heif().from_pillow(several[0])
    if preview:
        file[0].info["thumbnails"] = [preview]
    for picture in several[1:]:
        file.add_from_pillow(picture)
    stream = io.BytesIO()
    file.save(stream, quality=80, **options)
    return stream.getvalue()


def read(data, **limits):
    image = open_image("Cat/1.heic", data, Limits(**limits))
    decode(image)
    return image


def ended(data, **limits):
    with pytest.raises(ReadingEndedError) as caught:
        read(data, **limits)
    return caught.value.outcome, caught.value.detail


def claiming(data, width, height):
    """Change the size that the box of sizes announces."""
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", width, height) + data[place + 8 :]


def test_without_the_extra_a_heic_is_unsupported_and_the_message_names_the_extra(monkeypatch):
    monkeypatch.setattr(heic, "_INSTALLED", False)
    outcome, detail = ended(EMPTY)
    assert outcome == Outcome.UNSUPPORTED
    assert detail == (
        "HEIC is not decoded here, nor by TensorFlow. To read it, install the extra heif of catsclean"
    )
    with pytest.raises(UnreadablePictureError, match="the extra heif"):
        decode_rgb(EMPTY)


def test_importing_the_formats_does_not_load_libheif():
    code = "import sys, catsclean.images.formats.sniff; print('pillow_heif' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_heic_is_decoded():
    image = read(encode(pictures.draw(1)))
    assert (image.format, image.mode, image.width_px, image.height_px) == ("HEIC", "RGB", 160, 120)
    assert image.decoder_warnings == []
    assert facts.of_image(image)["tensorflow_refuses"] == "TensorFlow has no decoder for HEIC"


def test_decoding_adds_nothing_to_the_decoders_of_pillow():
    options = heif().options.DECODE_THREADS
    read(encode(pictures.draw(1)))
    assert "HEIF" not in Image.OPEN
    assert options == heif().options.DECODE_THREADS


def test_pictures_of_a_heic_are_counted_and_bounded():
    data = encode(pictures.draw(1), pictures.draw(2), pictures.draw(3))
    assert read(data).frames == 3
    assert ended(data, max_frames=2)[0] == Outcome.OVER_LIMIT


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_cut_heic_is_truncated(share):
    data = encode(pictures.draw(1))
    assert ended(data[: int(share * len(data))])[0] == Outcome.TRUNCATED


def test_a_heic_whose_size_is_wrong_is_undecodable():
    assert ended(claiming(encode(pictures.draw(1)), 16, 16))[0] == Outcome.UNDECODABLE


def test_a_heic_with_something_else_inside_is_unsupported():
    data = pictures.encode(pictures.draw(1), "AVIF")
    heif()
    assert ended(data.replace(b"avif", b"mif1"))[0] == Outcome.UNSUPPORTED


def test_no_size_in_the_boxes_may_be_over_the_limit():
    data = encode(pictures.draw(1))
    outcome, detail = ended(claiming(data, 60_000, 60_000))
    assert outcome == Outcome.OVER_LIMIT
    assert "60000 x 60000" in detail


def test_what_the_decoder_is_told_counts_and_not_what_the_boxes_say():
    outcome, detail = ended(claiming(encode(pictures.draw(1)), 16, 16), max_pixels=160 * 120 - 1)
    assert outcome == Outcome.OVER_LIMIT
    assert "160 x 120" in detail


def test_a_limit_of_libheif_is_no_damage():
    data = claiming(encode(pictures.draw(1)), 60_000, 60_000)
    outcome, detail = ended(data, max_pixels=10**10)
    assert outcome == Outcome.OVER_LIMIT
    assert "Security limit" in detail


def test_another_error_of_libheif_is_raised_and_a_picture_that_loads_is_fine():
    class Picture:
        error = None

        def load(self):
            if self.error is not None:
                raise self.error

    heic.FORMAT.load(None, Picture(), b"")
    broken = Picture()
    broken.error = RuntimeError("Invalid input")
    with pytest.raises(RuntimeError, match="Invalid input"):
        heic.FORMAT.load(None, broken, b"")


def test_a_flood_of_boxes_is_over_the_limit():
    data = encode(pictures.draw(1)) + b"\0\0\0\x08free" * 30_000
    assert ended(data)[0] == Outcome.OVER_LIMIT


@pytest.fixture
def pets(tmp_path):
    """A class with the same picture as JPEG, AVIF and HEIC, and others."""
    root = pictures.make_dataset(tmp_path / "pets", {"Cat": 4, "Dog": 4})
    picture = pictures.scene(7)
    (root / "Cat/a.jpg").write_bytes(pictures.encode(picture))
    (root / "Cat/a.avif").write_bytes(pictures.encode(picture, "AVIF", quality=70))
    (root / "Cat/a.heic").write_bytes(encode(picture))
    return root


def test_copies_of_a_jpeg_in_avif_and_heic_are_found(pets, tmp_path):
    findings = catsclean.audit(pets, state_dir=tmp_path / "state").findings
    copies = [one for one in findings if one.validator == "near-duplicate"]
    assert {one.path for one in copies} == {"Cat/a.avif", "Cat/a.heic"}
    assert {path for one in copies for path in one.related} >= {"Cat/a.jpg"}
    refused = {one.path for one in findings if one.validator == "unsupported-by-tensorflow"}
    assert refused == {"Cat/a.avif", "Cat/a.heic"}
    damage = {"undecodable", "truncated", "corrupt-data", "over-limit"}
    assert not damage & {one.validator for one in findings}


def test_the_report_shows_a_heic(pets, tmp_path):
    found = thumbnail(pets, "Cat/a.heic", 160)
    assert found is not None
    data = base64.b64decode(found.uri.partition(",")[2])
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16)
    wanted = np.asarray(pictures.scene(7).resize((160, 120)), np.int16)
    assert np.abs(shown - wanted).mean() < 9
    page = tmp_path / "report.html"
    catsclean.audit(pets, state_dir=tmp_path / "state").save_html(page)
    assert "a.heic" in page.read_text(encoding="utf-8")


def test_a_preview_inside_of_a_heic_is_never_shown_in_its_place():
    with_preview = encode(pictures.draw(1, (640, 480)), preview=128)
    assert heif().HeifImageFile(io.BytesIO(with_preview)).info["thumbnails"]
    picture = open_image("", with_preview, Limits()).open_pillow()
    assert picture.info["thumbnails"] == []


def test_an_audit_after_the_extra_was_installed_reads_the_file_again(pets, tmp_path, monkeypatch):
    from catsclean.scan.cache import fingerprint

    before = fingerprint(Limits(), ())
    monkeypatch.setattr(sniff, "DECODABLE", sniff.DECODABLE - {"HEIC"})
    assert fingerprint(Limits(), ()) != before
