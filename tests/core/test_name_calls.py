"""Names are as asked for, or as before: whatever the system reports."""

import ctypes
import errno
import os
import sys
from pathlib import Path

import pytest
from open_files import open_below

from catsclean.core import name_calls

LOST = [errno.ENOENT, errno.EEXIST, errno.ESTALE, errno.ETIMEDOUT, errno.EINTR, errno.EIO]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield tmp_path, descriptor
    os.close(descriptor)


def lose_the_reply(monkeypatch, module, name, code, *, done=True):
    """Let a call report an error, once, after it was done or instead of being done."""
    call = getattr(module, name)
    made = []

    def reporting(*args, **kwargs):
        if made:
            return call(*args, **kwargs)
        made.append(name)
        if done:
            call(*args, **kwargs)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module, name, reporting)


@pytest.mark.parametrize("code", LOST)
def test_a_name_that_is_gone_counts_as_removed(folder, monkeypatch, code):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "unlink", code)
    name_calls.remove_name("a", descriptor)
    assert not (path / "a").exists()


@pytest.mark.parametrize("code", LOST)
def test_a_folder_that_is_gone_counts_as_removed(folder, monkeypatch, code):
    path, descriptor = folder
    (path / "sub").mkdir()
    lose_the_reply(monkeypatch, os, "rmdir", code)
    name_calls.remove_folder("sub", descriptor)
    assert not (path / "sub").exists()


@pytest.mark.parametrize("code", LOST)
def test_a_folder_that_is_there_counts_as_made(folder, monkeypatch, code):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "mkdir", code)
    name_calls.make_folder("sub", descriptor)
    assert (path / "sub").is_dir()


@pytest.mark.parametrize("code", LOST)
def test_a_second_name_of_the_same_file_counts_as_made(folder, monkeypatch, code):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "link", code)
    name_calls.link_name("a", descriptor, "b", descriptor)
    assert (path / "b").samefile(path / "a")


@pytest.mark.parametrize("code", LOST)
def test_a_link_that_leads_there_counts_as_made(folder, monkeypatch, code):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "symlink", code)
    name_calls.make_symlink("a", "b", descriptor)
    assert (path / "b").readlink().name == "a"


@pytest.mark.parametrize("code", LOST)
def test_a_file_that_has_its_new_name_counts_as_replaced(folder, monkeypatch, code):
    path, descriptor = folder
    (path / "b").write_bytes(b"old")
    lose_the_reply(monkeypatch, os, "replace", code)
    name_calls.replace_name("a", "b", descriptor)
    assert (path / "b").read_bytes() == b"a"
    assert not (path / "a").exists()


@pytest.mark.parametrize("code", LOST)
def test_a_file_that_has_its_new_name_counts_as_renamed(folder, monkeypatch, code):
    path, descriptor = folder
    lose_the_reply(monkeypatch, name_calls, "_rename_without_replacing", code)
    name_calls.rename_to_free("a", descriptor, "b", descriptor)
    assert (path / "b").read_bytes() == b"a"
    assert not (path / "a").exists()


def test_a_rename_never_replaces_a_file(folder):
    path, descriptor = folder
    (path / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        name_calls.rename_to_free("a", descriptor, "b", descriptor)
    assert (path / "a").read_bytes() == b"a"
    assert (path / "b").read_bytes() == b"b"


def test_another_file_under_the_new_name_does_not_count_as_a_link(folder):
    path, descriptor = folder
    (path / "b").write_bytes(b"a")
    with pytest.raises(FileExistsError):
        name_calls.link_name("a", descriptor, "b", descriptor)


def test_a_file_is_no_folder_that_was_made(folder):
    _, descriptor = folder
    with pytest.raises(FileExistsError):
        name_calls.make_folder("a", descriptor)


def test_a_removal_that_did_nothing_raises_its_error(folder, monkeypatch):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "unlink", errno.EACCES, done=False)
    with pytest.raises(PermissionError):
        name_calls.remove_name("a", descriptor)
    assert (path / "a").exists()


