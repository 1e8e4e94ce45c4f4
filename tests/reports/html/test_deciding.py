"""Choices on the page of a real audit: what is safe, what was decided, what is set aside already."""

import json
from dataclasses import replace

import audits
import pytest
from playwright.sync_api import expect

import catsclean
from catsclean.auditing.save import load_audit
from catsclean.reports.html import render_html

TRUNCATED = "Cat/cut.jpg"


@pytest.fixture
def audit(tmp_path):
    """Exact copies, the same pixels in two files, a truncated file, and pictures of one colour."""
    root = tmp_path / "Pets"
    for number in range(12):
        audits.write_jpeg(root / f"{('Cat', 'Dog')[number % 2]}/{number}.jpg", number, (200, 150))
    data = (root / "Cat/0.jpg").read_bytes()
    (root / "Cat/copy.jpg").write_bytes(data)
    data = (root / "Cat/2.jpg").read_bytes()
    (root / "Cat/remark.jpg").write_bytes(data[:2] + b"\xff\xfe\x00\x06abcd" + data[2:])
    data = (root / "Cat/4.jpg").read_bytes()
    (root / TRUNCATED).write_bytes(data[: len(data) // 2])
    return catsclean.audit(root)


@pytest.fixture
def show(visit, tmp_path):
    """Open the page of an audit."""

    def open_page(audit, **options):
        path = tmp_path / "report.html"
        path.write_text(render_html(audit), encoding="utf-8")
        return visit(path, **options).page

    return open_page


def entries(page, tmp_path):
    with page.expect_download() as waiting:
        page.click("#download")
    waiting.value.save_as(tmp_path / "decisions.json")
    found = json.loads((tmp_path / "decisions.json").read_text())["decisions"]
    return {entry["path"]: entry["action"] for entry in found}


def group(page, name):
    return page.locator(".group", has_text=name)


def test_each_gallery_says_what_its_findings_mean_and_what_to_do(show, audit):
    gallery = show(audit).locator("#v-truncated")
    expect(gallery).to_contain_text("What to do:")
    expect(gallery.locator("code", has_text="catsclean explain truncated")).to_be_visible()


def test_a_safe_copy_leaves_with_clean_and_the_choice_says_so(show, audit):
    page = show(audit)
    expect(group(page, "same-pixels")).to_contain_text("Leave it to clean --apply: 1 set aside")
    expect(page.locator(".decide .safe")).to_contain_text("unless you keep them")


def test_a_file_whose_fix_is_safe_can_be_kept(show, audit, tmp_path):
    page = show(audit)
    card = page.locator("#v-truncated .card")
    expect(card.get_by_label("Set aside by clean")).to_be_checked()
    card.get_by_label("Keep", exact=True).check()
    expect(page.locator("#status")).to_contain_text("1 safe kept")
    assert entries(page, tmp_path)[TRUNCATED] == "keep"
    plan = catsclean.plan_cleaning(audit, tmp_path / "decisions.json")
    assert TRUNCATED in {kept.path for kept in plan.kept_back}


def test_what_was_decided_before_is_chosen_counted_and_not_written_again(show, audit, tmp_path):
    paths = ["Cat/2.jpg", "Cat/remark.jpg", TRUNCATED]
    catsclean.plan_cleaning(audit, select="blurry", keep=paths).apply()
    page = show(catsclean.audit(audit.root))
    expect(group(page, "same-pixels").get_by_label("Keep all, as you decided")).to_be_checked()
    expect(page.locator("#v-truncated .card").get_by_label("Keep", exact=True)).to_be_checked()
    expect(page.locator("#status")).to_have_text("Nothing waits for you")
    assert set(entries(page, tmp_path)) == {"Cat/0.jpg", "Cat/copy.jpg"}
    page.check("#filter-open")
    expect(page.locator("#filtered")).to_have_text("Nothing matches.")


def test_another_decision_than_before_is_written(show, audit, tmp_path):
    catsclean.plan_cleaning(audit, select="blurry", keep=[TRUNCATED]).apply()
    page = show(catsclean.audit(audit.root))
    page.locator("#v-truncated .card").get_by_label("Set aside").check()
    assert entries(page, tmp_path)[TRUNCATED] == "quarantine"


def test_what_a_clean_set_aside_since_is_told_shown_and_not_asked_about(show, audit):
    catsclean.plan_cleaning(audit).apply()
    page = show(load_audit(audit.state))
    run = catsclean.cleaning_log(audit.root)[0].run
    expect(page.locator(".since")).to_contain_text(
        f"3 files were set aside by run {run} since this audit."
    )
    assert page.locator("input[type=radio]").count() == 0
    # the thumbnails come from the quarantine
    assert group(page, "exact-duplicate").locator("img").count() == 2
    assert group(page, "exact-duplicate").locator(".away").count() == 1


def test_what_is_left_of_a_group_is_asked_about_where_another_finding_is(show, audit):
    finding = audits.find("blurry", "Cat/0.jpg")
    catsclean.plan_cleaning(audit, select="exact-duplicate").apply()
    page = show(replace(audit, findings=(*audit.findings, finding)))
    expect(page.locator("#v-blurry .card").get_by_label("Set aside")).to_be_visible()


def test_nothing_is_told_of_a_clean_that_was_undone(show, audit):
    catsclean.plan_cleaning(audit).apply()
    catsclean.undo(audit.root)
    assert show(load_audit(audit.state)).locator(".since").count() == 0


def test_the_suggested_of_all_groups_in_view_are_kept_at_once(show, audit, tmp_path):
    page = show(audit)
    page.get_by_role("button", name="Keep the suggested").click()
    expect(group(page, "same-pixels").locator("[data-best] .one input")).to_be_checked()
    assert sorted(entries(page, tmp_path).values()) == ["keep", "keep", "quarantine", "quarantine"]


def test_a_choice_is_taken_back(show, audit):
    page = show(audit)
    page.get_by_role("button", name="Keep the suggested").click()
    page.keyboard.press("Control+z")
    expect(group(page, "same-pixels").get_by_label("Leave it to clean")).to_be_checked()


def test_decisions_that_were_saved_go_on_in_a_new_page(show, audit, tmp_path):
    page = show(audit)
    page.get_by_role("button", name="Keep the suggested").click()
    page.locator("#v-truncated .card").get_by_label("Keep", exact=True).check()
    before = entries(page, tmp_path)
    page.reload()
    page.set_input_files("#load", tmp_path / "decisions.json")
    expect(page.locator("#told")).to_contain_text("5 decisions loaded")
    assert entries(page, tmp_path) == before


def test_what_the_page_does_not_ask_about_is_listed_and_not_lost(show, audit, tmp_path):
    table = audit.manifest.table.set_index("path")
    decided = [
        {"path": "Dog/5.jpg", "action": "quarantine", "sha256": table.at["Dog/5.jpg", "sha256"]},
        {"path": TRUNCATED, "action": "keep", "sha256": "0" * 64},
        {"path": 3},
    ]
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": "Pets"}
    path = tmp_path / "given.json"
    path.write_text(json.dumps({**document, "decisions": decided}))
    page = show(audit)
    page.set_input_files("#load", path)
    told = page.locator("#told")
    expect(told).to_contain_text("included in the next download: quarantine Dog/5.jpg")
    expect(told).to_contain_text(f"the file has changed: {TRUNCATED}")
    expect(told).to_contain_text("not a decision")
    found = entries(page, tmp_path)
    assert found["Dog/5.jpg"] == "quarantine"
    assert TRUNCATED not in found


def test_a_safe_file_that_was_decided_against_is_set_aside_in_the_page_again(show, audit, tmp_path):
    sha256 = audit.manifest.table.set_index("path").at[TRUNCATED, "sha256"]
    entry = {"path": TRUNCATED, "action": "quarantine", "sha256": sha256}
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": "Pets"}
    path = tmp_path / "given.json"
    path.write_text(json.dumps({**document, "decisions": [entry]}))
    page = show(audit)
    card = page.locator("#v-truncated .card")
    card.get_by_label("Keep", exact=True).check()
    page.set_input_files("#load", path)
    expect(card.get_by_label("Set aside by clean")).to_be_checked()


def test_a_damaged_journal_does_not_hide_the_page(show, audit):
    run = catsclean.plan_cleaning(audit).apply().run
    (audit.state.quarantine / run / "journal.json").write_text("{")
    expect(show(load_audit(audit.state)).locator(".since")).to_contain_text("catsclean log")


def test_decisions_about_another_data_set_are_refused(show, audit, tmp_path):
    path = tmp_path / "given.json"
    path.write_text(
        '{"schema_version":1,"kind":"catsclean-decisions","root":"Cars","decisions":[]}'
    )
    page = show(audit)
    page.set_input_files("#load", path)
    expect(page.locator("#told")).to_contain_text("for another data set: Cars")


def test_decisions_about_a_renamed_data_set_are_loaded(show, audit, tmp_path):
    sha256 = audit.manifest.table.set_index("path").at[TRUNCATED, "sha256"]
    path = tmp_path / "given.json"
    document = {"schema_version": 1, "kind": "catsclean-decisions", "root": "Older"}
    entry = {"path": TRUNCATED, "action": "keep", "sha256": sha256}
    path.write_text(json.dumps({**document, "decisions": [entry]}))
    page = show(audit)
    page.set_input_files("#load", path)
    expect(page.locator("#told")).to_have_text("1 decision loaded")
    expect(page.locator("#v-truncated .card").get_by_label("Keep", exact=True)).to_be_checked()
    path.write_text(json.dumps({**document, "decisions": [{**entry, "sha256": "0" * 64}]}))
    page.set_input_files("#load", path)
    expect(page.locator("#told")).to_contain_text("for another data set: Older")
