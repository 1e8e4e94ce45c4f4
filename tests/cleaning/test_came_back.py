"""An audit that was made while files were in the quarantine does not know them; plans say so."""

import shutil

import pictures
import pytest

import catsclean
from catsclean.auditing.audit import audit
from catsclean.cleaning import plan_cleaning, plan_repairs, undo
from catsclean.reports.plan_lines import since_audit

COPY = "Dog/copy.jpg"
RENAMED = "Cat/png.jpg"
REWRITTEN = "Cat/gif.jpg"


@pytest.fixture
def pets(tmp_path):
    """A set with a copy that a clean takes, and files that a repair renames or writes again."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    shutil.copy(root / "Dog/0.jpg", root / COPY)
    (root / RENAMED).write_bytes(pictures.encode(pictures.draw(9), "PNG"))
    (root / REWRITTEN).write_bytes(pictures.encode(pictures.draw(11), "GIF"))
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


def test_what_is_beside_the_pictures_is_counted_too_so_that_the_sum_is_what_came_back(pets):
    (pets / "Thumbs.db").write_bytes(b"x")
    (pets / "Dog/copy.txt").write_text("beside")
    audit(pets, workers=1, content=False)
    plan_cleaning(pets).apply()
    audit(pets, workers=1, content=False)
    back = undo(pets).restored
    plan = plan_cleaning(pets)
    assert (plan.came_back, plan.came_back_beside) == ((COPY,), ("Dog/copy.txt", "Thumbs.db"))
    assert sorted((*plan.came_back, *plan.came_back_beside)) == sorted(back)


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


def test_an_undone_repair_tells_unknown_bytes_from_old_paths(pets):
    assert plan_repairs(pets).count == 2
    plan_repairs(pets).apply()
    audit(pets, workers=1, content=False)
    undo(pets)
    assert came_back(pets) == (REWRITTEN,)
    cleaned, repaired = plan_cleaning(pets), plan_repairs(pets)
    assert cleaned.old_paths == repaired.old_paths == (RENAMED,)
    said = [one for one in catsclean.split(pets).warnings if "since the last audit" in one]
    assert [one.partition(":")[0] for one in said] == [
        "2 files were changed back since the last audit"
    ]
    audit(pets, workers=1, content=False)
    assert came_back(pets) == plan_cleaning(pets).old_paths == ()


@pytest.mark.parametrize(
    ("unknown", "renamed", "beside", "said"),
    [
        (0, 0, 0, ""),
        (1, 0, 0, "1 file came back since the last audit, which does not know it."),
        (1, 1, 0, "which does not know it; 1 file has its old path again."),
        (0, 2, 0, "2 files have their old paths again, after an undo since the last audit."),
        (0, 0, 2, "2 sidecar or system files came back since the last audit."),
        (9, 3, 1, "3 files have their old paths again; 1 sidecar or system file came back, too."),
    ],
)
def test_the_three_are_counted_apart(unknown, renamed, beside, said):
    line = since_audit(["a.jpg"] * unknown, ["b.jpg"] * renamed, ["c.txt"] * beside)
    assert line.endswith(said)
    assert bool(line) == bool(said)


def test_a_file_that_left_again_did_not_come_back(pets):
    plan_cleaning(pets).apply()
    audit(pets, workers=1, content=False)
    undo(pets)
    (pets / COPY).unlink()
    assert came_back(pets) == ()


def test_a_file_that_was_put_back_by_hand_before_the_audit_is_known(pets):
    data = (pets / COPY).read_bytes()
    plan_cleaning(pets).apply()
    (pets / COPY).write_bytes(data)
    audit(pets, workers=1, content=False)
    undo(pets)
    assert came_back(pets) == ()


def test_a_file_that_came_back_in_place_of_an_audited_one_is_unknown(pets):
    plan_cleaning(pets).apply()
    (pets / COPY).write_bytes(pictures.jpeg(77))
    audit(pets, workers=1, content=False)
    (pets / COPY).unlink()
    undo(pets)
    assert came_back(pets) == (COPY,)


def test_without_the_time_of_the_audit_what_came_back_counts_as_unknown(pets):
    plan_cleaning(pets).apply()
    found = audit(pets, workers=1, content=False)
    undo(pets)
    (found.state.path / "audit.json").unlink()
    assert plan_cleaning(found).came_back == (COPY,)
