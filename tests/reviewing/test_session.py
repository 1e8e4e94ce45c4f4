import json

import pytest
from review_pages import cleaning_elsewhere

from catsclean import cleaning, load_audit
from catsclean.reviewing.browsing import View
from catsclean.reviewing.refusals import RefusedRequestError
from catsclean.reviewing.session import Review


def first_of(review, queue):
    return review.questions(queue, 0, 1)["questions"][0]


def answer(question, decisions=None, expected="", **fields):
    decisions = question["suggested"] if decisions is None else decisions
    return {"question": question["key"], "expected": expected, "decisions": decisions} | fields


def save(review, *answers, entry="entry-0001"):
    return review.save({"entry": entry, "answers": list(answers)})


def queue_of(review, key):
    (queue,) = (one for one in review.summary()["queues"] if one["key"] == key)
    return queue


def test_everything_that_a_page_gets_is_json(review):
    json.dumps(review.summary())
    for queue in review.summary()["queues"]:
        json.dumps(review.questions(queue["key"], 0, 100))


def test_an_answer_is_counted_and_shown_with_its_question(review):
    question = first_of(review, "copies")
    saved, taken = save(review, answer(question))
    assert taken
    assert saved["answers"][question["key"]]["decisions"] == question["suggested"]
    assert queue_of(review, "copies")["answered"] == 1
    page = review.questions("copies", 0, 10)
    assert page["first"] == 1
    assert page["questions"][0]["answer"]["entry"] == "entry-0001"


def test_an_answer_holds_for_the_next_review(review, data_set):
    question = first_of(review, "copies")
    save(review, answer(question))
    again = Review(load_audit(data_set))
    assert first_of(again, "copies")["answer"]["decisions"] == question["suggested"]


def test_an_answer_is_taken_back_by_one_without_decisions(review):
    question = first_of(review, "copies")
    save(review, answer(question))
    _, taken = save(review, answer(question, [], "entry-0001"), entry="entry-0002")
    assert taken
    assert first_of(review, "copies")["answer"] is None


def test_a_second_window_is_told_of_the_answer_that_stands(review, data_set):
    other = Review(load_audit(data_set))
    question = first_of(review, "copies")
    save(review, answer(question))
    refused, taken = save(other, answer(question, [], ""), entry="entry-0002")
    assert not taken
    assert refused["answers"][question["key"]]["entry"] == "entry-0001"


def test_a_second_window_hears_of_changes(review, data_set):
    other = Review(load_audit(data_set))
    question = first_of(review, "copies")
    save(review, answer(question))
    changes = other.changes(0)
    assert list(changes["answers"]) == [question["key"]]
    assert other.changes(changes["journal"])["answers"] == {}


def test_a_page_of_answers_is_one_entry(review, data_set):
    questions = review.questions("unportable-name", 0, 24)["questions"]
    keep = [[{"row": q["pictures"][0]["row"], "action": "keep"}] for q in questions]
    save(review, *map(answer, questions, keep))
    lines = (data_set.with_name("practice.catsclean") / "decisions.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert queue_of(review, "unportable-name")["answered"] == len(questions) > 1


def test_what_was_answered_is_what_a_clean_would_do(review, data_set):
    question = first_of(review, "copies")
    save(review, answer(question))
    plan = cleaning.plan_cleaning(data_set)
    leaving = [one for one in question["suggested"] if one["action"] == "quarantine"]
    assert len(plan.moves["decision"]) == len(leaving)


def test_pictures_that_are_said_to_be_different_stay_open_to_be_taken_back(review, data_set):
    question = first_of(review, "copies")
    keep = [{"row": one["row"], "action": "keep"} for one in question["pictures"]]
    save(review, answer(question, keep, different=True))
    assert first_of(review, "copies")["answer"]["different"]
    again = Review(load_audit(data_set))
    keys = [one["key"] for one in again.questions("copies", 0, 100)["questions"]]
    assert question["key"] not in keys


def test_after_a_clean_the_questions_are_new(review, data_set):
    question = first_of(review, "copies")
    save(review, answer(question))
    journal = review.summary()["journal"]
    cleaning.plan_cleaning(data_set).apply()
    assert review.changes(journal)["stale"]
    review.summary()
    assert not review.changes(journal)["stale"]
    keys = [one["key"] for one in review.questions("copies", 0, 100)["questions"]]
    assert question["key"] not in keys


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"entry": "entry-0001"},
        {"entry": "entry-0001", "answers": []},
        {"entry": "entry-0001", "answers": [1]},
        {"entry": "entry-0001", "answers": [{}] * 501},
        {"entry": 1, "answers": [{}]},
        {"entry": "entry-0001", "answers": [{"question": "no-such", "decisions": []}]},
        {"entry": "entry-0001", "answers": [{"question": [], "decisions": []}]},
    ],
)
def test_what_makes_no_sense_is_refused(review, body):
    with pytest.raises(RefusedRequestError):
        review.save(body)
    assert review.summary()["journal"] == 0


