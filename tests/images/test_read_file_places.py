"""Reading files in containers and through links, on systems without openat, and what stays open."""

import errno
import gc
import os
import stat
import sys

import packed
import pytest
from open_files import open_below

from catsclean.containers import opened
from catsclean.core.evidence import Outcome
from catsclean.core.links import Reach
from catsclean.core.reading_errors import ChangedError, NotRegularError, TooLargeError
from catsclean.core.stand_ins import Absence
from catsclean.images import read_file

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="links and pipes need a POSIX system"
)
LIMIT = 10**6
FILES = {"Cat/1.jpg": b"one", "Cat/2.jpg": b"second"}


@pytest.fixture(autouse=True)
def nothing_stays_open(tmp_path):
    yield
    opened._last.clear()  # the last containers stay open for single reads
    gc.collect()
    assert open_below(tmp_path) == []


@pytest.fixture
def root(tmp_path):
    """A data set: a file, a zip, a folder named like one, links inside and out of it."""
    root = tmp_path / "set"
    (root / "Dog").mkdir(parents=True)
    (root / "Dog/1.jpg").write_bytes(b"dog")
    packed.make_zip(root / "Dog/more.zip", FILES)
    (root / "folder.zip").mkdir()
    (root / "folder.zip/1.jpg").write_bytes(b"in a folder")
    (root / "link.jpg").symlink_to("Dog/1.jpg")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/1.jpg").write_bytes(b"elsewhere")
    (root / "out.jpg").symlink_to(tmp_path / "other/1.jpg")
    (root / "linked").symlink_to(tmp_path / "other")
    (root / "broken.jpg").symlink_to("nowhere")
    return root


@pytest.fixture(params=["openat", "whole paths"])
def system(request, monkeypatch):
    """A system with openat, and one without."""
    if request.param == "whole paths":
        monkeypatch.setattr(os, "supports_dir_fd", set())


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("Dog/1.jpg", b"dog"),
        ("Dog/more.zip/Cat/1.jpg", b"one"),
        ("Dog/more.zip/Cat/2.jpg", b"second"),
        ("folder.zip/1.jpg", b"in a folder"),
    ],
)
def test_a_file_is_read_wherever_it_lies(root, system, path, data):
    assert read_file.read_file(root, path, LIMIT)[0] == data
    with read_file.FolderReader(root) as reader:
        assert reader.read(path, LIMIT) == data
        assert reader.read("Dog/1.jpg", LIMIT) == b"dog"
        assert reader.read(path, LIMIT) == data


def test_the_status_is_that_of_the_file_or_of_its_container(root, system):
    for path, file in (("Dog/1.jpg", "Dog/1.jpg"), ("Dog/more.zip/Cat/1.jpg", "Dog/more.zip")):
        status = read_file.read_file(root, path, LIMIT)[1]
        assert os.path.samestat(status, (root / file).stat())


@pytest.mark.parametrize("path", ["link.jpg", "out.jpg", "linked/1.jpg", "broken.jpg"])
def test_no_link_is_followed_unless_its_reach_says_so(root, system, path):
    with pytest.raises(NotRegularError):
        read_file.read_file(root, path, LIMIT)
    with read_file.FolderReader(root) as reader, pytest.raises(NotRegularError):
        reader.read(path, LIMIT)


def test_links_are_followed_into_the_folders_of_the_reach(root, tmp_path, system):
    inside = Reach(root, follow=True)
    wide = Reach(root, follow=True, folders=(tmp_path / "other",))
    assert read_file.read_file(inside, "link.jpg", LIMIT)[0] == b"dog"
    for path in ("out.jpg", "linked/1.jpg"):
        with pytest.raises(NotRegularError, match="--follow-links-to"):
            read_file.read_file(inside, path, LIMIT)
        assert read_file.read_file(wide, path, LIMIT)[0] == b"elsewhere"
    with read_file.FolderReader(wide) as reader:
        for path in ("out.jpg", "linked/1.jpg", "out.jpg"):
            assert reader.read(path, LIMIT) == b"elsewhere"
        assert reader.read("link.jpg", LIMIT) == b"dog"
        assert len(reader._linked) == 2  # one reader for each folder, used again
    with pytest.raises(NotRegularError, match="broken link"):
        read_file.read_file(wide, "broken.jpg", LIMIT)


def test_a_data_set_may_be_a_container_itself(root, system):
    archive = root / "Dog/more.zip"
    assert read_file.read_file(archive, "Cat/2.jpg", LIMIT)[0] == b"second"
    with read_file.FolderReader(archive) as reader:
        assert reader.read("Cat/1.jpg", LIMIT) == b"one"
        assert reader.read("Cat/2.jpg", LIMIT) == b"second"
    assert read_file.container_of(archive, "Cat/2.jpg") == archive


def test_a_container_in_a_folder_that_is_named_like_one_is_read(root, system):
    packed.make_zip(root / "folder.zip/more.zip", FILES)
    assert read_file.read_file(root, "folder.zip/more.zip/Cat/1.jpg", LIMIT)[0] == b"one"
    with read_file.FolderReader(root) as reader:
        assert reader.read("folder.zip/more.zip/Cat/2.jpg", LIMIT) == b"second"


def test_the_container_of_a_file_is_known(root):
    assert read_file.container_of(root, "Dog/more.zip/Cat/1.jpg") == root / "Dog/more.zip"
    assert read_file.container_of(root, "Dog/1.jpg") is None
    assert read_file.container_of(root, "folder.zip/1.jpg") is None
    assert read_file.container_of(root, "Dog/more.zip") is None


