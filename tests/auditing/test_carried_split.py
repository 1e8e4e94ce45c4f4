"""A new audit keeps the split that the user saved, or says why it does not."""

import io
import shutil

import pytest
from pictures import draw, make_dataset
from rich.console import Console

import catsclean
from catsclean.reports import terminal
from catsclean.reports.notebook import render_notebook
from catsclean.reports.tally import saved_split_line


def audit(root):
    return catsclean.audit(root, workers=1, content=False)


def split_of(root):
    table = catsclean.load_audit(root).manifest.table
    used = table[table["split"].notna()]
    return dict(zip(used["path"], used["split"], strict=True))


@pytest.fixture
def pets(tmp_path):
    """A data set of sixteen pictures with a saved split."""
    root = make_dataset(tmp_path / "Pets", {"Cat": 8, "Dog": 8})
    catsclean.split(audit(root), {"val": 0.25}, seed=0).save()
    return root


def one_in(root, name):
    return next(path for path, split in split_of(root).items() if split == name)


def test_an_audit_of_unchanged_pictures_keeps_the_split(pets):
    before = split_of(pets)
    assert len(before) == 16
    again = audit(pets)
    assert split_of(pets) == before
    assert saved_split_line(again) == (
        "16 of 16 samples keep their saved split."
        f" To forget it: catsclean split {again.state.arguments} --forget."
    )
    assert saved_split_line(again) in render_notebook(again)
    console = Console(file=io.StringIO(), width=200)
    terminal.show(again, console)
    assert saved_split_line(again) in console.file.getvalue()
    # the next split knows what it was asked, so that it deals out only what is new
    assert catsclean.split(again, {"val": 0.25}, seed=0).save() is None
    assert split_of(pets) == before


def test_a_new_picture_has_no_split_and_a_removed_one_needs_none(pets):
    before = split_of(pets)
    gone = one_in(pets, "val")
    (pets / gone).unlink()
    draw(77).save(pets / "Cat/new.jpg")
    said = saved_split_line(audit(pets))
    assert said.startswith(
        "15 of 16 samples keep their saved split, 1 new or changed one has none. To add it"
    )
    assert "catsclean split" in said
    assert split_of(pets) == {path: name for path, name in before.items() if path != gone}


def test_a_copy_of_a_picture_in_a_split_gets_none(pets):
    before = split_of(pets)
    shutil.copy(pets / one_in(pets, "val"), pets / "Cat/copy.jpg")
    audit(pets)
    assert split_of(pets) == before


def test_a_picture_that_changed_has_no_split_any_more(pets):
    before = split_of(pets)
    changed = one_in(pets, "val")
    draw(88).save(pets / changed)
    said = saved_split_line(audit(pets))
    assert "15 of 16 samples keep their saved split, 1 new or changed one has none" in said
    assert split_of(pets) == {path: name for path, name in before.items() if path != changed}
    catsclean.split(pets, {"val": 0.25}, seed=0).save()
    assert "16 of 16 samples keep their saved split. " in saved_split_line(audit(pets))


def test_groups_that_the_audit_joins_are_never_divided(tmp_path):
    """The split was made while near copies were not looked for, so they lie on both sides."""
    root = make_dataset(tmp_path / "Pets", {"Cat": 8, "Dog": 8})
    for number in range(8):
        draw(number).save(root / f"Cat/small-{number}.jpg", quality=60)
    first = catsclean.audit(root, workers=1, content=False, ignore="near-duplicate")
    catsclean.split(first, {"val": 0.5}, seed=0).save()
    table = audit(root).manifest.table
    groups = table[table["group"].notna()]
    assert groups["group"].nunique() > 5
    assert split_of(root) == {}
    said = saved_split_line(catsclean.load_audit(root))
    assert "of copies would be divided. Split again" in said


def test_copies_that_a_split_was_asked_to_divide_stay_as_they_are(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 8, "Dog": 8})
    for number in range(8):
        draw(number).save(root / f"Cat/small-{number}.jpg", quality=60)
    catsclean.split(audit(root), {"val": 0.5}, seed=0, groups="none").save()
    before = split_of(root)
    audit(root)
    assert split_of(root) == before


@pytest.fixture
def own_splits(tmp_path):
    """A data set with training and validation folders of its own."""
    root = tmp_path / "Pets"
    for start, name in enumerate(("train", "validation")):
        for label in ("Cat", "Dog"):
            for number in range(4):
                place = root / name / label / f"{number}.jpg"
                place.parent.mkdir(parents=True, exist_ok=True)
                draw(start * 100 + number + 50 * (label == "Dog")).save(place)
    return root


@pytest.mark.parametrize("wishes", [{"keep_split": True}, {"shares": {"val": 0.5}}])
def test_a_split_that_was_made_from_the_folders_stays_while_they_do(own_splits, wishes):
    catsclean.split(audit(own_splits), **wishes).save()
    before = catsclean.load_audit(own_splits).manifest.table
    for _ in range(2):
        said = saved_split_line(audit(own_splits))
        assert said.startswith("16 of 16 samples keep their saved split.")
    after = catsclean.load_audit(own_splits).manifest.table
    assert after[[*before.columns]].equals(before)
    # what the folders say is known as well: the next split can keep them, or this can be forgotten
    kept = catsclean.split(own_splits, keep_split=True)
    assert kept.renamed == {"validation": "val"}
    catsclean.splitting.forget_split(own_splits)
    assert split_of(own_splits) == {path: path.partition("/")[0] for path in split_of(own_splits)}


def test_a_picture_that_came_to_a_split_folder_has_no_split_yet(own_splits):
    catsclean.split(audit(own_splits), keep_split=True).save()
    draw(999).save(own_splits / "validation/Cat/new.jpg")
    assert "16 of 17 samples keep their saved split, 1 new" in saved_split_line(audit(own_splits))
    assert "validation/Cat/new.jpg" not in split_of(own_splits)
    catsclean.split(own_splits, keep_split=True).save()
    assert split_of(own_splits)["validation/Cat/new.jpg"] == "val"


def test_a_split_of_other_folders_is_not_kept(own_splits):
    catsclean.split(audit(own_splits), {"val": 0.5}, seed=0).save()
    found = catsclean.audit(own_splits, workers=1, content=False, layout="classes")
    said = saved_split_line(found)
    assert "the folders of the data set say other splits than when it was made" in said
    assert split_of(own_splits) == {}


def test_nothing_is_said_without_a_saved_split(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    assert saved_split_line(audit(root)) == ""
