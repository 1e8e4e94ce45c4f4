"""Pictures and sidecar files that are links, in containers, or cannot be read."""

import errno
import hashlib
import os

import pytest
from disk_calls import counted
from packed import make_tar, make_zip
from pictures import jpeg

from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.errors import SplitError
from catsclean.splitting import linking, split
from catsclean.splitting.linking import LinkMode, NoSuchLinkError
from catsclean.splitting.packed_pictures import PackedPictures
from catsclean.splitting.packed_sidecars import find_packed_files
from catsclean.splitting.place_sidecars import place_sidecars
from catsclean.splitting.places import Item


def item(source, place="train/Cat/1.jpg"):
    return Item(source, place, source, "", 1, None)


@pytest.mark.parametrize("linked", ["Cat", "Cat/1.jpg"])
def test_a_picture_behind_a_link_is_never_hard_linked(tmp_path, linked):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/1.jpg").write_bytes(jpeg(1))
    (tmp_path / "Pets/Cat").parent.mkdir()
    if linked == "Cat/1.jpg":
        (tmp_path / "Pets/Cat").mkdir()
    target = tmp_path / "real" if linked == "Cat" else tmp_path / "real/1.jpg"
    (tmp_path / "Pets" / linked).symlink_to(target)
    (tmp_path / "out").mkdir()
    with (
        Folder(tmp_path / "Pets") as source,
        Folder(tmp_path / "out") as out,
        pytest.raises(NoSuchLinkError, match="it is a link, or is reached through one"),
    ):
        linking.place(LinkMode.HARDLINK, source, "Cat/1.jpg", out, "1.jpg")
    assert not list((tmp_path / "out").iterdir())


def test_a_packed_picture_is_compared_by_its_bytes(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"Cat/1.jpg": b"picture"})
    digest = hashlib.sha256(b"picture").hexdigest()
    with PackedPictures(path) as pictures:
        assert pictures.lstat("Cat/1.jpg") is None
        assert pictures.check("Cat/1.jpg", digest, size=7).st_size == 7
        assert pictures.check("Cat/1.jpg", digest).st_size == 7
        for wrong in ({"sha256": digest, "size": 8}, {"sha256": "0" * 64}):
            with pytest.raises(NotAsRecordedError, match="its bytes differ"):
                pictures.check("Cat/1.jpg", **wrong)
        with pytest.raises(NotAsRecordedError, match="cannot be read"):
            pictures.open("Cat/2.jpg")


def damaged_zip(path):
    """Pack a picture and its text, whose bytes then change."""
    make_zip(path, {"Cat/1.jpg": b"picture", "Cat/1.txt": b"text " * 50})
    data = bytearray(path.read_bytes())
    place = data.index(b"Cat/1.txt") + len("Cat/1.txt")
    data[place : place + 4] = b"\xff" * 4
    path.write_bytes(data)
    return path


def test_a_packed_sidecar_file_that_cannot_be_read_is_named(tmp_path):
    root = damaged_zip(tmp_path / "a.zip")
    found = find_packed_files(root, [item("Cat/1.jpg")], (), None)
    assert (found.items, found.unreadable) == ([], ["Cat/1.txt"])
    assert "it cannot be read" in found.warnings()[0]


def test_nothing_is_looked_for_in_a_container_that_is_a_link(tmp_path):
    make_tar(tmp_path / "real.tar", {"Cat/1.jpg": b"picture", "Cat/1.txt": b"text"})
    (tmp_path / "Pets").mkdir()
    (tmp_path / "Pets/a.tar").symlink_to(tmp_path / "real.tar")
    found = find_packed_files(tmp_path / "Pets", [item("a.tar/Cat/1.jpg")], (), None)
    assert (found.items, found.linked) == ([], ["a.tar"])
    assert "linked archives are left out, such as 'a.tar'" in found.warnings()[0]


def test_packed_sidecar_files_go_beside_their_pictures_unless_their_place_is_taken(tmp_path):
    files = {f"Cat/{name}": name.encode() for name in ("1.jpg", "1.txt", "2.jpg", "2.txt")}
    root = make_tar(tmp_path / "a.tar", files)
    pictures = [item("Cat/1.jpg", "train/Cat/1.jpg"), item("Cat/2.jpg", "train/Cat/1.txt")]
    beside = place_sidecars(root, pictures, frozenset({".txt"}))
    assert [one.place for one in beside.items] == []
    [said] = beside.warnings
    assert said.endswith("another file gets its name in the split")
    pictures[1] = item("Cat/2.jpg", "train/Cat/2.jpg")
    beside = place_sidecars(root, pictures, frozenset({".txt"}))
    assert {one.place: one.source for one in beside.items} == {
        "train/Cat/1.txt": "Cat/1.txt", "train/Cat/2.txt": "Cat/2.txt",
    }  # fmt: skip
    assert beside.warnings == ()


def test_a_sidecar_file_that_cannot_be_read_is_left_out_in_one_line(pets, tmp_path):
    (pets.root / "Cat/0.txt").write_text("boxes")
    (pets.root / "Cat/1.txt").write_text("boxes")
    fail = {"open": lambda name: errno.EIO if name == "0.txt" else 0}
    with counted(failing=fail):
        written = split(pets, {"val": 0.5}).write(tmp_path / "out", "copy")
    assert written.sidecars == 1
    assert "it cannot be read" in written.warnings[0]
    assert "Cat/0.txt" in written.warnings[0]


@pytest.fixture
def halves(pets):
    return split(pets, {"val": 0.5})


def test_a_trial_of_written_shards_is_content_with_them(halves, tmp_path):
    halves.write_shards(tmp_path / "out")
    halves.check_shards(tmp_path / "out")


@pytest.mark.parametrize("harm", ["longer", "unreadable"])
def test_a_shard_that_is_not_as_it_was_written_is_refused(halves, tmp_path, harm):
    halves.write_shards(tmp_path / "out")
    shard = min((tmp_path / "out").glob("*.tar"))
    if harm == "longer":
        with shard.open("ab") as stream:
            stream.write(bytes(512))
    os.utime(shard, (1, 1))
    unreadable = errno.EACCES if harm == "unreadable" else 0
    with (
        counted(failing={"open": lambda name: unreadable if name == shard.name else 0}),
        pytest.raises(SplitError, match=f"1 changed: '{shard.name}'"),
    ):
        halves.check_shards(tmp_path / "out")


def test_shards_are_written_where_the_system_reserves_no_space(halves, tmp_path, monkeypatch):
    halves.write_shards(tmp_path / "reserved")
    monkeypatch.delattr(os, "posix_fallocate")
    halves.write_shards(tmp_path / "out")
    for shard in (tmp_path / "out").glob("*.tar"):
        assert shard.read_bytes() == (tmp_path / "reserved" / shard.name).read_bytes()
