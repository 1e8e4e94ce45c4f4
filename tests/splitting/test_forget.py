"""A saved split is forgotten: by the manifest, by the next audit, and by the next split."""

import errno
import os

import pictures
import pytest
from disk_calls import counted

import catsclean
from catsclean.core.state import StateFolder
from catsclean.errors import DatasetError, StateError
from catsclean.reports.tally import saved_split_line
from catsclean.splitting import forget_split


@pytest.fixture
def pets(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 8, "Dog": 8})
    audit(root)
    return root


def audit(root):
    return catsclean.audit(root, workers=1, content=False)


def test_a_saved_split_is_forgotten_and_what_was_written_stays(pets, tmp_path):
    before = catsclean.load_audit(pets).manifest.table
    made = catsclean.split(pets, {"val": 0.25}, seed=1)
    made.write(tmp_path / "written")
    made.save()
    audit(pets)
    assert forget_split(pets) == 16
    loaded = catsclean.load_audit(pets)
    assert list(loaded.manifest.table.columns) == list(before.columns)
    assert loaded.manifest.table["split"].isna().all()
    assert saved_split_line(loaded) == saved_split_line(audit(pets)) == ""
    assert not StateFolder.of(pets).split.exists()
    assert len(list((tmp_path / "written").rglob("*.jpg"))) == 16
    again = catsclean.split(pets, {"val": 0.25}, seed=2)
    assert not [line for line in again.warnings if "earlier split" in line]
    assert forget_split(pets) == 0


def test_the_folders_of_the_data_set_keep_their_splits(tmp_path):
    root = tmp_path / "Pets"
    pictures.make_dataset(root / "train", {"Cat": 8, "Dog": 8})
    for path in sorted((root / "train").glob("*/[67].jpg")):
        target = root / "val" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    audit(root)
    before = catsclean.load_audit(root).manifest.table["split"].astype(str).tolist()
    catsclean.split(root, {"test": 0.25}).save()
    assert forget_split(root) > 0
    assert catsclean.load_audit(root).manifest.table["split"].astype(str).tolist() == before


def test_a_data_set_that_was_never_audited_is_named(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 1})
    with pytest.raises(DatasetError, match="never audited"):
        forget_split(root)


@pytest.mark.parametrize(
    ("code", "advice"), [(errno.EACCES, "Make it writable"), (errno.ENOSPC, "Make room")]
)
def test_an_error_of_the_disk_says_what_helps_and_a_second_call_forgets(pets, code, advice):
    catsclean.split(pets, {"val": 0.25}).save()
    fails = {"unlink": lambda path: code if str(path).endswith("split.parquet") else 0}
    with counted(failing=fails), pytest.raises(StateError, match=advice) as raised:
        forget_split(pets)
    where = str(StateFolder.of(pets).path)
    assert f"cannot write to the state folder {where!r}: {os.strerror(code)}." in str(raised.value)
    assert forget_split(pets) == 16
