"""The page in a browser: pictures large, and keys."""

import audits
import pytest
from playwright.sync_api import expect

from catsclean.reports.html import address_of, render_html


@pytest.fixture
def report(tmp_path):
    """A page beside its data set: two pairs of copies and two pictures to look at."""
    root = tmp_path / "My Pets"
    paths = [f"Cat/{number} #.jpg" for number in range(6)]
    for number, path in enumerate(paths):
        audits.write_jpeg(root / path, number)
    rows = [audits.row_of(root, path) for path in paths]
    findings = [
        audits.find("near-duplicate", paths[1], related=[paths[0]]),
        audits.find("near-duplicate", paths[3], related=[paths[2]]),
        audits.find("blurry", paths[4]),
        audits.find("blurry", paths[5]),
    ]
    path = tmp_path / "report.html"
    audit = audits.make_audit(root, rows, findings)
    path.write_text(render_html(audit, files=address_of(root, path)), encoding="utf-8")
    return path


@pytest.fixture
def page(visit, report):
    visited = visit(report)
    yield visited.page
    assert visited.complaints == []


def test_a_click_shows_all_of_a_group_large(page):
    page.locator(".group .frame img").first.click()
    assert page.locator("#viewer figure:visible").count() == 2
    assert page.locator("#viewer img").first.bounding_box()["height"] > 400


def test_arrows_put_one_in_the_other_s_place_and_arrow_up_brings_all_back(page):
    page.locator(".group .frame img").first.click()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer figcaption:visible")).to_contain_text("1 of 2: Cat/")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer figcaption:visible")).to_contain_text("2 of 2: Cat/")
    page.keyboard.press("ArrowUp")
    assert page.locator("#viewer figure:visible").count() == 2
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()


def test_the_name_opens_the_file_beside_the_page(page, tmp_path):
    page.locator(".card .frame img").first.click()
    link = page.locator("#viewer a")
    assert link.get_attribute("href") == "My%20Pets/Cat/4%20%23.jpg"
    with page.expect_popup() as opened:
        link.click()
    assert opened.value.url == (tmp_path / "My Pets/Cat/4 #.jpg").as_uri()


def test_keys_walk_through_what_is_undecided_and_answer_it(page):
    status = page.locator("#status")
    page.keyboard.press("j")
    page.keyboard.press("2")
    expect(status).to_have_text("1 of 4 decided")
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(status).to_have_text("3 of 4 decided")
    expect(page.locator(".card").first).to_contain_class("leaving")
    page.keyboard.press("j")
    expect(page.locator(".card").last).to_be_focused()
    page.keyboard.press("Control+z")
    expect(status).to_have_text("2 of 4 decided")
    page.keyboard.press("k")
    page.keyboard.press("0")
    expect(status).to_have_text("2 of 4 decided")


def test_keys_do_nothing_while_a_name_is_typed(page):
    page.locator("#filter-text").press_sequentially("jx1?")
    expect(page.locator("#status")).to_have_text("0 of 4 decided")
    expect(page.locator("#help")).to_be_hidden()


def test_a_question_mark_shows_the_keys(page):
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_the_width_of_a_large_window_is_used(page):
    page.set_viewport_size({"width": 1920, "height": 1000})
    assert page.locator("#copies").bounding_box()["width"] > 1600


@pytest.mark.parametrize(
    ("place", "address"),
    [("report.html", "Pets/"), ("Pets.catsclean/report.html", "../Pets/"), ("a/b/c.html", None)],
)
def test_only_a_page_beside_the_data_set_knows_where_it_lies(tmp_path, place, address):
    assert address_of(tmp_path / "Pets", tmp_path / place) == address


@pytest.mark.parametrize("key", ["v", "?"])
def test_axe_finds_no_violation_in_a_dialog(visit, report, key):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(report, bypass_csp=True).page
    page.keyboard.press("j")
    page.keyboard.press(key)
    assert page.locator("dialog[open]").count() == 1
    result = axe.Axe().run(page, context="dialog[open]")
    assert result.violations_count == 0, result.generate_report()
