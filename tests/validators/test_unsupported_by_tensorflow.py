import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.unsupported_by_tensorflow import UnsupportedByTensorflow


def test_finds_what_only_pillow_decodes_and_what_nobody_does(pets):
    picture = pictures.draw(1)
    (pets / "Cat/a.tif").write_bytes(pictures.encode(picture, "TIFF"))
    (pets / "Cat/b.bmp").write_bytes(pictures.encode(picture.convert("1"), "BMP"))
    frames = [picture, pictures.draw(2)]
    (pets / "Cat/c.webp").write_bytes(
        pictures.encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    )
    (pets / "Cat/d.heic").write_bytes(
        pictures.encode(pictures.draw(9), "AVIF").replace(b"avif", b"mif1")
    )
    found = assert_finds(
        UnsupportedByTensorflow(), pets, "Cat/a.tif", "Cat/b.bmp", "Cat/c.webp", "Cat/d.heic"
    )
    assert found[0].message == "TensorFlow has no decoder for TIFF"


def test_jpeg_png_gif_and_plain_webp_are_clean(pets):
    for kind in ("PNG", "GIF", "WEBP", "BMP"):
        (pets / f"Dog/a.{kind.lower()}").write_bytes(pictures.encode(pictures.draw(3), kind))
    assert_clean(UnsupportedByTensorflow(), pets)
