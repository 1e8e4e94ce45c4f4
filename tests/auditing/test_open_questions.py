"""Splitting and training stop where the audit leaves something open."""

import os
from types import SimpleNamespace

import pictures
import pytest

import catsclean
from catsclean.auditing.open_questions import layout_question, refuse_open_questions
from catsclean.core.state import StateFolder
from catsclean.errors import SplitUsageError, TrainingUsageError
from catsclean.reports import tally
from catsclean.validators.base import Validator

HALF = {"val": 0.5}


class Broken(Validator):
    """Fails, so that the audit is incomplete on every machine and for every user."""

    name = "broken"
    family = "file"

    def judge(self, evidence):
        raise OSError("the disk is gone")


def make_scenes(root, labels=("oak", "elm"), scenes=("leaf", "bark"), count=4):
    """Write the same folders into each class, with pictures that are all different."""
    seed = 0
    for label in labels:
        for scene in scenes:
            (root / label / scene).mkdir(parents=True)
            for number in range(count):
                seed += 1
                (root / label / scene / f"{number}.jpg").write_bytes(pictures.jpeg(seed, (96, 72)))
    return root


@pytest.fixture
def scenes(tmp_path):
    return make_scenes(tmp_path / "trees")


def test_classes_with_the_same_folders_are_not_taken_for_splits(scenes):
    audit = catsclean.audit(scenes, select="file")
    assert audit.manifest.labels == ["elm", "oak"]
    assert audit.manifest.table["split"].isna().all()


def test_nothing_is_split_while_the_classes_are_in_doubt(scenes):
    audit = catsclean.audit(scenes, select="file")
    for data in (audit, scenes, catsclean.load_audit(scenes)):
        with pytest.raises(SplitUsageError, match="--layout classes, or --layout splits") as caught:
            catsclean.split(data, HALF)
        assert "elm, oak the classes, or splits with the classes bark, leaf" in str(caught.value)


@pytest.mark.parametrize(
    ("layout", "labels"), [("classes", ["elm", "oak"]), ("splits", ["bark", "leaf"])]
)
def test_the_layout_that_a_user_names_is_split(scenes, layout, labels):
    audit = catsclean.audit(scenes, select="file", layout=layout)
    made = catsclean.split(audit, HALF)
    assert sorted(made.table["label"].unique()) == labels


def test_folders_that_look_like_data_sets_are_not_split_unasked(tmp_path):
    root = tmp_path / "places"
    make_scenes(root / "a", ("alley", "arch"), ("x",), 3)
    make_scenes(root / "b", ("bay", "bridge"), ("x",), 3)
    audit = catsclean.audit(root, select="file")
    with pytest.raises(SplitUsageError, match="a, b the classes, or data sets of their own"):
        catsclean.split(audit, HALF)
    assert catsclean.split(catsclean.audit(root, select="file", layout="classes"), HALF)


def test_classes_nested_in_the_classes_of_splits_are_not_split_unasked(tmp_path):
    root = tmp_path / "things"
    make_scenes(root / "train", ("animals", "hands"), ("a", "b"), 2)
    make_scenes(root / "val", ("animals", "hands"), ("a", "b"), 1)
    audit = catsclean.audit(root, select="file")
    with pytest.raises(SplitUsageError, match="Are animals, hands the classes, or the folders in"):
        catsclean.split(audit, HALF)
    assert "To keep animals, hands: --layout splits." in tally.several_sets(audit)
    assert catsclean.split(audit, HALF, group_by="folder", groups="none")
    assert catsclean.split(catsclean.audit(root, select="file", layout="splits"), HALF)


def test_the_only_class_of_splits_that_holds_folders_is_asked_about():
    summary = {"dataset": {"layout": "splits"}, "several_sets": ["train/pets", "val/pets"]}
    assert layout_question(summary, "data") == (
        "Is pets a class, or are the folders in it the classes? To keep pets: catsclean audit data"
        " --layout splits. Otherwise move the folders in it up, into the split folders, and audit"
        " again."
    )


def test_a_data_set_in_an_only_folder_is_not_split_as_one_class(tmp_path):
    make_scenes(tmp_path / "archive", ("PetImages",), ("Cat", "Dog"))
    audit = catsclean.audit(tmp_path / "archive", select="file")
    with pytest.raises(SplitUsageError, match="Is PetImages a class, or a data set of its own"):
        catsclean.split(audit, HALF)