@pytest.mark.parametrize(
    "decisions",
    [
        None,
        "keep",
        [1],
        [{"row": "1", "action": "keep"}],
        [{"row": True, "action": "keep"}],
        [{"row": -1, "action": "keep"}],
        [{"row": 10**30, "action": "keep"}],
        [{"action": "keep"}],
    ],
)
def test_a_decision_about_no_picture_of_the_question_is_refused(review, decisions):
    question = first_of(review, "copies")
    with pytest.raises(RefusedRequestError):
        save(review, {"question": question["key"], "decisions": decisions})


@pytest.mark.parametrize(
    "change",
    [
        {"action": "delete"},
        {"action": None},
        {"action": ["keep"]},
        {"action": "relabel"},
        {"action": "relabel", "label": ""},
        {"action": "relabel", "label": "../Dog"},
        {"action": "relabel", "label": "a/b"},
        {"action": "relabel", "label": {}},
        {"action": "relabel", "label": "cat"},
        {"action": "relabel", "label": "con"},
        {"action": "relabel", "label": ".hidden"},
    ],
)
def test_an_action_that_does_not_exist_is_refused(review, change):
    question = first_of(review, "copies")
    decisions = [question["suggested"][0] | change]
    with pytest.raises(RefusedRequestError):
        save(review, answer(question, decisions))


def test_a_picture_cannot_be_decided_about_twice(review):
    question = first_of(review, "copies")
    with pytest.raises(RefusedRequestError, match="twice"):
        save(review, answer(question, question["suggested"] * 2))
    with pytest.raises(RefusedRequestError, match="twice"):
        save(review, answer(question), answer(question))


def test_an_id_that_is_none_is_refused(review):
    with pytest.raises(RefusedRequestError):
        save(review, answer(first_of(review, "copies")), entry="../../x")


def test_an_unknown_queue_is_refused(review):
    with pytest.raises(RefusedRequestError):
        review.questions("../etc", 0, 10)


def test_a_picture_is_named_by_row_and_digest(review):
    picture = first_of(review, "copies")["pictures"][0]
    path, sha256 = review.picture(picture["row"], picture["digest"])
    assert path == picture["path"]
    assert sha256.startswith(picture["digest"])
    assert review.picture(picture["row"] + 1, picture["digest"]) is None
    assert review.picture(-1, picture["digest"]) is None
    assert review.picture(10**9, picture["digest"]) is None
    assert review.picture(picture["row"], "") is None


def test_an_answer_about_a_picture_that_is_being_cleaned_is_refused_in_words(review):
    moved, other = review.questions("unportable-name", 0, 2)["questions"]
    keep = [[{"row": one["pictures"][0]["row"], "action": "keep"}] for one in (moved, other)]
    with cleaning_elsewhere(review, moved["pictures"][0]["path"]):
        saved, taken = save(review, answer(moved, keep[0]), answer(other, keep[1]))
    assert not taken
    assert list(saved["held"]) == [moved["key"]]
    assert "is being cleaned now" in saved["held"][moved["key"]]
    assert saved["answers"][moved["key"]] is None
    assert saved["answers"][other["key"]]["entry"] == "entry-0001"
    assert save(review, answer(moved, keep[0]), entry="entry-0002")[1]


def test_only_what_fix_can_repair_is_left_to_it(review):
    for queue, taken in (("wrong-extension", True), ("unportable-name", False)):
        question = first_of(review, queue)
        fix = [{"row": question["pictures"][0]["row"], "action": "fix"}]
        if taken:
            assert save(review, answer(question, fix))[1]
        else:
            with pytest.raises(RefusedRequestError, match="fix cannot repair"):
                save(review, answer(question, fix), entry="entry-0002")


