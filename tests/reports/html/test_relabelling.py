"""Another label chosen on the page: with the suggestion, or typed."""

import json

import pytest
from embedders import MeanColours, make_colours
from playwright.sync_api import expect

import catsclean
from catsclean.reports.html import render_html

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    root = make_colours(tmp_path_factory.mktemp("relabel") / "Colours", 30, {"red3.jpg"})
    return catsclean.audit(root, embedder=MeanColours())


@pytest.fixture
def page(visit, tmp_path, audit):
    path = tmp_path / "report.html"
    path.write_text(render_html(audit), encoding="utf-8")
    return visit(path).page


def entries(page, tmp_path):
    with page.expect_download() as waiting:
        page.click("#download")
    waiting.value.save_as(tmp_path / "decisions.json")
    return json.loads((tmp_path / "decisions.json").read_text())["decisions"]


def card(page):
    return page.locator("#labels .card", has_text="Blue/red3.jpg")


def test_one_key_gives_the_suggested_label_and_clean_moves_the_picture(page, tmp_path, audit):
    card(page).locator(".ask input").first.focus()
    page.keyboard.press("r")
    expect(card(page).locator("[data-new-label]")).to_be_visible()
    (entry,) = entries(page, tmp_path)
    assert (entry["action"], entry["label"]) == ("relabel", "Red")
    plan = catsclean.plan_cleaning(audit, tmp_path / "decisions.json", select=[])
    assert [(one.path, one.target) for one in plan.relabels] == [("Blue/red3.jpg", "Red/red3.jpg")]


def test_another_label_can_be_typed_and_loaded_again(page, tmp_path):
    card(page).get_by_label("Relabel", exact=True).check()
    card(page).locator("[data-new-label]").fill("Purple <b>")
    (entry,) = entries(page, tmp_path)
    assert entry["label"] == "Purple <b>"
    page.reload()
    page.set_input_files("#load", tmp_path / "decisions.json")
    expect(card(page).locator("[data-new-label]")).to_have_value("Purple <b>")
    expect(card(page).locator('input[value="relabel"]')).to_be_checked()


@pytest.mark.parametrize(
    ("typed", "said"),
    [("../up", "slash"), ("CON", "device"), ("RED", "The class is called Red."), ("train", "split"),
     ("..", "dot")],
)  # fmt: skip
def test_a_class_that_clean_would_refuse_is_not_saved(page, typed, said):
    card(page).get_by_label("Relabel", exact=True).check()
    card(page).locator("[data-new-label]").fill(typed)
    card(page).locator("[data-new-label]").press("Enter")
    expect(card(page).locator(".fault")).to_contain_text(said)
    card(page).locator("[data-new-label]").press("Escape")
    expect(page.locator("#download")).to_be_disabled()


def test_keys_work_again_after_the_text_box_is_left(page):
    card(page).get_by_label("Relabel", exact=True).check()
    for key in ("Enter", "Escape"):
        card(page).locator("[data-new-label]").fill("")
        card(page).locator("[data-new-label]").press(key)
        page.keyboard.press("x")
        expect(card(page).locator('input[value="quarantine"]')).to_be_checked()
        page.keyboard.press("r")


def test_a_label_that_is_empty_decides_nothing(page):
    card(page).get_by_label("Relabel", exact=True).check()
    card(page).locator("[data-new-label]").fill("")
    card(page).locator("[data-new-label]").blur()
    expect(page.locator("#download")).to_be_disabled()
