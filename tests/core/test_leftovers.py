"""What a killed command leaves is removed by the next one, and nothing else is."""

import json
import os
import subprocess
import sys

import pytest
from pictures import make_dataset

import catsclean
from catsclean.core.files import replacing
from catsclean.core.leftovers import claim
from catsclean.splitting import split

NAME = ".manifest.parquet.abc123.tmp"


@pytest.fixture
def audited(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 4, "Dog": 4})
    return root, catsclean.audit(root).state


def run(*arguments, **settings):
    """Run the command line; return its exit code and output."""
    done = subprocess.run(
        [sys.executable, "-m", "catsclean", *map(str, arguments)],
        capture_output=True, text=True, check=False, **settings,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def litter(state):
    """Leave what killed commands leave; return the paths."""
    left = [
        state.path / NAME,
        state.path / ".report.html.x1.tmp",
        state.cache / ".evidence.arrow.abc.tmp",
        state.runs / "20260101-000000" / ".history.csv.a.tmp",
        state.runs / "20260101-000000" / ".model.keras.a.tmp.keras",
        state.quarantine / "20260101-000000" / "journal.json.new",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    (state.quarantine / "20260101-000000" / "files").mkdir()
    return [*left, state.quarantine / "20260101-000000"]


@pytest.mark.parametrize(
    "command",
    [
        ("audit",), ("clean",), ("clean", "--apply"), ("log",), ("report",),
        ("split", "--val", "2", "--no-files"), ("cache", "info"), ("undo",),
    ],
)  # fmt: skip
def test_the_next_command_of_any_kind_removes_leftovers(audited, command):
    root, state = audited
    left = litter(state)
    name, *options = command
    words = [*options, root] if name == "cache" else [root, *options]
    run(name, *words)
    assert [path.name for path in left if path.exists()] == []


def test_a_temporary_file_that_somebody_writes_stays(audited):
    _, state = audited
    path = state.path / NAME
    with path.open("wb") as stream:
        assert claim(stream.fileno())
        with state.lock():
            assert path.exists()
    with state.lock():
        assert not path.exists()


def test_a_run_with_files_and_no_journal_stays(audited):
    _, state = audited
    held = state.quarantine / "20260101-000000" / "files" / "Cat" / "0.jpg"
    held.parent.mkdir(parents=True)
    held.write_bytes(b"a picture")
    with state.lock():
        assert held.read_bytes() == b"a picture"


def test_files_of_the_users_own_stay(audited):
    _, state = audited
    kept = [state.path / name for name in ("notes.tmp", ".hidden", "journal.json.new")]
    for path in kept:
        path.write_text("mine")
    with state.lock():
        assert all(path.exists() for path in kept)


def test_a_temporary_name_that_is_a_link_is_not_followed(audited, tmp_path):
    _, state = audited
    (tmp_path / "mine").write_text("mine")
    (state.path / NAME).symlink_to(tmp_path / "mine")
    with state.lock():
        assert (tmp_path / "mine").read_text() == "mine"


def test_a_writer_removes_what_a_killed_writer_of_the_same_file_left(tmp_path):
    (tmp_path / ".page.html.dead.tmp").write_text("half")
    (tmp_path / ".other.html.dead.tmp").write_text("half")
    with replacing(tmp_path / "page.html") as temporary:
        temporary.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other.html.dead.tmp", "page.html"]


def killed_split(root, target):
    """Kill a split while it writes; return its unfinished folder."""
    code = (
        "import os, signal, sys\n"
        "from catsclean.splitting import linking, split\n"
        "place, made = linking.place, []\n"
        "def dying(*args):\n"
        "    made.append(args)\n"
        "    place(*args)\n"
        "    if len(made) == 3:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "linking.place = dying\n"
        "split(sys.argv[1], {'val': 2}).write(sys.argv[2], 'copy')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, root, target], check=False)
    assert done.returncode < 0
    part = target.with_name(f".{target.name}.catsclean-part")
    assert part.is_dir()
    return part


def test_another_command_removes_the_unfinished_folder_of_a_split(audited, tmp_path):
    root, state = audited
    part = killed_split(root, tmp_path / "elsewhere" / "out")
    assert run("log", root)[0] == 0
    assert not part.exists()
    assert not (state.path / "unfinished-split.json").exists()


def test_the_same_split_goes_on_with_its_unfinished_folder(audited, tmp_path):
    root, state = audited
    part = killed_split(root, tmp_path / "out")
    first = min(part.rglob("*.jpg")).stat().st_ino
    assert split(root, {"val": 2}).write(tmp_path / "out", "copy").link == "copy"
    assert first in {path.stat().st_ino for path in (tmp_path / "out").rglob("*.jpg")}
    assert not part.exists()
    assert not (state.path / "unfinished-split.json").exists()


def test_a_split_to_another_folder_removes_the_unfinished_one(audited, tmp_path):
    root, _ = audited
    part = killed_split(root, tmp_path / "out")
    split(root, {"val": 2}).write(tmp_path / "other", "copy")
    assert not part.exists()


def test_a_note_that_names_a_folder_of_somebody_elses_removes_nothing(audited, tmp_path):
    _, state = audited
    mine = tmp_path / ".mine.catsclean-part"
    mine.mkdir()
    (mine / "picture.jpg").write_bytes(b"mine")
    note = {"part": os.fsencode(mine).hex()}
    (state.path / "unfinished-split.json").write_text(json.dumps(note))
    with state.lock():
        assert (mine / "picture.jpg").exists()
