"""Decisions by keys alone: each ends up in the journal, can be taken back, and is made once."""

import pytest
from review_pages import actions, questions_of, standing, waiting


def decided(desk, number):
    desk.wait_for("#saved", f"{number} decided, all saved")


def test_keys_alone_decide_everything_that_waits_with_one_key_each(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server)
    total = sum(queue["total"] for queue in waiting(review))
    keys = 0
    while desk.heading() != "Nothing waits for you":
        suggests = desk.page.locator(".bar .main").count() > 0
        key = "Enter" if suggests else "1" if "label" in desk.heading() else "a"
        before = desk.page.inner_text("#spoken")
        desk.press(key)
        keys += 1
        desk.page.wait_for_function(
            "before => document.getElementById('spoken').textContent !== before", arg=before
        )
    decided(desk, total)
    assert keys <= 1.02 * total
    assert len(standing(review)) == total
    assert desk.complaints == []


def test_what_is_suggested_is_what_enter_does(at_work, sit_down):
    review, server = at_work
    [question, *_] = questions_of(review, "copies")
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("h1", "Which copy stays?")
    desk.press("Enter")
    desk.wait_until_saved()
    stays, *others = [one["path"] for one in question["pictures"]]
    assert actions(standing(review)[question["key"]]) == {
        stays: "keep", **dict.fromkeys(others, "quarantine")
    }  # fmt: skip


def test_a_label_is_chosen_by_its_number_and_the_best_copy_with_it_stays(at_work, sit_down):
    review, server = at_work
    [question, *_] = questions_of(review, "label-conflict")
    desk = sit_down(server, "#/decide/label-conflict")
    desk.wait_for("h1", "Which label is right?")
    labels = review.summary()["labels"]
    best = next(one for one in question["pictures"] if one["label"] == labels[1])
    shown = desk.page.locator(".bar .wide")
    assert [text.split("\n") for text in shown.all_inner_texts()] == [
        [f"It is {label}", str(number)] for number, label in enumerate(labels, 1)
    ]
    assert desk.page.locator(".picture .about > kbd").count() == 0
    desk.press("2")
    desk.wait_until_saved()
    found = actions(standing(review)[question["key"]])
    assert [path for path, action in found.items() if action == "keep"] == [best["path"]]
    assert len(found) == len(question["pictures"])


def test_a_label_that_no_copy_has_goes_to_the_best_copy(at_work, sit_down):
    review, server = at_work
    [question, *_] = questions_of(review, "label-conflict")
    desk = sit_down(server, "#/decide/label-conflict")
    desk.wait_for("h1", "Which label is right?")
    desk.press("r", *"Fox", "Enter")
    desk.wait_until_saved()
    found = actions(standing(review)[question["key"]])
    assert found[question["pictures"][0]["path"]] == "Fox"


