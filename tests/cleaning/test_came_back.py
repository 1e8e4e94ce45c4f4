"""An audit that was made while files were in the quarantine does not know them; plans say so."""

import shutil

import pictures
import pytest

import catsclean
from catsclean.auditing.audit import audit
from catsclean.cleaning import plan_cleaning, plan_repairs, undo

COPY = "Dog/copy.jpg"


@pytest.fixture
def pets(tmp_path):
    """A set with a copy that a clean takes, and a file that a repair renames."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    shutil.copy(root / "Dog/0.jpg", root / COPY)
    (root / "Cat/png.jpg").write_bytes(pictures.encode(pictures.draw(9), "PNG"))
    audit(root, workers=1, content=False)
    return root


def came_back(root):
    cleaned, repaired = plan_cleaning(root).came_back, plan_repairs(root).came_back
    assert cleaned == repaired
    return cleaned


def test_an_undo_after_a_new_audit_is_told(pets):
    plan_cleaning(pets).apply()
    audit(pets, workers=1, content=False)
    assert came_back(pets) == ()
    undo(pets)
    assert came_back(pets) == (COPY,)
    assert any("1 file came back since the last" in one for one in catsclean.split(pets).warnings)


def test_another_audit_knows_the_files_again(pets):
    plan_cleaning(pets).apply()
    audit(pets, workers=1, content=False)
    undo(pets)
    audit(pets, workers=1, content=False)
    assert came_back(pets) == ()


def test_an_undo_of_what_the_last_audit_led_to_changes_the_manifest_back(pets):
    plan_cleaning(pets).apply()
    undo(pets)
    assert came_back(pets) == ()
    assert plan_cleaning(pets).count == 1


def test_the_undo_of_a_repair_is_told_too(pets):
    plan_repairs(pets).apply()
    audit(pets, workers=1, content=False)
    undo(pets)
    assert came_back(pets) == ("Cat/png.jpg",)


def test_a_file_that_left_again_did_not_come_back(pets):
    plan_cleaning(pets).apply()
    audit(pets, workers=1, content=False)
    undo(pets)
    (pets / COPY).unlink()
    assert came_back(pets) == ()
