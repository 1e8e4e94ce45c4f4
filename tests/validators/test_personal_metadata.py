import pictures
from PIL import Image

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.personal_metadata import PersonalMetadata

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq>
</dc:creator></x:xmpmeta>"""


def with_photo_tags(pets, name, tags):
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    exif[0x8769] = tags
    (pets / name).write_bytes(pictures.jpeg(7, exif=exif))


def with_xmp(pets, name, xmp):
    data = pictures.jpeg(7)
    segment = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    length = (len(segment) + 2).to_bytes(2, "big")
    (pets / name).write_bytes(data[:2] + b"\xff\xe1" + length + segment + data[2:])


def test_names_owner_and_serial_number_but_never_their_values(pets):
    with_photo_tags(pets, "Cat/mine.jpg", {0xA430: "Ada Example", 0xA431: "0123456789"})
    [finding] = assert_finds(PersonalMetadata(), pets, "Cat/mine.jpg")
    assert finding.message == "camera's serial number, owner's name"


def test_finds_an_artist_and_a_comment(pets):
    exif = Image.Exif()
    exif[0x013B] = "Ada Example"
    (pets / "Cat/artist.jpg").write_bytes(pictures.jpeg(7, exif=exif))
    with_photo_tags(pets, "Dog/comment.jpg", {0x9286: b"ASCII\0\0\0my cat"})
    found = assert_finds(PersonalMetadata(), pets, "Cat/artist.jpg", "Dog/comment.jpg")
    assert [finding.message for finding in found] == ["artist", "comment"]


def test_finds_the_creator_in_xmp(pets):
    with_xmp(pets, "Cat/xmp.jpg", XMP % b"Ada Example")
    [finding] = assert_finds(PersonalMetadata(), pets, "Cat/xmp.jpg")
    assert finding.message == "creator"


def test_empty_fields_say_nothing(pets):
    with_photo_tags(pets, "Cat/a.jpg", {0xA430: " ", 0x9286: b"ASCII\0\0\0" + bytes(40)})
    with_xmp(pets, "Cat/b.jpg", XMP % b" ")
    assert_clean(PersonalMetadata(), pets)
