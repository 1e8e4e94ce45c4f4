import os

import pytest

from catsclean.core.reading_errors import ChangedError, NotRegularError, TooLargeError
from catsclean.images import read_file

LIMIT = 10**6


def test_reads_a_file_whole(tmp_path):
    (tmp_path / "Cat").mkdir()
    (tmp_path / "Cat/1.jpg").write_bytes(b"bytes")
    data, status = read_file.read_file(tmp_path, "Cat/1.jpg", LIMIT)
    assert (data, status.st_size) == (b"bytes", 5)


def test_a_pipe_never_blocks(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(NotRegularError, match="named pipe"):
        read_file.read_file(tmp_path, "pipe.jpg", LIMIT)


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "real.jpg").write_bytes(b"x")
    (tmp_path / "link.jpg").symlink_to("real.jpg")
    with pytest.raises(NotRegularError):
        read_file.read_file(tmp_path, "link.jpg", LIMIT)


def test_a_link_on_the_way_is_not_followed(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.jpg").write_bytes(b"x")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/Cat").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(NotRegularError):
        read_file.read_file(tmp_path / "root", "Cat/secret.jpg", LIMIT)


@pytest.mark.parametrize(
    "path", ["../x.jpg", "/etc/passwd", "Cat/../../x.jpg", "Cat//x.jpg", "./x"]
)
def test_a_path_that_leads_out_is_refused(tmp_path, path):
    with pytest.raises(ValueError, match="not a path inside"):
        read_file.read_file(tmp_path, path, LIMIT)


def test_a_file_over_the_limit_is_not_read(tmp_path):
    (tmp_path / "big.jpg").write_bytes(bytes(101))
    with pytest.raises(TooLargeError, match="101 bytes"):
        read_file.read_file(tmp_path, "big.jpg", 100)


def test_a_file_that_grows_while_it_is_read_is_changed(tmp_path, monkeypatch):
    path = tmp_path / "growing.jpg"
    path.write_bytes(b"start")
    read = os.read

    def grow_and_read(descriptor, count):
        with path.open("ab") as stream:
            stream.write(b"more")
        return read(descriptor, count)

    monkeypatch.setattr(os, "read", grow_and_read)
    with pytest.raises(ChangedError):
        read_file.read_file(tmp_path, "growing.jpg", LIMIT)


def test_short_reads_are_joined(tmp_path, monkeypatch):
    (tmp_path / "slow.jpg").write_bytes(bytes(range(100)))
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, min(count, 7)))
    assert read_file.read_file(tmp_path, "slow.jpg", LIMIT)[0] == bytes(range(100))


def test_a_reader_goes_from_folder_to_folder(tmp_path):
    for folder in ("Cat", "Dog", "Dog/puppy"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jpg").write_bytes(folder.encode())
    (tmp_path / "1.jpg").write_bytes(b"root")
    with read_file.FolderReader(tmp_path) as reader:
        for folder in ("Cat", "Cat", "Dog/puppy", "Dog"):
            assert reader.read(f"{folder}/1.jpg", LIMIT) == folder.encode()
        assert reader.read("1.jpg", LIMIT) == b"root"


def test_a_reader_follows_no_link_and_leaves_nothing(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/1.jpg").write_bytes(b"x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "Cat").symlink_to(tmp_path / "outside", target_is_directory=True)
    with read_file.FolderReader(root) as reader:
        with pytest.raises(NotRegularError):
            reader.read("Cat/1.jpg", LIMIT)
        with pytest.raises(ValueError, match="not a path inside"):
            reader.read("../outside/1.jpg", LIMIT)
