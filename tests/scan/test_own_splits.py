"""A split that catsclean wrote is not audited among the pictures that it was made of."""

import json
import os
import shutil

import pictures
import pytest

import catsclean
from catsclean.core.leftovers import SPLIT_MARKER
from catsclean.core.split_marker import is_split
from catsclean.errors import CatscleanError
from catsclean.scan.discover import discover


@pytest.fixture(scope="module")
def written_once(tmp_path_factory):
    """A folder with pictures, and with a split of them that catsclean wrote."""
    home = tmp_path_factory.mktemp("own").resolve() / "home"
    pictures.make_dataset(home / "images", {"Cat": 4, "Dog": 4})
    audit = catsclean.audit(home / "images", content=False, workers=1)
    catsclean.split(audit, {"val": 0.5}).write(home / "images-split")
    return home


@pytest.fixture
def home(written_once, tmp_path):
    return shutil.copytree(written_once, tmp_path.resolve() / "home")


def marker_with(home, **changes):
    path = home / "images-split" / SPLIT_MARKER
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def skipped(root):
    """Say which splits are not entered; all of their files must be missing then, and no others."""
    listing = discover(root)
    found = [path for path, reason in listing.skipped_folders if is_split(reason)]
    inside = [path for path in listing.paths if path.startswith("images-split/")]
    assert bool(found) != bool(inside)
    assert ("images-split" in listing.folders) == bool(inside)
    return found


def test_it_is_left_out_and_always_named_with_the_number_of_its_files(written_once):
    audit = catsclean.audit(written_once, content=False, workers=1)
    assert [path for path in audit.manifest.table["path"] if "split" in path] == []
    named = {one.path: one.message for one in audit.findings if one.validator == "junk-class"}
    assert named["images-split"] == (
        "a split that catsclean wrote from images (12 files; audit it alone), which some loaders"
        " take for a class; skipped"
    )
    assert not [one for one in audit.findings if one.validator == "label-conflict"]
    alone = catsclean.audit(written_once / "images-split", content=False, workers=1)
    assert alone.summary["pictures"] == 8


def test_it_is_left_out_if_both_were_moved(home):
    assert skipped(home) == ["images-split"]


def test_it_is_left_out_where_it_lies_among_the_pictures_themselves(home):
    marker_with(home, root=str(home))
    assert skipped(home) == ["images-split"]


def test_without_the_pictures_that_it_was_made_of_it_is_audited_like_any_folder(home):
    (home / "images").rename(home / "other")
    assert skipped(home) == []


def test_pictures_that_somebody_added_are_not_hidden(home):
    (home / "images-split/train/Cat/mine.jpg").write_bytes(pictures.jpeg(99))
    assert skipped(home) == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"schema_version": 2},
        {"schema_version": None},
        {"root": 7},
        {"root": "\0"},
        {"root": "/"},
        {"root": "images-split"},
        {"root": "images-split/train"},
        {"pictures": True},
        {"pictures": "8"},
        {"pictures": 7},
    ],
)
def test_a_marker_that_cannot_be_trusted_hides_nothing(home, change):
    if change.get("root") in {"images-split", "images-split/train"}:
        change = {"root": str(home / change["root"])}
    marker_with(home, **change)
    assert skipped(home) == []


def test_a_marker_that_is_damaged_hides_nothing(home):
    (home / "images-split" / SPLIT_MARKER).write_text("{")
    assert skipped(home) == []


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_to_a_split_is_no_folder_to_leave_out_in_silence(home, tmp_path):
    (home / "images-split").rename(tmp_path / "elsewhere")
    (home / "images-split").symlink_to(tmp_path / "elsewhere")
    (reason,) = [why for path, why in discover(home).skipped_folders if path == "images-split"]
    assert reason == "a link to a folder outside the data set, not followed"


def test_nothing_but_a_split_is_no_data_set_and_says_what_to_do(home):
    shutil.rmtree(home / "images/Cat")
    shutil.rmtree(home / "images/Dog")
    with pytest.raises(CatscleanError, match="Audit the split alone: 'images-split'"):
        catsclean.audit(home, content=False, workers=1)
