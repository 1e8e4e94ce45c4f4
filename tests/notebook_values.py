"""Values for the tests of views in notebooks, whose names and labels are hostile."""

import numpy as np
import pandas as pd
from pictures import jpeg

from catsclean.core import names
from catsclean.splitting import Split
from catsclean.training.device import Device
from catsclean.training.evaluate import Evaluation
from catsclean.training.live_curves import CurvesSoFar
from catsclean.training.prediction import ModelAnswer, Prediction, Predictions
from catsclean.training.run import Run

EVIL = names.encode("<b onclick='x'>\x1b[31m\u202e{{7*191}}\n")


def split_of(manifest):
    table = pd.DataFrame(
        [("train", EVIL, 16, 0.8, 0.8, 1), ("val", EVIL, 4, 0.2, 0.2, 0)],
        columns=["split", "label", "samples", "asked_share", "achieved_share", "groups"],
    )
    return Split(manifest, table, 1, 0, (f"beware of {EVIL}",), left_over={EVIL: 3})


def curves_so_far(epochs, of, folds=0):
    """Make the first epochs of a run whose validation loss is lowest in the second."""
    rows = [
        {
            "epoch": epoch, "loss": 1 / epoch, "accuracy": 1 - 0.5 / epoch,
            "val_loss": 0.6 + abs(epoch - 2) / 10, "val_accuracy": 0.5 + epoch / 100,
        }
        for epoch in range(1, epochs + 1)
    ]  # fmt: skip
    return CurvesSoFar(tuple(rows), of, min(folds, 1), folds)


def run_of(folder, epochs=4, labels=("Cat", EVIL), numbers=((17, 6), (9, 11))):
    """Make a run, with the files that its folder has."""
    folder.mkdir()
    history = pd.DataFrame(
        {
            "epoch": range(1, epochs + 1),
            "loss": np.linspace(0.9, 0.1, epochs),
            "accuracy": np.linspace(0.5, 0.9, epochs),
            "val_loss": np.linspace(0.7, 0.6, epochs),
            "val_accuracy": np.linspace(0.5, 0.65, epochs),
        }
    )
    confusion = pd.DataFrame(numbers, index=labels, columns=labels)
    judged = int(confusion.to_numpy().sum())
    scores = Evaluation(0.651, 0.073, 0.6, judged, confusion, pd.DataFrame())
    (folder / "mistakes.png").write_bytes(jpeg(3))
    (folder / "run.json").write_text('{"splits": {"train": "train", "val": "val"}}')
    rows = [
        (EVIL, "Cat", "val", EVIL, 0.987),
        ("Cat/right.jpg", "Cat", "val", "Cat", 0.9),
        ("Cat/learned.jpg", "Cat", "train", EVIL, 0.99),
    ]
    columns = ["path", "label", "split", "predicted", "probability"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "predictions.parquet")
    device = Device("cpu", "asked for", "none")
    return Run(folder, list(labels), history, 2, 3, "finished", scores, None, device)


def predictions_of(root, paths):
    sure = ModelAnswer(EVIL, 0.75, {EVIL: 0.75, "Cat": 0.25})
    other = ModelAnswer("Cat", 0.625, {EVIL: 0.375, "Cat": 0.625})
    shown = [names.encode(str(root)) + "/" + path for path in paths]
    found = [Prediction(path, sure, crops={"centre": other}) for path in shown]
    return Predictions([*found, Prediction(EVIL, None, f"no such file: {EVIL}")])
