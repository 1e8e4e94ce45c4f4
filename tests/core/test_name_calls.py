"""Names are as asked for, or as before: whatever the system reports."""

import errno
import os

import pytest

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
