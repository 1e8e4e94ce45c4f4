import json
import subprocess
import sys

import pandas as pd
import pytest
from audits import save_as_audited

from catsclean.errors import ConfigError, TrainingError, UsageError
from catsclean.training.evaluate import find_overfitting
from tests.training.conftest import make_folder, make_manifest

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


def train(manifest, **options):
    from catsclean.training import train_baseline

    return train_baseline(manifest, **{"size": 38, "epochs": 2, "batch_size": 7} | options)


def test_the_run_folder_holds_all_that_there_is_to_see(trained):
    assert {p.name for p in trained.folder.iterdir()} - {"mistakes.png"} == {
        "best.keras", "last.keras", "state.npz", "history.csv", "curves.png", "confusion.png",
        "per_class.csv", "predictions.parquet", "run.json",
    }  # fmt: skip
    assert trained.folder.parent.name == "runs"
    assert len(pd.read_csv(trained.folder / "history.csv")) == 4


def test_run_json_says_what_the_run_depends_on(trained):
    record = json.loads((trained.folder / "run.json").read_text())
    assert record["recipe"]["batch_size"] == 7
    assert record["settings"]["seed"] == 0
    assert len(record["manifest_digest"]) == 64
    assert record["device"]["kind"] in {"cpu", "gpu"}
    assert record["versions"]["keras"]
    assert record["pictures_per_second"] > 0
    assert record["pictures"] == {"train": 20, "val": 12, "test": 8}
    assert record["stopped"] == "finished"


def test_predictions_have_every_picture_of_every_split_once(trained):
    table = pd.read_parquet(trained.folder / "predictions.parquet")
    assert table["split"].value_counts().to_dict() == {"train": 20, "val": 12, "test": 8}
    assert table["path"].is_unique
    assert (table["probability_Cat"] + table["probability_Dog"]).to_numpy() == pytest.approx(1.0)
    right = table[table["split"] == "val"].eval("label == predicted").mean()
    assert right == pytest.approx(trained.validation.accuracy)


def test_figures_come_with_their_standard_error(trained):
    p = trained.validation.accuracy
    assert trained.validation.standard_error == pytest.approx((p * (1 - p) / 12) ** 0.5)
    assert trained.confusion.to_numpy().sum() == 12
    assert trained.test.pictures == 8


