"""Files that changed since a commit, as git knows them."""

import os
import shutil
import subprocess

import pictures
import pytest

from catsclean.auditing.changed_files import find_changed
from catsclean.auditing.check import check_files
from catsclean.cli import run
from catsclean.errors import UsageError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a tag `before`, and a branch of one commit after it."""
    folder = tmp_path / "repository"
    pictures.make_dataset(folder / "Pets", {"Cat": 3, "Dog": 3})
    (folder / "notes.txt").write_text("x")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "1")
    git(folder, "tag", "before")
    git(folder, "checkout", "-q", "-b", "work")
    (folder / "Pets/Cat/new one.jpg").write_bytes(b"")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "2")
    monkeypatch.chdir(folder)
    return folder


def changed(root, ref="before", within=()):
    found = find_changed(ref, root, within)
    return [path.relative_to(root).as_posix() for path in found.paths], found.unchanged


def test_committed_changed_and_new_files_are_found_and_the_others_counted(repository):
    (repository / "Pets/Dog/0.jpg").write_bytes(pictures.jpeg(7))
    (repository / "Pets/Dog/untracked.jpg").touch()
    (repository / "Pets/Dog/1.jpg").unlink()
    assert changed(repository) == (
        ["Pets/Cat/new one.jpg", "Pets/Dog/0.jpg", "Pets/Dog/untracked.jpg"], 4,
    )  # fmt: skip


def test_what_another_branch_changed_meanwhile_does_not_count(repository):
    git(repository, "checkout", "-q", "main")
    (repository / "Pets/Cat/0.jpg").write_bytes(pictures.jpeg(9))
    git(repository, "commit", "-q", "-a", "-m", "3")
    git(repository, "checkout", "-q", "work")
    assert changed(repository, "main")[0] == ["Pets/Cat/new one.jpg"]


def test_ignored_files_do_not_count(repository):
    (repository / ".git/info/exclude").write_text("*.tmp.jpg\n")
    (repository / "Pets/Cat/a.tmp.jpg").touch()
    assert changed(repository)[0] == ["Pets/Cat/new one.jpg"]


def test_only_files_below_the_folder_count(repository):
    (repository / "Pets/Dog/0.jpg").write_bytes(pictures.jpeg(7))
    assert changed(repository / "Pets/Dog") == (["0.jpg"], 2)
    within = [repository / "Pets/Dog"]
    assert changed(repository, within=within) == (["Pets/Dog/0.jpg"], 2)


@pytest.mark.parametrize("name", ["two\nlines.jpg", "*.jpg", ":(top)x.jpg", "müsli.jpg"])
def test_odd_names_are_found_as_they_are(repository, name):
    (repository / "Pets" / name).touch()
    assert f"Pets/{name}" in changed(repository)[0]


@pytest.mark.parametrize("ref", ["nowhere", "--output=pwned", "", "before; touch pwned", "\x1b"])
def test_a_name_that_is_no_commit_is_refused(repository, ref):
    with pytest.raises(UsageError, match="git knows no commit of this name"):
        find_changed(ref, repository)
    assert not (repository / "pwned").exists()


def test_histories_without_a_common_commit_are_refused(repository):
    git(repository, "checkout", "-q", "--orphan", "alone")
    git(repository, "commit", "-q", "-m", "4")
    with pytest.raises(UsageError, match="no common history"):
        find_changed("before", repository)


def test_a_folder_without_a_repository_is_refused(tmp_path):
    with pytest.raises(UsageError, match="git cannot say which files changed"):
        find_changed("main", tmp_path)


def test_a_machine_without_git_is_told_so(repository, monkeypatch):
    monkeypatch.setenv("PATH", os.fspath(repository / "nothing"))
    with pytest.raises(UsageError, match="cannot find git"):
        find_changed("before", repository)


def test_a_program_that_the_repository_names_is_not_run(repository):
    for setting in ("core.fsmonitor", "diff.external"):
        git(repository, "config", setting, "touch pwned;")
    assert changed(repository)[0] == ["Pets/Cat/new one.jpg"]
    assert not (repository / "pwned").exists()


def test_the_changed_files_are_checked_and_the_others_said(repository):
    audit = check_files(since="before")
    assert [finding.path for finding in audit.findings] == ["Pets/Cat/new one.jpg"]
    assert (audit.summary["files"], audit.summary["not_checked"]) == (1, 6)


def test_the_command_says_what_was_not_checked(repository, capsys):
    assert run(["check", "--since", "before", "Pets"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("Pets/Cat/new one.jpg: zero-length")
    assert "checked 1 file that changed since before; 6 other pictures were not checked" in err
    assert run(["check", "--since", "HEAD"]) == 0
    assert "checked 0 files that changed since HEAD; 7 other" in capsys.readouterr().err


def test_findings_are_not_written_over_a_changed_file(repository, capsys):
    assert run(["check", "--since", "before", "-o", "Pets/Cat/new one.jpg"]) == 2
    assert "one of the files to check" in capsys.readouterr().err
    assert (repository / "Pets/Cat/new one.jpg").read_bytes() == b""


def test_without_since_a_folder_is_still_refused(repository, capsys):
    assert run(["check", "Pets"]) == 2
    assert "check takes files, not folders" in capsys.readouterr().err


def test_what_a_clean_set_aside_is_not_checked(repository):
    aside = repository / "Pets.catsclean/quarantine/1/files/Cat/0.jpg"
    aside.parent.mkdir(parents=True)
    aside.touch()
    assert changed(repository) == (["Pets/Cat/new one.jpg"], 6)
    git(repository, "add", "-f", ".")
    git(repository, "commit", "-q", "-m", "3")
    assert changed(repository) == (["Pets/Cat/new one.jpg"], 6)


def test_a_folder_that_does_not_exist_is_refused(repository):
    with pytest.raises(UsageError, match=r"no such file or folder\. Received: 'Pots'"):
        check_files(["Pots"], since="before")
