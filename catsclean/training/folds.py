"""A run with folds: every picture is judged by a model that was not trained on it.

One model is trained for each fold, on the pictures of all others, and judges the pictures of its
own.  Only what the models say is kept, so the splits of the manifest do not matter: nothing that is
trained here is measured on a test split later.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.manifest import Manifest
from catsclean.core.parse_json import parse_json
from catsclean.core.text import count
from catsclean.errors import TrainingUsageError
from catsclean.splitting.assign import check_folds, deal
from catsclean.training.device import Device
from catsclean.training.evaluate import Evaluation, evaluate, find_overfitting
from catsclean.training.fit import Step, Subset, find_best
from catsclean.training.picture_groups import find_groups
from catsclean.training.run import Part, Run, Training, TrainingProgress
from catsclean.training.saved_parts import load_part, save_part

FINISHED: Final = "fold*.npz"  # what a fold leaves until all are done


def assign_folds(
    manifest: Manifest, paths: Collection[str], folds: int, seed: int
) -> NDArray[np.object_]:
    """Deal the pictures out to folds, as ``catsclean split --folds`` does.

    Copies of a picture stay together, and so do the groups of an earlier ``split --group-by``.

    Args:
        manifest: The manifest.
        paths: Those of its pictures that are used, in its order.
        folds: Number of folds.
        seed: Another seed gives other folds.

    Returns:
        Name of the fold of each picture: ``fold1``, ...

    Raises:
        UsageError: The number of folds is invalid.
        TrainingUsageError: A class would be missing from a fold.
    """
    names = check_folds(folds)
    units, of_picture = find_groups(manifest, paths, seed)
    free = [unit for unit, counts in enumerate(units.counts) if counts]
    dealt = deal(units, free, names, Counter())
    groups = Counter(label for unit in free for label in units.counts[unit])
    reached = {(dealt[unit], label) for unit in free for label in units.counts[unit]}
    within = Counter(label for _, label in reached)
    label = min(sorted(within), key=lambda label: within[label])
    if within[label] < folds:
        raise TrainingUsageError(
            f"only {within[label]} of {folds} folds would have a picture of {label!r}: its"
            f" pictures form {count(groups[label], 'group')}, and no group of copies is divided."
            " Ask for fewer folds: --folds (folds=)."
        )
    return np.array([dealt[unit] for unit in of_picture.tolist()], dtype=object)


class FoldTraining(Training):
    """The training of one model for each fold, on all other folds."""

    def __init__(self, fold_of: NDArray[np.object_], *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fold_of = fold_of

    def members(self) -> dict[str, NDArray[np.int64]]:
        """Return the row numbers of each fold."""
        return {name: np.flatnonzero(self.fold_of == name) for name in np.unique(self.fold_of)}

    def describe(self) -> tuple[dict[str, Any], Any]:
        """Return the results of no fold yet, and the fold of each row."""
        return {"folds": []}, self.fold_of

    def train(
        self, where: Device, record: dict[str, Any], parts: dict[str, Part], *, resume: bool
    ) -> Run:
        """Train a model for each fold that has none yet, and save what they all say."""
        try:
            for number, name in enumerate(parts, 1):
                if not (resume and self._path(name).is_file()):
                    self._train_fold(number, parts, where)
                    gc.collect()  # a network and its copy of the pictures hold each other
        except KeyboardInterrupt:
            self.write_record({**record, "stopped": "interrupted"})
            raise
        self.report(TrainingProgress("evaluating", device=where, fold=len(parts), folds=len(parts)))
        run = self._combine(where, record, parts)
        for name in parts:
            self._path(name).unlink()
        return run

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npz"

    def _train_fold(self, number: int, parts: dict[str, Part], where: Device) -> None:
        self.position = (number, len(parts), "fold")

        def report(step: Step | None = None) -> None:
            self.report(TrainingProgress("training", 0, 0, step, where, *self.position))

        report()
        name = list(parts)[number - 1]
        others = _join([part for other, part in parts.items() if other != name])
        fitted = self.learner.fit(others.subset, parts[name].subset, report)
        if fitted.stopped == "interrupted":
            raise KeyboardInterrupt
        save_part(
            self._path(name),
            samples=parts[name].samples,
            history=np.array(json.dumps(fitted.history)),
            probabilities=np.stack(fitted.probabilities),
        )

    def _combine(self, where: Device, record: dict[str, Any], parts: dict[str, Part]) -> Run:
        import pandas as pd

        histories = {name: parse_json(str(self._load(name, parts, "history"))) for name in parts}
        history = _mean(histories, parts)
        best = find_best(history)
        found = {
            name: self._load(name, parts, "probabilities")[best - 1].astype(np.float64)
            for name in parts
        }
        scores = {
            name: evaluate(found[name], part.subset.codes, self.pictures.labels)
            for name, part in parts.items()
        }
        judged = _join(list(parts.values()))
        order = np.argsort(np.concatenate([part.samples for part in parts.values()]))
        probabilities = np.concatenate(list(found.values()))[order]
        run = Run(
            folder=self.folder, labels=self.pictures.labels, history=pd.DataFrame(history),
            best_epoch=best, overfits_from=find_overfitting(history, len(judged.samples)),
            stopped="finished",
            validation=evaluate(probabilities, judged.subset.codes, self.pictures.labels),
            test=None, device=where, skipped=self.pictures.skipped, folds=_table_of(scores),
            has_epochs=self.learner.iterates,
        )  # fmt: skip
        predictions = self.rows_of(judged, probabilities)
        predictions.insert(3, "fold", self.fold_of[judged.samples])
        rows: Any = run.folds.to_dict("records") if run.folds is not None else []
        record = record | {"folds": [row | {"history": histories[row["fold"]]} for row in rows]}
        self.save(run, record, judged, probabilities, predictions, list(histories.values()))
        return run

    def _load(self, name: str, parts: dict[str, Part], value: str) -> NDArray[Any]:
        same = {"samples": parts[name].samples}
        return load_part(self._path(name), [value], same, "fold")[value]


def _join(parts: list[Part]) -> Part:
    """Combine folds, in the order of the table."""
    samples = np.concatenate([part.samples for part in parts])
    order = np.argsort(samples)
    rows = np.concatenate([part.subset.rows for part in parts])
    codes = np.concatenate([part.subset.codes for part in parts])
    return Part(samples[order], Subset(rows[order], codes[order]))


def _mean(
    histories: dict[str, list[dict[str, float]]], parts: dict[str, Part]
) -> list[dict[str, float]]:
    """Return the mean of the histories, weighted so that validation is over all pictures."""
    weights = [len(parts[name].samples) for name in histories]
    return [
        {key: float(np.average([row[key] for row in rows], weights=weights)) for key in rows[0]}
        | {"epoch": rows[0]["epoch"]}
        for rows in zip(*histories.values(), strict=True)
    ]


def _table_of(scores: dict[str, Evaluation]) -> Any:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "fold": name,
                "pictures": found.pictures,
                "accuracy": found.accuracy,
                "standard_error": found.standard_error,
                "loss": found.loss,
            }
            for name, found in scores.items()
        ]
    )
