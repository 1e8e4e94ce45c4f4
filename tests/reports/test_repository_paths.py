"""Paths from the top of the repository, wherever the command runs."""

import audits
import pytest

from catsclean.reports.repository_paths import RepositoryPaths


def paths_of(root):
    root.mkdir(parents=True, exist_ok=True)
    return RepositoryPaths(audits.make_audit(root, [], []))


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    return tmp_path / "repo"


@pytest.mark.parametrize("here", [".", "data", "data/Pets", "../elsewhere"])
def test_they_start_at_the_repository_and_not_at_the_working_folder(repository, here, monkeypatch):
    (repository / "data/Pets").mkdir(parents=True)
    (repository / here).mkdir(exist_ok=True)
    monkeypatch.chdir(repository / here)
    paths = paths_of(repository / "data/Pets")
    assert paths.shown("Cat/1.jpg") == "data/Pets/Cat/1.jpg"
    assert paths.shown(None) == "data/Pets"
    assert paths.address("Cat/a b.jpg") == "data/Pets/Cat/a%20b.jpg"


def test_a_repository_that_is_the_data_set_adds_nothing(repository):
    paths = paths_of(repository)
    assert (paths.shown("Cat/1.jpg"), paths.shown(None)) == ("Cat/1.jpg", ".")
    assert paths.address(None) == "."


def test_a_worktree_is_a_repository_and_a_submodule_is_not(repository):
    for name, line in (
        ("tree", "gitdir: /x/.git/worktrees/tree\n"), ("sub", "gitdir: ../.git/modules/sub\n"),
    ):  # fmt: skip
        (repository / name).mkdir()
        (repository / name / ".git").write_text(line)
    assert paths_of(repository / "tree/Pets").shown("1.jpg") == "Pets/1.jpg"
    assert paths_of(repository / "sub/Pets").shown("1.jpg") == "sub/Pets/1.jpg"


def test_without_a_repository_they_start_at_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert paths_of(tmp_path / "data/Pets").shown("1.jpg") == "data/Pets/1.jpg"


def test_elsewhere_they_start_with_the_name_of_the_data_set(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert paths_of(tmp_path / "Pets").shown("1.jpg") == "Pets/1.jpg"


def test_a_name_on_the_way_is_escaped(repository):
    paths = paths_of(repository / "a\x1bb")
    assert paths.shown("1.jpg") == "a\\x1bb/1.jpg"
    assert paths.address("1.jpg") == "a%1Bb/1.jpg"
