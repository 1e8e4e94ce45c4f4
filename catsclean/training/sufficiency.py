"""Find out whether more pictures would help: train models on parts of the training pictures.

Parts are drawn without replacement, whole groups of copies at a time, each class by its share.
Those of one repeat lie within one another, so that chance does not decide which size is better.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.files import replacing
from catsclean.core.parse_json import parse_json
from catsclean.errors import TrainingUsageError
from catsclean.training.device import Device
from catsclean.training.evaluate import Evaluation, evaluate, find_overfitting
from catsclean.training.fit import Step, Subset
from catsclean.training.learning_curve import LearningCurve, draw_curve
from catsclean.training.picture_groups import draw_nested
from catsclean.training.plots import plot_learning_curve
from catsclean.training.run import ModelTraining, Part, Run, TrainingProgress
from catsclean.training.saved_parts import load_part, save_part

if TYPE_CHECKING:
    import pandas as pd

#: What a trained model leaves until all are done.
TRAINED: Final = "size*.npz"
SIZES: Final = 5
REPEATS: Final = 5
_HALVINGS: Final = SIZES - 1
# fewer pictures of a class teach nothing that a law could be fitted to
_LEAST_OF_A_CLASS: Final = 10
# sizes that are closer to one another than a factor of 1.4 cannot be told apart
_LEAST_SPAN: Final = 4


@dataclass(frozen=True)
class _Model:
    """One model to train.

    Attributes:
        size: Which of the sizes, from 0.
        repeat: Which repeat, from 0.
        part: Its training pictures.
    """

    size: int
    repeat: int
    part: Part


class SufficiencyTraining(ModelTraining):
    """The training of models on parts of the training pictures, all tested on the same ones."""

    def __init__(
        self, splits: dict[str, list[str]], group_of: NDArray[np.int64], *arguments: Any
    ) -> None:
        super().__init__(splits, *arguments)
        self.group_of = group_of

    def members(self) -> dict[str, NDArray[np.int64]]:
        """Return the row numbers of the training and the validation split."""
        return {role: self.pictures.of_splits(self.splits[role]) for role in ("train", "val")}

    def train(
        self, where: Device, record: dict[str, Any], parts: dict[str, Part], *, resume: bool
    ) -> Run:
        """Train a model for each size and repeat that has none yet, and compare them."""
        models = self._plan(parts["train"])
        try:
            for number, model in enumerate(models, 1):
                if not (resume and self._path(model).is_file()):
                    self._train_one(number, len(models), model, parts["val"], where)
                    gc.collect()  # a network and its copy of the pictures hold each other
        except KeyboardInterrupt:
            self.write_record({**record, "stopped": "interrupted"})
            raise
        self.report(
            TrainingProgress("evaluating", device=where, fold=len(models), folds=len(models),
                             part="model")
        )  # fmt: skip
        run = self._combine(where, record, models, parts["val"])
        for model in models:
            self._path(model).unlink()
        return run

    def _plan(self, train: Part) -> list[_Model]:
        """Draw the training pictures of each model, the smallest first."""
        sizes = self._sizes(train)
        models = []
        for repeat in range(REPEATS):
            rng = np.random.default_rng([self.settings["seed"], repeat])
            groups = self.group_of[train.samples]
            for at, chosen in enumerate(draw_nested(groups, train.subset.codes, sizes, rng)):
                subset = Subset(train.subset.rows[chosen], train.subset.codes[chosen])
                models.append(_Model(at, repeat, Part(train.samples[chosen], subset)))
        return sorted(models, key=lambda model: (model.size, model.repeat))

    def _sizes(self, train: Part) -> list[int]:
        """Return the numbers of pictures, each twice the one before if there are enough."""
        number = len(train.samples)
        rarest = np.bincount(train.subset.codes, minlength=len(self.pictures.labels)).min()
        share = max(int(rarest), 1) / number
        least = max(int(np.ceil(_LEAST_OF_A_CLASS / share)), getattr(self.recipe, "batch_size", 1))
        if number < _LEAST_SPAN * least:
            raise TrainingUsageError(
                f"too few training pictures to tell how accuracy grows with their number."
                f" Received: {number:,}, at least {_LEAST_SPAN * least:,} are needed. Train without"
                " --sufficiency (sufficiency=)."
            )
        smallest = max(least, number / 2**_HALVINGS)
        return [round(size) for size in np.geomspace(smallest, number, SIZES)]

    def _train_one(self, number: int, total: int, model: _Model, val: Part, where: Device) -> None:
        self.position = (number, total, "model")

        def report(step: Step | None = None) -> None:
            self.report(TrainingProgress("training", 0, 0, step, where, *self.position))

        report()
        seed = (self.settings["seed"] + model.repeat) % 2**32
        fitted = self.learner.fit(model.part.subset, val.subset, report, seed=seed)
        if fitted.stopped == "interrupted":
            raise KeyboardInterrupt
        save_part(
            self._path(model),
            samples=model.part.samples,
            judged=val.samples,
            history=np.array(json.dumps(fitted.history)),
            epoch=np.array(fitted.best_epoch),
            probabilities=fitted.probabilities[fitted.best_epoch - 1],
        )

    def _path(self, model: _Model) -> Path:
        return self.folder / f"size{model.size + 1}-repeat{model.repeat + 1}.npz"

    def _combine(
        self, where: Device, record: dict[str, Any], models: list[_Model], val: Part
    ) -> Run:
        import pandas as pd

        labels, codes = self.pictures.labels, val.subset.codes
        found = {(m.size, m.repeat): self._load(m, val) for m in models}
        probabilities = {key: saved["probabilities"].astype(np.float64)
                         for key, saved in found.items()}  # fmt: skip
        scores = {key: evaluate(said, codes, labels) for key, said in probabilities.items()}
        table = pd.DataFrame([self._row(m, found, scores) for m in models])
        right = np.array(
            [[probabilities[size, repeat].argmax(axis=1) == codes for repeat in range(REPEATS)]
             for size in range(SIZES)]
        )  # fmt: skip
        groups = np.unique(self.group_of[val.samples], return_inverse=True)[1]
        whole = (SIZES - 1, 0)  # the model that a run without --sufficiency trains
        history = parse_json(str(found[whole]["history"]))
        curve = draw_curve(
            table.groupby("size")["pictures"].mean().round().astype(int).tolist(),
            right,
            groups.astype(np.int64),
            scores[whole].most_frequent[1],
            self.settings["seed"],
        )
        run = Run(
            folder=self.folder, labels=labels, history=pd.DataFrame(history),
            best_epoch=int(found[whole]["epoch"]),
            overfits_from=find_overfitting(history, len(codes)), stopped="finished",
            validation=scores[whole], test=None, device=where, skipped=self.pictures.skipped,
            has_epochs=self.learner.iterates, curve=curve, models=table,
        )  # fmt: skip
        self._save_curve(curve, table)
        predictions = self.rows_of(val, probabilities[whole])
        self.save(run, record | {"learning_curve": curve.to_dict()}, val, probabilities[whole],
                  predictions)  # fmt: skip
        return run

    def _save_curve(self, curve: LearningCurve, table: pd.DataFrame) -> None:
        with replacing(self.folder / "models.csv") as temporary:
            table.to_csv(temporary, index=False)
        plot_learning_curve(curve, table, self.folder / "learning-curve.png")

    def _row(
        self,
        model: _Model,
        found: Mapping[tuple[int, int], Mapping[str, Any]],
        scores: Mapping[tuple[int, int], Evaluation],
    ) -> dict[str, Any]:
        key = model.size, model.repeat
        score = scores[key]
        return {
            "size": model.size + 1,
            "repeat": model.repeat + 1,
            "pictures": len(model.part.samples),
            "accuracy": score.accuracy,
            "loss": score.loss,
            "best_epoch": int(found[key]["epoch"]),
        }

    def _load(self, model: _Model, val: Part) -> dict[str, NDArray[Any]]:
        same = {"samples": model.part.samples, "judged": val.samples}
        names = ("history", "epoch", "probabilities")
        return load_part(self._path(model), names, same, "model")
