"""A folder whose files are reached without following a link."""

import errno
import hashlib
import os
import socket
import stat
import sys
from pathlib import Path

import pytest
from open_files import open_below

from catsclean.core import safe_folder
from catsclean.core.links import Reach
from catsclean.core.safe_folder import Folder, NotAsRecordedError, write_all

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this needs openat")
DIGEST = hashlib.sha256(b"one").hexdigest()


@pytest.fixture
def place(tmp_path):
    """A folder with files, a link, a pipe and a folder below, and a file outside of it."""
    root = tmp_path / "root"
    (root / "Cat").mkdir(parents=True)
    (root / "Cat/1.jpg").write_bytes(b"one")
    (root / "2.jpg").write_bytes(b"two")
    (root / "link").symlink_to("Cat/1.jpg")
    (root / "linked").symlink_to("Cat")
    os.mkfifo(root / "pipe")
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "out").symlink_to("../secret")
    return root


@pytest.fixture
def folder(place):
    with Folder(place) as opened:
        yield opened
    assert open_below(place) == []


def synced(monkeypatch):
    """Give the folders that are made durable from now on, by inode."""
    found = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: found.append(os.fstat(descriptor).st_ino))
    return found


def test_names_are_listed_in_order_and_files_without_anything_else(folder):
    assert folder.names() == ["2.jpg", "Cat", "link", "linked", "out", "pipe"]
    assert folder.names("Cat") == ["1.jpg"]
    assert folder.files("") == ["2.jpg"]


def test_a_look_follows_no_link(folder):
    assert stat.S_ISREG(folder.lstat("Cat/1.jpg").st_mode)
    assert stat.S_ISLNK(folder.lstat("link").st_mode)
    assert folder.lstat("Cat/9.jpg") is None
    assert folder.lstat("Bird/9.jpg") is None
    for path in ("linked/1.jpg", "2.jpg/1.jpg"):
        with pytest.raises(NotAsRecordedError, match="is reached through"):
            folder.lstat(path)
    with pytest.raises(NotAsRecordedError, match="has a name too long"):
        folder.lstat("a" * 300)


def test_what_may_be_there_is_present(folder):
    paths = ["Cat/1.jpg", "Cat/9.jpg", "linked/1.jpg", "link", "Bird/1.jpg"]
    assert folder.present(paths) == {"Cat/1.jpg", "linked/1.jpg", "link"}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("Cat/9.jpg", "is gone"), ("Bird/1.jpg", "is gone"),
        ("link", "is a link now, or is reached through one"),
        ("out", "is a link now, or is reached through one"),
        ("linked/1.jpg", "is reached through a link, or through a file that was a folder"),
        ("2.jpg/1.jpg", "is reached through a link, or through a file that was a folder"),
        ("pipe", "is not a regular file"), ("Cat", "is not a regular file"),
        ("socket", "is not a regular file"), ("a" * 300, "has a name too long for this file system"),
    ],
)  # fmt: skip
def test_only_a_regular_file_is_opened_and_the_reason_is_said(
    folder, place, monkeypatch, path, why
):
    monkeypatch.chdir(place)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
        with pytest.raises(NotAsRecordedError) as raised:
            folder.open(path)
    assert str(raised.value) == why


def test_another_error_is_said_in_the_words_of_the_system(folder, monkeypatch):
    def fails(*_, **__):
        raise OSError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fails)
        with pytest.raises(NotAsRecordedError, match=r"^cannot be read: Permission denied$"):
            folder.open("2.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", fails)
        with pytest.raises(PermissionError):  # whether it is there is unknown
            folder.lstat("2.jpg")


