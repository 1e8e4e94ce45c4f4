"""What a page says about saving, and what becomes of answers that did not arrive at first."""

import json

from chromium import HANG_MS
from review_pages import actions, cleaning_elsewhere, loaded, questions_of, served, standing

import catsclean
from catsclean.errors import StateError
from catsclean.reviewing.refusals import RefusedRequestError
from catsclean.reviewing.server import serving as serving_module
from catsclean.reviewing.server.guard import Guard

QUEUE = "unportable-name"


def sat_down(sit_down, server):
    desk = sit_down(server, f"#/decide/{QUEUE}")
    desk.wait_for("main .at", "1 of")
    return desk


def test_what_is_not_saved_is_said_and_the_page_warns_before_it_is_left(at_work, sit_down):
    _, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.route("**/api/answers", lambda route: route.abort())
    desk.press("a", "x")
    desk.wait_for("#saved.bad", "2 decisions not saved yet")
    with desk.page.expect_event("dialog", timeout=HANG_MS) as asked:
        desk.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()


def test_a_page_whose_answers_are_saved_is_left_without_a_question(at_work, sit_down):
    _, server = at_work
    desk = sat_down(sit_down, server)
    desk.press("a")
    desk.wait_until_saved()
    asked = []

    def note(dialog):
        asked.append(dialog.type)
        dialog.accept()

    desk.page.on("dialog", note)
    desk.page.goto("about:blank")
    desk.page.remove_listener("dialog", note)  # other tests have the same tab
    assert asked == []


