"""Which files a clean chooses in rare cases."""

import pytest

from catsclean.cleaning import plan_cleaning
from catsclean.cleaning.log import set_aside
from catsclean.cleaning.recorded import read_samples
from catsclean.cleaning.selection import Selection, Wish
from catsclean.core.model import Fix

REVIEW = Fix.REVIEW


def moved(plan):
    return {move.path for moves in plan.moves.values() for move in moves}


def why(plan):
    return {kept.path: kept.why for kept in plan.kept_back}


def near(audited, leaving, staying):
    audited.find(leaving, "near-duplicate", REVIEW, (staying,))
    return audited.save(groups={leaving: "g", staying: "g"})


def test_what_a_person_decided_to_keep_stays_though_another_copy_is_preferred(audited, tmp_path):
    near(audited, "Dog/0.jpg", "Cat/0.jpg")
    decisions = audited.decide(tmp_path, [audited.entry("Cat/0.jpg", "keep")])
    plan = plan_cleaning(audited, decisions, unsafe=True, prefer="Dog/")
    assert moved(plan) == {"Dog/0.jpg"}


def test_a_kept_picture_is_named_only_if_a_finding_asks_for_it_to_leave(audited):
    audited.find("Cat/0.jpg", "multi-frame", Fix.NONE).find("Cat/1.jpg", "blurry", REVIEW).save()
    run = plan_cleaning(audited, keep=["Cat/0.jpg", "Cat/1.jpg"]).apply().run
    assert why(plan_cleaning(audited)) == {"Cat/1.jpg": f"decided: keep, in run {run}"}


def test_a_picture_in_the_quarantine_gets_no_new_label(audited):
    audited.find("Cat/0.jpg", "zero-length").save()
    run = plan_cleaning(audited).apply().run
    plan = plan_cleaning(audited, relabel={"Cat/0.jpg": "Dog"})
    assert plan.refused == (("Cat/0.jpg", f"was set aside by run {run}: restore it"),)
    assert plan.relabels == ()


@pytest.fixture
def junk(audited):
    """Find junk that is no sample, and that is gone by now."""
    audited.find("Cat/Thumbs.db", "system-junk").save()
    return audited


def test_junk_that_is_gone_stays_out_of_the_plan(junk):
    plan = plan_cleaning(junk)
    assert (moved(plan), why(plan)) == (set(), {"Cat/Thumbs.db": "is gone"})


def test_no_file_is_opened_if_only_numbers_are_asked_for(junk):
    samples = read_samples(junk.manifest, junk.findings, junk.state, None)
    wish = Wish(select=None, unsafe=False, counts=True)
    found = Selection(junk.state, samples, junk.findings, None, wish, set_aside(junk.state), {})
    assert [(one.path, one.sha256) for one in found.entries] == [("Cat/Thumbs.db", "")]


def test_a_copy_that_nobody_could_read_is_not_one_to_keep(audited):
    audited.find("Cat/0.jpg", "blurry", REVIEW).save(groups={"Cat/0.jpg": "g", "Cat/1.jpg": "g"})
    audited.manifest.table.loc[1, "sha256"] = None
    (move,) = plan_cleaning(audited, unsafe=True).moves["blurry"]
    assert (move.path, move.keeper) == ("Cat/0.jpg", None)
