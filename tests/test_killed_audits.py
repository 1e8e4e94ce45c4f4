"""Audits that are killed again and again: nothing is lost, and nothing committed is read twice."""

import os
import random
import signal
import subprocess
import sys

import poison
import pytest
from pictures import make_dataset

import catsclean
from catsclean.core.cache_files import read_table

pytestmark = pytest.mark.skipif(os.name == "nt", reason="poison files abort their process")

KILLS, MANY = 20, 10**9
# Forks itself for each audit, and kills the fork at the event whose number it is given: a report of
# progress, before or after a file of the state gets its name.  Answers with the exit status.  Its log
# names the files that the workers of each audit are given.
DRIVER = """
import os, sys
import catsclean
from catsclean.scan import in_workers, parts

root, state_dir, log = sys.argv[1:]
parts._PART_SECONDS = 0

def run(number, last):
    left, replace, read = last, os.replace, in_workers.run

    def event(*_):
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), 9)

    def replacing(*args, **options):
        event()
        replace(*args, **options)
        if not str(args[1]).endswith("ended.json"):  # then it has ended
            event()

    def reading(root, paths, *args, **options):
        with open(log, "a") as stream:
            stream.writelines(f"{number} {path}\\n" for path in paths)
        return read(root, paths, *args, **options)

    os.replace, in_workers.run = replacing, reading
    catsclean.audit(
        root, select=["all"], limits=catsclean.Limits(timeout_s=0.5), content=False,
        state_dir=state_dir, workers=1, progress=event,
    )

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            run(*map(int, line.split()))
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Make a small set with three files that kill or hang their reader, with old times."""
    root = make_dataset(tmp_path / "PetImages", {"Cat": 9, "Dog": 9})
    poison.install_here(tmp_path / "site", monkeypatch)
    poison.plant(root)
    (root / "Dog/copy.jpg").write_bytes((root / "Dog/1.jpg").read_bytes())
    for path in root.rglob("*"):
        os.utime(path, (1e9, 1e9))
    yield root
    monkeypatch.undo()
    poison.uninstall_here()


class Audits:
    """Audits in processes of their own, one after the other, and what each has read."""

    def __init__(self, root, folder):
        self.log = folder / "log"
        self.state = folder / "state"
        self.number = 0
        self._driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(root), str(self.state), str(self.log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._driver.communicate()

    def run(self, events):
        """Run an audit that is killed after so many events; return its exit status."""
        self.number += 1
        self._driver.stdin.write(f"{self.number} {events}\n")
        self._driver.stdin.flush()
        return int(self._driver.stdout.readline())

    def saved(self):
        """Return the files whose evidence is saved."""
        files = [*self.state.glob("cache/part-*.arrow"), *self.state.glob("cache/evidence.arrow")]
        tables = [read_table(path) for path in files]
        return {path for table in tables for path in table.column("path").to_pylist()}

    def given_after(self, number):
        """Return the files that the audits after one have given to workers."""
        lines = [line.split(" ", 1) for line in self.log.read_text().splitlines()]
        return [path for run, path in lines if int(run) > number]


def lost(audit):
    return {path for path, _ in audit.summary["not_examined"]}


def test_an_audit_that_is_killed_twenty_times_reads_nothing_twice_that_it_saved(root, tmp_path):
    seed = random.randrange(10**6)
    chance, kills = random.Random(seed), 0
    while kills < KILLS:  # once an audit has come to its end, another state begins
        folder = tmp_path / f"after-{kills}"
        folder.mkdir()
        with Audits(root, folder) as audits:
            saved = {}
            while audits.run(chance.randint(1, 20) if kills < KILLS else MANY) == -signal.SIGKILL:
                kills += 1
                saved[audits.number] = audits.saved()
            for number, files in saved.items():
                assert not files.intersection(audits.given_after(number)), (seed, number)
            made = catsclean.load_audit(root, audits.state)
            assert lost(made) == set(poison.FILES), seed
            assert len(made.manifest) == 22, seed


def test_files_that_crashed_are_tried_again_only_after_an_audit_has_ended(root, tmp_path):
    class StopError(Exception):
        pass

    def stop(progress):
        if progress.stage == "comparing":
            raise StopError

    def audit(**options):
        return catsclean.audit(
            root, select=["all"], limits=catsclean.Limits(timeout_s=0.5), content=False,
            state_dir=tmp_path / "state", **options,
        )  # fmt: skip

    with pytest.raises(StopError):
        audit(progress=stop)
    again = audit()
    assert (again.summary["files_read"], lost(again)) == (0, set(poison.FILES))
    later = audit()
    assert (later.summary["files_read"], lost(later)) == (3, set(poison.FILES))
