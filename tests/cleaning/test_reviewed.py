import pytest

from catsclean import cleaning
from catsclean.cleaning import plan_cleaning
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision


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
