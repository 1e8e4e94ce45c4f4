"""Zip archives: what is listed, what is read, and what no archive may do."""

import stat
import struct
import zipfile
from contextlib import closing

import pytest
from packed import contents, make_zip, opened

from catsclean.containers.container import DamagedContainerError
from catsclean.containers.zip_archive import ZipArchive
from catsclean.core.evidence import Outcome
from catsclean.core.reading_errors import ChangedError, TooLargeError

FILES = {"Pets/Cat/1.jpg": b"one" * 100, "Pets/Cat/2.jpg": b"", "Pets/Dog/1.jpg": b"three" * 400}


@pytest.fixture
def archive(tmp_path):
    return make_zip(tmp_path / "a.zip", FILES)


def test_every_member_is_listed_and_read(archive):
    with closing(opened(archive, ZipArchive)) as container:
        members = container.members()
        assert contents(container, members) == FILES
        assert (members.presets, members.links, members.damage) == ({}, {}, "")


@pytest.mark.parametrize("name", ["../x.jpg", "/x.jpg", "Cat/../../x.jpg"])
def test_a_name_that_leads_out_is_listed_and_never_opened(tmp_path, name):
    made = make_zip(tmp_path / "a.zip", {name: b"x"})
    with closing(opened(made, ZipArchive)) as container:
        members = container.members()
    assert members.presets[0][0] is Outcome.SPECIAL
    assert ".." not in members.names[0].split("/")


def test_a_member_without_a_name_is_listed_and_never_opened(tmp_path):
    made = make_zip(tmp_path / "a.zip", {"0.jpg": b"x", "b.jpg": b"y"})
    made.write_bytes(made.read_bytes().replace(b"0.jpg", b"\0.jpg"))
    with closing(opened(made, ZipArchive)) as container:
        members = container.members()
    assert members.names[1] == "b.jpg"
    assert {row: outcome for row, (outcome, _) in members.presets.items()} == {0: Outcome.SPECIAL}


@pytest.mark.parametrize(
    ("text", "target"),
    [("/etc/passwd", ""), ("2.jpg", "Cat/2.jpg"), ("../Dog/1.jpg", "Dog/1.jpg"), ("../../x", ""),
     ("x" * 5000, "")],
)  # fmt: skip
def test_a_link_leads_to_a_name_inside_or_nowhere(tmp_path, text, target):
    info = zipfile.ZipInfo("Cat/1.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(info, text)
    with closing(opened(tmp_path / "a.zip", ZipArchive)) as container:
        assert container.members().links == {0: target}


def test_an_encrypted_member_is_not_read(archive):
    data = bytearray(archive.read_bytes())
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1  # the flag in the directory
    archive.write_bytes(data)
    with closing(opened(archive, ZipArchive)) as container:
        assert container.members().presets == {0: (Outcome.UNREADABLE, "encrypted")}


def test_a_member_that_unpacks_to_more_than_it_says_is_cut_at_what_it_says(tmp_path):
    made = make_zip(tmp_path / "a.zip", {"1.jpg": b"\0" * 10_000_000})
    data = bytearray(made.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1000)  # its size in the directory
    made.write_bytes(data)
    with closing(opened(made, ZipArchive)) as container:
        members = container.members()
        with pytest.raises(OSError, match="unpack"):
            container.read(members.places[0], members.sizes_bytes[0], 100_000)


def test_a_member_above_the_limit_is_not_unpacked(tmp_path):
    made = make_zip(tmp_path / "a.zip", {"1.jpg": b"\0" * 10_000_000})
    with closing(opened(made, ZipArchive)) as container, pytest.raises(TooLargeError):
        container.read(0, 10_000_000, 1_000_000)


def test_a_wrong_checksum_is_an_error_of_the_member(archive):
    data = bytearray(archive.read_bytes())
    at = data.index(b"PK\x01\x02") + 16
    data[at] ^= 0xFF
    archive.write_bytes(data)
    with closing(opened(archive, ZipArchive)) as container:
        members = container.members()
        with pytest.raises(OSError, match="cannot be unpacked"):
            container.read(members.places[0], members.sizes_bytes[0], 10_000)


def test_an_archive_that_changed_since_the_listing_is_not_read(archive):
    with closing(opened(archive, ZipArchive)) as container:
        for place, size in ((0, 1), (99, 300)):
            with pytest.raises(ChangedError):
                container.read(place, size, 10_000)


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"not a zip" * 50])
def test_another_file_is_not_an_archive(tmp_path, data):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DamagedContainerError, match="not a readable zip archive"):
        opened(tmp_path / "a.zip", ZipArchive)


def test_a_false_directory_is_refused(archive):
    data = bytearray(archive.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 2**31)  # the size of the directory
    archive.write_bytes(data)
    with pytest.raises(DamagedContainerError):
        opened(archive, ZipArchive)


def test_members_that_a_damaged_directory_hides_are_said_to_be_missing(archive):
    data = bytearray(archive.read_bytes())
    first, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    second = data.index(b"PK\x01\x02", first + 4)
    struct.pack_into("<H", data, first + 32, end - second)  # the others become its comment
    archive.write_bytes(data)
    with closing(opened(archive, ZipArchive)) as container:
        members = container.members()
    assert (len(members.names), members.damage) == (
        1, "its directory does not list all of its members",
    )  # fmt: skip
