"""Two pictures in full size: zoomed and moved together, in turns, and what differs."""

from review_pages import questions_of


def compared(review, sit_down, server, queue, wanted):
    """Open the comparison of the first group whose message holds some words."""
    questions = questions_of(review, queue)
    at = next(
        number
        for number, question in enumerate(questions)
        if wanted in question["pictures"][1]["message"]
    )
    desk = sit_down(server, f"#/decide/{queue}")
    desk.press(*["j"] * at)
    desk.wait_for("main .at", f"{at + 1} of")
    desk.press("c")
    desk.page.wait_for_selector("dialog.compare .words:not(:empty)")
    return desk


def boxes(desk):
    """Where both pictures lie, each in its own pane."""
    return desk.page.evaluate(
        "() => [...document.querySelectorAll('.compare .pane')].map(pane => {"
        " const at = pane.getBoundingClientRect(), image = pane.querySelector('img');"
        " const box = image.getBoundingClientRect();"
        " return [box.x - at.x, box.y - at.y, box.width, box.height]; })"
    )


def test_both_are_zoomed_and_moved_together(at_work, sit_down):
    review, server = at_work
    desk = compared(review, sit_down, server, "copies", "")
    whole = boxes(desk)
    desk.press("+", "+", "ArrowRight", "ArrowDown")
    first, second = boxes(desk)
    assert first != whole[0]
    assert max(abs(one - other) for one, other in zip(first, second, strict=True)) <= 1
    pane = desk.page.locator(".pane").last.bounding_box()
    desk.page.mouse.move(pane["x"] + 50, pane["y"] + 80)
    desk.page.mouse.wheel(0, -300)
    desk.page.mouse.down()
    desk.page.mouse.move(pane["x"] + 20, pane["y"] + 60)
    desk.page.mouse.up()
    moved = boxes(desk)
    assert moved[0] != first
    assert max(abs(one - other) for one, other in zip(*moved, strict=True)) <= 1
    desk.press("0")
    assert boxes(desk) == whole


def test_the_difference_of_an_altered_copy_is_shown_aligned(at_work, sit_down):
    review, server = at_work
    desk = compared(review, sit_down, server, "copies", "altered copy")
    difference = desk.page.locator(".compare .differing")
    difference.wait_for(state="attached")
    desk.press("d")
    desk.page.wait_for_selector(".panes.difference.has-difference")
    assert difference.is_visible()
    desk.page.wait_for_selector(".compare button[aria-pressed='true']:has-text('Align')")
    assert desk.page.locator(".compare .foot tr.differs").count() > 0
    desk.press("f")
    desk.page.wait_for_selector(".panes.flicker.turn")
    assert not difference.is_visible()
    assert desk.complaints == []


def test_that_no_pixel_differs_is_said_in_words(at_work, sit_down):
    review, server = at_work
    desk = compared(review, sit_down, server, "copies-by-itself", "same")
    desk.wait_for(".compare .words", "pixel")
    assert "no pixel" in desk.page.inner_text(".compare .words").lower()


def test_without_the_server_pictures_are_laid_on_one_another_as_they_are(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/copies")
    desk.page.route("**/api/difference*", lambda route: route.fulfill(status=404))
    desk.press("c", "d")
    desk.page.wait_for_selector(".panes.difference:not(.has-difference)")
    blended = desk.page.locator(".pane").last.evaluate(
        "pane => getComputedStyle(pane).mixBlendMode"
    )
    assert blended == "difference"


def test_in_a_group_the_picture_at_the_pointer_is_compared_and_numbers_choose_another(
    at_work, sit_down
):
    review, server = at_work
    questions = questions_of(review, "copies-by-itself")
    at = next(i for i, question in enumerate(questions) if len(question["pictures"]) > 2)
    desk = sit_down(server, "#/decide/copies-by-itself")
    desk.press(*["j"] * at)
    desk.wait_for("main .at", f"{at + 1} of")
    desk.page.locator(".look").nth(2).hover()
    desk.press("c")
    desk.wait_for(".compare h2", "Compare 1 with 3")
    desk.press("2")
    desk.wait_for(".compare h2", "Compare 1 with 2")
    shown = desk.page.locator(".compare figcaption .path").all_text_contents()
    assert shown == [one["path"] for one in questions[at]["pictures"][:2]]
    assert desk.complaints == []
