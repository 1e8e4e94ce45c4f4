import json
import shutil

import pytest

from catsclean.auditing.kept_view import change_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import plan_cleaning, save_decisions
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError


@pytest.fixture
def decided(audited):
    """A data set with decisions of a clean and of a review."""
    audited.find("Cat/0.jpg", "blurry").save()
    plan_cleaning(audited.root, keep=["Cat/0.jpg"]).apply()
    answers = [("Dog/1.jpg", "quarantine", ""), ("Dog/2.jpg", "relabel", "Cat")]
    DecisionJournal(audited.state).save(
        "entry-01",
        [
            ReviewAnswer(
                path, (Decision(path, Action(action), audited.sha256(path), "review", label),)
            )
            for path, action, label in answers
        ],
    )
    return audited


def test_another_copy_of_the_data_is_cleaned_alike(decided, tmp_path):
    assert save_decisions(decided.state, tmp_path / "decisions.json") == 3
    copy = tmp_path / "elsewhere" / "Pets"
    shutil.copytree(decided.root, copy)
    shutil.copytree(decided.state.path, copy.with_name("Pets.catsclean"))
    state = StateFolder.of(copy)
    state.decision_journal.unlink()
    state.kept.unlink()
    here, there = plan_cleaning(decided.root), plan_cleaning(copy, tmp_path / "decisions.json")
    assert there.decided == ("Cat/0.jpg", *here.decided)
    assert there.moves == here.moves
    assert [(one.path, one.label) for one in there.relabels] == [("Dog/2.jpg", "Cat")]
    assert there.refused == ()


def test_a_picture_that_was_left_out_of_splits_is_set_aside_elsewhere(audited, tmp_path):
    left_out = Kept("Cat/0.jpg", audited.save().sha256("Cat/0.jpg"), "", left_out=True)
    change_kept(audited.state, lambda _: {left_out.path: left_out}, "recorded")
    assert save_decisions(audited.state, tmp_path / "decisions.json") == 1
    (entry,) = json.loads((tmp_path / "decisions.json").read_text())["decisions"]
    assert entry == audited.entry("Cat/0.jpg", "quarantine")


def test_a_decisions_file_is_written_again_and_no_other_file_is(decided, tmp_path):
    path = tmp_path / "decisions.json"
    for _ in range(2):
        save_decisions(decided.state, path)
    assert len(json.loads(path.read_text())["decisions"]) == 3
    path.write_text('{"mine": 1}')
    with pytest.raises(UsageError, match="not replaced"):
        save_decisions(decided.state, path)
    with pytest.raises(UsageError, match="must not be inside"):
        save_decisions(decided.state, decided.root / "decisions.json")


def test_what_was_carried_out_is_saved_under_the_paths_that_another_copy_has(decided, tmp_path):
    shutil.copytree(decided.root, tmp_path / "elsewhere" / "Pets")
    shutil.copytree(decided.state.path, tmp_path / "elsewhere" / "Pets.catsclean")
    quarantined = decided.decide(
        tmp_path, [decided.entry("Cat/2.jpg", reason="white picture"),
                   decided.entry("Cat/1.jpg", "relabel", label="Dog", reason="barks")]
    )  # fmt: skip
    plan_cleaning(decided.root, quarantined).apply()
    assert (decided.root / "Dog/1-2.jpg").exists() or (decided.root / "Dog/1.jpg").exists()
    assert save_decisions(decided.state, tmp_path / "all.json") == 5
    entries = json.loads((tmp_path / "all.json").read_text())["decisions"]
    said = {one["path"]: (one["action"], one.get("label"), one.get("reason")) for one in entries}
    assert said == {
        "Cat/0.jpg": ("keep", None, None),
        "Cat/1.jpg": ("relabel", "Dog", "barks"),
        "Cat/2.jpg": ("quarantine", None, "white picture"),
        "Dog/1.jpg": ("quarantine", None, "review"),
        "Dog/2.jpg": ("relabel", "Cat", "review"),
    }
    there = plan_cleaning(tmp_path / "elsewhere" / "Pets", tmp_path / "all.json")
    assert there.refused == ()
    assert sorted(one.path for one in there.relabels) == ["Cat/1.jpg", "Dog/2.jpg"]
    assert sorted(m.path for moves in there.moves.values() for m in moves) == [
        "Cat/2.jpg", "Dog/1.jpg",
    ]  # fmt: skip
    assert plan_cleaning(decided.root, tmp_path / "all.json").refused == ()
