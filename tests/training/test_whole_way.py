import json

import pytest

from catsclean.cli import run

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow, pytest.mark.usefixtures("keras")]


def test_from_an_empty_folder_to_a_prediction(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run(["practice", "Pets", "--count", "80"]) == 0
    assert run(["audit", "Pets"]) == 1
    assert run(["clean", "Pets", "--apply"]) == 0
    assert run(["split", "Pets", "--val", "0.2"]) == 0
    assert run(["train-baseline", "Pets", "--epochs", "3", "--size", "64", "-o", "run"]) == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["recipe"]["name"] == "course"
    assert record["epochs_done"] == 3
    capfd.readouterr()
    picture = next((tmp_path / "Pets-split" / "val" / "Cat").glob("*.jpg"))
    assert run(["predict", "run", str(picture), "--crops"]) == 0
    assert capfd.readouterr().out.startswith(f"{picture}: ")
