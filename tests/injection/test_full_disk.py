"""A disk that is really full: a small one in memory, filled to the last blocks."""

import os
import shutil
import subprocess
import sys

import pytest
from injection import disk

import catsclean
from catsclean import cleaning
from catsclean.errors import CatscleanError

_BYTES = 4 * 2**20
_BLOCK = 4096
# blocks that are left free: none, and more and more until everything fits
_FREE = (0, 1, 2, 3, 5, 8, 13, 21)
NOTHING_TO_UNDO = "nothing to undo: every file is back in its place."


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A disk of 4 MB, which needs root; it skips without."""
    folder = tmp_path_factory.mktemp("small")
    mount = shutil.which("mount")
    if not sys.platform.startswith("linux") or mount is None or os.geteuid():
        pytest.skip("only root can make a small disk here")
    command = [mount, "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data set that was audited, and one that was cleaned as well."""
    folder = tmp_path_factory.mktemp("prepared")
    for name in ("audited", "cleaned"):
        root = folder / name / "Pets"
        disk.make_pets(root)
        catsclean.audit(root, workers=1, content=False)
    catsclean.plan_cleaning(folder / "cleaned" / "Pets").apply()
    return folder


def audit(root):
    catsclean.audit(root, workers=1, content=False)


def clean(root):
    catsclean.plan_cleaning(root).apply()


def split(root):
    made = catsclean.split(root, {"val": 0.3})
    made.write(root.with_name("out"))
    made.save()


def pictures(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def fill(folder, blocks):
    """Leave so many blocks free."""
    with (folder / "filler").open("wb", buffering=0) as stream:
        free = os.statvfs(folder).f_bavail - blocks
        for _ in range(free):
            stream.write(b"\1" * _BLOCK)


@pytest.mark.parametrize("command", [audit, clean, cleaning.undo, split])
def test_a_full_disk_loses_nothing_and_says_so(small_disk, prepared, command):
    whole = pictures(prepared / "audited" / "Pets")
    failed = done = 0
    for number, blocks in enumerate(_FREE):
        folder = small_disk / f"{command.__name__}-{number}"
        source = prepared / ("cleaned" if command is cleaning.undo else "audited")
        shutil.copytree(source, folder)
        if command is audit:
            shutil.rmtree(folder / "Pets.catsclean")
        root = folder / "Pets"
        fill(small_disk, blocks)
        said = told(command, root)
        assert said == "" or "No space left" in said, said
        failed, done = failed + bool(said), done + (not said)
        (small_disk / "filler").unlink()
        # with space again, the same command, or the one that takes it back, comes to its end
        if command is split:
            shutil.rmtree(folder / "out", ignore_errors=True)
        if command is not clean:
            assert told(command, root) in {"", NOTHING_TO_UNDO}
        if command in {clean, cleaning.undo}:
            assert told(cleaning.undo, root) in {"", NOTHING_TO_UNDO, "'Pets' was never cleaned."}
        assert pictures(root) == whole
        shutil.rmtree(folder)
    assert failed
    assert done or command is audit


def told(command, root):
    """Run a command; return its error message, empty if there is none."""
    try:
        command(root)
    except CatscleanError as error:
        return str(error)
    return ""
