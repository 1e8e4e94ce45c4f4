import json
import os

import helpers
import pandas as pd
import pictures
import pytest

import catsclean
from catsclean.core.model import Severity
from catsclean.core.state import StateFolder
from catsclean.errors import ConfigError
from catsclean.validators.likely_mislabelled import LikelyMislabelled


def write_run(root, name, rows):
    """Write what train-baseline keeps of a run: path, label, split, probability of Cat."""
    folder = StateFolder.of(root).runs / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"splits": {"train": "train", "val": "val"}}))
    table = pd.DataFrame(rows, columns=["path", "label", "split", "probability_Cat"])
    table["probability_Dog"] = 1 - table["probability_Cat"]
    table.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def evidence_of(root, *paths):
    return helpers.make_evidence(
        [{"path": path} for path in paths], root=root, folders={"Cat": "Cat", "Dog": "Dog"}
    )


ROWS = [
    ("Cat/1.jpg", "Cat", "val", 0.01),
    ("Cat/2.jpg", "Cat", "val", 0.97),
    ("Cat/3.jpg", "Cat", "train", 0.01),
    ("Cat/6.jpg", "Cat", "val", 0.99),
    ("Cat/7.jpg", "Cat", "val", 0.98),
    ("Dog/4.jpg", "Dog", "val", 0.60),
    ("Dog/5.jpg", "Dog", "val", 0.02),
    ("Dog/gone.jpg", "Dog", "val", 0.99),
]


def test_names_pictures_of_which_the_model_is_sure_and_that_it_was_not_trained_on(tmp_path):
    write_run(tmp_path, "course-1", ROWS)
    evidence = evidence_of(tmp_path, *(path for path, *_ in ROWS[:7]))
    [finding] = LikelyMislabelled().judge(evidence)
    assert finding.path == "Cat/1.jpg"
    assert finding.message == "the model of run course-1 says Dog (0.99), Cat 0.01"


