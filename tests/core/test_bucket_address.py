"""Addresses of data sets in a bucket."""

from pathlib import Path

import pytest

from catsclean.core.bucket_address import Address, is_address, parse_address
from catsclean.errors import DatasetError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("s3://pets/PetImages", Address("s3", "pets", "PetImages")),
        ("s3://pets/a/b/", Address("s3", "pets", "a/b")),
        ("gs://pets", Address("gs", "pets")),
        ("AZ://pets/Käse & Co", Address("az", "pets", "Käse & Co")),
        (Path("s3://pets/PetImages"), Address("s3", "pets", "PetImages")),
    ],
)
def test_an_address_is_read_as_typed_or_as_a_path(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["pets", "C:/pets", "https://a/b", "s3", "s3:pets", "/s3://x"])
def test_other_texts_are_no_addresses(text):
    assert parse_address(text) is None
    assert not is_address(text)


@pytest.mark.parametrize(
    "text",
    ["s3://", "s3://pets/a//b", "s3://pets/../b", "s3://pets/a\x1bb", "s3://pets/" + "a" * 2000],
)
def test_what_only_begins_like_an_address_is_refused(text):
    with pytest.raises(DatasetError) as caught:
        parse_address(text)
    assert "\x1b" not in str(caught.value)


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(DatasetError) as caught:
        parse_address("s3://AKIA:verysecret@pets/PetImages")
    assert "verysecret" not in str(caught.value)
    assert "credentials" in str(caught.value)


def test_an_address_shows_itself_and_its_objects():
    address = Address("s3", "pets", "a/PetImages")
    assert (address.url, address.name, address.folder) == (
        "s3://pets/a/PetImages", "PetImages", "a/PetImages/",
    )  # fmt: skip
    assert address.shown("a/PetImages/\x1b.jpg") == "s3://pets/a/PetImages/\\x1b.jpg"
    assert Address("s3", "pets").name == "pets"
    assert Address("s3", "pets").folder == ""
