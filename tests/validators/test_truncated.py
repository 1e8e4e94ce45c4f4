import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.truncated import Truncated


def test_finds_pictures_that_lost_their_end(pets):
    data = pictures.jpeg(1, (320, 240))
    (pets / "Cat/half.jpg").write_bytes(data[: len(data) // 2])
    png = pictures.encode(pictures.draw(2), "PNG")
    (pets / "Dog/half.png").write_bytes(png[: len(png) // 2])
    (pets / "Dog/no-end.png").write_bytes(png[:-12])
    found = assert_finds(Truncated(), pets, "Cat/half.jpg", "Dog/half.png", "Dog/no-end.png")
    assert found[0].message.startswith(f"JPEG of {len(data) // 2:,} bytes: ")


def test_whole_pictures_and_damaged_ones_are_clean(pets):
    data = pictures.jpeg(4)
    (pets / "Cat/tail.jpg").write_bytes(data + b"tail")
    assert_clean(Truncated(), pets)
