"""Long lists in pages, and folded galleries: all can be reached, and no choice is lost."""

import json

import pytest
from playwright.sync_api import expect

MOST_PX = 20_000


@pytest.fixture
def page(visit, long_page):
    return visit(long_page).page


def bar(page):
    return page.locator("#copies .pager").first


def in_view(page):
    return page.locator("#copies .group:visible")


def test_a_page_with_hundreds_of_findings_is_not_endless(page):
    assert page.evaluate("document.documentElement.scrollHeight") < MOST_PX


def test_a_long_list_is_shown_in_pages(page):
    expect(in_view(page)).to_have_count(8)
    expect(bar(page).locator("output")).to_have_text("1 to 8 of 119")
    bar(page).get_by_role("button", name="Next").click()
    expect(bar(page).locator("output")).to_have_text("9 to 16 of 119")
    bar(page).get_by_label("Page").select_option("15")
    expect(bar(page).locator("output")).to_have_text("113 to 119 of 119")
    expect(in_view(page)).to_have_count(7)


def test_at_the_last_page_the_button_keeps_the_focus_and_does_nothing(page):
    bar(page).get_by_label("Page").select_option("15")
    on = bar(page).get_by_role("button", name="Next")
    on.focus()
    page.keyboard.press("Enter")
    expect(on).to_be_focused()
    expect(bar(page).locator("output")).to_have_text("113 to 119 of 119")


def test_a_choice_stays_when_the_page_is_turned_and_arrives_in_the_file(page, tmp_path):
    group = in_view(page).first
    path = group.locator("[data-best] .path bdi").text_content()
    group.locator("[data-best] .one input").check()
    bar(page).get_by_role("button", name="Next").click()
    expect(page.locator("#status")).to_contain_text("1 of ")
    page.fill("#filter-text", "blurry")
    page.fill("#filter-text", "")
    expect(bar(page).locator("output")).to_have_text("1 to 8 of 119")
    expect(in_view(page).first.locator("[data-best] .one input")).to_be_checked()
    with page.expect_download() as waiting:
        page.click("#download")
    waiting.value.save_as(tmp_path / "decisions.json")
    found = json.loads((tmp_path / "decisions.json").read_text())["decisions"]
    assert (path, "keep") in {(entry["path"], entry["action"]) for entry in found}


def test_keys_go_on_to_the_next_page(page):
    in_view(page).last.locator(".options input").first.focus()
    page.keyboard.press("j")
    expect(bar(page).locator("output")).to_have_text("9 to 16 of 119")
    expect(in_view(page).first).to_be_focused()
    page.keyboard.press("k")
    expect(bar(page).locator("output")).to_have_text("1 to 8 of 119")


def test_keys_open_a_folded_gallery(page):
    page.locator("#v-unportable-name summary").first.click()
    expect(page.locator("#v-unportable-name .card:visible")).to_have_count(0)
    bar(page).get_by_label("Page").select_option("15")
    in_view(page).last.locator(".options input").first.focus()
    page.keyboard.press("j")
    expect(page.locator("#v-unportable-name .card:focus")).to_be_visible()


def test_a_filter_deals_what_is_left_to_pages_anew(page):
    bar(page).get_by_role("button", name="Next").click()
    page.fill("#filter-text", "Cat/10")
    expect(in_view(page)).to_have_count(5)
    expect(bar(page)).to_be_hidden()
    page.fill("#filter-text", "Cat/1")
    expect(bar(page).locator("output")).to_have_text("1 to 8 of 50")


def test_what_the_browser_finds_on_another_page_is_shown(page):
    other = page.locator("#copies .sheet[hidden=until-found] .group").nth(20)
    path = other.locator(".path bdi").first.text_content()
    other.dispatch_event("beforematch")
    expect(page.locator("#copies .group:visible", has_text=path)).to_have_count(1)


def test_on_paper_the_first_groups_and_all_galleries_are_there(page):
    first = in_view(page).first.get_attribute("id")
    bar(page).get_by_role("button", name="Next").click()
    page.emulate_media(media="print")
    expect(in_view(page)).to_have_count(6)
    expect(page.locator(f"#{first}")).to_be_visible()
    for name in ("blurry", "too-dark"):
        expect(page.locator(f"#v-{name} .card:visible")).to_have_count(8)
    expect(bar(page)).to_be_hidden()


def test_without_scripts_all_groups_are_there(visit, long_page):
    page = visit(long_page, java_script_enabled=False).page
    expect(in_view(page)).to_have_count(119)
    page.locator(".fold:not([open]) > summary").first.click()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_no_violation_in_pages(visit, long_page, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    size = {"width": width, "height": 900}
    visited = visit(long_page, color_scheme=scheme, bypass_csp=True, viewport=size)
    result = axe.Axe().run(visited.page)
    assert result.violations_count == 0, result.generate_report()
