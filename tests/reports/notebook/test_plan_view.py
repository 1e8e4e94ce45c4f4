"""Plans of clean and fix in a notebook."""

import json
import re

import audits
import pytest
from PIL import Image

import catsclean
from catsclean.reports.notebook import render_notebook


@pytest.fixture
def audit(tmp_path):
    """Two cats, each with a copy, and a dog of one colour."""
    root = tmp_path / "Pets"
    for n in range(2):
        audits.write_jpeg(root / f"Cat/{n}.jpg", n)
        audits.write_jpeg(root / f"Cat/{n}-copy.jpg", n)
    (root / "Dog").mkdir()
    Image.new("RGB", (96, 72), "green").save(root / "Dog/1.jpg")
    return catsclean.audit(root, workers=1, select="exact-duplicate,solid-colour")


def test_it_counts_what_would_move_by_validator(audit):
    text = render_notebook(catsclean.plan_cleaning(audit))
    assert "2 files would move to quarantine" in text
    cells = re.findall(
        r"<bdi>([^<]*)</bdi></td><td[^>]*><bdi>move</bdi></td><td[^>]*>(\d+)</td>", text
    )
    assert cells == [("exact-duplicate", "2")]


def test_it_shows_the_pictures_that_would_move_and_those_that_stay(audit):
    text = render_notebook(catsclean.plan_cleaning(audit))
    shown = re.findall(r'alt="([^"]*)"', text)
    assert shown[:2] == ["Cat/0-copy.jpg", "Cat/1-copy.jpg"]
    assert "copy of Cat/0.jpg" in text
    assert shown[2:] == ["Dog/1.jpg"]
    assert "to review: decide in the review or in the report" in text


def test_its_calls_work_as_they_stand(audit):
    plan = catsclean.plan_cleaning(audit)
    calls = re.findall(r"<code>([^<]*)</code>", render_notebook(plan))
    assert calls == ["plan.apply()", "catsclean.undo(plan.state)", "plan.to_pandas()"]
    done = [eval(call, {"plan": plan, "catsclean": catsclean}) for call in calls]
    assert len(done[0].moved) == len(done[1].restored) == 2


def test_a_plan_of_nothing_offers_nothing_to_apply(audit):
    text = render_notebook(catsclean.plan_cleaning(audit, select=[]))
    assert "0 files would move" in text
    assert "plan.apply()" not in text


def test_a_new_label_is_shown_with_the_old_one(audit):
    text = render_notebook(catsclean.plan_cleaning(audit, relabel={"Dog/1.jpg": "Cat"}))
    assert "1 picture would get another label" in text
    assert "<strong>→ Cat</strong>" in text
    assert "Dog → Cat, decision" in text


def test_a_plan_that_takes_most_of_the_set_warns(audit):
    text = render_notebook(catsclean.plan_cleaning(audit, quarantine="Dog/1.jpg"))
    assert "<strong>That is 3 of 5 files, most of the data set." in text


def test_a_refused_decision_is_named(audit, tmp_path):
    table = audit.manifest.table.set_index("path")
    entry = {"path": "Dog/1.jpg", "action": "relabel", "label": "CON",
             "sha256": table.loc["Dog/1.jpg", "sha256"]}  # fmt: skip
    document = {"schema_version": 2, "kind": "catsclean-decisions", "root": audit.root.name}
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps({**document, "decisions": [entry]}))
    plan = catsclean.plan_cleaning(audit, file)
    [(_, why)] = plan.refused
    text = render_notebook(plan)
    assert "Decisions refused (1)" in text
    assert why.split(":")[0] in text.replace("&#39;", "'")


def test_repairs_are_counted_with_what_they_cost(audit, tmp_path):
    native = audit.root / "Dog" / "2.png"
    audits.write_jpeg(native, 8)
    audit = catsclean.audit(audit.root, workers=1, select="wrong-extension")
    text = render_notebook(catsclean.plan_repairs(audit))
    assert "1 file would be repaired (1 without loss)" in text
    assert "2.jpg; correct-extension: lossless" in text
    assert re.findall(r'alt="([^"]*)"', text) == ["Dog/2.png"]
