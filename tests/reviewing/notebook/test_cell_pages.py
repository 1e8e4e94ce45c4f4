"""The review in a cell, in a browser: keys, answers, several cells, and what stays outside."""

import pytest
from cells import Cell
from review_pages import actions, questions_of, standing, waiting

import catsclean


def files_of(folder):
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


def test_one_key_decides_and_one_takes_it_back(cell, show):
    desk = show(cell)
    review = cell.widget._review
    question = questions_of(review, "label-conflict")[0]
    desk.enter()
    desk.press("1")
    desk.wait_for("#saved", "1 decided, all saved")
    decided = actions(standing(review)[question["key"]])
    assert decided["Cat/" + decided_name(question)] == "keep"
    assert desk.review().locator("#main .at").inner_text().startswith("2 of")
    desk.press("u")
    desk.wait_for("#saved", "0 decided, all saved")
    assert standing(review) == {}
    assert desk.review().locator("#main .at").inner_text().startswith("1 of")
    assert desk.complaints == []


def decided_name(question):
    return next(
        one["path"].removeprefix("Cat/") for one in question["pictures"] if one["label"] == "Cat"
    )


def test_keys_are_taken_only_while_the_focus_is_inside(cell, show):
    desk = show(cell)
    desk.page.locator("input").focus()
    desk.press("1", "Enter", "x")
    assert desk.page.locator("input").input_value() == "1x"
    assert desk.review().locator("#saved").inner_text() == "0 decided, all saved"
    assert standing(cell.widget._review) == {}
    assert desk.page.evaluate("heard") == ["1", "Enter", "x"]


def test_no_key_from_inside_reaches_the_notebook_but_the_one_that_saves_it(cell, show):
    desk = show(cell)
    desk.enter()
    desk.press("b", "d", "d", "Shift+Enter", "Control+b", "?", "Escape", "Control+s")
    assert desk.page.evaluate("heard") == ["s"]
    assert desk.page.evaluate("document.querySelector('[data-lm-suppress-shortcuts]') !== null")


def test_a_cell_leaves_the_focus_where_it_is(cell, show):
    desk = show(cell)
    assert desk.page.evaluate("document.activeElement === document.body")
    desk.page.locator("input").focus()
    cell.widget.send({"id": "nobody"})
    assert desk.page.evaluate("document.activeElement.tagName") == "INPUT"


def test_two_cells_on_one_page_stand_alone_and_hear_of_one_another(cell, show, data_set):
    other = Cell(catsclean.load_audit(data_set))
    desk = show(cell, other)
    desk.enter(0)
    desk.press("a")
    desk.wait_for("#saved", "1 decided", 0)
    assert desk.review(1).locator("#saved").inner_text() == "0 decided, all saved"
    desk.enter(1)
    desk.wait_for("#saved", "1 decided", 1)
    desk.wait_for(".notice", "Answered in another window", 1)
    assert desk.review(0).locator(".notice").count() == 0


def test_single_pictures_are_decided_by_the_page(cell, show):
    desk = show(cell)
    queue = next(one for one in waiting(cell.widget._review) if one["pages"] and one["total"] > 1)
    desk.review().locator(f"[data-queue='{queue['key']}']").click()
    desk.review().locator(".bar").get_by_text("24 at once").wait_for()
    desk.press("s")
    desk.review().locator(".sheet .card").last.wait_for()
    desk.press("Enter")
    desk.wait_for("#saved", f"{queue['total']} decided, all saved")
    assert len(standing(cell.widget._review)) == queue["total"]


def test_copies_are_compared_after_one_is_laid_over_the_other(cell, show):
    desk = show(cell)
    desk.review().locator("[data-queue=copies]").click()
    desk.review().locator("h1", has_text="Which copy stays?").wait_for()
    desk.press("c")
    desk.page.locator(".compare .panes.has-difference").wait_for()
    assert desk.page.locator(".compare .foot tr.differs").count() > 0
    assert (
        "http" not in desk.page.locator(".compare img").first.get_attribute("src").partition(":")[0]
    )
    desk.press("Escape")
    assert desk.page.locator("dialog").count() == 0


def test_a_clean_is_counted_confirmed_done_and_undone(cell, show, data_set):
    desk = show(cell)
    before = files_of(data_set)
    desk.review().locator("[data-tab=do]").click()
    moves = int(desk.review().locator(".tile.error dd").inner_text())
    desk.review().locator(".doing .main").click()
    assert f"{moves} files move to" in desk.page.locator("dialog[open]").inner_text()
    assert files_of(data_set) == before
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", f"{moves} files moved to quarantine")
    assert len(files_of(data_set)) == len(before) - moves
    desk.review().get_by_role("button", name="Undo the last clean").click()
    desk.page.locator("dialog[open] .main").click()
    desk.wait_for(".outcome.good", f"{moves} files restored")
    assert files_of(data_set) == before


def test_it_asks_nobody_for_anything(cell, show):
    desk = show(cell)
    desk.enter()
    desk.press("a", "c")
    desk.page.locator(".compare").wait_for()
    assert [one for one in desk.requests if not one.startswith(("blob:", "data:"))] == []
    assert desk.complaints == []


def test_the_saved_view_gives_way_to_the_review_and_comes_back_after_it(cell, show):
    desk = show(cell)
    saved = desk.page.locator(f".{cell.widget.saved_view}")
    assert not saved.is_visible()
    desk.page.evaluate("ends[0]()")
    assert saved.is_visible()
    assert desk.page.locator(".desk").count() == 0


def test_queues_are_called_in_the_saved_view_as_in_the_review(cell, show):
    desk = show(cell)
    named = desk.review().locator("#rail [data-queue] .what").all_text_contents()
    queues = cell.widget._review.summary()["queues"]
    assert sorted(named) == sorted(queue["title"] for queue in queues)
    text = desk.page.locator(f".{cell.widget.saved_view}").text_content()
    assert all(title in text for title in named)


def test_a_cell_follows_the_theme_around_it(cell, show):
    desk = show(cell)
    scheme = "getComputedStyle(document.querySelector('[data-lm-suppress-shortcuts]')).colorScheme"
    assert desk.page.evaluate(scheme) == "light"
    desk.page.evaluate("document.body.style.background = '#111'")
    desk.page.wait_for_function(f"{scheme} === 'dark'")


@pytest.mark.parametrize("width", [1200, 420])
def test_axe_finds_no_violation_in_a_cell(cell, show, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    desk = show(cell, viewport={"width": width, "height": 900})
    for tab in ("decide", "do"):
        desk.review().locator(f"[data-tab={tab}]").click()
        desk.review().locator("#main:not([aria-busy]) h1").wait_for()
        found = axe.Axe().run(desk.page, "[data-lm-suppress-shortcuts]").response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_kernel_that_answers_again_finds_the_answers_waiting(cell, show, monkeypatch):
    desk = show(cell)
    heard, hear = [], cell.comm.hear
    monkeypatch.setattr(cell.comm, "hear", heard.append)
    desk.enter()
    desk.press("a")
    desk.wait_for("#saved", "Saving")
    monkeypatch.setattr(cell.comm, "hear", hear)
    for message in heard:
        hear(message)
    desk.wait_for("#saved", "1 decided, all saved")
