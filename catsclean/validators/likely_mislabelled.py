"""The validator ``likely-mislabelled``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.state import StateFolder
from catsclean.errors import ConfigError
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    import pandas as pd


_FILE: Final = "predictions.parquet"
_PREFIX: Final = "probability_"
_FOLD: Final = "fold"


class LikelyMislabelled(Validator):
    """Find pictures that, according to a trained model, belong to another class.

    ## Why it matters

    A wrong label in training teaches the wrong thing; in validation it lowers every score that
    you will ever measure.

    ## Example

        Cat/4085.jpg: likely-mislabelled: the model of run course-1 says Dog (0.99), Cat 0.01

    ## What to do

    Train first: `catsclean train-baseline --folds 5`.  Then run `catsclean audit --select
    likely-mislabelled`, and look at the findings in `catsclean report`.

    ## False alarms

    The better the model, the fewer.  On rock-paper-scissors with 3 % of the labels
    swapped, a course model of 72 % accuracy judged 922 pictures: at `min_probability` 0.98
    it named five, all correct (5 of 25 swapped labels); at 0.95 eight, five correct;
    at 0.9 seventeen, six correct; at 0.5 a hundred and fifteen, twelve correct.  On 795 cats and
    dogs with 3 % swapped, a model of 68 % named none at 0.98, one at 0.9, correct, and six at 0.8,
    two correct.  These are small numbers, from one run each, and the default is based on
    them.  So recall is low: few findings do not mean few wrong labels.

    How it works: `train-baseline` saves its model's probabilities in `predictions.parquet` in
    its run folder.  Only pictures that the model was not trained on are judged (those of the
    validation and test splits; with `--folds` all), because a model memorises its training
    pictures.  A picture is reported if the probability of another class reaches both
    `min_probability` and the mean that this class has on its own pictures (the threshold of
    confident learning: Northcutt, Jiang and Chuang, JAIR 70, 2021).

    Without a training run it finds nothing, and the audit says that it did not judge.  Plain
    measures are not enough: if nine of the ten nearest pictures by perceptual hash, light,
    colour and sharpness had another label, the label was wrong in 10 % of cases on cats and
    dogs with swapped labels, and in 58 % on rock-paper-scissors.  This is the only validator that
    reads a file.  The file is in the newest run of the state folder, or in the folder of the option
    `run_folder`, never in the data set.
    """

    name: ClassVar[str] = "likely-mislabelled"
    family: ClassVar[str] = "labels"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    compares: ClassVar[bool] = True
    default: ClassVar[bool] = False
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"min_probability": (0, 1)}

    min_probability: float = 0.98
    run_folder: str = ""

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Compare labels with the predictions of the newest run, where there is one."""
        if not evidence.dataset.labelled:
            return
        run = self._find_run(evidence)
        if run is not None:
            yield from self._contradictions(evidence, run)

    def unable(self, evidence: Evidence) -> str:
        """It has nothing to judge by before a model was trained."""
        if not evidence.dataset.labelled or self._find_run(evidence) is not None:
            return ""
        return "no model was trained on this data set. Run: catsclean train-baseline"

    def _find_run(self, evidence: Evidence) -> Path | None:
        if self.run_folder:
            run = Path(self.run_folder)
            if not (run / _FILE).is_file():
                raise ConfigError(
                    f"{self.name}.run_folder has no {_FILE}. Received: {self.run_folder!r}"
                )
            return run
        dataset = evidence.dataset
        runs = StateFolder.of(dataset.root, dataset.state_path).runs
        found = [path for path in runs.glob(f"*/{_FILE}") if path.is_file()]
        return max(found, key=lambda path: path.stat().st_mtime_ns).parent if found else None

    def _contradictions(self, evidence: Evidence, run: Path) -> Iterator[Finding]:
        import pandas as pd

        predictions = pd.read_parquet(run / _FILE)
        if _FOLD not in predictions:  # else each picture was judged by a model that did not see it
            record = json.loads((run / "run.json").read_text(encoding="utf-8"))
            trained_on = record["splits"]["train"]
            names = [trained_on] if isinstance(trained_on, str) else trained_on
            predictions = predictions[~predictions["split"].isin(names)]
        pictures = evidence.pictures()[["path", "label"]]
        # labels of today: a picture may have moved since the run
        table = pictures.merge(predictions.drop(columns="label"), on="path", how="inner")
        labels = _labels_of(predictions)
        table = table[table["label"].isin(labels)].reset_index(drop=True)
        if not len(table):
            return
        probabilities = table[[_PREFIX + label for label in labels]].to_numpy(dtype=np.float64)
        own = np.array([labels.index(label) for label in table["label"]])
        usual = np.array(
            [
                probabilities[own == c, c].mean() if (own == c).any() else 1.0
                for c in range(len(labels))
            ]
        )
        said = probabilities.argmax(axis=1)
        rows = np.arange(len(table))
        sure = probabilities[rows, said]
        found = np.flatnonzero(
            (said != own) & (sure >= self.min_probability) & (sure >= usual[said])
        )
        for row in found[np.argsort(-sure[found], kind="stable")]:
            label = str(table["label"].iloc[row])
            message = (
                f"the model of run {run.name} says {labels[said[row]]} ({sure[row]:.2f}),"
                f" {label} {probabilities[row, own[row]]:.2f}"
            )
            yield self.finding(str(table["path"].iloc[row]), message, label=label)


def _labels_of(predictions: pd.DataFrame) -> list[str]:
    return [name.removeprefix(_PREFIX) for name in predictions if name.startswith(_PREFIX)]