def test_a_link_is_followed_only_as_far_as_its_reach(place):
    with Folder(place, Reach(place, follow=True)) as folder:
        with os.fdopen(folder.open("link"), "rb") as stream:
            assert stream.read() == b"one"
        with os.fdopen(folder.open("linked/1.jpg"), "rb") as stream:
            assert stream.read() == b"one"
        with pytest.raises(NotAsRecordedError, match="is a broken link, or a link out"):
            folder.open("out")
        assert folder.target_inside("link") == "Cat/1.jpg"
        assert folder.target_inside("Cat/1.jpg") is None
        assert folder.target_inside("out") is None
        assert folder.check("link", DIGEST).st_size == 3
    wide = Reach(place, follow=True, folders=(place.parent,))
    with Folder(place, wide) as folder:
        with os.fdopen(folder.open("out"), "rb") as stream:
            assert stream.read() == b"secret"
        assert folder.target_inside("out") is None
    with Folder(place, Reach(place)) as folder:
        assert folder.target_inside("link") is None
        with pytest.raises(NotAsRecordedError, match="is a link now"):
            folder.open("link")


def test_the_text_of_a_link_is_read_as_it_is_written(folder):
    assert folder.link_text("out") == "../secret"
    assert folder.link_text("2.jpg") is None
    assert folder.link_text("nothing") is None


def test_a_file_is_checked_by_its_size_and_its_bytes(folder):
    assert folder.digest("Cat/1.jpg")[0] == DIGEST
    assert folder.check("Cat/1.jpg", DIGEST, size=3).st_size == 3
    with pytest.raises(NotAsRecordedError, match="changed since the audit: 3 bytes, recorded 4"):
        folder.check("Cat/1.jpg", DIGEST, size=4)
    with pytest.raises(NotAsRecordedError, match="its bytes differ"):
        folder.check("2.jpg", DIGEST, size=3)


def test_a_file_that_is_read_in_many_parts_has_one_digest(folder, place, monkeypatch):
    monkeypatch.setattr(safe_folder, "_CHUNK", 2)
    assert folder.digest("Cat/1.jpg")[0] == DIGEST


@pytest.mark.parametrize("change", ["size", "time"])
def test_a_file_that_changes_while_it_is_read_is_refused(folder, place, monkeypatch, change):
    real, path = os.read, place / "Cat/1.jpg"

    def read(descriptor, count):
        if change == "size":
            path.write_bytes(b"one and more")
            os.utime(path, ns=(7, 7))
        else:
            os.utime(path, ns=(9, 9))
        return real(descriptor, count) if count > 1 else b""

    os.utime(path, ns=(7, 7))
    monkeypatch.setattr(os, "read", read)
    with pytest.raises(NotAsRecordedError, match="changed while it was read"):
        folder.digest("Cat/1.jpg")


def test_a_disk_that_cannot_be_read_is_said_so(folder, monkeypatch):
    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "read", fails)
    with pytest.raises(NotAsRecordedError, match="cannot be read: Input/output error"):
        folder.digest("Cat/1.jpg")


def test_a_new_file_never_takes_the_place_of_another_one(folder, place, monkeypatch):
    before = os.umask(0o022)
    found = synced(monkeypatch)
    os.close(folder.create("new/below/3.jpg"))
    os.umask(before)
    assert stat.S_IMODE((place / "new/below/3.jpg").stat().st_mode) == 0o644
    for path in ("2.jpg", "link", "out"):
        with pytest.raises(FileExistsError):
            folder.create(path)
    folder.sync()
    # the folder of the file, and those that got a new folder
    wanted = [place, place / "new", place / "new/below"]
    assert set(found) == {path.stat().st_ino for path in wanted}
    found.clear()
    folder.sync()
    assert found == []


def test_the_bytes_of_one_file_are_made_durable(folder, place, monkeypatch):
    found = synced(monkeypatch)
    assert folder.sync_file("Cat/1.jpg").st_size == 3
    assert found == [(place / "Cat/1.jpg").stat().st_ino]