def test_undo_returns_to_the_question_and_opens_it_again(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("h1", "Which copy stays?")
    first = desk.page.inner_text("main .at")
    desk.press("Enter")
    desk.wait_for("#saved", "1 decided, all saved")
    desk.press("Control+z")
    desk.wait_for("#saved", "0 decided, all saved")
    assert desk.page.inner_text("main .at") == first
    assert standing(review) == {}


def test_undo_goes_back_to_an_earlier_queue(at_work, sit_down):
    review, server = at_work
    last = waiting(review)[0]
    desk = sit_down(server, f"#/decide/{last['key']}")
    desk.wait_for("h1", "Which label is right?")
    for _ in range(last["total"]):
        desk.press("1")
    desk.page.wait_for_selector(f"[data-queue='{last['key']}'].done")
    assert desk.heading() != "Which label is right?"
    desk.press("u")
    desk.wait_for("h1", "Which label is right?")
    desk.wait_for("main .at", f"{last['total']} of {last['total']}")


def test_later_goes_on_without_a_decision_and_back_returns(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("main .at", "1 of")
    desk.press("j", "l")
    desk.wait_for("main .at", "3 of")
    desk.press("k")
    desk.wait_for("main .at", "2 of")
    assert standing(review) == {}


def test_a_key_that_is_held_down_decides_once(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("main .at", "1 of")
    for _ in range(20):
        desk.page.keyboard.down("x")  # repeats, as Playwright says, until it is let go
    desk.page.keyboard.up("x")
    desk.wait_for("#saved", "1 decided, all saved")
    assert len(standing(review)) == 1


def test_keys_faster_than_the_disk_lose_nothing(at_work, sit_down, monkeypatch):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("main .at", "1 of")
    total = review.questions("unportable-name", 0, 1)["total"]
    desk.press(*["a", "x"] * (total // 2))
    decided(desk, total // 2 * 2)
    entries = [body["entry"] for body in desk.posted]
    assert len(set(entries)) == total // 2 * 2
    verdicts = [next(iter(actions(one).values())) for one in standing(review).values()]
    assert verdicts == ["keep", "quarantine"] * (total // 2)


def test_different_pictures_are_remembered_as_such(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("h1", "Which copy stays?")
    desk.press("d")
    desk.wait_until_saved()
    [answer] = standing(review).values()
    assert answer["different"] is True
    assert set(actions(answer).values()) == {"keep"}


def test_a_new_label_is_typed_and_one_that_cannot_be_is_refused(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    desk.press("r", *"a/b", "Enter")
    desk.wait_for(".fault", "slash")
    desk.page.fill("#label-text", "")
    desk.press(*"Owl", "Enter")
    desk.wait_for("#saved", "1 decided, all saved")
    [answer] = standing(review).values()
    assert list(actions(answer).values()) == ["Owl"]


def test_a_label_is_chosen_by_its_number(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    [question, *_] = questions_of(review, "unportable-name")
    labels = review.summary()["labels"]
    other = next(one for one in labels if one != question["pictures"][0]["label"])
    desk.press("r", str(labels.index(other) + 1))
    desk.wait_for("#saved", "1 decided, all saved")
    assert list(actions(standing(review)[question["key"]]).values()) == [other]


def test_pictures_of_a_large_group_are_marked_one_by_one(at_work, sit_down):
    review, server = at_work
    found = [
        (queue["key"], at, question)
        for queue in review.summary()["queues"]
        for at, question in enumerate(questions_of(review, queue["key"]))
        if len(question["pictures"]) > 2
    ]
    if not found:
        pytest.skip("the practice folder has no group of three")
    key, at, question = found[0]
    desk = sit_down(server, f"#/decide/{key}")
    desk.page.wait_for_selector("main .stage")
    desk.press(*["j"] * (at - review.questions(key, 0, 1)["first"]))
    desk.wait_for("main .at", f"{at + 1} of")
    looks = desk.page.locator("main .look")
    pressed = [looks.nth(i).get_attribute("aria-pressed") for i in range(looks.count())]
    looks.nth(1).click()
    assert looks.nth(1).get_attribute("aria-pressed") != pressed[1]
    desk.page.locator(".bar .main").click()
    desk.wait_until_saved()
    assert len(actions(standing(review)[question["key"]])) == len(question["pictures"])


def test_keys_that_are_turned_off_decide_nothing_also_after_the_page_is_loaded_again(
    at_work, sit_down
):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    desk.press("?")
    desk.page.locator("#keys-on").uncheck()
    desk.press("Escape")
    desk.page.reload()
    desk.wait_for("h1", "Keep it?")
    desk.press("Enter", "x", "a", "j")
    assert desk.page.inner_text("main .at").startswith("1 of")
    assert desk.posted == []
    assert standing(review) == {}


def test_the_next_pictures_are_fetched_before_they_are_asked_about(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("main .at", "1 of")
    ahead = questions_of(review, "unportable-name")[1]["pictures"][0]
    desk.page.wait_for_load_state("networkidle")
    assert any(f"/p/640/{ahead['row']}?" in url for url in desk.requests)


def test_a_file_without_a_picture_says_why_nothing_is_shown(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/zero-length-by-itself")
    desk.wait_for(".stage .none", "The file is empty")
    assert desk.page.locator(".stage .fit").inner_text() == "The file is empty"


def with_questions(monkeypatch, review, change):
    """Let the server say something else about each of its questions."""
    ask = review.questions

    def changed(queue, start, number):
        found = ask(queue, start, number)
        for question in found["questions"]:
            change(question)
        return found

    monkeypatch.setattr(review, "questions", changed)


def test_enter_decides_after_a_queue_was_clicked(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    desk.page.locator("[data-queue='copies']").click()
    desk.wait_for("h1", "Which copy stays?")
    desk.page.wait_for_function("document.activeElement.id === 'main'")
    desk.press("Enter")
    desk.wait_until_saved()
    assert len(standing(review)) == 1


def test_without_a_suggestion_enter_decides_nothing_and_says_so(at_work, sit_down, monkeypatch):
    review, server = at_work
    with_questions(monkeypatch, review, lambda question: question.update(suggested=[]))
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    assert desk.page.locator(".bar .main").count() == 0
    desk.press("Enter")
    desk.wait_for(".notice", "A keeps, X sets aside")
    assert desk.posted == []
    desk.press("x")
    desk.wait_until_saved()


def test_what_fix_repairs_is_folded_and_left_to_it(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/wrong-extension")
    desk.wait_for("main .why", "catsclean fix can repair it")
    desk.wait_for("#rail summary", "Repaired by fix")
    assert desk.page.locator("#rail > [data-queue='wrong-extension']").count() == 0
    assert desk.page.locator(".bar button").first.inner_text().startswith("Fix")
    assert desk.page.locator(".bar button", has_text="24 at once").count() == 0
    desk.press("j")
    desk.wait_for("main .at", "2 of")
    assert desk.posted == []


def test_what_else_was_found_stands_under_a_picture(at_work, sit_down, monkeypatch):
    review, server = at_work
    notes = ["blurry: nothing fine", "a border"]
    with_questions(
        monkeypatch, review, lambda question: question["pictures"][-1].update(notes=notes)
    )
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("h1", "Which copy stays?")
    assert desk.page.locator(".picture").last.locator(".note").all_inner_texts() == notes


def test_what_an_answer_did_is_shown_for_a_moment(at_work, sit_down):
    review, server = at_work
    [question, *_] = questions_of(review, "copies")
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("h1", "Which copy stays?")
    desk.press("Enter")
    stays, other = [one["path"] for one in question["pictures"]]
    desk.wait_for("#given", f"Kept {stays}, set {other} aside · U undoes")
    desk.page.wait_for_selector("#given:empty", state="attached")


def test_a_pair_is_described_with_the_numbers_of_its_pictures(at_work, sit_down):
    review, server = at_work
    [question, *_] = questions_of(review, "copies")
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("main .why", "Picture 2 is an altered copy of picture 1: ")
    said = desk.page.locator(".picture").last.locator(".message").inner_text()
    assert said == question["pictures"][1]["message"]


def test_all_copies_with_two_labels_are_set_aside_after_a_confirmation(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server, "#/decide/label-conflict")
    desk.wait_for("h1", "Which label is right?")
    desk.press("x")
    desk.wait_for("dialog[open] h2", "aside?")
    assert desk.posted == []
    desk.press("Enter")
    desk.wait_until_saved()
    [answer] = standing(review).values()
    assert set(actions(answer).values()) == {"quarantine"}


def test_keys_that_are_turned_off_are_not_shown(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    assert desk.page.locator(".bar kbd").first.is_visible()
    desk.press("?")
    desk.page.locator("#keys-on").uncheck()
    desk.press("Escape")
    assert not desk.page.locator(".bar kbd").first.is_visible()


def test_a_long_name_is_cut_in_the_middle(at_work, sit_down, monkeypatch):
    review, server = at_work
    path = f"Cat/{'a' * 200}_0001.jpg"
    with_questions(monkeypatch, review, lambda question: question["pictures"][0].update(path=path))
    desk = sit_down(server, "#/decide/unportable-name")
    shown = desk.page.locator(".stage .path").first
    assert shown.get_attribute("title") == path
    assert shown.text_content() == path
    tail = shown.locator(".tail")
    assert tail.inner_text() == "_0001.jpg"
    assert tail.bounding_box()["width"] > 50


@pytest.mark.parametrize("key", ["f", "Enter"])
def test_a_picture_is_left_to_fix_by_a_decision(at_work, sit_down, key):
    review, server = at_work
    desk = sit_down(server, "#/decide/wrong-extension")
    desk.wait_for("main .why", "catsclean fix can repair it")
    desk.press(key)
    desk.wait_until_saved()
    (answer,) = standing(review).values()
    assert set(actions(answer).values()) == {"fix"}
    desk.press("k")
    desk.wait_for("main .answer", "Answered: fix it")
    desk.wait_for(".picture .tag", "fix repairs it")


def test_what_fix_cannot_repair_is_not_left_to_it(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("h1", "Keep it?")
    desk.press("f")
    desk.wait_for(".notice", "fix has no repair for this")
    assert desk.page.locator(".bar button", has_text="Fix").count() == 0
    assert desk.posted == []


def test_a_picture_with_a_repair_and_another_finding_is_kept_and_fixed(at_work, sit_down):
    review, server = at_work
    queue, at, _ = next(
        (queue["key"], at, question)
        for queue in review.summary()["queues"]
        if not queue["repairs"]
        for at, question in enumerate(questions_of(review, queue["key"]))
        if question["fixes"]
    )
    desk = sit_down(server, f"#/decide/{queue}")
    desk.wait_for(".at", "1 of")
    desk.press(*["j"] * at)
    desk.page.locator(".bar button", has_text="Keep and fix").wait_for()
    desk.press("f")
    desk.wait_until_saved()
    (answer,) = standing(review).values()
    assert set(actions(answer).values()) == {"fix"}
