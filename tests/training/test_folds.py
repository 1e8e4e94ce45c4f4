import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catsclean.core.manifest import Manifest
from catsclean.errors import TrainingError, TrainingUsageError, UsageError
from catsclean.training.folds import assign_folds
from catsclean.training.recipes import Recipe
from tests.training.conftest import make_folder, make_manifest

needs_keras = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


def train(manifest, **options):
    from catsclean.training import train_baseline

    settings = {"size": 38, "epochs": 1, "batch_size": 7, "folds": 3}
    return train_baseline(manifest, **settings | options)


def manifest_of(rows, **columns):
    """A manifest of pictures that nobody decodes: label and group of each."""
    table = pd.DataFrame(rows, columns=["label", "group"]).astype("string")
    table["path"] = [f"{label}/{number:03}.jpg" for number, label in enumerate(table["label"])]
    table["sha256"] = [f"{number:064}" for number in range(len(table))]
    table = table.assign(status="keep", split=pd.NA, **columns)
    return Manifest(table.sort_values("path"), Path("/data"))


def folds_of(manifest, folds=3, seed=0):
    paths = manifest.table["path"].tolist()
    return dict(zip(paths, assign_folds(manifest, paths, folds, seed), strict=True))


def interrupt_in(fold):
    def stop(progress):
        if progress.fold == fold and progress.step is not None:
            raise KeyboardInterrupt

    return stop


@given(
    st.lists(st.tuples(st.sampled_from(["Cat", "Dog", "Hen"]), st.integers(0, 12)), min_size=6),
    st.integers(2, 4),
    st.integers(0, 9),
)
def test_no_group_is_divided_and_every_fold_has_every_class(rows, folds, seed):
    manifest = manifest_of([(label, f"g{group}" if group else None) for label, group in rows])
    try:
        found = folds_of(manifest, folds, seed)
    except TrainingUsageError:
        assume(False)
    table = manifest.table.assign(fold=manifest.table["path"].map(found))
    assert (table.dropna(subset="group").groupby("group")["fold"].nunique() == 1).all()
    assert (table.groupby("label")["fold"].nunique() == folds).all()


def test_folds_of_single_pictures_are_equal_and_depend_on_the_seed():
    manifest = manifest_of([("Cat", None)] * 9 + [("Dog", None)] * 6)
    found = folds_of(manifest)
    sizes = Counter((path[:3], fold) for path, fold in found.items())
    assert {sizes["Cat", fold] for fold in ("fold1", "fold2", "fold3")} == {3}
    assert {sizes["Dog", fold] for fold in ("fold1", "fold2", "fold3")} == {2}
    assert folds_of(manifest) == found
    assert folds_of(manifest, seed=1) != found


def test_the_groups_of_an_earlier_split_stay_together_too():
    patients = [f"Cat/{number // 2:03}.jpg" for number in range(12)]
    manifest = manifest_of([("Cat", None)] * 12, split_group=patients)
    found = list(folds_of(manifest).values())
    assert found[::2] == found[1::2]


def test_more_folds_than_groups_of_a_class_are_refused():
    manifest = manifest_of([("Cat", None)] * 9 + [("Dog", "a"), ("Dog", "a"), ("Dog", "b")])
    with pytest.raises(TrainingUsageError, match=r"only 2 of 3 folds .* 'Dog': .* form 2 groups"):
        folds_of(manifest)
    assert set(folds_of(manifest, folds=2).values()) == {"fold1", "fold2"}


@pytest.fixture(scope="module")
def folded(keras, tmp_path_factory):
    """A run with three folds; one picture of 24 was dropped, and two are copies."""
    root = make_folder(tmp_path_factory.mktemp("folded") / "Pets", {"Cat": 12, "Dog": 12})
    manifest = make_manifest(root, val=3, test=2)
    paths = manifest.table["path"]
    manifest.table.loc[paths == "Cat/005.jpg", "status"] = "drop"
    manifest.table.loc[paths.isin(["Cat/000.jpg", "Dog/007.jpg"]), "group"] = "g1"
    seen = []
    run = train(manifest, epochs=2, progress=seen.append)
    return manifest, run, seen


