"""A compressed tar archive from a stranger: as with zip, all of it is unpacked, or nothing."""

import bz2
import gzip
import io
import lzma
import tarfile
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catsclean.downloading import archive as rules
from catsclean.downloading.open_tar import TAR_ENDINGS
from catsclean.downloading.unpack import unpack
from catsclean.errors import DownloadError
from tests.downloading.conftest import contents

FILES = {"PetImages/Cat/0.jpg": b"cat" * 500, "PetImages/Dog/0.jpg": b"dog", "M\udce9.txt": b""}
COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def member(name, data=b"", kind=tarfile.REGTYPE, **more):
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    for field, value in more.items():
        setattr(info, field, value)
    return info, data


def tarred(members, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def make(path, members, **more):
    kind = {"tgz": "gz", "tbz2": "bz2", "txz": "xz"}.get(path.suffix[1:], path.suffix[1:])
    path.write_bytes(COMPRESS[kind](tarred(members, **more)))
    return path


def refused(tmp_path, folder, members, match):
    archive = make(tmp_path / "set.tgz", members)
    with pytest.raises(DownloadError, match=match):
        unpack(archive, folder)
    assert contents(tmp_path).keys() == {"set.tgz"}


@pytest.mark.parametrize("ending", TAR_ENDINGS)
def test_all_files_are_unpacked(tmp_path, folder, ending):
    told = []
    members = [member("PetImages", kind=tarfile.DIRTYPE), member("Empty", kind=tarfile.DIRTYPE)]
    archive = make(tmp_path / f"set{ending}", members + [member(*one) for one in FILES.items()])
    assert unpack(archive, folder, progress=lambda *one: told.append(one)) == len(FILES)
    assert contents(folder) == FILES
    assert (folder / "Empty").is_dir()
    assert told[-1] == (1503, 1503)


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_names_that_begin_with_the_folder_itself_are_names(tmp_path, folder, form):
    long = "./" + "a" * 90 + "/" + "b" * 90 + ".jpg"
    archive = make(tmp_path / "set.tgz", [member("./", kind=tarfile.DIRTYPE), member(long, b"x")],
                   form=form)  # fmt: skip
    assert unpack(archive, folder) == 1
    assert contents(folder) == {long[2:]: b"x"}


@pytest.mark.parametrize(
    "name", ["../out.jpg", "Cat/../../out.jpg", "/out.jpg", "C:/out.jpg", "..\\out.jpg", "Cat/.."]
)
def test_no_name_leads_out_of_the_folder(tmp_path, folder, name):
    members = [member("Cat/0.jpg", b"cat"), member(name, b"out")]
    refused(tmp_path, folder, members, "leads out of its folder")


def test_names_with_control_characters_are_refused(tmp_path, folder):
    refused(tmp_path, folder, [member("Cat/\x1b[2J.jpg", b"x")], "has a name that no picture needs")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["/etc/passwd", "Cat/0.jpg"])
def test_links_are_refused(tmp_path, folder, kind, target):
    members = [member("Cat/0.jpg", b"x"), member("Cat/1.jpg", kind=kind, linkname=target)]
    refused(tmp_path, folder, members, "is a link or a device")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_and_pipes_are_refused(tmp_path, folder, kind):
    refused(tmp_path, folder, [member("Cat/0.jpg", kind=kind)], "device|named pipe")


def test_two_members_of_one_name_are_refused(tmp_path, folder):
    members = [member("Cat/0.jpg", b"a"), member("./Cat//0.jpg", b"b")]
    refused(tmp_path, folder, members, "two of its members have the name")


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path, folder):
    archive = make(tmp_path / "set.tgz", [member("Cat", b"a"), member("Cat/0.jpg", b"b")])
    with pytest.raises(DownloadError):
        unpack(archive, folder)


def test_a_bomb_is_refused_while_it_grows(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(rules, "SMALL_BYTES", 2**16)
    refused(tmp_path, folder, [member("Cat/0.bmp", bytes(2**22))], "times its size, like a bomb")


def test_a_header_that_claims_much_memory_is_refused(tmp_path, folder):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**24
    data = info.tobuf() + bytes(2**24 + 1024)
    (tmp_path / "set.tgz").write_bytes(gzip.compress(data))
    with pytest.raises(DownloadError, match="is damaged"):
        unpack(tmp_path / "set.tgz", folder)


def test_without_room_nothing_is_written(tmp_path, folder, monkeypatch):
    usage = SimpleNamespace(free=rules.SPARE_BYTES + 1502)
    monkeypatch.setattr(rules.shutil, "disk_usage", lambda _: usage)
    refused(tmp_path, folder, [member(*one) for one in FILES.items()], "Make room")


def test_room_for_the_files_is_needed_besides_that_of_the_archive(tmp_path, folder, monkeypatch):
    room = iter([2**40, rules.SPARE_BYTES + 1502])
    monkeypatch.setattr(rules.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(room)))
    refused(tmp_path, folder, [member(*one) for one in FILES.items()], "unpacks to 1.5 kB")


@pytest.mark.parametrize(
    "data",
    [b"<html>please sign in</html>", b"", gzip.compress(b"no tar", mtime=0)],
    ids=["a page", "nothing", "no tar inside"],
)
def test_what_is_no_archive_is_said_so(tmp_path, folder, data):
    (tmp_path / "set.tar.gz").write_bytes(data)
    with pytest.raises(DownloadError, match=r"'set\.tar\.gz' is not unpacked: it is damaged"):
        unpack(tmp_path / "set.tar.gz", folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    at=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), cut=st.booleans(),
    inside=st.booleans(),
)  # fmt: skip
def test_a_damaged_archive_is_unpacked_right_or_refused(tmp_path_factory, at, byte, cut, inside):
    place = tmp_path_factory.mktemp("damaged")
    plain = tarred([member(*one) for one in FILES.items()])
    whole = plain if inside else gzip.compress(plain)
    position = int(at * len(whole))
    rest = b"" if cut else bytes([byte]) + whole[position + 1 :]
    damaged = whole[:position] + rest
    (place / "set.tgz").write_bytes(gzip.compress(damaged) if inside else damaged)
    (place / "new").mkdir()
    try:
        unpack(place / "set.tgz", place / "new")
    except DownloadError:
        pass
    else:
        if not inside:  # a tar archive has checksums of its headers only
            assert sorted(contents(place / "new").values()) == sorted(FILES.values())
    assert {path.name for path in place.iterdir()} == {"set.tgz", "new"}
