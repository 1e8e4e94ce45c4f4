"""``catsclean verify``: a folder beside its manifest, on the command line."""

import json
import shutil

import pytest
from pictures import draw, make_dataset


@pytest.fixture
def published(tmp_path, run):
    make_dataset(tmp_path / "Pets", {"Cat": 6, "Dog": 6})
    run("audit", "Pets", "-q", "-j", "1", "--no-content")
    run("split", "Pets", "--val", "0.5", "-o", "published")
    return tmp_path / "published"


def test_what_is_as_published_ends_with_zero(published, run):
    done = run("verify", "published/manifest.parquet")
    assert done.returncode == 0
    assert done.stdout.endswith("Nothing is missing, changed or in two splits.\n")
    assert "as the manifest says." in done.stdout


def test_what_is_not_is_listed_and_ends_with_one(published, run):
    gone, changed = sorted(published.glob("*/Cat/*.jpg"))[:2]
    gone.unlink()
    changed.write_bytes(b"other")
    done = run("verify", "published/manifest.parquet")
    assert done.returncode == 1
    assert "Missing (1 file)" in done.stdout
    assert f"{gone.relative_to(published).as_posix()}\tis not there" in done.stdout
    assert "Changed (1 file)" in done.stdout
    assert "Nothing is missing" not in done.stdout


def test_a_split_is_made_again_and_an_audit_would_not_change_its_manifest(published, run):
    min(published.glob("*/Cat/*.jpg")).unlink()
    said = run("verify", "published").stdout
    assert said.endswith(
        f"This is a split of '{published.parent / 'Pets'}'. Restore these files from a copy, or"
        " move this folder away and split again.\n"
    )
    assert "catsclean audit" not in said


def test_a_folder_that_was_audited_is_audited_again_if_its_changes_are_meant(published, run):
    pets = published.parent / "Pets"
    min(pets.glob("Cat/*.jpg")).unlink()
    done = run("verify", "Pets.catsclean")
    assert done.returncode == 1
    assert f"\n  catsclean audit {pets}   record the files" in done.stdout
    run("audit", "Pets", "-q", "-j", "1", "--no-content")
    assert run("verify", "Pets.catsclean").returncode == 0


@pytest.fixture
def leaking(tmp_path, run):
    """An audited data set with its own splits: one test picture is a training picture, too."""
    folders = {"train/Cat": 8, "train/Dog": 8, "test/Cat": 3, "test/Dog": 3}
    root = make_dataset(tmp_path / "Own", folders)
    shutil.copy(root / "train/Cat/0.jpg", root / "test/Cat/copy.jpg")
    run("audit", "Own", "-q", "-j", "1", "--no-content")
    return root


def test_leaks_are_not_to_be_restored_and_an_audit_says_how_to_split_without_them(leaking, run):
    said = run("verify", "Own.catsclean").stdout
    assert said.endswith(
        "Copies in two splits make a score too good: an audit says how to split without them.\n"
        f"  catsclean audit {leaking}   list the copies, and how to split without them\n"
    )
    assert "Restore" not in said
    assert "If the changes are meant" not in said


def test_files_that_nobody_knows_are_to_be_moved_away_or_recorded(published, run):
    pets = published.parent / "Pets"
    draw(99).save(pets / "Cat/new.jpg")
    said = run("verify", "Pets.catsclean").stdout
    assert "\nMove the unknown files away. If the changes are meant, audit again:\n" in said
    assert f"  catsclean audit {pets}   record the files as they are now\n" in said
    assert "Restore" not in said


def test_what_was_added_to_a_split_is_to_be_moved_away(published, run):
    picture = min(published.glob("train/Cat/*.jpg"))
    shutil.copy(picture, published / "val/Cat/copy.jpg")
    said = run("verify", "published").stdout
    assert "Leak (1 file)" in said
    assert said.endswith(
        "Move pictures away that its manifest does not list, or move this folder away and split"
        " again.\n"
    )
    draw(99).save(published / "val/Cat/new.jpg")
    picture.unlink()
    assert run("verify", "published").stdout.endswith(
        "Restore these files from a copy. Move the unknown files away, or move this folder away"
        " and split again.\n"
    )


def test_json_has_every_problem(published, run):
    picture = min(published.glob("*/Cat/*.jpg"))
    picture.unlink()
    found = json.loads(run("verify", "published/manifest.csv", "published", "--json").stdout)
    assert (found["schema_version"], found["is_sound"]) == (1, False)
    path = picture.relative_to(published).as_posix()
    assert found["problems"] == [{"path": path, "kind": "missing", "why": "is not there"}]


def test_a_manifest_that_does_not_exist_is_wrong_usage(run):
    done = run("verify", "nothing.parquet")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_readme_is_named_as_ignored_and_nothing_fails(published, run):
    (published / "README.md").write_text("# Pets")
    done = run("verify", "published/manifest.parquet")
    assert (done.returncode, "1 other file ignored (README.md).\n" in done.stdout) == (0, True)
    assert run("verify", "published/manifest.parquet", "--quiet").stdout == ""
    found = json.loads(run("verify", "published/manifest.parquet", "--json").stdout)
    assert (found["is_sound"], found["ignored"]) == (True, ["README.md"])
