import pictures
from PIL import Image

from catsclean.testing import assert_clean, assert_finds
from catsclean.validators.gps_position import GpsPosition


def with_position(pets, name, latitude, north, longitude, east):
    exif = Image.Exif()
    exif[0x8825] = {1: north, 2: latitude, 3: east, 4: longitude}
    (pets / name).write_bytes(pictures.jpeg(7, exif=exif))


def test_gives_the_position_in_degrees(pets):
    with_position(pets, "Cat/london.jpg", (51.0, 28.0, 40.0), "N", (0.0, 30.0, 0.0), "W")
    [finding] = assert_finds(GpsPosition(), pets, "Cat/london.jpg")
    assert finding.message == "taken at 51.478°, -0.500° (latitude, longitude)"


def test_south_is_negative(pets):
    with_position(pets, "Dog/sydney.jpg", (33.0, 52.0, 0.0), "S", (151.0, 12.0, 0.0), "E")
    [finding] = assert_finds(GpsPosition(), pets, "Dog/sydney.jpg")
    assert finding.message.startswith("taken at -33.867°, 151.200°")


def test_zero_and_impossible_positions_are_none(pets):
    with_position(pets, "Cat/zero.jpg", (0.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E")
    with_position(pets, "Cat/far.jpg", (91.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E")
    assert_clean(GpsPosition(), pets)


def test_a_camera_without_position_is_clean(pets):
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    exif[0x8825] = {0: b"\2\3\0\0"}
    (pets / "Cat/camera.jpg").write_bytes(pictures.jpeg(7, exif=exif))
    assert_clean(GpsPosition(), pets)
