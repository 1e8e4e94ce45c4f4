"""What the page says about what the pictures show, as text and in a browser."""

import json
import re
from dataclasses import replace

import audits
import pyarrow as pa
import pytest

from catsclean.core.content_evidence import ContentEvidence
from catsclean.errors import UsageError
from catsclean.reports.html import MapKind, render_html
from catsclean.reports.html.content_map import MOST_POINTS
from catsclean.reports.tally import content_line

SCHEMES = ("light", "dark")


def make(root, *, folders=("Cat", "Dog"), number=30, findings=(), **content):
    """Make the audit of pictures whose content was examined."""
    rows = []
    for at in range(number):
        folder = folders[at % len(folders)]
        path = f"{folder}/{at:02}.jpg" if folder else f"{at:02}.jpg"
        audits.write_jpeg(root / path, at)
        rows.append(audits.row_of(root, path))
    audit = audits.make_audit(root, rows, list(findings))
    audit = replace(audit, content=audits.content_of(rows, **content))
    audits.save_vectors(audit)
    return audit


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    findings = [
        audits.find("likely-mislabelled", "Cat/04.jpg", message="looks like Dog"),
        audits.find("outlier", "Dog/29.jpg", "note", message="far from its nearest ones"),
        audits.find("blurry", "Dog/07.jpg"),
    ]
    root = tmp_path_factory.mktemp("pets") / "Pets"
    return make(
        root, findings=findings, flagged=["Cat/04.jpg"], doubtful=["Dog/07.jpg", "Cat/08.jpg"],
        worth_seeing=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def report(pets, tmp_path_factory):
    path = tmp_path_factory.mktemp("content") / "report.html"
    path.write_text(render_html(pets), encoding="utf-8")
    return path


def part(text, name):
    """Return a section of a page."""
    found = re.search(rf'<section id="{name}".*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def test_it_says_who_judged_the_labels_how_many_and_how_well(pets):
    section = part(render_html(pets), "labels")
    assert "<code>lite0</code> sees, judged 30 labels" in section
    assert "agrees with 87.5% of them (± 1.2%; guessing: 50%)" in section
    assert "It flags 1 label" in section
    assert "After rank 3 it is not worth the time" in section


def test_a_card_shows_both_labels_with_their_probabilities_and_three_neighbours(pets):
    card = part(render_html(pets), "labels").split("<li class=")[1]
    assert '<bdi title="Cat">Cat</bdi></dd><dd class="number">0.25' in card
    assert '<bdi title="Dog">Dog</bdi></strong></dd><dd class="number">0.75' in card
    assert 'severity warning">flagged' in card
    near = part(render_html(pets), "labels").split('<ul class="near">')[1].split("</ul>")[0]
    assert near.count("<img ") == 3


def test_cards_quote_the_name_of_the_network_with_its_probability(pets):
    text = render_html(pets)
    odd = part(text, "odd").split("<li class=")[1]
    assert "<dt>looks like</dt><dd>comic book (0.97)</dd>" in odd
    doubts = {
        path: f"own name for it: tabby cat ({sure})" in card
        for card in part(text, "labels").split("<li class=")
        for path, sure in (("Cat/04.jpg", "0.07"), ("Dog/07.jpg", "0.60"))
        if f"<bdi>{path}</bdi>" in card
    }
    assert doubts == {"Cat/04.jpg": False, "Dog/07.jpg": True}  # too uncertain to help; sure


def test_findings_of_a_ranking_have_no_gallery_as_well(pets):
    text = render_html(pets)
    assert 'id="v-likely-mislabelled"' not in text
    assert 'id="v-outlier"' not in text
    assert '<a href="#labels">likely-mislabelled</a>' in text


def test_classes_that_overlap_are_a_table(pets):
    assert '<bdi title="Cat">Cat</bdi></th><td><bdi title="Dog">Dog</bdi></td>' in part(
        render_html(pets), "content"
    )


def test_a_judge_that_is_hardly_better_than_guessing_is_said_to_be(tmp_path):
    text = render_html(make(tmp_path / "set", doubtful=["Cat/04.jpg"], reliable=False))
    assert "hardly better than guessing" in part(text, "content")
    assert part(text, "labels") == ""


def test_with_no_doubt_there_is_no_list_of_labels(tmp_path):
    text = render_html(make(tmp_path / "set"))
    assert part(text, "labels") == ""
    assert "None stands out" in part(text, "odd")


def test_content_that_was_not_examined_is_said_with_the_reason(tmp_path):
    why = "what the pictures show was not examined: the extra content is not installed"
    loaded = audits.make_audit(tmp_path, [], [], unjudged={"likely-mislabelled": why})
    fresh = replace(loaded, content=ContentEvidence("the extra content is not installed"))
    for audit in (loaded, fresh):
        section = part(render_html(audit), "content")
        assert "was not examined: the extra content is not installed." in section


@pytest.mark.parametrize(
    ("unjudged", "why"),
    [
        ({}, "no validator that needs it was selected. Run: catsclean audit"),
        (
            {"outlier": "what the pictures show was not examined (--no-content)"},
            "the audit ran with --no-content. Run: catsclean",
        ),
    ],
)
def test_content_that_nobody_asked_for_is_said_not_to_be_examined_and_why(tmp_path, unjudged, why):
    text = render_html(audits.make_audit(tmp_path, [], [], unjudged=unjudged))
    assert f"What the pictures show was not examined: {why}" in part(text, "content")


def test_pictures_whose_label_was_not_judged_are_counted_with_the_reason(pets):
    table = pets.content.table
    at = table.schema.get_field_index("not_judged")
    reasons = pa.array(["it has no label"] * 2 + [""] * 28, table.schema.types[at])
    content = replace(pets.content, table=table.set_column(at, table.schema.field(at), reasons))
    judge = {**content.facts["judge"], "judged": 28}
    facts = {**content.facts, "judge": judge}
    audit = replace(pets, content=content, summary={**pets.summary, "content": facts})
    assert "28 labels (2 were not judged, each because it has no label)" in content_line(audit)
    page = part(render_html(audit), "content")
    assert "Not judged: 2 pictures, each because it has no label." in page


def test_the_pictures_of_a_flat_folder_have_no_labels_to_check(tmp_path):
    text = render_html(make(tmp_path / "set", folders=("",), worth_seeing=2))
    assert "No label was judged: the pictures have no labels." in part(text, "content")
    assert "no label</bdi>" in part(text, "content")
    assert part(text, "labels") == ""
    assert "The first 2 pictures stand out" in part(text, "odd")
    assert "After rank 2 the list is not worth the time" in part(text, "odd")


def test_the_page_of_many_pictures_and_classes_is_within_its_limits(tmp_path):
    audit = make(tmp_path / "set", number=4)
    rows = [
        {**audits.row_of(audit.root, "Cat/00.jpg"), "path": f"c{n % 1000}/{n}.jpg", "label": f"c{n % 1000}"}
        for n in range(6_000)
    ]  # fmt: skip
    content = audits.content_of(rows, flagged=[row["path"] for row in rows[:300]])
    text = render_html(replace(audits.make_audit(audit.root, rows, []), content=content))
    assert len(text.encode()) < 3_000_000
    assert part(text, "content").count("<use ") <= MOST_POINTS + 7
    assert set(re.findall('href="#(k.)"', text)) == set(re.findall('path id="(k.)"', text))
    assert f"Drawn are {MOST_POINTS:,} of 6,000" in text
    assert text.count('<li class="card ranked flagged"') == 100


def test_hostile_names_and_labels_do_nothing(visit, hostile, tmp_path):
    labels = ("<script>alert(1)</script>", "right\u202eto-left", '"><img src=x onerror=alert(1)>')
    table = hostile.manifest.table
    rows = [
        {"path": path, "label": labels[at % 3]} for at, path in enumerate(sorted(table["path"]))
    ]
    content = audits.content_of(rows, flagged=[rows[0]["path"], rows[5]["path"]], worth_seeing=9)
    state = replace(hostile.state, path=tmp_path / "state")
    audit = replace(hostile, content=content, state=state)
    audits.save_vectors(audit)
    path = tmp_path / "report.html"
    path.write_text(render_html(audit), encoding="utf-8")
    visited = visit(path)
    visited.page.locator("#labels [data-like]").first.click()
    visited.page.keyboard.press("Escape")
    visited.page.focus("#plane")
    visited.page.keyboard.press("ArrowRight")
    assert visited.page.locator("#labels .card").count() == 2
    assert visited.complaints == []
    assert visited.foreign_requests == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_violation_with_content(visit, report, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visited = visit(report, color_scheme=scheme, bypass_csp=True)
    result = axe.Axe().run(visited.page)
    assert result.violations_count == 0, result.generate_report()
    visited.page.locator("#labels [data-like]").first.click()
    result = axe.Axe().run(visited.page, "#viewer")
    assert result.violations_count == 0, result.generate_report()


def test_a_telephone_shows_content_without_scrolling_sideways(visit, report):
    visited = visit(report, viewport={"width": 390, "height": 844})
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visited.complaints == []
    assert visited.foreign_requests == []


def test_more_like_this_is_reached_by_the_keyboard_and_leads_to_cards(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    page.focus("#labels .card >> nth=0 >> [data-like]")
    page.keyboard.press("Enter")
    captions = page.locator("#viewer figcaption")
    assert captions.count() > 3
    assert "Cat/04.jpg" in captions.first.inner_text()
    assert re.search(r"Cat/0[26].jpg similarity (1.00|0.9\d)", captions.nth(1).inner_text())
    assert re.search(
        r"Like it, but not on this page: \w+/\d\d.jpg \(\d.\d\d\)",
        page.inner_text("#viewer .beside"),
    )
    page.locator("#viewer button", has_text="To its card").nth(1).press("Enter")
    expect(page.locator(".card:focus")).to_have_count(1)
    assert not page.locator("#viewer").is_visible()


def test_a_page_without_the_vectors_says_that_it_cannot_compare(pets, tmp_path):
    state = replace(pets.state, path=tmp_path)
    text = render_html(replace(pets, state=state))
    assert " data-like=" not in text
    assert "no “More like this”</strong>: the vectors of the audit are not in its" in text


def test_the_map_by_t_sne_has_the_same_points_and_leads_to_the_same_cards(pets):
    pytest.importorskip("sklearn", reason="the extra content is not installed")
    pages = [part(render_html(pets, map_kind=kind), "content") for kind in MapKind]
    usual, tsne = (re.findall(r"<title>(.*?)</title>", page) for page in pages)
    assert sorted(usual) == sorted(tsne)
    cards = [set(re.findall('data-at="(.*?)"', page)) for page in pages]
    assert cards[0] == cards[1]
    assert "placed by t-SNE: pictures that are alike lie together" in pages[1]
    assert "t-SNE" not in pages[0]


def test_the_map_by_t_sne_wants_vectors_and_nothing_is_written_without(pets, tmp_path):
    gone = replace(pets, state=replace(pets.state, path=tmp_path / "state"))
    with pytest.raises(UsageError, match="not in its state folder"):
        gone.save_html(tmp_path / "page.html", map="tsne")
    with pytest.raises(UsageError, match="one of components, tsne"):
        pets.save_html(tmp_path / "page.html", map="globe")
    assert list(tmp_path.iterdir()) == []


def test_the_key_m_shows_more_like_the_card_at_hand(visit, report):
    page = visit(report).page
    page.focus("#odd .card >> nth=0 >> .ask input:checked")
    page.keyboard.press("m")
    assert "Dog/29.jpg" in page.locator("#viewer figcaption").first.inner_text()


def test_arrow_keys_walk_over_the_map_and_enter_goes_to_the_card(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    page.focus("#plane")
    page.keyboard.press("ArrowRight")
    name = page.locator("#plane-name")
    expect(name).to_contain_text("Cat/00.jpg (Cat)")
    page.keyboard.press("ArrowRight")
    expect(name).to_contain_text("Cat/02.jpg")
    page.keyboard.press("ArrowRight")
    expect(name).to_contain_text("goes to its card")
    page.keyboard.press("Enter")
    expect(page.locator("#labels .card:focus .path")).to_contain_text("Cat/04.jpg")


def test_a_point_whose_picture_only_another_card_shows_has_its_thumbnail(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    point = page.locator("#plane use[data-at]:not(.led)").first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#plane-name img")).to_have_count(1)
    expect(page.locator("#plane-name")).to_contain_text("no card on this page")


def test_a_click_on_the_map_goes_to_the_card(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    point = page.locator("#plane use.led", has_text="Cat/08.jpg")
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#labels .card:focus .path")).to_contain_text("Cat/08.jpg")


def test_a_doubtful_picture_without_a_finding_can_be_set_aside_and_is_no_question(
    visit, report, tmp_path
):
    page = visit(report).page
    assert page.inner_text("#status") == "0 of 3 decided"
    page.locator("#labels .card", has_text="Cat/08.jpg").get_by_label("Set aside").check()
    assert page.inner_text("#status") == "0 of 3 decided, 1 other decided"
    with page.expect_download() as waiting:
        page.click("#download")
    waiting.value.save_as(tmp_path / "decisions.json")
    (entry,) = json.loads((tmp_path / "decisions.json").read_text())["decisions"]
    assert (entry["path"], entry["action"]) == ("Cat/08.jpg", "quarantine")


def test_a_doubtful_picture_with_another_finding_is_decided_there(visit, report):
    page = visit(report).page
    card = page.locator("#labels .card", has_text="Dog/07.jpg")
    assert card.locator("a", has_text="decide about it there").get_attribute("href") == "#v-blurry"


def test_filters_hide_rankings_that_do_not_match(visit, report):
    from playwright.sync_api import expect

    page = visit(report).page
    page.select_option("#filter-validator", "likely-mislabelled")
    expect(page.locator("#labels-title")).to_contain_text("1 in view")
    expect(page.locator("#odd")).to_be_hidden()
    expect(page.locator(".sections a[href='#labels'] b")).to_have_text("1")
