import pytest

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.active_format import ActiveFormat

DRAWINGS = {
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\nshowpage\n",
    "PostScript": b"%!PS\nshowpage\n",
    "PDF": b"%PDF-1.4\n",
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "WMF": b"\xd7\xcd\xc6\x9a" + bytes(40),
    "EMF": b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(40),
}


@pytest.mark.parametrize("kind", DRAWINGS)
def test_finds_a_drawing_called_a_picture(pets, kind):
    (pets / "Cat/x.jpg").write_bytes(DRAWINGS[kind])
    [finding] = assert_finds(ActiveFormat(), pets, "Cat/x.jpg")
    assert finding.message.startswith(f"{kind}, which viewers run like a program")


def test_pictures_web_pages_and_honest_drawings_are_clean(pets):
    (pets / "Cat/page.jpg").write_bytes(b"<html></html>")
    (pets / "poster.pdf").write_bytes(DRAWINGS["PDF"])
    assert_clean(ActiveFormat(), pets)
