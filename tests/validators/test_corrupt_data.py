import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.corrupt_data import CorruptData


def test_gives_the_words_of_the_decoder(pets):
    data = pictures.jpeg(1)
    (pets / "Cat/x.jpg").write_bytes(data[:-2] + bytes(range(1, 215)) + data[-2:])
    [finding] = assert_finds(CorruptData(), pets, "Cat/x.jpg")
    assert finding.message.startswith("Corrupt JPEG data: 21")
    assert finding.message.endswith(" extraneous bytes before marker 0xd9")


def test_finds_a_progressive_jpeg_without_its_last_scans(pets):
    data = pictures.jpeg(1, (320, 240), progressive=True)
    last = data.rindex(b"\xff\xda")
    (pets / "Dog/p.jpg").write_bytes(data[:last] + b"\xff\xd9")
    [finding] = assert_finds(CorruptData(), pets, "Dog/p.jpg")
    assert "without its last scans" in finding.message


def test_healthy_and_truncated_pictures_are_clean(pets):
    (pets / "Cat/half.jpg").write_bytes(pictures.jpeg(1)[:2000])
    (pets / "Dog/p.jpg").write_bytes(pictures.jpeg(2, progressive=True))
    assert_clean(CorruptData(), pets)