def test_each_picture_of_a_group_leads_to_its_question(review):
    question = review.questions("copies", 1, 1)["questions"][0]
    rows = [one["row"] for one in question["pictures"]]
    (found,) = review.about(rows)["questions"]
    assert found == {**question, "queue": "copies", "at": 1}
    for row in rows:
        assert review.about([row])["questions"] == [found]


def free_row(review):
    """A picture that no queue asks about."""
    about = review.about(range(review.summary()["pictures"]))
    return next(one["pictures"][0]["row"] for one in about["questions"] if one["queue"] == "")


def chosen(review, row):
    (question,) = review.about([row])["questions"]
    return question


def aside(row):
    return [{"row": row, "action": "quarantine"}]


def test_every_picture_that_can_move_can_be_decided_about(review):
    about = review.about(range(review.summary()["pictures"]))
    asked = {one["row"] for question in about["questions"] for one in question["pictures"]}
    limited = {one.path for one in review.audit.findings if one.validator == "over-limit"}
    unread = {one["path"] for one in about["pictures"] if not one["digest"]}
    left = {one["path"] for one in about["pictures"] if one["row"] not in asked}
    assert left == limited | unread


def test_a_picture_that_nothing_was_found_about_is_set_aside_by_hand(review, data_set):
    row = free_row(review)
    question = chosen(review, row)
    path = question["pictures"][0]["path"]
    assert save(review, answer(question, aside(row)))[1]
    assert review.summary()["by_hand"] == 1
    assert path in {
        move.path for moves in cleaning.plan_cleaning(data_set).moves.values() for move in moves
    }
    again = Review(load_audit(data_set))
    assert chosen(again, row)["answer"]["decisions"][0]["action"] == "quarantine"
    assert save(again, answer(question, [], "entry-0001"), entry="entry-0002")[1]
    assert again.summary()["by_hand"] == 0


def test_a_decision_by_hand_is_about_the_picture_that_was_seen(review):
    row = free_row(review)
    question = chosen(review, row)
    another = next(one["row"] for one in review.about(range(row + 1, row + 40))["pictures"])
    with pytest.raises(RefusedRequestError, match="no such question"):
        save(review, answer(question, aside(another)))


def test_what_a_queue_asks_about_is_not_decided_by_hand(review):
    row = first_of(review, "unportable-name")["pictures"][0]["row"]
    question = chosen(review, free_row(review))
    with pytest.raises(RefusedRequestError, match="no such question"):
        save(review, answer(question, aside(row)))


def test_another_window_hears_of_a_decision_by_hand(review, data_set):
    other = Review(load_audit(data_set))
    question = chosen(review, free_row(review))
    save(review, answer(question, aside(question["pictures"][0]["row"])))
    heard = other.changes(0)["answers"]
    assert heard[question["key"]]["decisions"][0]["row"] == question["pictures"][0]["row"]


def test_a_decision_by_hand_that_was_carried_out_is_shown_as_recorded(review, data_set):
    row = free_row(review)
    question = chosen(review, row)
    save(review, answer(question, [{"row": row, "action": "keep"}]))
    cleaning.plan_cleaning(data_set).apply()
    (path,) = {one["path"] for one in question["pictures"]}
    again = Review(load_audit(data_set))
    (now,) = again.browser.rows_of({path}).values()
    assert chosen(again, now)["recorded"] == "keep"
    assert (again.summary()["by_hand"], again.summary()["carried_out"]["number"]) == (0, 1)


def test_a_view_shows_what_was_decided(review):
    question = first_of(review, "copies")
    save(review, answer(question))
    by_action = {}
    for one in question["suggested"]:
        by_action.setdefault(one["action"], set()).add(one["row"])
    for action, rows in {**by_action, "any": set.union(*by_action.values())}.items():
        shown = review.pictures(View(decided=action), 0, 500)
        assert {one["row"] for one in shown["pictures"]} == rows
    save(review, answer(question, [], "entry-0001"), entry="entry-0002")
    assert review.pictures(View(decided="any"), 0, 500)["total"] == 0


def test_a_picture_with_a_repair_and_another_finding_can_be_kept_and_fixed(review):
    asked = [
        (queue, question)
        for queue in review.summary()["queues"]
        if not queue["repairs"]
        for question in review.questions(queue["key"], 0, 100)["questions"]
        if question["fixes"]
    ]
    assert asked, "practice has no such picture"
    _, question = asked[0]
    fix = [{"row": question["pictures"][0]["row"], "action": "fix"}]
    assert save(review, answer(question, fix))[1]
