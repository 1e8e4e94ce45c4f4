"""The page in a browser: links land where they say, and nothing is wider than the window."""

import pytest
from playwright.sync_api import expect

HEADING = "h1, h2, h3, h4, legend"


def wait_until_landed(page, name):
    """Wait until the heading that a link leads to stays close below the sticky bar."""
    page.wait_for_function(
        """([name, heading]) => {
          const target = document.getElementById(name);
          const sections = document.querySelector(".sections").getBoundingClientRect();
          const bar = Math.max(0, sections.bottom);  // on a telephone it scrolls away
          const gap = target.querySelector(heading).getBoundingClientRect().top - bar;
          window.steadyFrames = 0 <= gap && gap < 40 ? (window.steadyFrames ?? 0) + 1 : 0;
          return window.steadyFrames > 20;
        }""",
        arg=[name, HEADING],
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["copies", "galleries", "unseen", "method", "summary"])
def test_the_bar_leads_to_the_headings(visit, long_page, name, width):
    page = visit(long_page, viewport={"width": width, "height": 900}).page
    page.click(f".sections a[href='#{name}']")
    wait_until_landed(page, name)


@pytest.mark.parametrize("name", ["v-odd-size", "v-too-dark"])
def test_the_table_leads_to_the_galleries(visit, long_page, name):
    page = visit(long_page).page
    page.click(f"#summary a[href='#{name}']")
    wait_until_landed(page, name)


def test_a_card_leads_to_the_group_that_decides(visit, long_page):
    page = visit(long_page).page
    link = page.locator(".card a[href^='#g-']:visible").last
    link.scroll_into_view_if_needed()
    link.click()
    wait_until_landed(page, link.get_attribute("href")[1:])


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_name_of_a_class_makes_the_page_wider_than_the_window(visit, wide_page, width):
    page = visit(wide_page, viewport={"width": width, "height": 900}).page
    for details in page.query_selector_all("details"):
        details.evaluate("element => { element.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_in_the_charts_are_cut_in_the_middle_and_whole_in_their_titles(visit, wide_page):
    page = visit(wide_page).page
    names = page.locator(".rows").first.locator(".name")
    shown = names.all_inner_texts()
    assert len(set(shown)) == len(shown) > 20
    assert names.first.get_attribute("title").startswith("class_")


def test_findings_about_classes_are_a_list_and_no_cards(visit, wide_page):
    page = visit(wide_page).page
    assert page.locator("#v-small-class .card").count() == 0
    assert page.locator("#v-small-class .notes li").count() == 300


def test_a_filter_opens_the_list_that_has_what_it_leaves(visit, wide_page):
    page = visit(wide_page).page
    page.fill("#filter-text", "class_123")
    expect(page.locator("#v-small-class .remark:visible")).to_have_count(1)
    expect(page.locator("#v-small-class h4 ~ .muted [data-view]")).to_have_text(" · 1 in view")
