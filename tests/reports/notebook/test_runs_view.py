"""Results of clean and undo, and their log, in a notebook."""

import copy
import pickle

import audits
import pytest

import catsclean
from catsclean.cleaning import CleaningResult
from catsclean.cleaning.run_counts import RunCounts
from catsclean.reports.notebook import render_notebook


@pytest.fixture
def plan(tmp_path):
    root = tmp_path / "Pets"
    for n in range(3):
        audits.write_jpeg(root / f"Cat/{n}.jpg", n)
    audit = catsclean.audit(root, workers=1, select="odd-size")
    return catsclean.plan_cleaning(audit, quarantine=["Cat/1.jpg"])


def test_a_clean_says_what_it_did_and_how_to_take_it_back(plan):
    result = plan.apply()
    text = render_notebook(result)
    assert "1 file moved to quarantine" in text
    assert "<bdi>Cat/1.jpg</bdi>" in text
    assert f"catsclean.undo(plan.state, &#34;{result.run}&#34;)" in text


def test_a_picture_with_another_label_moved_and_was_not_changed_in_place(plan):
    relabelled = catsclean.plan_cleaning(plan.state, relabel={"Cat/2.jpg": "Dog"}).apply()
    text = render_notebook(relabelled)
    assert "1 picture relabelled" in text
    assert "Moved to another class (1)" in text
    assert "changed in place" not in text.lower()


def test_a_repair_with_another_ending_was_made_in_place():
    changed = (("Cat/a.jpg", "Cat/a.png"),)
    text = render_notebook(
        CleaningResult("1", (), (), changed=changed, counts=RunCounts(repaired=1))
    )
    assert "1 file repaired" in text
    assert "Changed in place (1)" in text
    assert "another class" not in text


def test_a_clean_without_work_says_so():
    text = render_notebook(CleaningResult(None, (), ()))
    assert "nothing to do" in text
    assert "undo" not in text


def test_files_that_nobody_can_account_for_are_said_loudly():
    text = render_notebook(CleaningResult("1", (), (), planned=2))
    assert "<strong>2 planned files are missing.</strong>" in text


def test_an_undo_says_what_came_back(plan):
    plan.apply()
    assert "1 file restored" in render_notebook(catsclean.undo(plan.state))


def test_the_log_has_a_row_for_every_run(plan):
    first = plan.apply().run
    catsclean.undo(plan.state)
    text = render_notebook(catsclean.cleaning_log(plan.state))
    assert "1 run" in text
    assert f"<bdi>{first}</bdi>" in text
    assert "<bdi>undone</bdi>" in text


def test_an_empty_log_says_never_cleaned(plan):
    assert "never cleaned" in render_notebook(catsclean.cleaning_log(plan.state))


def test_the_log_is_a_tuple_all_the_same(plan):
    plan.apply()
    log = catsclean.cleaning_log(plan.state)
    assert log == tuple(log) == copy.copy(log) == pickle.loads(pickle.dumps(log))
    assert repr(log) == repr(tuple(log))
    assert log[0].moved == 1


def test_a_run_lists_its_files_and_why(plan):
    plan.apply()
    text = render_notebook(catsclean.cleaning_log(plan.state)[0])
    assert "1 moved" in text
    assert "<bdi>Cat/1.jpg</bdi>" in text
    assert "<bdi>decision</bdi>" in text
