import json
import subprocess
import sys

import pytest
from audits import save_as_audited

from catsclean.core.install_command import install_command
from tests.training.conftest import draw

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("keras")]


def run(capfd, *arguments):
    from catsclean.cli import run as run_command

    code = run_command([str(a) for a in arguments])
    captured = capfd.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def audited(pets):
    save_as_audited(pets)
    return pets.root


def test_training_shows_its_epochs_and_its_verdict(audited, capfd, tmp_path):
    code, out, err = run(
        capfd, "train-baseline", audited, "--size", 38, "--epochs", 2, "--batch-size", 7,
        "--flip", "--dropout", 0.1, "-o", tmp_path / "run",
    )  # fmt: skip
    assert code == 0
    assert "epoch   2/2" in err
    assert all(len(line) < 80 for line in err.splitlines() if line.startswith("epoch"))
    assert "device: CPU (tensorflow" in err or "device: GPU" in err
    assert "validation accuracy" in out
    assert "catsclean predict" in out
    for noise in ("oneDNN", "WARNING", "I0000", "absl"):
        assert noise not in err
    recipe = json.loads((tmp_path / "run" / "run.json").read_text())["recipe"]
    assert (recipe["flip"], recipe["dropout"], recipe["epochs"]) == (True, 0.1, 2)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("step", "interrupted before an epoch was complete. Run the same command again."),
        ("epoch", "interrupted; the best model is saved. Continue with --resume."),
        ("evaluating", "interrupted; every epoch is saved. Continue with --resume."),
    ],
)
def test_an_interrupt_is_answered_with_one_line_that_is_true(
    audited, capfd, tmp_path, monkeypatch, at, said
):
    from catsclean.cli import training_progress

    def interrupt(_, progress):
        step = progress.step
        if progress.stage == at or (
            step is not None and (at == "step" or (at == "epoch" and step.finished is not None))
        ):
            raise KeyboardInterrupt

    command = (
        "train-baseline", audited, "--size", 38, "--epochs", 2, "--batch-size", 7, "-o",
        tmp_path / "run",
    )  # fmt: skip
    with monkeypatch.context() as patched:
        patched.setattr(training_progress._View, "__call__", interrupt)
        code, out, err = run(capfd, *command)
    assert code == 130
    assert "nterrupted" not in out
    assert err == f"catsclean: {said}\n"
    assert run(capfd, *command, *(["--resume"] if "--resume" in said else []))[0] == 0


