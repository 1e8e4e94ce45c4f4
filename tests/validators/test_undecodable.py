import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.undecodable import Undecodable


def test_finds_noise_behind_the_start_of_a_picture(pets):
    (pets / "Cat/j.jpg").write_bytes(pictures.jpeg(1)[:20] + bytes(range(1, 250)) * 9 + b"\xff\xd9")
    png = bytearray(pictures.encode(pictures.draw(2), "PNG"))
    png[60:90] = bytes(30)
    (pets / "Dog/p.png").write_bytes(png)
    found = assert_finds(Undecodable(), pets, "Cat/j.jpg", "Dog/p.png")
    assert [finding.message.split(":")[0] for finding in found] == ["JPEG", "PNG"]


def test_healthy_pictures_without_the_letters_jfif_are_clean(pets):
    data = pictures.jpeg(3)
    segment = 2 + int.from_bytes(data[4:6], "big")
    without = data[:2] + data[2 + segment :]
    assert b"JFIF" not in without
    (pets / "Cat/bare.jpg").write_bytes(without)
    assert_clean(Undecodable(), pets)