def test_a_file_is_written_as_a_whole_and_durably(folder, place, monkeypatch):
    found = synced(monkeypatch)
    (place / "2.jpg.new").write_bytes(b"left by a crash")
    folder.write("2.jpg", b"new")
    assert (place / "2.jpg").read_bytes() == b"new"
    assert not (place / "2.jpg.new").exists()
    assert found == [(place / "2.jpg").stat().st_ino, place.stat().st_ino]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: folder.unlink("Cat/1.jpg"),
        lambda folder: folder.symlink("x", "Cat/new"),
        lambda folder: folder.link_from(folder, "2.jpg", "Cat/new"),
        lambda folder: os.close(folder.create("Cat/new")),
    ],
)
def test_a_changed_name_is_made_durable_by_the_next_sync(folder, place, monkeypatch, change):
    found = synced(monkeypatch)
    change(folder)
    assert found == []
    folder.sync()
    assert found == [(place / "Cat").stat().st_ino]


def test_a_rename_makes_both_folders_durable_and_never_replaces(folder, place, monkeypatch):
    found = synced(monkeypatch)
    with Folder(place / "Cat") as cats:
        with pytest.raises(FileExistsError):
            cats.rename_from(folder, "2.jpg", "1.jpg")
        cats.rename_from(folder, "2.jpg", "below/2.jpg")
        assert (place / "Cat/below/2.jpg").read_bytes() == b"two"
        assert not (place / "2.jpg").exists()
        cats.sync()
        folder.sync()
    inodes = [path.stat().st_ino for path in (place / "Cat", place / "Cat/below", place)]
    assert found == inodes


def test_a_second_name_is_made_where_it_is_free(folder, place):
    folder.link_from(folder, "Cat/1.jpg", "new/1.jpg")
    assert (place / "new/1.jpg").samefile(place / "Cat/1.jpg")
    with pytest.raises(FileExistsError):
        folder.link_from(folder, "Cat/1.jpg", "2.jpg")
    folder.link_from(folder, "link", "new/link")  # the link itself
    assert (place / "new/link").is_symlink()


def test_an_empty_folder_is_removed_and_forgotten(folder, place, monkeypatch):
    found = synced(monkeypatch)
    folder.make_folder_of("a/b/c.jpg")
    assert (place / "a/b").is_dir()
    with pytest.raises(OSError, match="not empty"):
        folder.rmdir("a")
    folder.rmdir("a/b")
    folder.sync()
    assert found == [place.stat().st_ino, (place / "a").stat().st_ino]
    found.clear()
    folder.rmdir("a")
    folder.sync()
    assert found == [place.stat().st_ino]
    assert folder.lstat("a/b/c.jpg") is None
    folder.make_folder_of("a/b/c.jpg")
    assert (place / "a/b").is_dir()


def test_not_more_folders_stay_open_than_the_limit(folder, place, monkeypatch):
    monkeypatch.setattr(safe_folder, "_OPEN_FOLDERS", 3)
    for number in range(9):
        os.close(folder.create(f"{number}/1.jpg"))
        assert len(open_below(place)) <= 1 + 3  # and the folder itself
    # the one that was used last stays open longest
    first = folder.handle("6")
    folder.handle("new", create=True)
    assert folder.handle("6") == first
    assert len(folder._open) == 3
    # its own folder may be closed while the other name is looked up
    folder.link_from(folder, "0/1.jpg", "x/y/z/1.jpg")
    assert (place / "x/y/z/1.jpg").samefile(place / "0/1.jpg")


def test_a_folder_is_opened_as_it_is_and_never_through_a_link(place):
    with pytest.raises(NotADirectoryError):
        Folder(place / "linked")
    with pytest.raises(NotADirectoryError):
        Folder(place / "2.jpg")
    folder = Folder(place)
    folder.close()
    folder.close()


@pytest.mark.parametrize("most", [1, 3, 100])
def test_all_of_the_bytes_are_written_however_few_a_call_takes(tmp_path, monkeypatch, most):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:most]))
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    write_all(descriptor, b"0123456789")
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_link_is_made_with_its_text_in_a_new_folder(folder, place):
    folder.symlink("../2.jpg", "new/link")
    assert (place / "new/link").readlink() == Path("../2.jpg")
