"""All pictures in the browser: any of them is reached, filtered, selected and looked at."""

import json

from review_pages import actions, standing

from catsclean import cleaning
from catsclean.reviewing.browsing import View

MANY = 1_000_000


def sat_down(sit_down, server):
    desk = sit_down(server, "#/browse")
    desk.page.wait_for_selector(".cell[aria-posinset='1'] img[src]", state="attached")
    return desk


def shown(desk):
    """Paths of the pictures on the screen, once all of them are written."""
    desk.page.wait_for_function(
        "() => [...document.querySelectorAll('.cell .path')]"
        ".every(one => !one.checkVisibility() || one.textContent)"
    )
    return desk.page.locator(".cell:visible .path").all_inner_texts()


def counted(desk, number):
    desk.wait_for(".tools output", f"{number} picture")


def test_filters_and_names_leave_what_matches(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    counted(desk, review.summary()["pictures"])
    desk.page.get_by_label("Label", exact=True).select_option("Dog")
    desk.page.get_by_label("Found", exact=True).select_option("unportable-name")
    desk.page.wait_for_function(
        "() => [...document.querySelectorAll('.cell:not([hidden]) .path')]"
        ".every(one => one.textContent.startsWith('Dog/'))"
    )
    assert shown(desk)
    desk.page.get_by_label("Name", exact=True).fill("no such name")
    counted(desk, 0)


def test_a_measure_sorts_and_a_part_of_it_is_chosen_with_the_keyboard(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.get_by_label("Sort", exact=True).select_option("brightness")
    low = desk.page.get_by_label("At least")
    low.focus()
    for _ in range(20):
        desk.press("ArrowRight")
    desk.page.wait_for_function(
        "all => parseInt(document.querySelector('.tools output').textContent) < all",
        arg=review.summary()["pictures"],
    )
    assert "least=" in desk.requests[-1] or any("least=" in one for one in desk.requests)
    desk.page.get_by_role("button", name="Darkest first").click()
    desk.page.get_by_role("button", name="Brightest first").wait_for()
    assert desk.complaints == []


def test_the_last_of_a_million_pictures_is_reached_with_few_cells(at_work, sit_down):
    review, server = at_work
    one = review.browser.picture(6)
    desk = sit_down(server)

    def many(route):
        query = dict(part.split("=") for part in route.request.url.split("?")[1].split("&"))
        first = int(query["from"])
        rows = range(first, min(first + int(query["n"]), MANY))
        pictures = [{**one, "path": f"Cat/{row}.jpg"} for row in rows]
        route.fulfill(json={"total": MANY, "pictures": pictures})

    desk.page.route("**/api/pictures*", many)
    desk.go("#/browse")
    desk.page.wait_for_selector(".cell[aria-posinset='1'] img[src]", state="attached")
    desk.press("End")
    desk.page.wait_for_selector(f".cell[aria-posinset='{MANY}'] img[src]", state="attached")
    last = desk.page.locator(f".cell[aria-posinset='{MANY}']")
    box, grid = last.bounding_box(), desk.page.locator(".grid").bounding_box()
    assert grid["y"] <= box["y"]
    assert box["y"] + box["height"] <= grid["y"] + grid["height"] + 1
    assert desk.page.locator(".cell").count() < 100
    desk.press("Home")
    desk.page.wait_for_selector(".cell[aria-posinset='1'] img[src]", state="attached")


def test_a_click_opens_a_large_picture_with_its_facts(at_work, sit_down):
    _, server = at_work
    desk = sat_down(sit_down, server)
    path = desk.page.locator(".cell[aria-posinset='7']").get_attribute("aria-label").split(",")[0]
    desk.page.locator(".cell[aria-posinset='7']").click()
    desk.wait_for("#large-title", path.rsplit("/", 1)[-1])
    desk.press("ArrowRight")
    desk.wait_for(".position", "8 of")
    desk.press("Escape")
    assert desk.page.evaluate("document.activeElement.className").startswith("grid")


def test_what_a_question_is_about_can_be_decided_for_a_selection(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.get_by_label("Found", exact=True).select_option("unportable-name")
    total = next(q["total"] for q in review.summary()["queues"] if q["key"] == "unportable-name")
    counted(desk, total)
    desk.page.locator(".grid").focus()
    desk.press("Home", "Space", "Shift+End")
    desk.wait_for(".chosen .said", f"{total} pictures selected")
    desk.page.locator(".chosen button", has_text="Set aside").wait_for()
    desk.press("x")
    desk.wait_for("#saved", f"{total} decided, all saved")
    assert {next(iter(actions(one).values())) for one in standing(review).values()} == {
        "quarantine"
    }
    desk.press("u")
    desk.wait_for("#saved", "0 decided, all saved")


def alone(review, desk, fits):
    """Show one picture whose question fits, by its name; return it."""
    about = review.about(range(review.summary()["pictures"]))
    by_row = {one["row"]: question for question in about["questions"]
              for one in question["pictures"]}  # fmt: skip
    paths = [one["path"] for one in about["pictures"]]
    one = next(
        one
        for one in about["pictures"]
        if fits(by_row.get(one["row"])) and sum(one["path"] in path for path in paths) == 1
    )
    desk.page.get_by_label("Name", exact=True).fill(one["path"])
    desk.page.wait_for_selector(".cell[aria-setsize='1']")
    desk.page.locator(".grid").focus()
    return one


def is_by_hand(question):
    return question is not None and question["queue"] == ""


def set_aside(desk):
    """Select the picture that the keys are at, and set it aside."""
    desk.press("Space")
    desk.page.locator(".chosen button", has_text="Set aside").wait_for()
    desk.press("x")
    desk.wait_until_saved()


def test_a_picture_that_nobody_asks_about_is_decided_in_the_selection(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    one = alone(review, desk, is_by_hand)
    set_aside(desk)
    ((answer),) = standing(review).values()
    assert actions(answer) == {one["path"]: "quarantine"}
    desk.wait_for(".cell[data-question='quarantine'] .decided", "×")
    desk.press("u")
    desk.wait_until_saved(0)


def test_a_picture_that_nobody_asks_about_is_decided_in_the_large_view(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    one = alone(review, desk, is_by_hand)
    desk.press("Enter")
    desk.page.locator(".large .actions button", has_text="Keep").wait_for()
    desk.press("a")
    desk.wait_for(".large .answer", "keep")
    desk.press("Escape")
    desk.wait_until_saved()
    assert actions(*standing(review).values()) == {one["path"]: "keep"}


def test_an_answer_is_undone_in_the_large_view(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    alone(review, desk, is_by_hand)
    desk.press("Enter")
    desk.page.locator(".large .actions button", has_text="Keep").wait_for()
    for undo in ("u", "Control+z"):
        desk.press("a")
        desk.wait_for(".large .answer", "keep")
        desk.press(undo)
        desk.page.wait_for_selector(".large .answer", state="detached")
    desk.wait_until_saved(0)
    assert standing(review) == {}


def test_another_filter_lets_go_of_what_was_selected(at_work, sit_down):
    _, server = at_work
    desk = sat_down(sit_down, server)
    desk.page.locator(".grid").focus()
    desk.press("Home", "Space")
    desk.wait_for(".chosen .said", "1 picture selected")
    desk.page.get_by_label("Label", exact=True).select_option("Dog")
    desk.page.wait_for_selector(".chosen", state="hidden")


def test_a_picture_without_a_label_gets_one(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    about = review.about(range(20))["questions"]
    one = next(one["pictures"][0] for one in about
               if is_by_hand(one) and not one["pictures"][0]["label"])  # fmt: skip
    desk.page.locator(f".cell[aria-posinset='{one['row'] + 1}']").click()
    desk.page.locator(".large .actions button", has_text="Relabel").wait_for()
    desk.press("r")
    desk.page.locator("dialog input").fill("Dog")
    desk.press("Enter")
    desk.wait_until_saved()
    assert actions(*standing(review).values()) == {one["path"]: "Dog"}
    plan = cleaning.plan_cleaning(review.audit.state)
    assert [(move.path, move.label) for move in plan.relabels] == [(one["path"], "Dog")]


def test_a_decision_about_a_chosen_picture_is_undone_after_the_page_was_loaded_again(
    at_work, sit_down
):
    review, server = at_work
    desk = sat_down(sit_down, server)
    alone(review, desk, is_by_hand)
    desk.press("Space")
    desk.page.locator(".chosen button", has_text="Keep").wait_for()
    desk.press("a")
    desk.wait_until_saved()
    desk.page.reload()
    desk.wait_until_saved()
    desk.page.locator(".grid").focus()
    desk.press("u")
    desk.wait_until_saved(0)
    assert standing(review) == {}


def test_what_was_decided_can_be_shown_alone(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    one = alone(review, desk, is_by_hand)
    set_aside(desk)
    desk.page.get_by_label("Name", exact=True).fill("")
    desk.page.get_by_label("Decided", exact=True).select_option("quarantine")
    counted(desk, 1)
    desk.page.wait_for_selector(".cell[aria-setsize='1']")
    assert shown(desk) == [one["path"]]


def test_a_picture_that_never_moves_says_so(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    alone(review, desk, lambda question: question is None)
    desk.press("Space")
    desk.wait_for(".chosen .said", "Nothing can be decided")
    assert desk.page.locator(".chosen button").count() == 1
    desk.press("x")
    desk.press("Enter")
    desk.wait_for(".large-side", "Nothing can be decided about it")
    assert desk.posted == []


def test_a_line_around_points_of_the_map_selects_these(at_work, sit_down):
    review, server = at_work
    labels = review.summary()["labels"]
    points = [[row, 40 + 10 * (row % 40), 40 + 10 * (row // 40), 0] for row in range(60)]
    desk = sit_down(server)
    answer = {"width": 640, "height": 420, "points": points, "labels": [[labels[0], 60]],
              "total": 60}  # fmt: skip
    desk.page.route("**/api/map", lambda route: route.fulfill(body=json.dumps(answer)))
    desk.go("#/browse")
    desk.page.locator(".toggle", has_text="Map").click()
    box = desk.page.locator(".lasso").bounding_box()
    mouse = desk.page.mouse
    corners = [(5, 5), (95, 5), (95, 70), (5, 70)]
    for at, (x, y) in enumerate(corners):
        mouse.move(box["x"] + x / 640 * box["width"], box["y"] + y / 420 * box["height"])
        if at == 0:
            mouse.down()
    mouse.up()
    desk.wait_for(".chosen .said", "12 pictures selected")


def test_what_is_decided_is_marked_on_its_picture(at_work, sit_down):
    review, server = at_work
    desk = sat_down(sit_down, server)
    [question, *others] = review.questions("unportable-name", 0, 100)["questions"]
    desk.page.get_by_label("Found", exact=True).select_option("unportable-name")
    # until the filter is at work, the first picture is another one
    counted(desk, 1 + len(others))
    first = f".cell[aria-posinset='1'][aria-setsize='{1 + len(others)}']"
    desk.page.wait_for_selector(f"{first}[data-question='open']")
    desk.page.locator(".grid").focus()
    desk.press("Home", "Space")
    desk.wait_for(".chosen .said", "1 has an open question")
    desk.press("x")
    desk.wait_for(".cell[data-question='quarantine'] .decided", "×")
    desk.wait_for(".chosen .said", "1 is decided")
    desk.wait_for("#saved", "1 decided, all saved")
    assert list(actions(standing(review)[question["key"]]).values()) == ["quarantine"]
    assert "set aside" in desk.page.get_attribute(".cell[data-question='quarantine']", "aria-label")


def test_the_address_holds_what_is_shown(at_work, sit_down):
    review, server = at_work
    dogs = review.browser.pictures(View(label="Dog"), 0, 1)["total"]
    desk = sat_down(sit_down, server)
    desk.page.get_by_label("Label", exact=True).select_option("Dog")
    desk.page.get_by_label("Sort", exact=True).select_option("size_bytes")
    desk.page.wait_for_function("location.hash === '#/browse?label=Dog&sort=size_bytes'")
    desk.wait_for(".histogram output", " (1 %) … ")
    counted(desk, dogs)
    desk.page.reload()
    counted(desk, dogs)
    assert desk.page.get_by_label("Label", exact=True).input_value() == "Dog"
    desk.page.get_by_role("button", name="Smallest first").wait_for()
    assert desk.complaints == []


def show_group(desk, review, number=1):
    """Show the pictures of a group of copies, and no other; return its question."""
    question = review.questions("copies", number, 1)["questions"][0]
    pictures = {"pictures": question["pictures"], "total": len(question["pictures"])}
    desk.page.route("**/api/pictures*", lambda route: route.fulfill(json=pictures))
    desk.go("#/browse")
    desk.page.wait_for_selector(".cell[aria-posinset='1'][data-question='open']")
    return question


def test_a_copy_is_marked_and_leads_to_the_question_of_its_group(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server)
    show_group(desk, review)
    desk.page.locator(".cell[aria-posinset='2']").click()
    desk.wait_for(".large-side .main", "Which copy stays?")
    desk.press("a", "x")  # all copies are not decided about from one of them
    desk.press("Enter")
    desk.wait_for("main .at", "2 of")
    assert desk.heading() == "Which copy stays?"
    assert desk.posted == []
    desk.press("Enter")
    desk.wait_until_saved()
    desk.go("#/browse")
    desk.wait_for(".cell[aria-posinset='1'] .decided", "✓")
    desk.wait_for(".cell[aria-posinset='2'] .decided", "×")
    assert desk.complaints == []


def test_copies_that_are_selected_lead_to_their_question_and_are_not_decided(at_work, sit_down):
    review, server = at_work
    desk = sit_down(server)
    show_group(desk, review)
    desk.page.locator(".grid").focus()
    desk.press("Home", "Space", "Shift+End")
    desk.wait_for(".chosen .said", "asked about with their copies")
    assert desk.page.locator(".chosen button", has_text="Set aside").count() == 0
    desk.press("x")
    desk.page.get_by_role("button", name="Go to their question").click()
    desk.wait_for("main .at", "2 of")
    assert desk.posted == []