class TestFinishedRun:
    pytestmark = needs_keras

    def test_every_picture_is_judged_once_also_those_of_the_test_split(self, folded):
        manifest, run, _ = folded
        table = pd.read_parquet(run.folder / "predictions.parquet")
        assert table["path"].tolist() == manifest.keep()["path"].tolist()
        assert table["split"].value_counts().to_dict() == {"train": 13, "val": 6, "test": 4}
        assert sorted(Counter(table["fold"]).items()) == [("fold1", 8), ("fold2", 8), ("fold3", 7)]
        assert (table["probability_Cat"] + table["probability_Dog"]).to_numpy() == pytest.approx(1)

    def test_copies_are_judged_by_the_same_model(self, folded):
        table = pd.read_parquet(folded[1].folder / "predictions.parquet").set_index("path")
        assert table["fold"]["Cat/000.jpg"] == table["fold"]["Dog/007.jpg"]

    def test_the_scores_are_those_of_the_predictions(self, folded):
        _, run, _ = folded
        table = pd.read_parquet(run.folder / "predictions.parquet")
        right = table["label"] == table["predicted"]
        record = json.loads((run.folder / "run.json").read_text())
        assert record["validation"]["accuracy"] == pytest.approx(right.mean())
        error = (right.mean() * (1 - right.mean()) / 23) ** 0.5
        assert record["validation"]["standard_error"] == pytest.approx(error)
        of_fold = {row["fold"]: row["accuracy"] for row in record["folds"]}
        assert of_fold == pytest.approx(right.groupby(table["fold"]).mean().to_dict())
        assert record["settings"]["folds"] == 3
        assert record["pictures"] == {"fold1": 8, "fold2": 8, "fold3": 7}

    def test_all_models_judge_at_the_epoch_of_the_lowest_loss_over_all_pictures(self, folded):
        _, run, _ = folded
        assert run.best_epoch == run.history["val_loss"].idxmin() + 1
        table = pd.read_parquet(run.folder / "predictions.parquet")
        own = np.where(table["label"] == "Cat", table["probability_Cat"], table["probability_Dog"])
        assert -np.log(own).mean() == pytest.approx(run.history["val_loss"].min(), rel=1e-4)

    def test_its_folder_holds_results_and_no_model(self, folded):
        _, run, _ = folded
        assert {path.name for path in run.folder.iterdir()} - {"mistakes.png"} == {
            "history.csv", "curves.png", "confusion.png", "per_class.csv", "predictions.parquet",
            "run.json",
        }  # fmt: skip
        assert run.folder.name.endswith("-course-3-folds")
        assert repr(run).startswith(f"<Run {run.folder.name}: 3 folds, 2 epochs, validation")

    def test_each_picture_is_decoded_once(self, folded):
        decoding = [progress for progress in folded[2] if progress.stage == "decoding"]
        assert {progress.total for progress in decoding} == {23}
        stages = [progress.stage for progress in folded[2]]
        assert "decoding" not in stages[stages.index("training") :]

    def test_progress_goes_over_the_folds(self, folded):
        training = [progress for progress in folded[2] if progress.stage == "training"]
        assert list(dict.fromkeys(progress.fold for progress in training)) == [1, 2, 3]
        assert {progress.folds for progress in training} == {3}

    def test_a_prediction_without_a_model_is_refused_and_a_run_with_one_is_named(self, folded):
        from catsclean.training import load_model

        _, run, _ = folded
        with pytest.raises(TrainingUsageError, match=r"keeps none.*Train one without --folds"):
            load_model(run)
        other = run.folder.parent / "other"
        other.mkdir()
        (other / "best.keras").write_bytes(b"a model")
        with pytest.raises(TrainingUsageError, match=rf"Name a run that has one: {other}"):
            load_model(run.folder)
        with pytest.raises(TrainingUsageError, match="keeps none"):
            run.model  # noqa: B018 - reading it is what is refused

    def test_nothing_of_it_is_left_to_resume(self, folded):
        manifest, run, _ = folded
        with pytest.raises(TrainingUsageError, match="all folds are done"):
            train(manifest, resume=True, run_dir=run.folder)
        with pytest.raises(TrainingUsageError, match="nothing to resume: no run in"):
            train(manifest, resume=True)
        with pytest.raises(TrainingUsageError, match="holds a run already"):
            train(manifest, run_dir=run.folder)