@pytest.mark.parametrize("classes", [{"one": 7}, {"Cat": 4, "Dog": 4}, {"PersonA": 3, "ThemeX": 3}])
def test_plain_class_folders_are_split_without_a_question(tmp_path, classes):
    root = pictures.make_dataset(tmp_path / "set", classes)
    made = catsclean.split(catsclean.audit(root, select="file"), HALF)
    assert sorted(made.table["label"].unique()) == sorted(classes)


def test_an_incomplete_audit_is_not_split(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    audit = catsclean.audit(root, select="file", validators=[Broken()])
    for data in (audit, root):
        with pytest.raises(SplitUsageError, match=r"incomplete: a validator failed.*allow_incomp"):
            catsclean.split(data, HALF)
        assert len(catsclean.split(data, HALF, allow_incomplete=True).manifest) == 12


def test_a_class_whose_folder_cannot_be_listed_does_not_just_disappear(tmp_path, monkeypatch):
    root = pictures.make_dataset(tmp_path / "set", {"Cat": 4, "Dog": 4, "Owl": 4})
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("Owl"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    catsclean.audit(root, select="file")
    with pytest.raises(SplitUsageError, match=r"1 folder could not be listed \(Owl\)"):
        catsclean.split(root, HALF)
    made = catsclean.split(root, HALF, allow_incomplete=True)
    assert sorted(made.table["label"].unique()) == ["Cat", "Dog"]


def test_whoever_groups_by_folder_has_said_that_the_folders_are_no_classes(scenes):
    summary = catsclean.audit(scenes, select="file").summary
    assert summary["layout_doubt"]
    refuse_open_questions(
        scenes,
        StateFolder.of(scenes),
        SplitUsageError,
        allow_incomplete=False,
        folders_are_groups=True,
    )


def test_whoever_groups_by_folder_has_not_said_which_folders_are_the_splits():
    data = SimpleNamespace(
        summary={
            "dataset": {"layout": "splits"},
            "layout_doubt": {"outer": ["more", "train"], "inner": ["Cat", "Dog"]},
        }
    )
    with pytest.raises(SplitUsageError, match="Are more, train the classes, or splits"):
        refuse_open_questions(
            data, None, SplitUsageError, allow_incomplete=False, folders_are_groups=True
        )


def test_a_manifest_knows_of_no_audit_and_is_split(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    audit = catsclean.audit(root, select="file", validators=[Broken()])
    assert len(catsclean.split(audit.manifest, HALF).manifest) == 12


def test_what_was_split_after_a_decision_is_not_asked_about_again(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    audit = catsclean.audit(root, select="file", validators=[Broken()])
    made = catsclean.split(audit, HALF, allow_incomplete=True)
    assert len(catsclean.split(made, {"val": 0.25}).manifest) == 12


def test_training_is_refused_for_the_same_reasons(scenes, tmp_path):
    catsclean.audit(scenes, select="file")
    with pytest.raises(TrainingUsageError, match="--layout splits"):
        refuse_open_questions(
            scenes, StateFolder.of(scenes), TrainingUsageError, allow_incomplete=True
        )
    root = pictures.make_dataset(tmp_path / "set")
    catsclean.audit(root, select="file", validators=[Broken()])
    with pytest.raises(TrainingUsageError, match="--allow-incomplete"):
        refuse_open_questions(
            root, StateFolder.of(root), TrainingUsageError, allow_incomplete=False
        )


@pytest.mark.parametrize("kind", ["TIFF", "PPM"])
def test_a_set_that_tensorflow_cannot_read_says_so_and_can_be_split_without_it(tmp_path, kind):
    root = tmp_path / "scans"
    for number in range(8):
        path = root / "ab"[number % 2] / f"{number}.{kind.lower()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.encode(pictures.draw(number, (96, 72)), kind))
    audit = catsclean.audit(root)
    with pytest.raises(catsclean.errors.SplitError) as caught:
        catsclean.split(audit, HALF)
    assert "unsupported-by-tensorflow 8" in str(caught.value)
    assert "--ignore unsupported-by-tensorflow" in str(caught.value)
    audit = catsclean.audit(root, ignore="unsupported-by-tensorflow")
    assert set(audit.manifest.table["status"]) == {"keep"}
    assert catsclean.split(audit, HALF).table["samples"].sum() == 8
    # ignoring a family that has the validator says the same; selecting others does not
    assert set(catsclean.audit(root, ignore="file").manifest.table["status"]) == {"keep"}
    assert set(catsclean.audit(root, select="zero-length").manifest.table["status"]) == {"drop"}