def test_a_run_is_found_in_the_state_folder_that_the_audit_names(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    probability = [(path.relative_to(root).as_posix(), 0.99) for path in root.rglob("Dog/*.jpg")]
    rows = [(path, "Dog", "val", cat) for path, cat in probability]
    rows += [(f"Cat/{number}.jpg", "Cat", "val", 0.9) for number in range(2)]
    write_run(root, "course-1", rows)
    StateFolder.of(root).path.rename(tmp_path / "elsewhere")
    chosen = {"select": "likely-mislabelled", "state_dir": tmp_path / "elsewhere"}
    audit = catsclean.audit(root, **chosen)
    assert audit.counts() == {"likely-mislabelled": len(probability)}
    assert not audit.summary["unjudged"]


def test_a_model_that_tells_two_spellings_of_a_class_apart_finds_no_wrong_label(tmp_path):
    folder = write_run(tmp_path, "course-1", ROWS)
    table = pd.read_parquet(folder / "predictions.parquet")
    table["probability_cat"] = table["probability_Dog"]
    table["probability_Dog"] = 0.0
    table.to_parquet(folder / "predictions.parquet", index=False)
    evidence = evidence_of(tmp_path, *(path for path, *_ in ROWS[:5]))
    assert not list(LikelyMislabelled().judge(evidence))


def test_the_label_of_today_counts(tmp_path):
    write_run(tmp_path, "course-1", [("Cat/1.jpg", "Dog", "val", 0.99), *ROWS[1:]])
    evidence = evidence_of(tmp_path, *(path for path, *_ in ROWS[:7]))
    assert not list(LikelyMislabelled().judge(evidence))


def test_a_class_must_be_as_sure_as_it_is_of_its_own(tmp_path):
    write_run(tmp_path, "course-1", ROWS)
    evidence = evidence_of(tmp_path, *(path for path, *_ in ROWS[:7]))
    paths = [finding.path for finding in LikelyMislabelled(min_probability=0.5).judge(evidence)]
    assert paths == ["Cat/1.jpg"]


def test_without_a_run_there_is_nothing_to_say(tmp_path):
    assert not list(LikelyMislabelled().judge(evidence_of(tmp_path, "Cat/1.jpg")))


def test_without_a_run_it_says_that_it_did_not_judge(tmp_path):
    evidence = evidence_of(tmp_path, "Cat/1.jpg")
    assert LikelyMislabelled().unable(evidence) == (
        "what the pictures show was not examined (--no-content)"
    )
    write_run(tmp_path, "course-1", ROWS)
    assert LikelyMislabelled().unable(evidence) == ""


def flagged(root, **facts):
    """Evidence with one picture that looks like a dog."""
    quality = {"judged": 2, "reliable": True, "accuracy": 0.95, "chance": 0.5, **facts}
    return helpers.with_content(
        evidence_of(root, "Cat/1.jpg", "Cat/2.jpg", "Dog/3.jpg"),
        {"judge": quality},
        flagged={"Cat/1.jpg": True},
        suggested={"Cat/1.jpg": "Dog", "Cat/2.jpg": "Cat"},
        given_probability={"Cat/1.jpg": 0.02},
        suggested_probability={"Cat/1.jpg": 0.98},
        neighbours={"Cat/1.jpg": "Dog/3.jpg\nCat/2.jpg"},
    )


def test_a_picture_that_looks_like_another_class_is_named_with_its_neighbours(tmp_path):
    [finding] = LikelyMislabelled().judge(flagged(tmp_path))
    assert finding.path == "Cat/1.jpg"
    assert finding.message == (
        "looks like Dog (0.98), not Cat (0.02); most alike: Dog/3.jpg, Cat/2.jpg"
    )
    assert finding.related == ("Dog/3.jpg", "Cat/2.jpg")


def test_a_judge_that_is_often_wrong_leaves_notes(tmp_path):
    [finding] = LikelyMislabelled().judge(flagged(tmp_path, accuracy=0.89))
    assert finding.severity is Severity.NOTE
    [finding] = LikelyMislabelled(min_accuracy=0.8).judge(flagged(tmp_path, accuracy=0.89))
    assert finding.severity is Severity.WARNING


def test_content_judges_before_a_run_unless_the_run_is_named(tmp_path):
    rows = [("Cat/2.jpg", "Cat", "val", 0.01), ("Dog/3.jpg", "Dog", "val", 0.3)]
    folder = write_run(tmp_path, "course-1", rows)
    evidence = flagged(tmp_path)
    assert [f.path for f in LikelyMislabelled().judge(evidence)] == ["Cat/1.jpg"]
    named = LikelyMislabelled(run_folder=str(folder), min_probability=0.5)
    assert [f.path for f in named.judge(evidence)] == ["Cat/2.jpg"]


def test_a_judge_that_guesses_is_said_to_guess(tmp_path):
    assert LikelyMislabelled().unable(flagged(tmp_path, reliable=False, accuracy=0.6)) == (
        "its judge agrees with 60% of the labels, hardly more often than by chance (50%)"
    )


def test_a_run_that_was_trained_on_several_splits_judges_the_others(tmp_path):
    folder = write_run(tmp_path, "folds", ROWS)
    (folder / "run.json").write_text(json.dumps({"splits": {"train": ["train", "fold2"]}}))
    evidence = evidence_of(tmp_path, *(path for path, *_ in ROWS[:7]))
    assert [f.path for f in LikelyMislabelled().judge(evidence)] == ["Cat/1.jpg"]


def test_a_run_with_folds_judges_every_picture(tmp_path):
    folder = write_run(tmp_path, "course-1-5-folds", ROWS)
    table = pd.read_parquet(folder / "predictions.parquet").assign(fold="fold1")
    table.to_parquet(folder / "predictions.parquet", index=False)
    (folder / "run.json").write_text(json.dumps({"folds": [], "pictures": {"fold1": 8}}))
    evidence = evidence_of(tmp_path, *(path for path, *_ in ROWS[:7]))
    paths = [finding.path for finding in LikelyMislabelled().judge(evidence)]
    assert sorted(paths) == ["Cat/1.jpg", "Cat/3.jpg"]


def test_the_newest_run_counts_unless_one_is_named(tmp_path):
    old = write_run(tmp_path, "old", ROWS)
    new = write_run(tmp_path, "new", [("Cat/1.jpg", "Cat", "val", 0.9)])
    for age, folder in enumerate((new, old)):
        os.utime(folder / "predictions.parquet", (1e9 - age, 1e9 - age))
    evidence = evidence_of(tmp_path, "Cat/1.jpg", "Cat/2.jpg", "Dog/4.jpg", "Dog/5.jpg")
    assert not list(LikelyMislabelled().judge(evidence))
    assert len(list(LikelyMislabelled(run_folder=str(old)).judge(evidence))) == 1


def test_a_run_folder_without_predictions_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"has no predictions\.parquet"):
        list(LikelyMislabelled(run_folder=str(tmp_path)).judge(evidence_of(tmp_path, "Cat/1.jpg")))
