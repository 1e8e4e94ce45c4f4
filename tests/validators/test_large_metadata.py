import pictures

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.large_metadata import LargeMetadata


def with_metadata(pets, name, count, size=(160, 120)):
    data = pictures.jpeg(7, size)
    segment = b"\xff\xed" + (count - 2).to_bytes(2, "big") + bytes(count - 4)
    (pets / name).write_bytes(data[:2] + segment + data[2:])


def test_finds_much_metadata(pets):
    (pets / "Cat/big.jpg").write_bytes(pictures.jpeg(7))
    with_metadata(pets, "Cat/big.jpg", 65_530)
    [finding] = assert_finds(LargeMetadata(min_bytes=60_000, min_share=1.0), pets, "Cat/big.jpg")
    assert finding.message.startswith("65,548 bytes of metadata, ")


def test_finds_more_metadata_than_pixels(pets):
    with_metadata(pets, "Cat/big.jpg", 40_000)
    assert_finds(LargeMetadata(), pets, "Cat/big.jpg")


def test_an_ordinary_exif_block_is_clean(pets):
    with_metadata(pets, "Cat/small.jpg", 20_000)
    assert_clean(LargeMetadata(), pets)


def test_what_a_large_share_must_have_at_least_can_be_chosen(pets):
    with_metadata(pets, "Cat/big.jpg", 40_000)
    assert_clean(LargeMetadata(min_share_bytes=50_000), pets)
