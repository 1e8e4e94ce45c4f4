"""``clean`` and ``fix`` take decisions alike, and say alike that they refuse one."""

import json

import pictures
import pytest

COMMANDS = ["clean", "fix"]


@pytest.fixture
def pets(run, tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    assert run("audit", "Pets", "-q", "-j", "1", "--no-content").returncode == 0
    return root


@pytest.mark.parametrize("command", COMMANDS)
def test_a_decision_that_is_refused_is_named_and_ends_with_one(run, pets, tmp_path, command):
    actions = {"clean": "keep", "fix": "fix"}
    entry = {"path": "Cat/9.jpg", "action": actions[command], "sha256": "0" * 64}
    document = {"kind": "catsclean-decisions", "schema_version": 2, "root": "Pets"}
    (tmp_path / "mine.json").write_text(json.dumps({**document, "decisions": [entry]}))
    for arguments in (("Pets", "mine.json"), ("mine.json",), ("Pets", "--decisions", "mine.json")):
        done = run(command, *arguments)
        assert done.returncode == 1, done.stderr
        assert "Decisions refused (1)\nDecision\tWhy\nentry 1 (Cat/9.jpg)\tnot in" in done.stdout
        assert run(command, *arguments, "--quiet").returncode == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_whose_name_looks_like_a_file_is_the_data_set(run, pets, tmp_path, command):
    pets.rename(tmp_path / "Pets.json")
    (tmp_path / "Pets.catsclean").rename(tmp_path / "Pets.json.catsclean")
    done = run(command, "Pets.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing was changed." in done.stdout
