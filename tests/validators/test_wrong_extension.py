import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.wrong_extension import WrongExtension


def test_finds_gif_bmp_png_and_webp_called_jpg(pets):
    for kind in ("GIF", "BMP", "PNG", "WEBP"):
        (pets / f"Cat/{kind}.jpg").write_bytes(pictures.encode(pictures.draw(1), kind))
    found = assert_finds(
        WrongExtension(), pets, "Cat/BMP.jpg", "Cat/GIF.jpg", "Cat/PNG.jpg", "Cat/WEBP.jpg"
    )
    assert found[1].message == "a GIF with the extension .jpg"


def test_finds_a_heic_called_jpg_without_decoding_it(pets):
    data = pictures.encode(pictures.draw(9), "AVIF").replace(b"avif", b"mif1")
    (pets / "Cat/i.jpg").write_bytes(data)
    assert_finds(WrongExtension(), pets, "Cat/i.jpg")


def test_usual_spellings_of_endings_are_clean(pets):
    for name in ("a.JPG", "b.jpeg", "c.jpe", "d.jfif", "no-ending", "other.dat"):
        (pets / "Dog" / name).write_bytes(pictures.jpeg(5))
    (pets / "Dog/e.TIF").write_bytes(pictures.encode(pictures.draw(6), "TIFF"))
    assert_clean(WrongExtension(), pets)


def test_a_folder_without_pictures_is_clean(tmp_path):
    (tmp_path / "Cat").mkdir()
    assert_clean(WrongExtension(), tmp_path)
