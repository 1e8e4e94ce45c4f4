"""The pictures of a split that lie in a bucket, one by one."""

import errno
import os
import sys
from pathlib import Path

import buckets
import pytest
from packed import make_tar
from pictures import jpeg

import catsclean
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.objects import bucket_state
from catsclean.splitting.bucket_pictures import BucketPictures

QUICK = {"content": False, "workers": 1}


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    yield
    bucket_state.close_all()


@pytest.fixture
def few(tmp_path, monkeypatch):
    """Give a bucket that misbehaves on demand, its audited data set, and its state folder."""
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        for number in range(3):
            server.objects[f"P/Cat/{number}.jpg"] = jpeg(seed=number)
        server.objects["P/Cat/deeper/0.jpg"] = jpeg(seed=9)
        audit = catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        state = bucket_state.open_data_set("s3://any/P", tmp_path / "state")
        yield (
            server,
            audit.manifest.table.set_index("path"),
            bucket_state.open_bucket_of(state.root),
        )


def test_the_files_of_a_folder_are_not_those_of_folders_below_it(few):
    _, _, opened = few
    pictures = BucketPictures(opened)
    assert pictures.files_in("Cat") == ["0.jpg", "1.jpg", "2.jpg"]
    assert pictures.files_in("") == []


def test_a_picture_in_a_bucket_is_compared_by_its_bytes(few):
    _, table, opened = few
    size, digest = table.loc["Cat/1.jpg", ["size_bytes", "sha256"]]
    pictures = BucketPictures(opened)
    assert pictures.check("Cat/1.jpg", digest, size=size).st_size == size
    assert pictures.check("Cat/1.jpg", digest).st_size == size
    for wrong in ({"sha256": digest, "size": size + 1}, {"sha256": "0" * 64}):
        with pytest.raises(NotAsRecordedError, match="its bytes differ"):
            pictures.check("Cat/1.jpg", **wrong)


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts open files in /proc")
def test_a_disk_that_fails_under_the_spool_costs_no_open_file(few):
    _, _, opened = few
    pictures = BucketPictures(opened)
    pictures.digest("Cat/0.jpg")
    before = open_files()
    for call, said in (("open", "cannot be opened"), ("lseek", "Input/output error")):
        with pytest.MonkeyPatch.context() as patch:
            real = getattr(os, call)

            def failing(first, *more, real=real, call=call, **named):
                if call == "lseek" or (str(first).endswith("Cat/1.jpg") and more[0] == os.O_RDONLY):
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                return real(first, *more, **named)

            patch.setattr(os, call, failing)
            with pytest.raises((NotAsRecordedError, OSError), match=said):
                pictures.open("Cat/1.jpg")
    assert open_files() == before


def test_files_beside_packed_pictures_in_a_bucket_go_along(tmp_path, monkeypatch):
    files = {
        f"{label}/{n}.jpg": jpeg(n) for label, n in (("Cat", 1), ("Cat", 2), ("Dog", 3), ("Dog", 4))
    }
    files |= {"Cat/1.txt": b"one", "Dog/3.txt": b"three"}
    data = make_tar(tmp_path / "a.tar", files).read_bytes()
    with buckets.misbehaving() as (server, address):
        buckets.use(monkeypatch, address)
        server.objects["P/a.tar"] = data
        catsclean.audit("s3://any/P", state_dir=tmp_path / "state", **QUICK)
        halves = catsclean.split("s3://any/P", {"val": 0.5}, state_dir=tmp_path / "state")
        written = halves.write(tmp_path / "out", sidecars=[".txt"])
    assert written.sidecars == 2
    assert {path.read_bytes() for path in (tmp_path / "out").rglob("*.txt")} == {b"one", b"three"}
