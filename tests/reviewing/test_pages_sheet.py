"""A page of 24: the exceptions are marked, and one key decides about all."""

from review_pages import actions, questions_of, standing

QUEUE = "unportable-name"


def sat_down(sit_down, server):
    desk = sit_down(server, f"#/decide/{QUEUE}/24")
    desk.page.wait_for_selector(".sheet .card")
    return desk


def test_exceptions_are_clicked_and_one_entry_holds_all(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    questions = questions_of(review, QUEUE)
    assert desk.page.locator(".card .message").first.inner_text()
    desk.page.locator(".card").nth(1).click()
    button = desk.page.locator(".bar .main")
    assert button.inner_text().startswith(f"Set 1 aside, keep {len(questions) - 1}")
    button.click()
    desk.wait_for("#saved", f"{len(questions)} decided, all saved")
    [posted] = desk.posted
    assert len(posted["answers"]) == len(questions)
    found = [next(iter(actions(standing(review)[one["key"]]).values())) for one in questions]
    assert found == ["keep", "quarantine"] + ["keep"] * (len(questions) - 2)


def test_keys_alone_mark_and_decide(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, f"#/decide/{QUEUE}")
    desk.wait_for("main .at", "1 of")
    desk.press("s")
    desk.page.wait_for_selector(".sheet .card")
    desk.press("ArrowRight", "ArrowRight", "Space", "Enter")
    questions = questions_of(review, QUEUE)
    desk.wait_for("#saved", f"{len(questions)} decided, all saved")
    found = [next(iter(actions(standing(review)[one["key"]]).values())) for one in questions]
    assert found == ["keep", "quarantine"] + ["keep"] * (len(questions) - 2)


def test_one_undo_takes_the_whole_page_back(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    desk.press("Enter")
    desk.wait_for("#saved", f"{len(questions_of(review, QUEUE))} decided, all saved")
    desk.press("u")
    desk.wait_for("#saved", "0 decided, all saved")
    desk.page.wait_for_selector(".sheet .card")
    assert standing(review) == {}


def test_a_page_that_is_taken_back_has_its_marks_again(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    desk.press("ArrowRight", "ArrowRight", "Space", "Enter")
    total = len(questions_of(review, QUEUE))
    desk.wait_for("#saved", f"{total} decided, all saved")
    desk.press("u")
    desk.wait_for("#saved", "0 decided, all saved")
    desk.wait_for(".bar .main", "Set 1 aside")
    desk.press("Enter")
    desk.wait_for("#saved", f"{total} decided, all saved")
    found = [
        next(iter(actions(standing(review)[one["key"]]).values()))
        for one in questions_of(review, QUEUE)
    ]
    assert found.count("quarantine") == 1


def test_what_leaves_by_itself_is_spared_by_a_click(at_work, sit_down):
    review, server = at_work
    queue = next(
        one
        for one in review.summary()["queues"]
        if one["by_itself"] and one["pages"] and one["total"] > 1
    )
    desk = sit_down(server, f"#/decide/{queue['key']}/24")
    desk.page.locator(".card").first.click()
    text = desk.page.locator(".bar .main").inner_text()
    assert text.startswith(f"Set {queue['total'] - 1} aside, keep 1")