def test_answers_go_out_again_in_their_order_and_count_once(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.route("**/api/answers", lambda route: route.abort())
    desk.press("a", "x", "a")
    desk.wait_for("#saved.bad", "3 decisions not saved yet")
    desk.page.unroute("**/api/answers")
    desk.wait_for("#saved", "3 decided, all saved")
    entries = [body["entry"] for body in desk.posted]
    assert len(set(entries)) == 3
    lines = review.audit.state.decision_journal.read_text().splitlines()
    assert [json.loads(line)["entry"] for line in lines] == list(dict.fromkeys(entries))


def test_an_answer_whose_reply_was_lost_is_not_saved_twice(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    lost = []

    def lose(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    desk.page.route("**/api/answers", lose)
    desk.press("x")
    desk.wait_for("#saved", "1 decided, all saved")
    assert len(desk.posted) == 2
    assert len(review.audit.state.decision_journal.read_text().splitlines()) == 1


def test_a_full_disk_is_said_and_tried_again(at_work, sit_down, monkeypatch):
    review, server = at_work
    desk = sat_down(sit_down, server)

    def refuse(_body):
        raise StateError("cannot save the decision: the disk is full. Make room, and try again.")

    with monkeypatch.context() as patch:
        patch.setattr(review, "save", refuse)
        desk.press("x")
        desk.wait_for("#saved.bad", "the disk is full")
    desk.wait_for("#saved", "1 decided, all saved")
    assert len({body["entry"] for body in desk.posted}) == 1
    assert len(standing(review)) == 1


def test_a_server_that_was_away_finds_the_answers_waiting(data_set, sit_down, monkeypatch):
    guard = None

    def same(app, *more):
        nonlocal guard
        if guard is None:
            guard = Guard(app, *more)
        guard._app = app
        return guard

    monkeypatch.setattr(serving_module, "Guard", same)
    with served(loaded(data_set)) as (_, server):
        port = server.port
        desk = sat_down(sit_down, server)
    desk.press("x", "a")
    desk.wait_for("#saved.bad", "2 decisions not saved yet: catsclean does not answer")
    with served(loaded(data_set), port=port) as (review, _):
        desk.wait_for("#saved", "2 decided, all saved")
        verdicts = [next(iter(actions(one).values())) for one in standing(review).values()]
    assert verdicts == ["quarantine", "keep"]


def test_answers_that_wait_when_the_page_is_closed_arrive(at_work, sit_down, monkeypatch):
    review, server = at_work
    desk = sat_down(sit_down, server)
    held, is_open = [], []
    desk.page.route(
        "**/api/answers", lambda route: route.continue_() if is_open else held.append(route)
    )
    desk.press("x", "a", "x")
    desk.page.wait_for_function("() => document.getElementById('saved').textContent === 'Saving…'")
    while not held:
        desk.page.wait_for_timeout(10)
    is_open.append(True)
    desk.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    held[0].continue_()
    desk.page.wait_for_timeout(10)
    while len(standing(review)) < 3:
        desk.page.wait_for_timeout(10)
    desk.wait_for("#saved", "3 decided, all saved")
    verdicts = [next(iter(actions(one).values())) for one in standing(review).values()]
    assert sorted(verdicts) == ["keep", "quarantine", "quarantine"]


def test_a_second_window_shows_what_changed(at_work, sit_down):
    _, server = at_work
    desk, other = sat_down(sit_down, server), sat_down(sit_down, server)
    desk.press("x")
    desk.wait_until_saved()
    other.wait_for("main .answer", "set aside")
    other.wait_for(".notice", "Answered in another window")
    assert other.heading() == "Keep it?"


def test_who_comes_second_sees_the_answer_of_the_first_in_words(at_work, sit_down):
    review, server = at_work
    desk, other = sat_down(sit_down, server), sat_down(sit_down, server)
    # the second window hears of nothing
    other.page.route("**/api/changes*", lambda route: route.abort())
    desk.press("x")
    desk.wait_until_saved()
    other.press("a")
    other.wait_for(".notice", "Somebody else answered first")
    other.wait_for(".notice", "set aside")
    assert other.page.inner_text("#given") == ""  # it does not say "Kept" beside that
    [answer] = standing(review).values()
    assert list(actions(answer).values()) == ["quarantine"]
    other.page.locator(".notice button", has_text="Look").click()
    other.wait_for("main .answer", "set aside")


def test_an_answer_that_is_refused_is_open_again(at_work, sit_down, monkeypatch):
    review, server = at_work
    desk = sat_down(sit_down, server)

    def refuse(_body):
        raise RefusedRequestError("no such question")

    monkeypatch.setattr(review, "save", refuse)
    desk.press("x")
    desk.wait_for(".notice", "Not saved: no such question")
    desk.wait_for("#saved", "0 decided, all saved")
    assert standing(review) == {}
    assert questions_of(review, QUEUE)[0]["answer"] is None


def test_questions_of_a_new_audit_replace_the_old_ones(at_work, sit_down, data_set):
    review, server = at_work
    desk = sat_down(sit_down, server)
    left = next(one["total"] for one in review.summary()["queues"] if one["key"] == QUEUE)
    paths = [data_set / one["pictures"][0]["path"] for one in questions_of(review, QUEUE)]
    gone = next(path for path in paths if path.exists())  # the names of some are escaped
    gone.unlink()
    catsclean.audit(data_set, content=False)
    desk.wait_for(".notice", "audited or cleaned")
    desk.wait_for(f"[data-queue='{QUEUE}'] .left", str(left - 1))


def test_undo_takes_back_answers_of_before_the_page_was_loaded_again(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    desk.press("a", "x")
    desk.wait_until_saved(2)
    desk.page.reload()
    desk.wait_for("main .at", "3 of")
    desk.press("u")
    desk.wait_until_saved(1)
    desk.wait_for("main .at", "2 of")
    desk.press("u")
    desk.wait_until_saved(0)
    assert standing(review) == {}


def test_why_answers_are_not_saved_is_said_once(at_work, sit_down):
    _, server = at_work
    desk = sat_down(sit_down, server)
    why = "the state folder cannot be written. Trying again."
    desk.page.route("**/api/answers", lambda route: route.fulfill(status=503, body=why))
    desk.press("a")
    desk.wait_for("#saved.bad", "The state folder cannot be written. Trying again.")
    assert desk.page.inner_text("#saved").count("Trying again") == 1
    assert ".." not in desk.page.inner_text("#saved")
    assert desk.page.locator("#name").bounding_box()["width"] > 30
    desk.page.unroute("**/api/answers")
    desk.wait_until_saved()


def test_what_is_being_cleaned_is_said_and_answers_about_others_go_on(at_work, sit_down):
    review, server = at_work
    moved, other = questions_of(review, QUEUE)[:2]
    path = moved["pictures"][0]["path"]
    desk = sat_down(sit_down, server)
    with cleaning_elsewhere(review, path):
        desk.press("a", "x")
        desk.wait_for(".notice", f"Not saved: {path} is being cleaned now.")
        desk.wait_until_saved()
    assert list(standing(review)) == [other["key"]]
    desk.wait_for(".notice", "these are the questions that are left")
    desk.wait_for("main .at", "1 of")
    desk.press("a")
    desk.wait_until_saved(2)
    assert set(standing(review)) == {moved["key"], other["key"]}