def test_a_link_that_was_not_made_raises_its_error(folder, monkeypatch):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "link", errno.EACCES, done=False)
    with pytest.raises(PermissionError):
        name_calls.link_name("a", descriptor, "b", descriptor)
    assert not (path / "b").exists()


def test_an_interrupted_call_is_made_again(folder, monkeypatch):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "unlink", errno.EINTR, done=False)
    name_calls.remove_name("a", descriptor)
    assert not (path / "a").exists()


def test_a_rename_that_did_nothing_raises_its_error(folder, monkeypatch):
    path, descriptor = folder
    (path / "b").write_bytes(b"b")
    lose_the_reply(monkeypatch, os, "replace", errno.EACCES, done=False)
    with pytest.raises(PermissionError):
        name_calls.replace_name("a", "b", descriptor)
    lose_the_reply(monkeypatch, name_calls, "_rename_without_replacing", errno.EACCES, done=False)
    with pytest.raises(PermissionError):
        name_calls.rename_to_free("a", descriptor, "c", descriptor)
    assert {one.name: one.read_bytes() for one in path.iterdir()} == {"a": b"a", "b": b"b"}


def test_a_folder_that_was_not_made_raises_its_error(folder, monkeypatch):
    path, descriptor = folder
    lose_the_reply(monkeypatch, os, "mkdir", errno.EACCES, done=False)
    with pytest.raises(PermissionError):
        name_calls.make_folder("sub", descriptor)
    assert not (path / "sub").exists()


def test_a_second_name_of_a_link_is_the_link_itself(folder):
    path, descriptor = folder
    (path / "link").symlink_to("a")
    name_calls.link_name("link", descriptor, "second", descriptor)
    assert (path / "second").readlink() == Path("a")


@pytest.fixture
def two_paths(tmp_path):
    """Handles as they are on systems that cannot look up names from an open folder."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "old/a").write_bytes(b"a")
    return tmp_path, str(tmp_path / "old"), str(tmp_path / "new")


def test_names_in_folders_that_are_known_by_their_paths_are_changed(two_paths):
    path, old, new = two_paths
    name_calls.link_name("a", old, "second", new)
    assert (path / "new/second").samefile(path / "old/a")
    name_calls.rename_to_free("a", old, "b", new)
    (path / "new/c").write_bytes(b"c")
    name_calls.replace_name("b", "c", new)
    assert (path / "new/c").read_bytes() == b"a"
    name_calls.make_folder("sub", old)
    name_calls.make_symlink("../new", "link", old)
    assert sorted(one.relative_to(path).as_posix() for one in path.rglob("*")) == [
        "new", "new/c", "new/second", "old", "old/link", "old/sub",
    ]  # fmt: skip
    assert name_calls.read_link("link", old) == "../new"
    name_calls.remove_name("link", old)
    name_calls.remove_folder("sub", old)
    assert list((path / "old").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a rename never replaces there")
def test_a_system_that_cannot_rename_without_replacing_renames_nothing(folder, monkeypatch):
    path, descriptor = folder
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    with pytest.raises(OSError, match="this system has no rename") as raised:
        name_calls.rename_to_free("a", descriptor, "b", descriptor)
    assert raised.value.errno == errno.ENOSYS
    assert [one.name for one in path.iterdir()] == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="a folder has no fsync there")
@pytest.mark.parametrize("fails", [False, True])
def test_the_names_of_a_folder_are_made_durable_and_it_is_closed(tmp_path, monkeypatch, fails):
    synced = []

    def record(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        if fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", record)
    if fails:
        with pytest.raises(OSError, match="Input/output error"):
            name_calls.make_durable(tmp_path)
    else:
        name_calls.make_durable(tmp_path)
    assert synced == [tmp_path.stat().st_ino]
    assert open_below(tmp_path) == []
