"""The page in a browser: nothing goes wrong, everyone can use it, choices arrive in the file."""

import json
import re

import audits
import pytest

from catsclean.cleaning.decisions import read_decisions
from catsclean.reports.html import render_html

SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    """A set with a group of every kind, pictures to review, and files that are no pictures."""
    root = tmp_path_factory.mktemp("pets") / "Pets"
    rows = {}

    def add(path, seed, data=None):
        native = root / path
        native.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            audits.write_jpeg(native, seed)
        else:
            native.write_bytes(data)
        rows[path] = audits.row_of(root, path)

    for number in range(24):
        add(f"{('Cat', 'Dog')[number % 2]}/{number}.jpg", number)
    add("Cat/copy.jpg", 0, (root / "Cat/0.jpg").read_bytes())
    add("Dog/conflict.jpg", 0, (root / "Cat/2.jpg").read_bytes())
    add("Dog/empty.jpg", 0, b"")
    findings = [
        audits.find("zero-length", "Dog/empty.jpg", "error", "safe", "0 bytes"),
        audits.find("label-conflict", "Cat/2.jpg", "error", related=["Dog/conflict.jpg"]),
        audits.find("label-conflict", "Dog/conflict.jpg", "error", related=["Cat/2.jpg"]),
        audits.find("near-duplicate", "Cat/6.jpg", related=["Cat/4.jpg"]),
        audits.find("near-duplicate", "Cat/8.jpg", related=["Cat/4.jpg"]),
        audits.find("exact-duplicate", "Cat/copy.jpg", fix="safe", related=["Cat/0.jpg"]),
        *(audits.find("low-information", f"Dog/{n}.jpg", message="1.2 bits") for n in (1, 3, 5)),
        audits.find("odd-size", "Cat/10.jpg"),
        audits.find("class-imbalance", None, "note", "none", "12 and 13"),
    ]
    return audits.make_audit(root, list(rows.values()), findings)


@pytest.fixture(scope="module")
def report(pets, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_html(pets), encoding="utf-8")
    return path


def download(visited, tmp_path):
    with visited.page.expect_download() as waiting:
        visited.page.click("#download")
    assert re.fullmatch(
        r"decisions-[\w.-]+-\d{4}-\d\d-\d\d\.json", waiting.value.suggested_filename
    )
    path = tmp_path / "decisions.json"
    waiting.value.save_as(path)
    return path


def decided(visited):
    return visited.page.inner_text("#status")


def digests_of(audit):
    table = audit.manifest.table
    return dict(zip(table["path"], table["sha256"], strict=True))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_opens_without_a_complaint_or_a_request(visit, report, scheme):
    visited = visit(report, color_scheme=scheme)
    visited.page.wait_for_load_state("networkidle")
    assert visited.complaints == []
    assert visited.foreign_requests == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_violation(visit, report, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # axe brings its own script, which the page's policy rightly refuses
    visited = visit(
        report, color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 900}
    )
    for details in visited.page.query_selector_all("details"):
        details.evaluate("element => { element.open = true; }")
    result = axe.Axe().run(visited.page)
    assert result.violations_count == 0, result.generate_report()


def test_it_does_not_scroll_sideways_on_a_telephone(visit, report):
    visited = visit(report, viewport={"width": 390, "height": 844})
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_telephone_neither_the_menu_nor_the_findings_are_cut_off(visit, report):
    page = visit(report, viewport={"width": 390, "height": 844}).page
    for part in (".sections", "#summary .scroll"):
        hidden = page.locator(part).evaluate("box => box.scrollWidth - box.clientWidth")
        assert hidden <= 0, part


def test_on_a_telephone_what_becomes_of_a_copy_is_not_cut_off(visit, report):
    from playwright.sync_api import expect

    page = visit(report, viewport={"width": 390, "height": 844}).page
    badge = page.locator(".member .goes")
    badge.scroll_into_view_if_needed()
    # the browser lays a group out in the frame after the one that scrolls to it
    expect(badge).to_have_text("clean --apply sets it aside", use_inner_text=True)
    cards = (
        "badge => [badge, badge.closest('.member')].map(one => one.getBoundingClientRect().right)"
    )
    right, edge = badge.evaluate(cards)
    assert right < edge


def test_no_question_is_decided_at_first_and_exact_duplicates_are_none(visit, report):
    visited = visit(report)
    assert decided(visited) == "0 of 6 decided"
    group = visited.page.locator(".group", has_text="exact-duplicate")
    assert group.locator("[data-best] .one input").is_checked()


def test_what_is_chosen_arrives_in_a_file_that_clean_accepts(visit, report, pets, tmp_path):
    visited = visit(report)
    page = visited.page
    conflict = page.locator(".group", has_text="label-conflict")
    conflict.locator(".member", has_text="Dog/conflict.jpg").get_by_text("Keep this one").click()
    page.locator(".card", has_text="Dog/3.jpg").get_by_label("Set aside").check()
    page.locator(".card", has_text="Cat/10.jpg").get_by_label("Keep", exact=True).check()
    assert decided(visited) == "3 of 6 decided"
    path = download(visited, tmp_path)
    found = read_decisions(path, pets.root, digests_of(pets))
    assert found.refused == ()
    assert {p: d.action.value for p, d in found.entries.items()} == {
        "Cat/0.jpg": "keep",
        "Cat/copy.jpg": "quarantine",
        "Cat/2.jpg": "quarantine",
        "Dog/conflict.jpg": "keep",
        "Dog/3.jpg": "quarantine",
        "Cat/10.jpg": "keep",
    }
    assert found.entries["Dog/3.jpg"].reason == "low-information"
    assert visited.complaints == []


