"""A quarantine on another disk: files are copied, and a copy is worth what was read back of it."""

import errno
import os
import stat

import pytest

from catsclean.cleaning import plan_cleaning, undo

pytestmark = pytest.mark.skipif(os.name == "nt", reason="follows descriptors as POSIX has them")
LEAVING = "Cat/1.jpg"


@pytest.fixture
def flawed(make, tmp_path):
    return make(tmp_path, 3).find("Cat/0.jpg", "zero-length").find(LEAVING, "truncated").save()


@pytest.fixture(autouse=True)
def other_disk(monkeypatch):
    """Let no link lead from the data set to its quarantine or back, as between two disks."""
    link = os.link

    def crossing(source, target, **kwargs):
        if ".part" not in source:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return link(source, target, **kwargs)

    monkeypatch.setattr(os, "link", crossing)


def is_copy(descriptor):
    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        pytest.skip("no /proc to tell what a descriptor is")
    return ".part" in os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115


def flip_last_byte(monkeypatch):
    """A disk that keeps a copy with one bit changed, and says that all is well."""
    write = os.write

    def writing(descriptor, data):
        if is_copy(descriptor):
            data = bytes(data)
            data = data[:-1] + bytes([data[-1] ^ 1])
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", writing)


def forget_everything(monkeypatch):
    """A disk that keeps zeros of a copy, and says that all is well."""
    write = os.write

    def writing(descriptor, data):
        return write(descriptor, bytes(len(data)) if is_copy(descriptor) else data)

    monkeypatch.setattr(os, "write", writing)


DISKS = pytest.mark.parametrize("disk", [flip_last_byte, forget_everything])


@DISKS
def test_a_file_whose_copy_is_damaged_keeps_its_place(flawed, read_tree, monkeypatch, disk):
    before = read_tree(flawed.root)
    with monkeypatch.context() as patched:
        disk(patched)
        result = plan_cleaning(flawed.root, unsafe=True).apply()
    assert not result.moved
    assert read_tree(flawed.root) == before
    assert not list(flawed.state.quarantine.rglob("*.jpg"))
    assert not list(flawed.state.path.rglob("*.part"))


@DISKS
def test_a_file_whose_copy_back_is_damaged_stays_in_the_quarantine(
    flawed, read_tree, monkeypatch, disk
):
    before = read_tree(flawed.root)
    plan_cleaning(flawed.root, unsafe=True).apply()
    left = read_tree(flawed.root)
    assert LEAVING not in left
    with monkeypatch.context() as patched:
        disk(patched)
        undo(flawed.root)
    assert read_tree(flawed.root) == left
    undo(flawed.root)
    assert read_tree(flawed.root) == before


def test_a_copy_that_is_written_a_byte_at_a_time_is_whole(flawed, read_tree, monkeypatch):
    before = read_tree(flawed.root)
    write = os.write
    monkeypatch.setattr(
        os, "write", lambda fd, data: write(fd, bytes(data)[:1] if is_copy(fd) else data)
    )
    assert LEAVING in plan_cleaning(flawed.root, unsafe=True).apply().moved
    undo(flawed.root)
    assert read_tree(flawed.root) == before


def facts_of(path):
    status = path.stat()
    attributes = {name: os.getxattr(path, name) for name in os.listxattr(path)}
    mode = stat.S_IMODE(status.st_mode)
    return mode, status.st_mtime_ns, status.st_uid, status.st_gid, attributes


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python knows no attributes here")
def test_a_copy_carries_mode_times_owner_and_attributes_over_and_back(flawed):
    path = flawed.root / LEAVING
    path.chmod(0o642)
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    try:
        os.setxattr(path, "user.note", b"of grandmother's cat")
        os.setxattr(path, "user.empty", b"")
    except OSError as error:
        pytest.skip(f"this file system has no attributes: {error.strerror}")
    os.utime(path, ns=(1_234_567_890_123_456_789, 987_654_321_987_654_321))
    before = facts_of(path)
    flawed.save()
    plan_cleaning(flawed.root, unsafe=True).apply()
    assert not path.exists()
    [aside] = [p for p in flawed.state.quarantine.rglob("1.jpg") if p.parent.name == "Cat"]
    assert facts_of(aside) == before
    undo(flawed.root)
    assert facts_of(path) == before


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python knows no attributes here")
@pytest.mark.parametrize("side", ["listxattr", "setxattr"])
def test_where_a_disk_has_no_attributes_the_rest_is_carried_over(flawed, monkeypatch, side):
    path = flawed.root / LEAVING
    try:
        os.setxattr(path, "user.note", b"of grandmother's cat")
    except OSError as error:
        pytest.skip(f"this file system has no attributes: {error.strerror}")
    path.chmod(0o604)
    os.utime(path, ns=(10**18, 10**18 + 1))
    flawed.save()

    def refuse(*_, **__):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, side, refuse)
    assert LEAVING in plan_cleaning(flawed.root, unsafe=True).apply().moved
    undo(flawed.root)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert path.stat().st_mtime_ns == 10**18 + 1
