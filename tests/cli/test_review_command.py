"""What the command does beside serving the page."""

import json

import pictures
import pytest

import catsclean
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision


@pytest.fixture
def reviewed(tmp_path):
    """A picture with the wrong extension, which a review left to fix, and another one."""
    pets = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    for number in (7, 8):
        (pets / f"Cat/{number}.png").write_bytes(pictures.jpeg(number))
    audit = catsclean.audit(pets, content=False, workers=1)
    digest = audit.manifest.table.set_index("path").loc["Cat/7.png", "sha256"]
    decision = Decision("Cat/7.png", Action.FIX, digest, "review")
    DecisionJournal(audit.state).save("entry-01", [ReviewAnswer("any", (decision,))])
    return pets


def test_decisions_are_saved_to_a_file_and_nothing_is_served(reviewed, run, tmp_path):
    path = tmp_path / "decisions.json"
    done = run("review", reviewed, "--save-decisions", path)
    assert done.returncode == 0
    assert "1 decision saved." in done.stdout + done.stderr
    (entry,) = json.loads(path.read_text())["decisions"]
    assert (entry["path"], entry["action"]) == ("Cat/7.png", "fix")


def test_fix_repairs_only_what_was_decided_if_asked(reviewed, run):
    done = run("fix", reviewed, "--decided", "--apply")
    assert done.returncode == 0
    assert (reviewed / "Cat/7.jpg").exists()
    assert (reviewed / "Cat/8.png").exists()
