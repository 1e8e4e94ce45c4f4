from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.not_an_image import NotAnImage


def test_finds_pages_text_programs_and_unknown_data(pets):
    (pets / "Cat/page.jpg").write_bytes(b"<!DOCTYPE html><title>404</title>")
    (pets / "Cat/text.png").write_bytes(b"too many requests, try again later\n")
    (pets / "Dog/program.jpg").write_bytes(b"MZ\x90\0" + bytes(200))
    (pets / "Dog/zeros.jpg").write_bytes(bytes(3000))
    found = assert_finds(
        NotAnImage(), pets, "Cat/page.jpg", "Cat/text.png", "Dog/program.jpg", "Dog/zeros.jpg"
    )
    assert [finding.message for finding in found] == [
        "a web page (HTML), probably from a failed download",
        "holds text",
        "a Windows program",
        "holds only zero bytes",
    ]


def test_files_that_do_not_claim_to_be_pictures_are_clean(pets):
    (pets / "labels.csv").write_text("0.jpg,Cat\n")
    (pets / "LICENSE").write_text("Do what you want.\n")
    (pets / "page.html").write_text("<!DOCTYPE html>")
    assert_clean(NotAnImage(), pets)


def test_a_drawing_is_left_to_active_format(pets):
    (pets / "Cat/d.jpg").write_bytes(b"%PDF-1.4\n")
    assert_clean(NotAnImage(), pets)