def test_folds_are_shown_one_by_one_with_the_score_of_all_and_what_judges_by_them(
    audited, capfd, monkeypatch
):
    monkeypatch.chdir(audited.parent)
    code, out, err = run(capfd, "train-baseline", "Pets", "--folds", 2, "--size", 38, "--epochs", 1)
    assert code == 0
    lines = err.splitlines()
    assert [line[:11] for line in lines if not line.startswith("device")] == [
        "fold 1 of 2", "epoch   1/1", "fold 2 of 2", "epoch   1/1",
    ]  # fmt: skip
    assert "on 40 pictures, each judged by a model that was not trained on it." in out
    assert "The 2 folds: 0." in out
    assert out.endswith("\n\n  catsclean audit Pets --select likely-mislabelled\n")
    assert "catsclean predict" not in out
    [folder] = (audited.parent / "Pets.catsclean" / "runs").iterdir()
    code, out, err = run(capfd, "predict", folder, "Pets/Cat/000.jpg")
    assert (code, out) == (2, "")
    assert "a run with --folds keeps none" in err
    code, out, _ = run(capfd, "audit", "Pets", "--select", "likely-mislabelled")
    assert "no model was trained" not in out


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (("training", 1), "interrupted before a fold was complete. Run the same command again."),
        (("training", 3), "interrupted; 2 of 3 folds are saved. Continue with --resume."),
        (("evaluating", 3), "interrupted; every fold is saved. Continue with --resume."),
    ],
)
def test_an_interrupt_of_folds_is_answered_with_what_is_saved(
    audited, capfd, monkeypatch, at, said
):
    from catsclean.cli import training_progress

    def interrupt(_, progress):
        if (progress.stage, progress.fold) == at:
            raise KeyboardInterrupt

    command = ("train-baseline", audited, "--folds", 3, "--size", 38, "--epochs", 1)
    with monkeypatch.context() as patched:
        patched.setattr(training_progress._View, "__call__", interrupt)
        code, _, err = run(capfd, *command)
    assert code == 130
    assert err == f"catsclean: {said}\n"
    assert run(capfd, *command, *(["--resume"] if "--resume" in said else []))[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--folds", "1"], "folds must be a number from 2 to 100. Received: 1"),
        (["--folds", "21"], "no group of copies is divided. Ask for fewer folds"),
        (["--folds", "2", "--val", "val"], "val does not go with folds"),
        (["--folds", "2", "--patience", "3"], "patience does not go with folds"),
        (["--folds", "2", "--resume"], "nothing to resume"),
    ],
)
def test_folds_that_make_no_sense_are_refused_in_one_line(audited, capfd, options, said):
    code, out, err = run(capfd, "train-baseline", audited, "--size", 38, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_the_bar_goes_over_all_folds(capsys, monkeypatch):
    from catsclean.cli.training_progress import showing_training
    from catsclean.training import TrainingProgress
    from catsclean.training.fit import Step

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with showing_training(hidden=False, bar=True) as show:
        show(TrainingProgress("training", fold=2, folds=3))
        show(TrainingProgress("training", step=Step(2, 4, 1, 2, 0.5, 0.5), fold=2, folds=3))
        [task] = show._bar.tasks
        assert (task.completed, task.total) == (5.5, 12)
        assert task.fields["figures"].startswith("fold 2/3  epoch 2/4")


def test_a_data_set_without_splits_is_answered_with_what_to_do(pets, capfd):
    code, _, err = run(capfd, "train-baseline", pets.root)
    assert code == 2
    assert "catsclean audit" in err


def test_predict_prints_one_line_a_picture_and_the_crops(trained, capfd, tmp_path):
    draw("Cat", 1).save(tmp_path / "a.jpg")
    code, out, _ = run(capfd, "predict", trained.folder, tmp_path / "a.jpg", "--crops")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith(f"{tmp_path / 'a.jpg'}: Cat 0.")
    assert len(lines) == 7
    assert "the answer" in lines[-1]


def test_predict_prints_json_and_ends_with_1_where_a_picture_cannot_be_read(
    trained, capfd, tmp_path
):
    (tmp_path / "bad.jpg").write_bytes(b"")
    code, out, _ = run(capfd, "predict", trained.folder, tmp_path / "bad.jpg", "--json")
    assert code == 1
    assert json.loads(out) == {
        "path": str(tmp_path / "bad.jpg"), "error": "the file is empty (0 bytes)",
    }  # fmt: skip


def test_feature_maps_are_written_and_listed(trained, capfd, tmp_path):
    draw("Cat", 1).save(tmp_path / "a.jpg")
    code, out, _ = run(
        capfd, "feature-maps", trained.folder, tmp_path / "a.jpg", "-o", tmp_path / "maps.png"
    )
    assert code == 0
    assert "conv3" in out
    assert (tmp_path / "maps.png").exists()


def test_a_picture_of_a_data_set_is_not_drawn_over(trained, capfd, tmp_path):
    draw("Cat", 1).save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    code, _, err = run(capfd, "feature-maps", trained.folder, tmp_path / "a.png", "-o",
                       tmp_path / "a.png")  # fmt: skip
    assert code == 2
    assert "was not written by catsclean" in err
    assert (tmp_path / "a.png").read_bytes() == before


@pytest.mark.parametrize(("folder", "said"), [("Pets/run", "inside"), ("taken", "not of a run")])
def test_a_run_goes_into_no_folder_that_holds_other_files(audited, capfd, folder, said):
    taken = audited.with_name("taken")
    taken.mkdir()
    (taken / "history.csv").write_text("mine")
    code, _, err = run(
        capfd, "train-baseline", audited, "-o", audited.parent / folder, "--size", 38
    )
    assert code == 2
    assert said in err
    assert not (audited / "run").exists()
    assert [path.name for path in taken.iterdir()] == ["history.csv"]


def test_a_refused_model_is_one_line(capfd, tmp_path):
    (tmp_path / "x.keras").write_bytes(b"nothing")
    code, out, err = run(capfd, "predict", tmp_path / "x.keras", tmp_path / "a.jpg")
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["predict", "feature-maps"])
@pytest.mark.parametrize(("model", "said"), [("nope", "no such model"), (".", "no model in this")])
def test_a_model_that_is_not_there_is_bad_usage_and_named_as_the_user_did(
    capfd, tmp_path, monkeypatch, command, model, said
):
    monkeypatch.chdir(tmp_path)
    draw("Cat", 1).save(tmp_path / "a.jpg")
    code, _, err = run(capfd, command, model, "a.jpg")
    assert code == 2
    assert said in err
    assert f"Received: {model!r}." in err


def test_training_without_a_split_is_bad_usage_and_says_how_to_make_one(capfd, pets):
    table = pets.table.copy()
    table["split"] = None
    save_as_audited(pets.with_table(table.astype({"split": "string"})))
    code, _, err = run(capfd, "train-baseline", pets.root)
    assert code == 2
    assert f"catsclean split {pets.root} --val 0.1" in err


@pytest.mark.parametrize("command", ["train-baseline", "predict", "feature-maps"])
def test_help_needs_no_tensorflow_and_names_every_option(command):
    script = f"""
import sys
sys.modules["tensorflow"] = sys.modules["keras"] = None
from catsclean.cli import run
sys.exit(run(["{command}", "--help"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_without_the_extra_one_line_says_what_to_install(audited):
    script = """
import sys
from importlib import metadata
sys.modules["tensorflow"] = None
metadata.distributions = lambda: []
from catsclean.cli import run
sys.exit(run(["train-baseline", sys.argv[1]]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(audited)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    line = "training needs tensorflow, which is not installed."
    assert done.stderr == (
        f"catsclean: {line} Run: {install_command('train')}, or for a CPU, half the download:"
        f" {install_command('train-cpu')}\n"
    )