def histories(*rows):
    names = ("loss", "val_loss", "accuracy", "val_accuracy")
    return [
        {"epoch": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(rows, start=1)
    ]


def test_over_fitting_starts_after_the_lowest_validation_loss():
    history = histories(
        (0.7, 0.7, 0.5, 0.5), (0.5, 0.5, 0.7, 0.7), (0.3, 0.6, 0.9, 0.7), (0.1, 0.9, 1.0, 0.7)
    )
    assert find_overfitting(history, 400) == 3
    assert find_overfitting(history[:2], 400) is None


@pytest.mark.parametrize(
    "last",
    [
        (0.704, 0.701, 0.429, 0.500),  # validation is better: nothing was learned by heart
        (0.690, 0.701, 0.520, 0.500),  # nor is such a difference one, of so few pictures
        (0.710, 0.750, 0.900, 0.500),  # training does not improve either
    ],
)
def test_a_validation_loss_that_rises_alone_is_no_over_fitting(last):
    assert find_overfitting(histories((0.705, 0.700, 0.5, 0.5), last), 40) is None


def test_more_than_two_classes_train(tmp_path):
    root = make_folder(tmp_path / "Pets", {"Cat": 8, "Dog": 8, "$x^{Hen}": 8})
    run = train(make_manifest(root, val=3), epochs=1)
    assert run.labels == ["$x^{Hen}", "Cat", "Dog"]
    assert run.confusion.shape == (3, 3)


def test_the_same_seed_gives_the_same_history(pets):
    first, second = (train(pets, deterministic=False, epochs=1).history for _ in range(2))
    assert first["loss"].tolist() == second["loss"].tolist()


def test_an_interrupted_run_is_resumed_with_its_own_settings(pets):
    def stop(progress):
        if progress.step and progress.step.epoch == 2:
            raise KeyboardInterrupt

    stopped = train(pets, epochs=3, seed=5, progress=stop)
    assert (stopped.stopped, len(stopped.history)) == ("interrupted", 1)
    with pytest.raises(TrainingError, match=r"has learning-rate 0\.001\. Received: 0\.5"):
        train(pets, resume=True, run_dir=stopped.folder, learning_rate=0.5)
    resumed = train(pets, resume=True, epochs=3)
    assert resumed.folder == stopped.folder
    assert len(resumed.history) == 3
    assert resumed.history["learning_rate"].tolist() == pytest.approx([0.001] * 3)
    assert json.loads((resumed.folder / "run.json").read_text())["settings"]["seed"] == 5


def test_a_run_is_not_resumed_on_other_data(pets):
    train(pets, epochs=1)
    pets.table.loc[pets.table["path"] == "Cat/010.jpg", "status"] = "drop"
    with pytest.raises(TrainingError, match="manifest changed"):
        train(pets, resume=True)


def test_a_run_folder_is_never_written_over(pets, tmp_path):
    train(pets, epochs=1, run_dir=tmp_path / "run")
    with pytest.raises(TrainingError, match="holds a run already"):
        train(pets, epochs=1, run_dir=tmp_path / "run")


def test_several_splits_are_trained_on_together(pets):
    table = pets.table
    numbers = table.groupby("label").cumcount() % 4
    table["split"] = ("fold" + (numbers + 1).astype(str)).astype("string")
    run = train(pets, epochs=1, train="fold1, fold2", val=["fold3"], test="fold4")
    record = json.loads((run.folder / "run.json").read_text())
    assert record["splits"] == {"train": ["fold1", "fold2"], "val": "fold3", "test": "fold4"}
    assert record["pictures"] == {"train": 20, "val": 10, "test": 10}
    with pytest.raises(TrainingError, match="training and validation are both 'fold2'"):
        train(pets, train="fold1,fold2", val="fold2,fold3")
    resumed = train(pets, epochs=2, resume=True)
    assert len(resumed.history) == 2


def test_a_training_that_fails_to_start_leaves_no_run_folder(pets, tmp_path):
    weights = tmp_path / "weights.h5"
    weights.write_bytes(b"nothing that Keras reads")
    with pytest.raises(TrainingError):
        train(pets, recipe="transfer", size=75, weights=str(weights))
    assert not (tmp_path / "Pets.catsclean").exists()
    with pytest.raises(TrainingError):
        train(
            pets, recipe="transfer", size=75, weights=str(weights), run_dir=tmp_path / "a" / "run"
        )
    assert not (tmp_path / "a").exists()


def test_a_training_that_is_interrupted_before_its_first_epoch_leaves_none_either(pets, tmp_path):
    train(pets, epochs=1)
    before = sorted((tmp_path / "Pets.catsclean").rglob("*"))

    def stop(progress):
        if progress.step is not None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(pets, epochs=1, progress=stop)
    assert sorted((tmp_path / "Pets.catsclean").rglob("*")) == before


def test_resume_skips_runs_that_cannot_be_resumed(pets):
    done = train(pets, epochs=1)
    runs = done.folder.parent
    for name, record, state in (
        ("99990101-000000-course", (done.folder / "run.json").read_text(), None),
        ("99990102-000000-course", "{", b"state"),
        ("99990103-000000-course", '{"recipe": {"name": "course"}}', b"state"),
        ("99990104-000000-course", '{"recipe": {"size": -1}, "settings": {}}', b"state"),
        ("99990105-000000-course", "[]", b"state"),
    ):
        (runs / name).mkdir()
        (runs / name / "run.json").write_text(record)
        if state is not None:
            (runs / name / "state.npz").write_bytes(state)
    resumed = train(pets, epochs=2, resume=True)
    assert resumed.folder == done.folder
    assert len(resumed.history) == 2


def test_where_no_run_can_be_resumed_it_is_said(pets):
    run = train(pets, epochs=1).folder
    (run / "state.npz").unlink()
    with pytest.raises(TrainingError, match="finished an epoch"):
        train(pets, resume=True)


def test_a_folder_whose_run_ended_before_its_first_epoch_is_used(pets, tmp_path):
    def stop(progress):
        if progress.step is not None:
            raise KeyboardInterrupt

    (tmp_path / "run").mkdir()
    with pytest.raises(KeyboardInterrupt):
        train(pets, epochs=1, run_dir=tmp_path / "run", progress=stop)
    assert (tmp_path / "run" / "run.json").exists()
    assert len(train(pets, epochs=1, run_dir=tmp_path / "run").history) == 1


def test_what_is_missing_is_said(pets, tmp_path):
    with pytest.raises(TrainingError, match="nothing to resume"):
        train(pets, resume=True)
    with pytest.raises(ConfigError, match="device must be one of"):
        train(pets, device="tpu")
    with pytest.raises(ConfigError, match="precision must be one of"):
        train(pets, precision="float8")
    with pytest.raises(TrainingError, match="both 'train'"):
        train(pets, val="train")
    with pytest.raises(TrainingError, match="validation and test are both 'val'"):
        train(pets, test="val")
    with pytest.raises(TrainingError, match="no pictures in split 'fold9'"):
        train(pets, train="train,fold9")
    with pytest.raises(UsageError, match="never audited"):
        train(pets.root)
    pets.table["split"] = pd.NA
    with pytest.raises(TrainingError, match="catsclean split"):
        train(pets)
    pets.table["label"] = pd.NA
    with pytest.raises(TrainingError, match="no pictures with a label"):
        train(pets)
    with pytest.raises(TrainingError, match="no pictures with a label"):
        train(pets, train="train", val="val")


def test_a_gpu_that_is_not_there_is_not_used_in_silence(pets, keras):
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    with pytest.raises(TrainingError, match=r"no GPU: .*--device cpu"):
        train(pets, device="gpu")


def test_a_deterministic_run_can_be_repeated_bit_by_bit(pets, tmp_path):
    """In processes of its own: TensorFlow keeps to determinism for good once asked."""
    save_as_audited(pets)
    command = [
        sys.executable, "-m", "catsclean", "train-baseline", str(pets.root), "--deterministic",
        "--recipe", "regularised", "--size", "38", "--epochs", "2", "--quiet", "-o",
    ]  # fmt: skip
    for name in ("first", "second"):
        subprocess.run([*command, str(tmp_path / name)], check=True)
    first, second = (pd.read_csv(tmp_path / n / "history.csv") for n in ("first", "second"))
    for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert first[column].tolist() == second[column].tolist()