def test_several_of_a_group_can_be_kept(visit, report, pets, tmp_path):
    visited = visit(report)
    group = visited.page.locator(".group", has_text="near-duplicate")
    group.get_by_text("Choose several").click()
    assert decided(visited) == "0 of 6 decided"
    for name in ("Cat/4.jpg", "Cat/6.jpg"):
        group.locator(".member", has=visited.page.locator("bdi", has_text=name)).locator(
            "[data-keep]"
        ).check()
    assert decided(visited) == "1 of 6 decided"
    entries = json.loads(download(visited, tmp_path).read_text())["decisions"]
    actions = {entry["path"]: entry["action"] for entry in entries}
    assert actions["Cat/4.jpg"] == actions["Cat/6.jpg"] == "keep"
    assert actions["Cat/8.jpg"] == "quarantine"


def test_a_decision_can_be_taken_back(visit, report):
    visited = visit(report)
    group = visited.page.locator(".group", has_text="exact-duplicate")
    group.get_by_text("Leave it to").click()
    assert decided(visited) == "0 of 6 decided"
    assert visited.page.is_disabled("#download")


def test_keys_alone_are_enough(visit, report):
    visited = visit(report)
    page = visited.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#v-odd-size .ask input:checked")
    page.keyboard.press("ArrowLeft")
    assert decided(visited) == "1 of 6 decided"
    assert page.locator("#v-odd-size .card").get_attribute("class") == "card decided leaving"


def test_all_in_view_are_decided_at_once_and_earlier_choices_stay(visit, report):
    visited = visit(report)
    page = visited.page
    page.locator(".card", has_text="Dog/1.jpg").get_by_label("Keep", exact=True).check()
    page.locator("#v-low-information").get_by_role("button", name="Set aside").click()
    assert decided(visited) == "3 of 6 decided"
    assert page.locator("#v-low-information .card.leaving").count() == 2


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("#filter-validator", "low-information", {"Dog/1.jpg", "Dog/3.jpg", "Dog/5.jpg"}),
        ("#filter-text", "dog/3", {"Dog/3.jpg"}),
        ("#filter-label", "Cat", {"Cat/10.jpg"}),
    ],
)
def test_filters_leave_what_matches(visit, report, field, value, shown):
    from playwright.sync_api import expect

    page = visit(report).page
    page.select_option(field, value) if field != "#filter-text" else page.fill(field, value)
    # a function that is waited for would be evaluated, which the page's policy forbids
    expect(page.locator("#filtered")).not_to_have_text("")
    assert set(page.locator(".card:visible .path").all_text_contents()) == shown


def test_filters_are_cleared(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    before = page.locator(".card:visible, .group:visible").count()
    page.select_option("#filter-label", "Cat")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#filtered")).to_have_text("")
    assert page.locator(".card:visible, .group:visible").count() == before


def test_choices_that_were_not_downloaded_are_not_lost_silently(visit, report, tmp_path):
    visited = visit(report)
    visited.page.locator(".card", has_text="Dog/3.jpg").get_by_label("Set aside").check()
    with visited.page.expect_event("dialog") as asked:
        visited.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"


def test_hostile_names_do_nothing_and_arrive_whole(visit, hostile, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render_html(hostile), encoding="utf-8")
    visited = visit(path)
    visited.page.locator("#copies .group").first.get_by_text("Keep all").click()
    found = read_decisions(download(visited, tmp_path), hostile.root, digests_of(hostile))
    assert found.refused == ()
    assert len(found.entries) == 2
    shown = set(visited.page.locator(".path bdi").all_text_contents())
    assert {finding.path for finding in hostile.findings if finding.path} <= shown
    assert visited.complaints == []
    assert visited.foreign_requests == []


def test_counts_in_headings_and_in_the_bar_follow_the_filters(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    page.select_option("#filter-validator", "near-duplicate")
    expect(page.locator("#copies-title")).to_contain_text("1 in view")
    expect(page.locator(".sections a[href='#copies'] b")).to_have_text("1")
    page.fill("#filter-text", "no such name")
    expect(page.locator("#filtered")).to_have_text("Nothing matches.")


def test_the_address_brings_a_filter_back(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    page.select_option("#filter-label", "Cat")
    assert page.url.endswith("#filter?class=Cat")
    page.reload()
    expect(page.locator("#filter-label")).to_have_value("Cat")
    expect(page.locator("#filtered")).to_contain_text("in view")


def test_without_scripts_the_page_says_that_nothing_can_be_chosen(visit, report):
    page = visit(report, java_script_enabled=False).page
    assert page.locator(".without").is_visible()
    assert page.locator("#download").is_hidden()


def test_on_paper_there_are_the_first_of_each_part_and_what_was_chosen(visit, long_page):
    from playwright.sync_api import expect

    page = visit(long_page).page
    page.locator(".group").first.get_by_text("Keep all").click()
    page.emulate_media(media="print")
    assert page.locator(".group:visible").count() == 7  # one conflict, six of duplicates
    assert page.locator("#v-blurry .card:visible").count() == 8
    chosen = page.locator(".group").first.locator(".options label:visible")
    expect(chosen).to_have_text(["Keep all"])
