"""Buckets on this machine."""

import buckets
import pytest

from catsclean.objects import bucket_state


@pytest.fixture
def bucket(moto, monkeypatch, tmp_path):
    """An empty bucket of its own, and an environment that leads to it."""
    buckets.use(monkeypatch, moto.url)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    yield moto.make()
    bucket_state.close_all()


@pytest.fixture
def bad(monkeypatch, tmp_path):
    """A server whose answers can be made wrong, and an environment that leads to it."""
    with buckets.misbehaving() as (server, url):
        buckets.use(monkeypatch, url)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
        yield server
        bucket_state.close_all()
