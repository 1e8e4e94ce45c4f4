"""A server of files for each test."""

import file_server
import pytest


@pytest.fixture
def server(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with file_server.serving_files() as found:
        yield found
