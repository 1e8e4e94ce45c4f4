"""A tool that cannot be had is a row that says so."""

import sys

import pytest

from benchmarks import peers


def test_a_peer_that_does_not_install_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(peers.WANTED, "ghost", peers.Wanted(debian=("ghost",), program="ghost"))
    (tmp_path / "peers").mkdir()
    ghost = peers.prepare(["ghost"], tmp_path / "peers")["ghost"]
    assert ghost.missing.startswith("does not install: ")
    assert "apt-get" in ghost.missing
    assert "\n" not in ghost.missing


def test_an_environment_that_is_complete_is_not_made_again(tmp_path, monkeypatch):
    place = tmp_path / "pip"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").symlink_to(sys.executable)
    (place / "complete").touch()
    monkeypatch.setitem(peers.WANTED, "pip", peers.Wanted(packages=("pip",)))
    monkeypatch.setattr(peers.venv, "create", lambda *_, **__: pytest.fail("made again"))
    found = peers.prepare(["pip"], tmp_path)["pip"]
    assert found.version
    assert not found.missing


def test_every_peer_is_kept_from_reporting_home_and_from_more_than_one_thread():
    variables = peers.Peer("fastdup").variables
    assert variables["SENTRY_OPT_OUT"] == "1"
    assert variables["OMP_NUM_THREADS"] == "1"


def test_without_being_asked_no_peer_is_made():
    assert "--peers" in peers.not_asked("czkawka").missing
