"""A state folder that is damaged, or cannot be looked into: one line, and what can be done."""

import os
import shutil
import subprocess
import sys

import pytest
from hostile import places
from pictures import make_dataset

from catsclean.core.safe_folder import Folder

DENIED = pytest.mark.skipif(
    os.name == "nt" or not places.can_deny(), reason="nobody can be denied here"
)


@pytest.fixture
def audited(run, tmp_path):
    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    run("audit", "set", "--select", "file")
    return tmp_path / "set.catsclean"


@pytest.fixture
def cleaned(run, audited):
    """The folder of the one run of a clean."""
    run("clean", "set", "--apply")
    (folder,) = (audited / "quarantine").iterdir()
    return folder


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[]", '{"schema_version": 1, "dataset": []}', "[" * 100_000]
)
def test_a_damaged_summary_is_written_anew_by_an_audit(run, audited, text):
    (audited / "audit.json").write_text(text)
    done = run("report", "set")
    assert done.returncode == 2
    assert done.stderr.endswith("is damaged. Run: catsclean audit set\n")
    assert run("cache", "clear", "set").returncode == 0
    assert run("audit", "set", "--select", "file").returncode == 1
    assert run("report", "set").returncode == 0


@pytest.mark.parametrize("name", ["manifest.csv", "audit.json"])
def test_a_folder_with_tables_of_somebody_else_is_no_state_folder(run, tmp_path, name):
    make_dataset(tmp_path / "set")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("my own")
    done = run("audit", "set", "--select", "file", "--state-dir", "mine")
    assert done.returncode == 2
    assert "was not written by catsclean" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [name]
    assert (tmp_path / "mine" / name).read_text() == "my own"


@DENIED
@pytest.mark.parametrize(
    "command",
    ["audit set", "report set", "log set", "log", "undo set", "clean set", "split set --val 0.2",
     "cache info set", "cache clear set"],
)  # fmt: skip
def test_a_state_folder_that_cannot_be_read_is_told(audited, tmp_path, command):
    audited.chmod(0)
    done = subprocess.run(
        [*places.command_without_powers(), sys.executable, "-m", "catsclean", *command.split()],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    audited.chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "cannot read the state folder" in done.stderr


@DENIED
@pytest.mark.parametrize(
    ("command", "code"), [("log set", 0), ("clean set", 0), ("cache clear set", 2)]
)
def test_who_may_only_look_may_look(cleaned, audited, tmp_path, command, code):
    folders = [audited, *(path for path in audited.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    done = subprocess.run(
        [*places.command_without_powers(), sys.executable, "-m", "catsclean", *command.split()],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    for folder in folders:
        folder.chmod(0o755)
    assert done.returncode == code
    assert done.stderr.count("\n") == (1 if code else 0)


@pytest.mark.parametrize("command", ["log", "undo", "clean"])
def test_a_damaged_journal_says_where_its_files_lie(run, cleaned, command):
    (cleaned / "journal.json").write_text("")
    done = run(command, "set")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not JSON" in done.stderr
    assert str(cleaned / "files") in done.stderr


def test_files_without_a_journal_are_told_of(run, cleaned):
    (cleaned / "journal.json").unlink()
    assert run("log", "set").stdout == (
        f"No journal for the files in {cleaned / 'files'}: move them back by hand.\n"
    )
    done = run("undo", "set")
    assert done.returncode == 2
    assert str(cleaned / "files") in done.stderr


def test_a_clean_that_cannot_be_completed_is_listed_and_no_hindrance_to_a_dry_run(
    run, audited, monkeypatch
):
    def refuse(_, path):
        raise OSError(30, "Read-only file system", path)

    with monkeypatch.context() as read_only:
        read_only.setattr(Folder, "unlink", refuse)
        assert run("clean", "set", "--apply").returncode == 1
        listed = run("log", "set")
        assert listed.returncode == 0
        assert "Read-only file system" in listed.stdout
        assert "\tmoving\t" in listed.stdout
        dry = run("clean", "set")
        assert dry.returncode == 1
        assert "  catsclean undo set   revert the interrupted run" in dry.stdout
        assert "Nothing was changed." in dry.stdout
    assert run("undo", "set").returncode == 0


def test_a_class_of_an_audited_set_is_not_audited_alone(run, tmp_path):
    make_dataset(tmp_path / "pets")
    assert run("audit", "pets/Cat", "-q").returncode in {0, 1}  # nothing says that it is a class
    shutil.rmtree(tmp_path / "pets/Cat.catsclean")
    run("audit", "pets", "-q")
    done = run("audit", "pets/Cat")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "(catsclean audit pets), or add --state-dir FOLDER" in done.stderr
    assert sorted(path.name for path in (tmp_path / "pets").iterdir()) == ["Cat", "Dog"]
    assert run("audit", "pets/Cat", "-q", "--state-dir", "cats").returncode in {0, 1}


@pytest.mark.parametrize(
    ("beside", "doubt"), [("Owl", "data sets of their own"), ("birds/Cat", "or splits with")]
)
def test_what_may_be_a_data_set_of_its_own_is_audited_alone(run, tmp_path, beside, doubt):
    pets = make_dataset(tmp_path / "data/pets")
    shutil.copytree(pets, tmp_path / "data/birds")
    shutil.copytree(pets / "Cat", tmp_path / "data" / beside, dirs_exist_ok=True)
    assert doubt in run("audit", "data").stderr
    for _ in range(2):
        assert run("audit", "data/pets", "-q").returncode in {0, 1}
    assert (tmp_path / "data/pets.catsclean/audit.json").exists()
