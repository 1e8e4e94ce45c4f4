"""What other systems lack, as far as this one can go without: see `windows_like/sitecustomize.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from catsclean.testing.practice import make_practice

ROOT = Path(__file__).parents[1]
WINDOWS = ROOT / "tests" / "windows_like"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="simulates Windows on Linux"),
]
# runs commands in one process, each as on a command line; says how each ended
SCRIPT = """\
import json, sys
from catsclean import cli
from catsclean.core.folder_handle import BY_DESCRIPTOR
from catsclean.scan.pool.processes import _METHOD

if __name__ == "__main__":
    codes = {}
    for line in sys.argv[1:]:
        codes[line] = cli.run(line.split())
    said = {"codes": codes, "by_descriptor": BY_DESCRIPTOR, "method": _METHOD}
    print(json.dumps(said), file=sys.__stderr__)
"""


def search_path():
    """Return where modules are looked for: first the simulation; what measures tests stays."""
    return os.pathsep.join([str(WINDOWS), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def run(folder, *lines):
    script = folder / "script.py"
    script.write_text(SCRIPT)
    environment = {
        **os.environ, "PYTHONPATH": search_path(),
        "CATSCLEAN_WORKERS": "1", "CATSCLEAN_NO_PROGRESS": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, script, *lines], cwd=folder, env=environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stderr.splitlines()[-1]), done


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("windows")
    make_practice(folder / "Pets", count=16, seed=1)
    for path in (folder / "Pets").rglob("*"):
        if path.is_fifo():
            path.unlink()
        elif not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    before = tree(folder / "Pets")
    said, done = run(
        folder,
        "audit Pets --exit-zero --no-content -q --ignore labels",
        "clean Pets --apply",
        "undo Pets",
    )
    return folder, before, said, done


def test_the_simulation_has_no_open_folders_and_starts_processes_anew(audited):
    _, _, said, _ = audited
    assert (said["by_descriptor"], said["method"]) == (False, "spawn")


def test_a_data_set_is_audited_cleaned_and_restored(audited):
    folder, before, said, done = audited
    assert set(said["codes"].values()) == {0}, done.stderr
    assert ": zero-length: 0 bytes" in done.stdout
    assert "files moved" in done.stdout
    assert tree(folder / "Pets") == before


def test_it_is_repaired_split_and_verified(audited):
    folder, _, _, _ = audited
    said, done = run(
        folder,
        "fix Pets --apply",
        "audit Pets --exit-zero --no-content -q --ignore labels",
        "split Pets --val 0.3 --allow-incomplete",
        "verify Pets-split/manifest.parquet Pets-split",
        "split Pets --val 0.3 --allow-incomplete --shards -o shards",
        "report Pets",
        "cache clear Pets",
    )
    assert set(said["codes"].values()) == {0}, done.stderr
    assert list((folder / "Pets-split" / "train").rglob("*.jpg"))
    assert list((folder / "shards").glob("*.tar"))


def test_a_link_on_the_way_is_refused_without_openat_too(audited, tmp_path):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from catsclean.core.safe_folder import Folder, NotAsRecordedError\n"
        "with Folder(Path('data')) as folder:\n"
        "    for path in ('link/1.txt', 'file.txt'):\n"
        "        try:\n"
        "            folder.open(path)\n"
        "        except NotAsRecordedError as error:\n"
        "            print(error)\n"
        "    folder.write('own/2.txt', b'a\\r\\n\\x1a')\n"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/1.txt").write_text("secret")
    (tmp_path / "data/link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "data/file.txt").symlink_to(tmp_path / "elsewhere/1.txt")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": search_path()},
    )  # fmt: skip
    assert done.stdout.splitlines() == ["is a link now, or is reached through one"] * 2
    assert (tmp_path / "data/own/2.txt").read_bytes() == b"a\r\n\x1a"


WITHOUT_OPENAT = """
from pathlib import Path

from catsclean.core.folder_handle import open_folder
from catsclean.core.leftovers import remove_leftovers
from catsclean.core.line_log import LineLog
from catsclean.core.safe_folder import Folder

def said(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        print(type(error).__name__, error.strerror)

with Folder(Path("data")) as folder:
    said(folder.sync_file, "link.txt")
    folder.rename_from(folder, "1.txt", "2.txt")
    said(folder.rename_from, folder, "2.txt", "3.txt")
said(open_folder, "data/2.txt")
said(LineLog(Path("data/link.txt")).append, [b"line"], 0)
remove_leftovers(Path("data"))
"""


def test_planted_links_and_taken_names_are_refused_without_openat_too(tmp_path):
    from catsclean.core.files import TEMPORARY

    data = tmp_path / "data"
    data.mkdir()
    for name in ("1.txt", "3.txt", f".table.x{TEMPORARY}"):
        (data / name).write_text(name)
    (tmp_path / "elsewhere.txt").write_text("secret")
    (data / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENAT], cwd=tmp_path, capture_output=True, text=True,
        check=True, env={**os.environ, "PYTHONPATH": search_path()},
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "OSError Too many levels of symbolic links",
        "FileExistsError File exists (as on Windows)",
        "NotADirectoryError Not a directory",
        "OSError Too many levels of symbolic links",
    ]
    assert (tmp_path / "elsewhere.txt").read_text() == "secret"
    assert sorted(path.name for path in data.iterdir()) == ["2.txt", "3.txt", "link.txt"]