class TestTraining:
    pytestmark = needs_keras

    def test_a_fold_is_judged_by_a_model_of_the_other_folds(self, pets):
        run = train(pets, folds=2)
        table = pd.read_parquet(run.folder / "predictions.parquet")
        pets.table["split"] = pets.table["path"].map(table.set_index("path")["fold"])
        single = train(pets, folds=None, train="fold2", val="fold1")
        other = pd.read_parquet(single.folder / "predictions.parquet").set_index("path")
        mine = table[table["fold"] == "fold1"].set_index("path")
        theirs = other["probability_Cat"][mine.index]
        assert mine["probability_Cat"].to_numpy() == pytest.approx(theirs.to_numpy(), rel=1e-3)

    def test_no_splits_are_needed_and_nothing_stops_early(self, pets):
        pets.table["split"] = pd.NA
        recipe = Recipe(size=38, epochs=1, batch_size=7, patience=1)
        run = train(pets, folds=2, recipe=recipe)
        assert json.loads((run.folder / "run.json").read_text())["recipe"]["patience"] == 0

    def test_a_finished_fold_is_not_trained_again(self, pets):
        with pytest.raises(KeyboardInterrupt):
            train(pets, seed=4, progress=interrupt_in(3))
        [folder] = (pets.root.with_name("Pets.catsclean") / "runs").iterdir()
        assert sorted(path.name for path in folder.glob("*")) == [
            "fold1.npz", "fold2.npz", "run.json",
        ]  # fmt: skip
        assert json.loads((folder / "run.json").read_text())["stopped"] == "interrupted"
        with pytest.raises(TrainingUsageError, match="trained for 1 epoch"):
            train(pets, resume=True, epochs=2)
        with pytest.raises(TrainingUsageError, match="some of 2 folds done"):
            train(pets, resume=True, folds=2)
        seen = []
        resumed = train(pets, resume=True, folds=None, progress=seen.append)
        assert resumed.folder == folder
        assert {progress.fold for progress in seen if progress.stage == "training"} == {3}
        whole = train(pets, seed=4)
        first, second = (
            pd.read_parquet(run.folder / "predictions.parquet") for run in (resumed, whole)
        )
        assert first["fold"].equals(second["fold"])
        assert first["probability"].to_numpy() == pytest.approx(second["probability"], rel=1e-3)

    def test_a_run_that_was_interrupted_in_its_first_fold_leaves_nothing(self, pets):
        with pytest.raises(KeyboardInterrupt):
            train(pets, progress=interrupt_in(1))
        assert not pets.root.with_name("Pets.catsclean").exists()

    def test_folds_are_not_resumed_with_other_groups(self, pets):
        with pytest.raises(KeyboardInterrupt):
            train(pets, progress=interrupt_in(2))
        pets.table["group"] = pets.table["label"].astype("string") + "1"
        pets.table.loc[::2, "group"] = pd.NA
        with pytest.raises(TrainingError, match="manifest changed"):
            train(pets, resume=True)

    def test_a_damaged_fold_is_named(self, pets):
        with pytest.raises(KeyboardInterrupt):
            train(pets, progress=interrupt_in(2))
        [fold] = pets.root.with_name("Pets.catsclean").glob("runs/*/fold1.npz")
        fold.write_bytes(b"nothing")
        with pytest.raises(TrainingError, match=r"fold1\.npz.*Delete it"):
            train(pets, resume=True)

    def test_a_run_without_folds_is_not_resumed_with_some(self, pets):
        run = train(pets, folds=None)
        with pytest.raises(TrainingUsageError, match=r"has no folds.*Leave out --folds"):
            train(pets, resume=True, run_dir=run.folder)

    def test_a_run_of_an_earlier_version_is_resumed(self, pets):
        run = train(pets, folds=None)
        record = json.loads((run.folder / "run.json").read_text())
        del record["settings"]["folds"]
        (run.folder / "run.json").write_text(json.dumps(record))
        assert len(train(pets, folds=None, epochs=2, resume=True).history) == 2

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"folds": 1}, "folds must be a number from 2 to 100. Received: 1"),
            ({"folds": 21}, "only 20 of 21 folds"),
            ({"train": "train"}, "train does not go with folds"),
            ({"val": "val"}, "val does not go with folds"),
            ({"test": "test"}, "test does not go with folds"),
            ({"patience": 3}, "patience does not go with folds"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, pets, options, said):
        with pytest.raises(UsageError, match=said):
            train(pets, **options)
        assert not pets.root.with_name("Pets.catsclean").exists()
