"""However a copy within the kernel goes wrong, a picture of a split is whole or not there."""

import errno
import os

import pytest

from catsclean.errors import SplitError
from catsclean.splitting import split

fcntl = pytest.importorskip("fcntl", reason="only POSIX has reflinks")
_FICLONE = 0x40049409
UNSUPPORTED = [errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EPERM]
FAILING = [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM]


@pytest.fixture
def halves(pets):
    return split(pets, {"val": 0.5})


def pictures(folder):
    """Bytes of each picture, by its last two parts."""
    return {
        path.relative_to(folder).as_posix().partition("/")[2]: path.read_bytes()
        for path in folder.rglob("*.jpg")
    }


def originals(pets):
    return {path: (pets.root / path).read_bytes() for path in pets.table["path"]}


def nothing_is_left(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir()) == ["Pets"]


class Reflinks:
    """A file system whose reflinks work so many times; then each call does something else."""

    def __init__(self, monkeypatch, working, then):
        self.made = 0
        self._working, self._then = working, then
        monkeypatch.setattr(fcntl, "ioctl", self._ioctl)

    def _ioctl(self, writing, request, reading):
        assert request == _FICLONE
        if self.made >= self._working:
            return self._then(writing, reading)
        self.made += 1
        os.pwrite(writing, os.pread(reading, 10**6, 0), 0)
        return 0


def fail(code):
    def failing(writing, reading):
        raise OSError(code, os.strerror(code))

    return failing


def fail_half_way(code):
    def failing(writing, reading):
        os.pwrite(writing, os.pread(reading, 10, 0), 0)
        raise OSError(code, os.strerror(code))

    return failing


def claim(writing, reading):
    """Do nothing and report success."""
    return 0


@pytest.mark.parametrize("mode", ["reflink", "auto"])
def test_reflinks_that_work_are_used(halves, pets, tmp_path, monkeypatch, mode):
    reflinks = Reflinks(monkeypatch, 100, claim)
    assert halves.write(tmp_path / "out", mode).link == "reflink"
    assert reflinks.made == 12
    assert pictures(tmp_path / "out") == originals(pets)


@pytest.mark.parametrize("mode", ["reflink", "auto"])
@pytest.mark.parametrize("working", [0, 5])
@pytest.mark.parametrize("how", [fail, fail_half_way])
@pytest.mark.parametrize("code", FAILING)
def test_a_reflink_that_fails_leaves_nothing(
    halves, tmp_path, monkeypatch, mode, working, how, code
):
    Reflinks(monkeypatch, working, how(code))
    with pytest.raises(SplitError):
        halves.write(tmp_path / "out", mode)
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("mode", ["reflink", "auto"])
@pytest.mark.parametrize("working", [0, 5])
def test_a_reflink_that_is_only_claimed_makes_no_empty_picture(
    halves, tmp_path, monkeypatch, mode, working
):
    Reflinks(monkeypatch, working, claim)
    with pytest.raises(SplitError):
        halves.write(tmp_path / "out", mode)
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("working", [0, 5])
@pytest.mark.parametrize("how", [fail, fail_half_way])
@pytest.mark.parametrize("code", UNSUPPORTED)
def test_where_reflinks_do_not_work_auto_goes_on_in_another_way(
    halves, pets, tmp_path, monkeypatch, working, how, code
):
    Reflinks(monkeypatch, working, how(code))
    assert halves.write(tmp_path / "out", "auto").link in {"hardlink", "copy"}
    assert pictures(tmp_path / "out") == originals(pets)


@pytest.mark.parametrize("code", UNSUPPORTED)
def test_where_reflinks_do_not_work_and_nothing_else_is_asked_for_nothing_is_left(
    halves, tmp_path, monkeypatch, code
):
    Reflinks(monkeypatch, 5, fail(code))
    with pytest.raises(SplitError, match="cannot reflink from"):
        halves.write(tmp_path / "out", "reflink")
    assert nothing_is_left(tmp_path)


needs_kernel_copies = pytest.mark.skipif(
    not hasattr(os, "copy_file_range"), reason="this system copies nothing within the kernel"
)


@needs_kernel_copies
@pytest.mark.parametrize("most", [1, 7, 100])
def test_a_kernel_that_copies_a_few_bytes_at_a_time_copies_all(
    halves, pets, tmp_path, monkeypatch, most
):
    kernel = os.copy_file_range
    monkeypatch.setattr(os, "copy_file_range", lambda a, b, n: kernel(a, b, min(n, most)))
    halves.write(tmp_path / "out", "copy")
    assert pictures(tmp_path / "out") == originals(pets)


@needs_kernel_copies
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_a_kernel_that_stops_early_and_says_it_is_done_does_not_cut_a_picture(
    halves, pets, tmp_path, monkeypatch, calls
):
    """As it does for files of /proc, and on some file systems of other machines."""
    kernel, made = os.copy_file_range, []

    def stopping(reading, writing, count):
        made.append(writing)
        return kernel(reading, writing, 10) if len(made) % (calls + 1) else 0

    monkeypatch.setattr(os, "copy_file_range", stopping)
    halves.write(tmp_path / "out", "copy")
    assert pictures(tmp_path / "out") == originals(pets)


@needs_kernel_copies
@pytest.mark.parametrize("code", [*FAILING, *UNSUPPORTED])
@pytest.mark.parametrize("calls", [1, 3])
def test_a_kernel_copy_that_fails_half_way_cuts_no_picture(
    halves, pets, tmp_path, monkeypatch, code, calls
):
    kernel, made = os.copy_file_range, []

    def failing(reading, writing, count):
        made.append(writing)
        if len(made) % (calls + 1):
            return kernel(reading, writing, 10)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "copy_file_range", failing)
    try:
        halves.write(tmp_path / "out", "copy")
    except SplitError:
        assert nothing_is_left(tmp_path)
    else:
        assert pictures(tmp_path / "out") == originals(pets)
