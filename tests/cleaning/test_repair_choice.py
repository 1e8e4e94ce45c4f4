"""Which files a repair is tried for, and why others stay; no file is opened here."""

import pytest

from catsclean.auditing.baseline import write_baseline
from catsclean.cleaning import plan_cleaning, plan_repairs
from catsclean.core.model import Fix

TAIL = "trailing-data"


def stays(plan):
    assert plan.repairs == ()
    return {kept.path: kept.why for kept in plan.kept_back}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("over-limit", "over a limit: it was not judged, so it is never changed"),
        ("undecodable", "undecodable: clean sets it aside"),
    ],
)
def test_a_picture_with_a_finding_that_no_repair_answers_is_left_alone(audited, other, why):
    audited.find("Cat/0.jpg", TAIL, Fix.NONE).find("Cat/0.jpg", other).save()
    assert stays(plan_repairs(audited)) == {"Cat/0.jpg": why}


def test_a_file_that_the_audit_could_not_read_is_left_alone(audited):
    audited.find("Cat/0.jpg", TAIL, Fix.NONE).save()
    audited.manifest.table.loc[0, "sha256"] = None
    why = "the audit could not read it, so its digest is unknown"
    assert stays(plan_repairs(audited)) == {"Cat/0.jpg": why}


def test_a_picture_that_is_left_to_fix_and_lies_in_the_quarantine_stays_there(audited, tmp_path):
    audited.find("Cat/0.jpg", TAIL, Fix.NONE).save()
    run = plan_cleaning(audited.root, quarantine=["Cat/0.jpg"]).apply().run
    decisions = audited.decide(tmp_path, [audited.entry("Cat/0.jpg", "fix")])
    plan = plan_repairs(audited.root, decisions=decisions)
    assert stays(plan) == {"Cat/0.jpg": f"set aside already, by run {run}"}


def test_a_file_may_leave_to_fix_what_has_nothing_to_repair_and_it_says_so(audited, tmp_path):
    audited.save()
    entries = [audited.entry("Cat/0.jpg", "fix"), audited.entry("Cat/1.jpg", "keep")]
    plan = plan_repairs(audited.root, decisions=audited.decide(tmp_path, entries))
    assert stays(plan) == {"Cat/0.jpg": "nothing was found in it that fix repairs"}


def test_what_was_found_in_it_and_not_selected_is_named(audited, tmp_path):
    audited.find("Cat/0.jpg", TAIL, Fix.NONE).save()
    decisions = audited.decide(tmp_path, [audited.entry("Cat/0.jpg", "fix")])
    plan = plan_repairs(audited.root, "wrong-extension", decisions=decisions)
    assert stays(plan) == {"Cat/0.jpg": f"not selected: {TAIL}"}


def test_what_a_baseline_accepts_is_not_repaired_and_not_counted(audited, tmp_path):
    for path in ("Cat/0.jpg", "Cat/1.jpg"):
        audited.find(path, TAIL, Fix.REVIEW)
    audited.save()
    write_baseline(tmp_path / "baseline.json", audited.manifest, audited.findings[:1])
    accepted = {"baseline": tmp_path / "baseline.json"}
    assert plan_cleaning(audited, **accepted).to_repair == 1
    assert plan_cleaning(audited).to_repair == 2
    assert list(stays(plan_repairs(audited, **accepted))) == ["Cat/1.jpg"]
    decisions = audited.decide(tmp_path, [audited.entry("Cat/0.jpg", "fix")])
    plan = plan_repairs(audited.root, decisions=decisions, **accepted)
    assert stays(plan) == {"Cat/0.jpg": "it is not known where the picture ends"}  # it was tried


def test_a_file_that_is_gone_is_named_when_its_repair_is_tried(audited):
    audited.find("Cat/0.jpg", TAIL, Fix.NONE).save()
    for path in (audited.root / "Cat").iterdir():
        path.unlink()
    (audited.root / "Cat").rmdir()
    assert stays(plan_repairs(audited)) == {
        "Cat/0.jpg": "cannot be read: No such file or directory"
    }
