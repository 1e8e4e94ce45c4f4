"""The same files give the same report, byte for byte, on whatever machine and in whatever order."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import jpeg

import catsclean
from catsclean.reports.json_format import render
from catsclean.scan import discover
from catsclean.testing.practice import make_practice

NAMES = ("Müsli.jpg", "猫.jpg", "🐈.jpg", "con.jpg", "a:b.jpg", "tab\t.jpg", "back\\slash.jpg",
         "\u202egpj.jpg", "STRASSE.jpg", "straße.jpg")  # fmt: skip
RAW_NAMES = (b"latin-1-\xe9.jpg", b"half-\xc3.jpg", b"\xff\xc3\xa9.jpg", b"M\xfcsli.jpg")
# what an environment may say that is to make no difference
ENVIRONMENTS = {
    "a C locale without UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a UTF-8 locale, seed of hashes and time zone": {
        "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONHASHSEED": "77", "TZ": "Pacific/Kiritimati",
    },
}  # fmt: skip


def make(folder):
    """Make a data set with every planted defect, and names of every kind."""
    root = make_practice(folder / "PetImages", count=24, seed=11).root
    if os.name == "nt":
        return root
    (root / "Cat" / "Größe 2").mkdir()
    inner = os.fsencode(root / "Cat" / "Größe 2")
    for number, name in enumerate((*map(os.fsencode, NAMES), *RAW_NAMES)):
        Path(os.fsdecode(inner + b"/" + name)).write_bytes(jpeg(500 + number))
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def reference(root, state):
    return report(root, state)


def report(root, state, workers=2, **options):
    return render(
        catsclean.audit(root, select=["all"], workers=workers, state_dir=state, **options)
    )


def test_the_report_is_worth_comparing(reference):
    assert reference.count('"validator":') > 100
    for fragment in (
        r"stra\u00dfe.jpg",
        r"latin-1-\\udce9.jpg",
        "near-duplicate",
        "case-collision",
    ):
        assert fragment in reference


@pytest.mark.parametrize("workers", [1, 8])
def test_any_number_of_workers_gives_the_same_bytes(root, reference, tmp_path, workers):
    assert report(root, tmp_path, workers) == reference


def test_a_warm_cache_gives_the_same_bytes(root, reference, state):
    assert report(root, state) == reference


def check_out(source, target):
    """Copy a tree as a checkout does: every time and inode is new."""
    shutil.rmtree(target, ignore_errors=True)
    for place, folders, names in os.walk(source):
        folder = target / Path(place).relative_to(source)
        folder.mkdir(parents=True, exist_ok=True)
        for name in [*folders, *names]:
            path = Path(place, name)
            if path.is_symlink():
                (folder / name).symlink_to(path.readlink())
            elif path.is_fifo():
                os.mkfifo(folder / name)
            elif path.is_file():
                shutil.copyfile(path, folder / name)


@pytest.mark.skipif(os.name == "nt", reason="names the set's files as POSIX does")
def test_a_fresh_checkout_with_a_cache_gives_the_same_evidence_as_without(root, tmp_path):
    checkout = tmp_path / "PetImages"
    check_out(root, checkout)
    report(checkout, tmp_path / "state")
    check_out(root, checkout)
    cached, fresh = (
        catsclean.audit(checkout, select=["all"], workers=2, state_dir=tmp_path / state)
        for state in ("state", "another state")
    )
    assert cached.summary["files_recognised"] > 0.9 * len(cached.manifest)
    assert fresh.summary["files_recognised"] == 0
    assert cached.evidence.samples.equals(fresh.evidence.samples)
    assert render(cached) == render(fresh)


def test_no_cache_gives_the_same_bytes(root, reference, tmp_path):
    assert report(root, tmp_path, cache=False) == reference


@pytest.mark.parametrize("seed", [1, 2])
def test_a_folder_listed_in_another_order_gives_the_same_bytes(
    root, reference, tmp_path, monkeypatch, seed
):
    chance = random.Random(seed)
    scandir = os.scandir

    class Shuffled:
        def __init__(self, path):
            with scandir(path) as entries:
                self.entries = list(entries)
            chance.shuffle(self.entries)

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(discover.os, "scandir", Shuffled)
    assert report(root, tmp_path) == reference


@pytest.mark.skipif(os.name == "nt", reason="names the set's files as POSIX does")
def test_a_tree_that_was_made_in_another_order_gives_the_same_bytes(reference, tmp_path):
    root = make(tmp_path)
    before = root.rename(tmp_path / "before")
    folders, files = [], []
    for place, inner, names in os.walk(before):
        folder = Path(place).relative_to(before)
        folders.append(folder)
        links = [name for name in inner if (before / folder / name).is_symlink()]
        files += [folder / name for name in [*names, *links]]
    random.Random(3).shuffle(files)
    for folder in folders:
        (root / folder).mkdir()
    for file in files:
        (before / file).rename(root / file)
    assert report(root, tmp_path / "state") == reference


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_another_environment_gives_the_same_bytes(root, reference, tmp_path, environment):
    done = subprocess.run(
        [sys.executable, "-m", "catsclean", "audit", os.fspath(root), "--select", "all", "--json",
         "--state-dir", os.fspath(tmp_path), "-j", "2", "--no-progress"],
        env={**os.environ, **environment}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.stderr == b""
    assert done.stdout.decode("ascii") == reference
