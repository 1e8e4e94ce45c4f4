"""An audit says which files of the last one are gone, unless catsclean moved them."""

import pictures
import pytest

import catsclean
from catsclean.cli import run
from catsclean.core.state import StateFolder


@pytest.fixture
def pets(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 4, "Dog": 4})
    audit(root)
    return root


def audit(root, **more):
    return catsclean.audit(root, content=False, **more)


def gone(root, **more):
    summary = audit(root, **more).summary
    return summary["files_gone"], summary["gone"]


def test_a_deleted_file_is_gone_once(pets):
    (pets / "Cat/1.jpg").unlink()
    (pets / "Dog/2.jpg").unlink()
    assert gone(pets) == (2, ["Cat/1.jpg", "Dog/2.jpg"])
    assert gone(pets) == (0, [])


def test_a_file_under_another_name_is_not_gone(pets):
    (pets / "Cat/1.jpg").rename(pets / "Dog/x.jpg")
    assert gone(pets) == (0, [])


def test_what_catsclean_moved_or_an_audit_leaves_out_is_not_gone(pets):
    catsclean.plan_cleaning(pets, quarantine=["Cat/1.jpg"]).apply()
    assert gone(pets, exclude="Dog/2.jpg") == (0, [])


def test_the_first_audit_has_no_last_one(tmp_path):
    assert gone(pictures.make_dataset(tmp_path / "new", {"Cat": 2, "Dog": 2})) == (0, [])


@pytest.mark.parametrize("format_", ["concise", "table"])
def test_the_audit_says_what_is_gone(pets, capsys, format_):
    (pets / "Cat/1.jpg").unlink()
    run(["audit", str(pets), "--no-content", "--format", format_])
    said = "".join(capsys.readouterr())
    assert "1 file of the last audit is gone: Cat/1.jpg." in said


def test_an_unchanged_set_is_told_without_its_manifest(pets):
    state = audit(pets).state
    state.manifest.write_bytes(b"damaged")
    assert gone(pets) == (0, [])


def test_a_damaged_summary_hides_no_file_that_is_gone(pets):
    state = StateFolder.of(pets)
    (state.path / "audit.json").write_text("{}")
    (pets / "Cat/1.jpg").unlink()
    assert gone(pets) == (1, ["Cat/1.jpg"])
