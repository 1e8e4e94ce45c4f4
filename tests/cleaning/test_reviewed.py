import json

import pytest

import catsclean
from catsclean import cleaning
from catsclean.auditing.kept_view import change_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import plan_cleaning
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.cleaning.reviewed import count_not_carried_out
from catsclean.core.manifest import Manifest
from catsclean.core.model import Fix


@pytest.fixture
def review(audited):
    """Save decisions as a review does."""
    journal = DecisionJournal(audited.state)

    def decide(path, action, label=""):
        digest = audited.entry(path)["sha256"]
        decision = Decision(path, Action(action), digest, "review", label)
        journal.save(f"entry-{path}-{action}".replace("/", "-").replace(".", "-"),
                     [ReviewAnswer(path, (decision,))])  # fmt: skip

    return decide


def test_what_was_decided_in_a_review_is_planned(audited, review):
    audited.find("Cat/0.jpg", "blurry").save()
    review("Cat/0.jpg", "keep")
    review("Dog/1.jpg", "quarantine")
    plan = plan_cleaning(audited.root)
    assert [move.path for move in plan.moves["decision"]] == ["Dog/1.jpg"]
    assert plan.decided == ("Cat/0.jpg",)


def test_a_decision_of_the_caller_comes_before_one_of_a_review(audited, review):
    audited.save()
    review("Dog/1.jpg", "quarantine")
    plan = plan_cleaning(audited.root, keep=["Dog/1.jpg"])
    assert plan.count == 0


def test_a_decision_that_was_carried_out_asks_for_nothing_more(audited, review):
    audited.save()
    review("Dog/1.jpg", "quarantine")
    review("Dog/0.jpg", "relabel", "Cat")
    plan_cleaning(audited.root).apply()
    again = plan_cleaning(audited.root)
    assert (again.count, again.relabels, again.refused) == (0, (), ())


def test_a_decision_about_other_bytes_is_refused_by_its_path(audited, review):
    audited.save()
    review("Dog/1.jpg", "quarantine")
    journal = DecisionJournal(audited.state)
    stale = Decision("Dog/1.jpg", Action.QUARANTINE, "0" * 64, "review")
    journal.save("entry-later", [ReviewAnswer("Dog/1.jpg", (stale,))])
    plan = plan_cleaning(audited.root)
    assert plan.refused == (
        ("Dog/1.jpg", "the file has changed since the decision: its sha256 differs"),
    )


def test_undo_restores_the_files_and_the_decision_still_stands(audited, review):
    audited.save()
    review("Dog/1.jpg", "quarantine")
    plan_cleaning(audited.root).apply()
    cleaning.undo(audited.root)
    assert plan_cleaning(audited.root).count == 1


def test_what_a_clean_recorded_later_comes_before_what_a_review_said(audited, review):
    audited.save()
    review("Dog/1.jpg", "quarantine")
    plan_cleaning(audited.root, keep=["Dog/1.jpg"]).apply()
    assert plan_cleaning(audited.root).count == 0
    cleaning.undo(audited.root)
    assert plan_cleaning(audited.root).count == 1


def test_what_a_review_says_later_comes_before_what_a_clean_recorded(audited, review):
    audited.save()
    plan_cleaning(audited.root, keep=["Dog/1.jpg"]).apply()
    review("Dog/1.jpg", "quarantine")
    assert plan_cleaning(audited.root).count == 1


def test_decisions_that_are_only_entered_in_the_journal_are_not_later(audited, review):
    audited.save()
    plan_cleaning(audited.root, keep=["Dog/1.jpg"]).apply()
    document = json.loads(audited.state.kept.read_text())
    del document["entry"]
    audited.state.decision_journal.unlink()
    audited.state.kept.write_text(json.dumps(document))  # as an older catsclean leaves it
    review("Dog/1.jpg", "quarantine")
    change_kept(audited.state, lambda kept: {**kept, "x": Kept("x", "0" * 64, "")}, "recorded")
    assert plan_cleaning(audited.root).count == 1


def test_what_is_left_to_fix_stays_whatever_a_clean_is_told(audited, review):
    audited.find("Dog/1.jpg", "blurry", Fix.REVIEW).find("Dog/2.jpg", "blurry", Fix.REVIEW).save()
    review("Dog/1.jpg", "fix")
    plan = plan_cleaning(audited.root, unsafe=True)
    assert [move.path for move in plan.moves["blurry"]] == ["Dog/2.jpg"]
    assert [(one.path, one.why) for one in plan.kept_back] == [
        ("Dog/1.jpg", "decided: fix repairs it")
    ]
    assert not plan.awaits_decisions
    assert plan.left_to_fix == 1
    assert plan_cleaning(audited.root).left_to_fix == 1  # the other one waits for a person


def test_a_decision_to_keep_comes_before_one_to_fix_that_is_older(audited, review):
    audited.find("Dog/1.jpg", "blurry", Fix.REVIEW).save()
    review("Dog/1.jpg", "fix")
    plan_cleaning(audited.root, keep=["Dog/1.jpg"]).apply()
    (kept,) = plan_cleaning(audited.root).kept_back
    assert kept.why.startswith("decided: keep, in run")


def test_decisions_are_counted_until_a_clean_carries_them_out(audited, review):
    audited.save()

    def waiting():
        return count_not_carried_out(audited.state, Manifest.load(audited.state.manifest))

    assert waiting() == 0
    review("Cat/0.jpg", "keep")  # a split has it anyway
    review("Dog/1.jpg", "quarantine")
    review("Dog/0.jpg", "relabel", "Cat")
    review("Cat/1.jpg", "fix")
    assert waiting() == 2
    plan_cleaning(audited.root).apply()
    assert waiting() == 0


def test_a_split_says_that_decisions_are_not_carried_out(audited, review):
    audited.save()
    shares = {"train": 0.5, "val": 0.5}
    assert not any("review" in text for text in catsclean.split(audited.root, shares).warnings)
    review("Dog/1.jpg", "quarantine")
    warnings = catsclean.split(audited.root, shares).warnings
    assert any("1 decision of a review is not carried out yet" in text for text in warnings)


def used(root):
    made = catsclean.split(root, {"train": 0.5, "val": 0.5}, exclude_review=True)
    table = made.manifest.table
    return set(table.loc[table["split"].notna(), "path"])


def test_a_split_excludes_nothing_that_a_review_decided_to_keep(audited, review):
    for path in ("Cat/0.jpg", "Cat/1.jpg", "Dog/1.jpg"):
        audited.find(path, "blurry", Fix.REVIEW)
    audited.find("Dog/0.jpg", "unsupported-by-tensorflow", Fix.REVIEW).save()
    every = set(Manifest.load(audited.state.manifest).table["path"])
    out = {"Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg", "Dog/1.jpg"}
    assert used(audited.root) == every - out
    review("Cat/0.jpg", "keep")
    review("Dog/0.jpg", "keep")  # nothing can train on it
    review("Dog/1.jpg", "quarantine")
    assert used(audited.root) == every - out | {"Cat/0.jpg"}
    plan_cleaning(audited.root, select="file").apply()
    assert used(audited.root) == every - out | {"Cat/0.jpg"}
