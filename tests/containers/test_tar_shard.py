"""Tar files: what is listed, what is read, and what no tar file may do."""

import tarfile
import tracemalloc
from contextlib import closing

import pytest
from packed import contents, make_tar, opened

from catsclean.containers.container import DamagedContainerError
from catsclean.containers.tar_shard import TarShard
from catsclean.core.evidence import Outcome
from catsclean.core.reading_errors import TooLargeError

FILES = {"Cat/1.jpg": b"one", "Cat/2.jpg": b"", "Dog/" + "long" * 60 + ".jpg": b"three" * 400}


@pytest.fixture
def shard(tmp_path):
    return make_tar(tmp_path / "a.tar", FILES)


def test_every_member_is_listed_and_read(shard):
    with closing(opened(shard, TarShard)) as container:
        members = container.members()
        assert contents(container, members) == FILES
        assert list(members.sizes_bytes) == [len(data) for data in FILES.values()]
        assert (members.presets, members.links, members.damage) == ({}, {}, "")


def test_names_are_those_of_a_folder_whatever_wrote_them(tmp_path):
    made = make_tar(
        tmp_path / "a.tar",
        {"./Cat//1.jpg": b"x", b"D\xff.jpg".decode("utf-8", "surrogateescape"): b"y"},
    )
    with closing(opened(made, TarShard)) as container:
        assert container.members().names == ["Cat/1.jpg", r"D\udcff.jpg"]


@pytest.mark.parametrize("name", ["../x.jpg", "Cat/../../x.jpg", "/etc/x.jpg", "//x.jpg", ".."])
def test_a_name_that_leads_out_is_listed_and_never_opened(tmp_path, name):
    made = make_tar(tmp_path / "a.tar", {name: b"x", "Cat/1.jpg": b"y"})
    with closing(opened(made, TarShard)) as container:
        members = container.members()
    assert members.presets[0][0] is Outcome.SPECIAL
    assert ".." not in members.names[0].split("/")
    assert not members.names[0].startswith("/")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_is_listed_and_never_opened(tmp_path, kind):
    info = tarfile.TarInfo("Cat/1.jpg")
    info.type = kind
    made = make_tar(tmp_path / "a.tar", {}, info)
    with closing(opened(made, TarShard)) as container:
        assert container.members().presets[0][0] is Outcome.SPECIAL


@pytest.mark.parametrize(
    ("kind", "text", "target"),
    [
        (tarfile.SYMTYPE, "2.jpg", "Cat/2.jpg"),
        (tarfile.SYMTYPE, "../Dog/2.jpg", "Dog/2.jpg"),
        (tarfile.SYMTYPE, "../../2.jpg", ""),
        (tarfile.SYMTYPE, "/etc/passwd", ""),
        (tarfile.LNKTYPE, "Dog/2.jpg", "Dog/2.jpg"),
        (tarfile.LNKTYPE, "../2.jpg", ""),
    ],
)
def test_a_link_leads_to_a_name_inside_or_nowhere(tmp_path, kind, text, target):
    info = tarfile.TarInfo("Cat/1.jpg")
    info.type, info.linkname = kind, text
    made = make_tar(tmp_path / "a.tar", {}, info)
    with closing(opened(made, TarShard)) as container:
        assert container.members().links == {0: target}


def test_folders_are_listed_even_if_they_are_empty(tmp_path):
    info = tarfile.TarInfo("Bird")
    info.type = tarfile.DIRTYPE
    made = make_tar(tmp_path / "a.tar", {"Cat/1.jpg": b"x"}, info)
    with closing(opened(made, TarShard)) as container:
        assert container.members().folders == ["Bird"]


def test_a_member_that_the_end_of_the_file_cuts_is_not_read(shard):
    with closing(opened(shard, TarShard)) as container:
        last = container.members().places[2]
    shard.write_bytes(shard.read_bytes()[: last + 100])
    with closing(opened(shard, TarShard)) as container:
        members = container.members()
        assert "unexpected end" in members.damage
        with pytest.raises(OSError, match="ends within"):
            container.read(members.places[2], members.sizes_bytes[2], 2**40)


def test_a_damaged_header_is_not_taken_for_the_end(shard):
    data = bytearray(shard.read_bytes())
    data[1024 + 148 : 1024 + 156] = b"99999999"  # the checksum of the second header
    shard.write_bytes(data)
    with closing(opened(shard, TarShard)) as container:
        members = container.members()
    assert members.names == ["Cat/1.jpg"]
    assert "the header at byte 1,024 is damaged" in members.damage


def test_what_follows_the_end_mark_is_said(tmp_path, shard):
    other = make_tar(tmp_path / "b.tar", {"Dog/9.jpg": b"x"})
    shard.write_bytes(shard.read_bytes() + other.read_bytes())
    with closing(opened(shard, TarShard)) as container:
        assert "more after its end mark" in container.members().damage


def test_a_missing_end_mark_is_said(tmp_path):
    made = make_tar(tmp_path / "a.tar", {"Cat/1.jpg": b"x"})
    made.write_bytes(made.read_bytes()[:1024])
    with closing(opened(made, TarShard)) as container:
        assert "no end mark" in container.members().damage


def test_a_larger_member_than_the_limit_is_not_read(shard):
    with closing(opened(shard, TarShard)) as container:
        members = container.members()
        with pytest.raises(TooLargeError):
            container.read(members.places[0], members.sizes_bytes[0], 2)


def test_an_extended_header_of_gigabytes_is_not_read(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    made = tmp_path / "a.tar"
    with made.open("wb") as stream:
        stream.write(info.tobuf())
        stream.truncate(2**33)  # a hole, not gigabytes on the disk
    tracemalloc.start()
    with closing(opened(made, TarShard)) as container, pytest.raises(DamagedContainerError):
        container.members()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


@pytest.mark.parametrize("data", [b"", b"not a tar file" * 100, b"\x1f\x8b\x08" + b"x" * 2000])
def test_another_file_is_not_a_tar_file(tmp_path, data):
    (tmp_path / "a.tar").write_bytes(data)
    with (
        closing(opened(tmp_path / "a.tar", TarShard)) as container,
        pytest.raises(DamagedContainerError),
    ):
        container.members()
