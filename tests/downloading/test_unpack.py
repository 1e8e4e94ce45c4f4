"""A zip archive from a stranger is unpacked whole, or not at all, and never beside its folder."""

import stat
import struct
import zipfile
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catsclean.downloading import archive as rules
from catsclean.downloading import unpack as module
from catsclean.downloading.unpack import unpack
from catsclean.errors import DownloadError
from tests.downloading.conftest import contents

FILES = {"PetImages/Cat/0.jpg": b"cat" * 500, "PetImages/Dog/0.jpg": b"dog", "readme[1].txt": b""}


def make(path, members, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refused(tmp_path, folder, members, match):
    archive = make(tmp_path / "set.zip", members)
    with pytest.raises(DownloadError, match=match):
        unpack(archive, folder)
    assert contents(tmp_path).keys() == {"set.zip"}


def test_all_files_are_unpacked(tmp_path, folder):
    told = []
    archive = make(tmp_path / "set.zip", FILES)
    assert unpack(archive, folder, progress=lambda *one: told.append(one)) == len(FILES)
    assert contents(folder) == FILES
    assert told[-1] == (1503, 1503)


def test_a_folder_of_the_archive_can_be_left_out(tmp_path, folder):
    archive = make(tmp_path / "set.zip", {"rps/rock/0.png": b"r", "rps/": b"", "about.txt": b"a"})
    unpack(archive, folder, strip="rps")
    assert contents(folder) == {"rock/0.png": b"r", "about.txt": b"a"}


def test_names_with_the_separator_of_windows_are_paths(tmp_path, folder):
    unpack(make(tmp_path / "set.zip", {"Cat\\0.jpg": b"cat"}), folder)
    assert contents(folder) == {"Cat/0.jpg": b"cat"}


@pytest.mark.parametrize(
    "name",
    ["../out.jpg", "Cat/../../out.jpg", "/out.jpg", "C:/out.jpg", "c:out.jpg", "..\\out.jpg",
     "\\\\server\\out.jpg", "Cat/.."],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(tmp_path, folder, name):
    refused(tmp_path, folder, {"Cat/0.jpg": b"cat", name: b"out"}, "leads out of its folder")


@pytest.mark.parametrize("name", ["Cat/./0.jpg", "Cat/\x1b[2J.jpg", "Cat/a\nb.jpg"])
def test_names_that_no_picture_needs_are_refused(tmp_path, folder, name):
    refused(tmp_path, folder, {name: b"cat"}, "has a name that no picture needs")


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
)
def test_links_and_devices_are_refused(tmp_path, folder, kind):
    info = zipfile.ZipInfo("Cat/0.jpg")
    info.external_attr = (kind | 0o777) << 16
    refused(tmp_path, folder, {info: b"/etc/passwd"}, "is a link or a device")


def test_two_members_of_one_name_are_refused(tmp_path, folder):
    one, other = zipfile.ZipInfo("Cat/0.jpg"), zipfile.ZipInfo("Cat//0.jpg")
    refused(tmp_path, folder, {one: b"a", other: b"b"}, "two of its members have the name")


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path, folder):
    archive = make(tmp_path / "set.zip", {"Cat": b"a", "Cat/0.jpg": b"b"})
    with pytest.raises(DownloadError):
        unpack(archive, folder)


def test_an_encrypted_archive_is_refused(tmp_path, folder):
    path = make(tmp_path / "set.zip", {"Cat/0.jpg": b"cat"})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    path.write_bytes(data)
    with pytest.raises(DownloadError, match="is encrypted"):
        unpack(path, folder)


def test_a_bomb_is_refused_before_anything_is_written(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(rules, "SMALL_BYTES", 2**16)
    refused(tmp_path, folder, {"Cat/0.bmp": bytes(2**22)}, "times its size, like a bomb")


def test_a_member_that_lies_about_its_size_is_refused(tmp_path, folder):
    path = make(tmp_path / "set.zip", {"Cat/0.jpg": bytes(100_000)})
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(magic) + offset, 1000)
    path.write_bytes(data)
    with pytest.raises(DownloadError, match="is damaged"):
        unpack(path, folder)


def test_without_room_nothing_is_written(tmp_path, folder, monkeypatch):
    usage = SimpleNamespace(free=rules.SPARE_BYTES + 1502)
    monkeypatch.setattr(rules.shutil, "disk_usage", lambda _: usage)
    refused(tmp_path, folder, FILES, "unpacks to 1.5 kB")


def test_too_many_members_are_refused(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(module, "_MOST_MEMBERS", 2)
    refused(tmp_path, folder, FILES, "has 3 members")


def test_what_is_no_archive_is_said_so(tmp_path, folder):
    path = tmp_path / "set.zip"
    path.write_bytes(b"<html>please sign in</html>")
    with pytest.raises(DownloadError, match=r"'set\.zip' is not unpacked: it is damaged"):
        unpack(path, folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_archive_is_unpacked_right_or_refused(tmp_path_factory, at, byte, cut):
    place = tmp_path_factory.mktemp("damaged")
    whole = make(place / "set.zip", FILES).read_bytes()
    position = int(at * len(whole))
    rest = b"" if cut else bytes([byte]) + whole[position + 1 :]
    damaged = whole[:position] + rest
    (place / "set.zip").write_bytes(damaged)
    (place / "new").mkdir()
    try:
        unpack(place / "set.zip", place / "new")
    except DownloadError:
        pass
    else:
        assert sorted(contents(place / "new").values()) == sorted(FILES.values())
    assert {path.name for path in place.iterdir()} == {"set.zip", "new"}
