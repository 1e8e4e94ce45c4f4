"""What a clean or a repair carried out is counted, and asked about no more."""

import catsclean
from catsclean import cleaning
from catsclean.reviewing.session import Review


def give(review, key, action):
    question = review.questions(key, 0, 1)["questions"][0]
    decisions = question["suggested"]
    if action is not None:
        decisions = [{"row": question["pictures"][0]["row"], "action": action}]
    review.save(
        {
            "entry": f"entry-{key}",
            "answers": [{"question": question["key"], "decisions": decisions}],
        }
    )


def counts(review):
    summary = review.summary()
    open_ = sum(queue["answered"] for queue in summary["queues"])
    return open_, summary["carried_out"]["number"], summary["carried_out"]["by"]


def test_answers_that_the_last_clean_carried_out_are_counted_as_such(review, data_set):
    give(review, "copies", None)
    give(review, "odd-size", "keep")
    give(review, "wrong-extension", "fix")
    assert counts(review) == (3, 0, "")
    cleaning.plan_cleaning(data_set).apply()
    assert counts(review) == (1, 2, "the last clean")
    assert counts(Review(catsclean.load_audit(data_set))) == (1, 2, "the last clean")


def test_after_a_repair_no_single_run_carried_all_of_it_out(review, data_set):
    give(review, "copies", None)
    give(review, "wrong-extension", "fix")
    cleaning.plan_cleaning(data_set).apply()
    cleaning.plan_repairs(data_set, decided=True).apply()
    assert counts(review) == (0, 2, "")


def test_an_undo_asks_again_with_the_answers(review, data_set):
    give(review, "copies", None)
    cleaning.plan_cleaning(data_set).apply()
    cleaning.undo(data_set)
    assert counts(review) == (1, 0, "")


def test_an_answer_whose_question_is_gone_otherwise_is_not_carried_out(review, data_set):
    give(review, "odd-size", "keep")
    catsclean.audit(data_set, content=False, ignore="odd-size,odd-aspect")
    assert counts(review)[1] == 0
