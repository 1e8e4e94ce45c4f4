"""If any call fails during a write, the file is old or new as a whole, and the caller gets an error."""

import errno
import os
import stat
import sys

import disk_calls
import pytest

from catsclean.core import files
from catsclean.core.safe_folder import Folder

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the calls are those of Linux"
)
OLD, NEW = b"what was there", b"what is written" * 3


def replace(folder):
    with files.replacing(folder / "file") as temporary:
        temporary.write_bytes(NEW)


def save(folder):
    with files.saving(folder / "file", files.is_text, ()) as temporary:
        temporary.write_bytes(NEW)


def make(folder):
    with files.make_whole(folder / "file") as temporary:
        temporary.write_bytes(NEW)


def write_in_folder(folder):
    with Folder(folder) as opened:
        opened.write("below/file", NEW)


WAYS = {
    "replace": (replace, "file", True),
    "save": (save, "file", True),
    "make": (make, "file", False),
    "write": (write_in_folder, "below/file", True),
}


def prepared(folder, name, *, exists):
    path = folder / name
    path.parent.mkdir(parents=True)
    if exists:
        path.write_bytes(OLD)
    return path


def tried(write, folder, fault):
    """Write under a fault; return whether the caller got an error."""
    try:
        with disk_calls.counted(fault):
            write(folder)
    except (OSError, files.UsageError):
        return True
    return False


@pytest.mark.parametrize("way", WAYS)
def test_the_file_is_as_it_was_or_whole_and_nothing_else_is_left(tmp_path, way):
    write, name, exists = WAYS[way]
    first = prepared(tmp_path / "none", name, exists=exists)
    with disk_calls.counted() as calls:
        write(tmp_path / "none")
    assert first.read_bytes() == NEW
    assert {"open", "fsync"} <= set(calls)
    whole = told = 0
    for fault in disk_calls.faults_of(calls):
        path = prepared(tmp_path / str(fault), name, exists=exists)
        failed = tried(write, tmp_path / str(fault), fault)
        now = path.read_bytes() if path.exists() else b""
        assert now in {OLD if exists else b"", NEW}, fault
        assert failed or now == NEW, f"{fault}: nobody was told"
        others = [one.name for one in path.parent.iterdir() if one != path]
        assert others == [] or fault.name == "unlink", f"{fault}: {others}"
        whole, told = whole + (now == NEW), told + failed
        # what a fault left is no obstacle to the next one who writes
        if exists:
            assert not tried(write, tmp_path / str(fault), None), fault
            assert path.read_bytes() == NEW
            assert [one.name for one in path.parent.iterdir()] == [path.name], fault
    assert whole
    assert told


@pytest.mark.parametrize("way", ["replace", "save", "make"])
def test_a_new_file_has_the_permissions_that_new_files_have(tmp_path, way):
    write, name, _ = WAYS[way]
    before = os.umask(0o027)
    try:
        path = prepared(tmp_path / "a", name, exists=False)
        write(tmp_path / "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.umask(before) == before


@pytest.mark.parametrize("way", ["replace", "make"])
def test_an_error_of_the_writer_leaves_the_file_and_nothing_beside_it(tmp_path, way):
    context = files.replacing if way == "replace" else files.make_whole
    path = tmp_path / "file"
    if way == "replace":
        path.write_bytes(OLD)
    with pytest.raises(KeyboardInterrupt), context(path) as temporary:  # noqa: PT012
        temporary.write_bytes(NEW)
        raise KeyboardInterrupt
    assert [one.read_bytes() for one in tmp_path.iterdir()] == ([OLD] if way == "replace" else [])


def test_a_file_without_hard_links_is_copied_to_its_free_name(tmp_path):
    with disk_calls.counted(failing={"link": lambda _: errno.EPERM}) as calls:
        make(tmp_path)
    assert (tmp_path / "file").read_bytes() == NEW
    assert calls.count("fsync") == 2  # of the temporary file, and of the copy
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_taken_name_is_kept_with_and_without_hard_links(tmp_path):
    for number, failing in enumerate(({}, {"link": lambda _: errno.EPERM})):
        path = prepared(tmp_path / str(number), "file", exists=True)
        with disk_calls.counted(failing=failing), pytest.raises(FileExistsError):
            make(tmp_path / str(number))
        assert path.read_bytes() == OLD
        assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_a_writer_who_is_disturbed_tries_three_times():
    calls = []

    def disturbed(times):
        def write():
            calls.append(times)
            if len(calls) <= times:
                raise FileNotFoundError

        calls.clear()
        files.again_if_taken(write)

    disturbed(0)
    assert len(calls) == 1
    disturbed(2)
    assert len(calls) == 3
    with pytest.raises(FileNotFoundError):
        disturbed(3)
    assert len(calls) == 3


def test_temporary_files_lie_beside_the_file_and_are_named_after_it(tmp_path):
    for context in (files.replacing, files.make_whole):
        with context(tmp_path / "file") as temporary:
            temporary.write_bytes(NEW)
            assert temporary.parent == tmp_path
            assert temporary.name.startswith(".file.")
            assert temporary.name.endswith(".tmp")
        (tmp_path / "file").unlink()
    with files.replacing(tmp_path / "file", ".other") as temporary:
        temporary.write_bytes(NEW)
        assert temporary.name.endswith(".other")


def test_a_temporary_file_in_use_is_left_alone_and_one_of_a_killed_writer_is_not(tmp_path):
    left = tmp_path / ".file.abcdefgh.tmp"
    left.write_bytes(b"of a killed writer")
    with files.replacing(tmp_path / "file") as first:
        assert not left.exists()
        first.write_bytes(OLD)
        with files.replacing(tmp_path / "file") as second:
            second.write_bytes(NEW)
            assert first.exists()
    assert (tmp_path / "file").read_bytes() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
