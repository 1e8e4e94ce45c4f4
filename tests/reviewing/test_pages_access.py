"""Everyone can use it: by keyboard, by ear, in light and dark, on a telephone, enlarged."""

import audits
import pytest
from review_pages import served

VIEWS = {
    "labels": "#/decide/label-conflict",
    "copies": "#/decide/copies",
    "single": "#/decide/unportable-name",
    "by itself": "#/decide/zero-length-by-itself",
    "page of 24": "#/decide/unportable-name/24",
    "browse": "#/browse",
    "do": "#/do",
}
# 200 % of 1280 x 800
SIZES = {"window": (1280, 800), "telephone": (390, 844), "enlarged": (640, 400)}


def violations(desk, context=None):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    result = axe.Axe().run(desk.page, context)
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in result.response["violations"]
    ]


def ready(desk, view):
    desk.go(VIEWS[view])
    place = {"browse": ".cell img[src]", "do": ".doing", "page of 24": ".sheet .card"}
    desk.page.wait_for_selector(place.get(view, ".stage"), state="attached")
    desk.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(
    ("scheme", "size", "views"),
    [
        ("light", "window", VIEWS),
        ("dark", "telephone", VIEWS),
        ("dark", "enlarged", VIEWS),
    ],
)
def test_axe_finds_no_violation_in_any_view(at_work, sit_down, scheme, size, views):
    _, server = at_work
    width, height = SIZES[size]
    # axe brings its own script, which the page's policy rightly refuses
    desk = sit_down(
        server,
        color_scheme=scheme,
        bypass_csp=True,
        viewport={"width": width, "height": height},
    )
    for view in views:
        ready(desk, view)
        assert violations(desk) == [], view
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_axe_finds_no_violation_in_any_dialog(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/copies", bypass_csp=True)
    desk.page.wait_for_selector(".stage")
    for opens in ("?", "c"):
        desk.press(opens)
        desk.page.wait_for_selector("dialog[open]")
        assert violations(desk, "dialog[open]") == []
        desk.press("Escape")
    ready(desk, "single")
    desk.press("r")
    assert violations(desk, "dialog[open]") == []
    desk.press("Escape")
    ready(desk, "browse")
    desk.press("Enter")
    desk.page.wait_for_selector("dialog[open] .large-side .facts")
    assert violations(desk, "dialog[open]") == []


def test_question_suggestion_and_progress_are_read_out(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/copies")
    desk.wait_for("#spoken", "Which copy stays?")
    spoken = desk.page.inner_text("#spoken")
    for part in (" of ", "in Duplicates.", "Suggested: keep "):
        assert part in spoken
    desk.press("Enter")
    desk.wait_for("#spoken", "Keep ")
    assert desk.page.get_attribute("#spoken", "aria-live") == "polite"


def test_the_focus_is_never_lost(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.wait_for("main .at", "1 of")
    desk.page.locator(".bar button", has_text="Keep").click()
    desk.wait_for("main .at", "2 of")
    assert desk.page.evaluate("document.activeElement.id") == "main"
    desk.press("c")
    desk.press("Escape")
    assert desk.page.evaluate("document.activeElement !== document.body")


def test_everything_is_reached_with_the_tab_key(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server, "#/decide/unportable-name")
    desk.page.evaluate("document.activeElement.blur()")
    controls = desk.page.locator("button:visible:not(:disabled), a:visible, summary:visible")
    wanted = {_bare(text) for text in controls.all_text_contents()}
    reached = set()
    for _ in range(2 * controls.count()):
        desk.press("Tab")
        reached.add(_bare(desk.page.evaluate("document.activeElement.textContent")))
    assert wanted <= reached


def _bare(text):
    return "".join(text.split())


def test_it_asks_nobody_else_and_complains_of_nothing(at_work, sit_down):
    _, server = at_work
    desk = sit_down(server)
    for view in VIEWS:
        ready(desk, view)
    assert desk.foreign_requests == []
    assert desk.complaints == []


def test_hostile_names_are_only_ever_text(sit_down, tmp_path):
    audit = audits.hostile_audit(tmp_path / "set")
    with served(audit) as (review, server):
        desk = sit_down(server)
        for queue in review.summary()["queues"]:
            desk.go(f"#/decide/{queue['key']}")
            desk.page.wait_for_selector(".stage")
            for _ in range(queue["total"]):
                shown = desk.page.locator("main .path").first.text_content()
                assert any(
                    one["path"] == shown
                    for question in review.questions(queue["key"], 0, 100)["questions"]
                    for one in question["pictures"]
                )
                desk.press("j")
        ready(desk, "browse")
        desk.press("Enter")
        desk.page.wait_for_selector("dialog[open] .facts")
        assert desk.complaints == []
        assert desk.foreign_requests == []
        assert desk.page.title() == "set: catsclean review"