def test_a_place_that_the_caller_knows_is_read_at_once(root):
    with read_file.FolderReader(root) as reader:
        reader.read("Dog/more.zip/Cat/1.jpg", LIMIT)
        asked = []
        real = reader._container.read
        reader._container.read = lambda *arguments: (
            asked.append(arguments) or real(arguments[0], LIMIT)
        )
        assert reader.read("Dog/more.zip/Cat/2.jpg", LIMIT, (7, 8)) == b"second"
        assert asked == [("Cat/2.jpg", LIMIT, (7, 8))]


def test_a_target_is_opened(root, system):
    def content(descriptor):
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read()

    assert content(read_file.open_target(Reach(root), "Dog/1.jpg")) == b"dog"
    assert content(read_file.open_target(Reach(root, follow=True), "link.jpg")) == b"dog"
    assert content(read_file.open_target(Reach(root / "Dog/1.jpg"), "")) == b"dog"
    assert content(read_file.open_target(Reach(root / "link.jpg"), "")) == b"dog"
    with pytest.raises(NotRegularError):
        read_file.open_target(Reach(root), "link.jpg")
    with pytest.raises(NotRegularError, match="a folder"):
        read_file.open_file(root, "Dog")


def test_a_file_that_is_not_there_is_not_there(root, system):
    for path in ("Dog/9.jpg", "Bird/1.jpg", "Dog/more.zip/Cat/9.jpg"):
        with pytest.raises(FileNotFoundError):
            read_file.read_file(root, path, LIMIT)


def test_a_file_is_no_folder(root, system):
    with pytest.raises((NotRegularError, NotADirectoryError)):
        read_file.read_file(root, "Dog/1.jpg/2.jpg", LIMIT)


def test_too_large_is_said_in_bytes(root):
    with pytest.raises(TooLargeError) as raised:
        read_file.read_file(root, "Dog/1.jpg", 2)
    assert (raised.value.errno, raised.value.strerror) == (errno.EFBIG, "3 bytes")
    assert read_file.read_file(root, "Dog/1.jpg", 3)[0] == b"dog"


@pytest.mark.parametrize("size", [0, 1, 2, 100])
@pytest.mark.parametrize("most", [1, 7, 10**6])
def test_a_file_is_read_in_parts_of_any_size_and_not_beyond_its_end(
    tmp_path, monkeypatch, size, most
):
    (tmp_path / "1.jpg").write_bytes(bytes(range(size)))
    real, asked = os.read, []

    def read(descriptor, count):
        asked.append(count)
        return real(descriptor, min(count, most))

    monkeypatch.setattr(os, "read", read)
    assert read_file.read_file(tmp_path, "1.jpg", LIMIT)[0] == bytes(range(size))
    assert asked[0] == size + 1


@pytest.mark.parametrize("change", ["grows", "shrinks", "is touched", "vanishes"])
@pytest.mark.parametrize("most", [1, 10**6])
def test_a_file_that_changes_while_it_is_read_is_changed(tmp_path, monkeypatch, change, most):
    path = tmp_path / "1.jpg"
    path.write_bytes(b"bytes")
    real = os.read

    def read(descriptor, count):
        data = real(descriptor, min(count, most))
        if change == "grows":
            with path.open("ab") as stream:
                stream.write(b"+")
        elif change == "shrinks":
            os.truncate(path, 1)
        elif change == "is touched":
            os.utime(path, ns=(1, 1))
        else:
            os.truncate(path, 0)
        return data

    monkeypatch.setattr(os, "read", read)
    with pytest.raises(ChangedError) as raised:
        read_file.read_file(tmp_path, "1.jpg", LIMIT)
    assert raised.value.strerror == "changed while it was read"


def test_an_error_of_the_system_is_raised_as_it_is(root, monkeypatch):
    real = os.open

    def failing(path, flags, **named):
        if path == "1.jpg":
            raise OSError(errno.EACCES, "no")
        return real(path, flags, **named)

    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, failing})
    monkeypatch.setattr(os, "open", failing)
    with pytest.raises(PermissionError):
        read_file.read_file(root, "Dog/1.jpg", LIMIT)
    with pytest.raises(PermissionError):
        read_file.open_file(root, "Dog/1.jpg")


@pytest.mark.parametrize(
    ("outcome", "raised", "code"),
    [
        (Outcome.CHANGED, ChangedError, errno.EAGAIN),
        (Outcome.OVER_LIMIT, TooLargeError, errno.EFBIG),
        (Outcome.UNREADABLE, OSError, errno.EIO),
    ],
)
def test_what_could_not_be_brought_is_raised_as_reading_it_would_be(outcome, raised, code):
    read_file.check_brought(None)
    with pytest.raises(raised) as error:
        read_file.check_brought(Absence(outcome, "why"))
    assert (error.value.errno, error.value.strerror) == (code, "why")


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        (stat.S_IFREG, "file"), (stat.S_IFDIR, "folder"), (stat.S_IFLNK, "link"),
        (stat.S_IFIFO, "named pipe"), (stat.S_IFSOCK, "socket"),
        (stat.S_IFCHR, "character device"), (stat.S_IFBLK, "block device"), (0, "special file"),
    ],
)  # fmt: skip
def test_a_kind_of_file_has_a_name(mode, name):
    assert read_file.kind_of(mode | 0o644) == name
