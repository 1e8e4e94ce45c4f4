"""A server of files for each test, and a folder to unpack into."""

import file_server
import pytest


@pytest.fixture
def server(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with file_server.serving_files() as found:
        yield found


@pytest.fixture
def folder(tmp_path):
    """An empty folder to unpack into."""
    made = tmp_path / "new"
    made.mkdir()
    return made


def contents(folder):
    """Return the bytes of every file below a folder, by relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
