"""The folder of the spool is private, ends with its process, and is removed after a kill."""

import os
import subprocess
import sys
import time

import pytest

from catsclean.errors import DatasetError
from catsclean.objects import spool_folder
from catsclean.objects.spool_folder import PREFIX, SpoolFolder


@pytest.fixture
def places(monkeypatch, tmp_path):
    memory, temporary = tmp_path / "memory", tmp_path / "temporary"
    for place in (memory, temporary):
        place.mkdir()
    monkeypatch.setattr(spool_folder, "_MEMORY", memory)
    monkeypatch.setattr(spool_folder.tempfile, "tempdir", str(temporary))
    return memory, temporary


def test_it_lies_in_memory_and_only_its_owner_may_enter(places):
    own = SpoolFolder(1)
    assert own.path.parent == places[0].resolve()
    assert own.path.stat().st_mode & 0o777 == 0o700
    own.remove()
    assert not own.path.exists()


def test_it_lies_among_temporary_files_if_memory_is_small(places, monkeypatch):
    room = spool_folder._has_room
    monkeypatch.setattr(
        spool_folder, "_has_room", lambda place, size: place != places[0] and room(place, size)
    )
    own = SpoolFolder(1)
    assert own.path.parent == places[1].resolve()
    own.remove()


def test_it_says_if_there_is_no_room_at_all(places):
    with pytest.raises(DatasetError, match="TMPDIR"):
        SpoolFolder(2**62)


KILLED = """
import os, sys, tempfile
from pathlib import Path
from catsclean.objects import spool_folder
spool_folder._MEMORY = Path(sys.argv[1])
own = spool_folder.SpoolFolder(1)
(own.path / "data").mkdir()
(own.path / "data/1.jpg").write_bytes(b"x")
print(own.path, flush=True)
if sys.argv[2] == "die":
    os.kill(os.getpid(), 9)
input()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_the_next_process_removes_what_a_killed_one_left_and_nothing_else(places):
    command = [sys.executable, "-c", KILLED, str(places[0])]
    dead = subprocess.run([*command, "die"], capture_output=True, text=True, check=False).stdout
    with subprocess.Popen(
        [*command, "live"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as alive:
        living = alive.stdout.readline().strip()
        fresh, old, stranger = (
            places[0] / name for name in (f"{PREFIX}new", f"{PREFIX}old", "other")
        )
        for folder in (fresh, old, stranger):
            folder.mkdir()
        os.utime(old, (time.time() - 3600,) * 2)
        (places[0] / f"{PREFIX}link").symlink_to(stranger)
        own = SpoolFolder(1)
        left = {path.name for path in places[0].iterdir()}
        assert dead.strip().rpartition("/")[2] not in left
        assert left == {
            living.rpartition("/")[2],
            fresh.name,
            "other",
            f"{PREFIX}link",
            own.path.name,
        }
        own.remove()
        alive.communicate("\n")
