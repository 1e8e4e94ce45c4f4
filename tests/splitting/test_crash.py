"""kill -9 and full disks at every step of writing a split."""

import importlib.util
import os
import random
import signal
import time
from pathlib import Path

import pytest

from catsclean.splitting import split

spec = importlib.util.spec_from_file_location("faults", Path(__file__).parents[1] / "faults.py")
faults = importlib.util.module_from_spec(spec)
spec.loader.exec_module(faults)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
# faults are so many calls apart; `tests/injection` tries others on the same commands
APART = {"hardlink": 2, "copy": 5, "symlink": 3}
SIDECARS = {"manifest.parquet", "manifest.csv", "croissant.json", "split.json"}


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def is_whole(found, wanted):
    """Compare all but the manifests, whose metadata names their folder."""
    return found.keys() == wanted.keys() and all(
        found[path] == wanted[path] for path in wanted if path not in SIDECARS
    )


def write(halves, out, mode, fault):
    fault()
    halves.write(out, mode)


@pytest.mark.parametrize("mode", ["hardlink", "copy", "symlink"])
def test_a_kill_on_the_way_leaves_nothing_or_all_and_the_same_call_completes(pets, tmp_path, mode):
    halves = split(pets, {"val": 0.5})
    halves.write(tmp_path / "whole", mode)
    wanted, source = tree(tmp_path / "whole"), tree(pets.root)
    for number in range(0, 10_000, APART[mode]):
        out = tmp_path / f"out{number}"
        code = faults.in_child(write, halves, out, mode, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        if out.exists():
            assert is_whole(tree(out), wanted)
        halves.write(out, mode)
        assert is_whole(tree(out), wanted)
        assert not list(tmp_path.glob(".out*"))
        if code == 0:
            break
    assert number > 40
    assert tree(pets.root) == source


@pytest.mark.parametrize("mode", ["hardlink", "copy"])
def test_a_full_disk_leaves_nothing_and_the_same_call_completes(pets, tmp_path, mode):
    halves = split(pets, {"val": 0.5})
    halves.write(tmp_path / "whole", mode)
    wanted, source = tree(tmp_path / "whole"), tree(pets.root)
    for number in range(0, 10_000, APART[mode]):
        out = tmp_path / f"out{number}"
        code = faults.in_child(
            faults.full_disk_is_told,
            write,
            halves,
            out,
            mode,
            lambda n=number: faults.fill_disk_at(n),
        )
        assert code in {0, 2}, f"no clear message at {number}"
        if code == 2 and out.exists():
            assert is_whole(tree(out), wanted)  # the very last fsync failed
        halves.write(out, mode)
        assert is_whole(tree(out), wanted)
        assert not list(tmp_path.glob(".out*"))
        if code == 0:
            break
    assert number > 10
    assert tree(pets.root) == source


def test_kills_at_random_moments_leave_nothing_or_all(pets, tmp_path):
    halves = split(pets, {"val": 0.5})
    halves.write(tmp_path / "whole", "copy")
    wanted = tree(tmp_path / "whole")
    moment = random.Random(0)
    for number in range(60):
        out = tmp_path / f"out{number}"
        child = faults.fork()
        if child == 0:
            try:
                halves.write(out, "copy")
                time.sleep(9)
            finally:
                os._exit(1)
        time.sleep(moment.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if out.exists():
            assert is_whole(tree(out), wanted)
        halves.write(out, "copy")
        assert is_whole(tree(out), wanted)
