"""The folder that holds the state folder knows of it, after a power cut too."""

import os
from pathlib import Path

import pytest

from catsclean.core.state import StateFolder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a folder has no fsync there")


@pytest.mark.parametrize("place", ["Pets.catsclean", "states/of/mine"])
def test_every_folder_that_holds_a_new_state_folder_is_synced(tmp_path, monkeypatch, place):
    (tmp_path / "Pets").mkdir()
    calls, mkdir, fsync = [], os.mkdir, os.fsync

    def made(path, *args, **kwargs):
        mkdir(path, *args, **kwargs)
        calls.append(("mkdir", os.stat(path, dir_fd=kwargs.get("dir_fd")).st_ino))

    def synced(descriptor):
        fsync(descriptor)
        calls.append(("fsync", os.fstat(descriptor).st_ino))

    monkeypatch.setattr(os, "mkdir", made)
    monkeypatch.setattr(os, "fsync", synced)
    state = StateFolder.of(tmp_path / "Pets", tmp_path / place)
    state.create()
    new = [folder for folder in (state.path, *state.path.parents) if tmp_path in folder.parents]
    for folder in new:
        number = calls.index(("mkdir", inode(folder)))
        assert ("fsync", inode(folder.parent)) in calls[number:]


def inode(path: Path) -> int:
    return path.stat().st_ino
