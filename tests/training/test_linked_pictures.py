"""Training reads links as far as the user lets them lead."""

import os

import numpy as np
import pytest

import catsclean
from catsclean.core.state import StateFolder
from catsclean.errors import TrainingError
from catsclean.training import dataset, train_baseline
from catsclean.training.data import Pictures
from catsclean.training.pictures import Cut
from catsclean.training.prediction import read_square
from tests.training.conftest import make_folder

CUT = Cut(38)
pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


@pytest.fixture
def linked_split(tmp_path):
    """An audited data set, and its split as symbolic links, audited as well."""
    root = make_folder(tmp_path / "Pets", {"Cat": 8, "Dog": 8})
    audit = catsclean.audit(root, select="file")
    written = catsclean.split(audit, {"val": 0.25}).write(tmp_path / "Pets-split", link="symlink")
    catsclean.audit(written.folder, select="file", follow_links_to=root)
    return written.folder


def squares_of(folder, **options):
    audit = catsclean.load_audit(folder, **options)
    pictures = Pictures(audit.manifest, ["train"], CUT, reach=audit.state.reach())
    return pictures.take(np.arange(len(pictures)))[0]


def test_a_split_of_links_gives_the_pictures_that_they_lead_to(linked_split, tmp_path):
    squares = squares_of(linked_split, follow_links_to=tmp_path / "Pets")
    assert len(squares) == 12
    table = catsclean.load_audit(linked_split).manifest.table
    path = table[table["split"] == "train"]["path"].iloc[0]
    assert np.array_equal(squares[0], read_square((linked_split / path).resolve(), CUT))


def test_a_recorded_audit_gives_no_leave_to_follow_links_out(linked_split):
    with pytest.raises(TrainingError, match=r"train/Cat.*--follow-links-to"):
        squares_of(linked_split)


def test_a_manifest_of_links_can_be_read_without_an_audit(linked_split, tmp_path):
    manifest = catsclean.Manifest.load(linked_split / "manifest.parquet", linked_split)
    state = StateFolder.of(linked_split, tmp_path / "none", follow_links_to=tmp_path / "Pets")
    pictures = Pictures(manifest, ["train"], CUT, reach=state.reach())
    assert len(pictures.take(np.arange(len(pictures)))[0]) == 12


def test_a_target_that_changed_since_the_audit_is_named(linked_split, tmp_path):
    for picture in (tmp_path / "Pets").rglob("*.jpg"):
        picture.write_bytes(picture.read_bytes() + b"x")
    with pytest.raises(TrainingError, match="changed since the audit"):
        squares_of(linked_split, follow_links_to=tmp_path / "Pets")


@pytest.mark.tensorflow
@pytest.mark.usefixtures("keras")
def test_datasets_and_runs_follow_links_into_named_folders(linked_split, tmp_path):
    allowed = tmp_path / "Pets"
    data = dataset(linked_split, "train", size=38, follow_links_to=allowed)
    assert sum(len(labels) for _, labels in data) == 12
    run = train_baseline(linked_split, size=38, epochs=1, batch_size=6, follow_links_to=allowed)
    assert len(run.history) == 1
