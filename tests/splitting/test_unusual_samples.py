"""Manifests that leave nothing to split or name pictures strangely, and what a split says then."""

import pytest
from pictures import make_dataset

from catsclean.auditing.audit import audit
from catsclean.core.manifest import Manifest
from catsclean.core.state import StateFolder
from catsclean.errors import SplitError, UsageError
from catsclean.splitting import split
from catsclean.splitting.class_counts import describe_left_over
from catsclean.splitting.places import find_places, rows_to_write
from catsclean.splitting.sample_groups import copy_columns


def test_copies_of_one_name_from_three_split_folders_get_three_names(table_of):
    rows = [
        {"path": f"{folder}/Cat/1.jpg", "label": "Cat", "split": "train", "sha256": "ab" * 32}
        for folder in ("one", "three", "two")
    ]
    assert find_places(table_of(rows)) == [
        "train/Cat/1.jpg", "train/Cat/1-abababab.jpg", "train/Cat/1-abababab-2.jpg",
    ]  # fmt: skip


def test_pictures_without_a_label_lie_in_the_folder_of_their_split(table_of):
    rows = [{"path": path, "label": None, "split": "val"} for path in ("1.jpg", "deep/2.jpg")]
    assert find_places(table_of(rows)) == ["val/1.jpg", "val/2.jpg"]


def test_a_manifest_without_splits_leaves_nothing_to_write(pets):
    with pytest.raises(SplitError, match="no sample of the manifest has a split"):
        rows_to_write(pets)


def test_an_empty_manifest_is_said_to_be_empty(pets):
    with pytest.raises(SplitError, match="the manifest has no samples"):
        split(Manifest(pets.table.iloc[:0], pets.root))


def test_pictures_that_only_tensorflow_refuses_are_explained(pets):
    table = pets.table.assign(status="drop", reason="unsupported-by-tensorflow")
    with pytest.raises(SplitError, match="audit with --ignore unsupported-by-tensorflow"):
        split(Manifest(table, pets.root))


def test_groups_of_which_none_match_are_refused(pets):
    with pytest.raises(
        UsageError, match=r"1 of 1 row .* match no sample, such as 'Pets/Cat/1.jpg'"
    ):
        split(pets, {"val": 0.5}, group_by={"Pets/Cat/1.jpg": "a"})


def test_an_earlier_split_that_recorded_no_groups_is_not_followed(pets):
    table = split(pets, {"val": 0.5}, group_by={"Cat/1.jpg": "a", "Cat/2.jpg": "a"}).manifest.table
    without = Manifest(table.drop(columns="split_group"), pets.root)
    again = split(pets, {"val": 0.5}, group_by={"Cat/1.jpg": "a"}, previous=without)
    assert again.moved == 0
    assert any("group" in line for line in again.warnings)


def test_no_earlier_split_may_be_asked_for(pets):
    first = split(pets, {"val": 0.5}, seed=1)
    again = split(pets, {"val": 0.5}, seed=1, previous=None)
    assert list(first.manifest.table["split"]) == list(again.manifest.table["split"])


def test_a_largest_class_beside_folders_that_stay(table_of, manifest_of):
    rows = [{"path": f"test/Cat/{n}.jpg", "label": "Cat", "split": "test"} for n in range(4)]
    rows += [{"path": f"train/Cat/{n}.jpg", "label": "Cat", "split": "train"} for n in range(40)]
    found = split(manifest_of(table_of(rows)), {"val": 0.5}, keep_split=True, max_per_class=10)
    counts = found.manifest.table["split"].value_counts()
    assert counts["test"] == 4
    assert counts.sum() <= 14
    assert sum(found.left_over.values()) == 44 - counts.sum()


def test_without_pixels_only_the_same_bytes_are_the_same_picture(pets):
    table = pets.table[["path", "sha256"]]
    [column] = copy_columns(table, "exact")
    assert column.equals(table["sha256"])


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({}, ""),
        ({"": 1}, "1 sample is left over, in no split"),
        ({"Cat": 2, "Dog": 1}, "3 samples are left over, in no split: 2 of 'Cat', 1 of 'Dog'"),
    ],
)
def test_what_is_left_over_is_said_by_class(left, said):
    assert describe_left_over(left) == said


def test_of_many_classes_the_largest_are_named():
    said = describe_left_over({f"class {number}": number for number in range(1, 20)})
    assert "19 of 'class 19'" in said
    assert said.endswith("more classes")


@pytest.fixture
def audited(tmp_path):
    """Give a small data set that was audited."""
    root = make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    audit(root, workers=1, content=False)
    return root


def test_a_split_is_not_saved_over_the_manifest_of_other_samples(audited):
    halves = split(audited, {"val": 0.5})
    (audited / "Cat/0.jpg").unlink()
    audit(audited, workers=1, content=False)
    state = StateFolder.of(audited)
    before = state.manifest.read_bytes()
    with pytest.raises(SplitError, match="has changed since this split was made"):
        halves.save()
    assert state.manifest.read_bytes() == before
    assert not state.split.exists()


def test_a_state_folder_names_the_samples_to_split(audited, tmp_path):
    assert split(StateFolder.of(audited), {"val": 0.5}).table["samples"].sum() == 6
    with pytest.raises(UsageError, match="audit"):
        split(StateFolder.of(tmp_path))
