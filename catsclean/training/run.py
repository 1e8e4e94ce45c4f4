"""A training run: from decoded pictures to a folder with a trained model and its scores."""

from __future__ import annotations

import contextlib
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.files import replacing
from catsclean.core.notebook_view import NotebookView
from catsclean.core.parse_json import parse_json
from catsclean.core.text import count
from catsclean.core.version import __version__
from catsclean.errors import TrainingUsageError
from catsclean.training.data import Pictures
from catsclean.training.device import Device
from catsclean.training.evaluate import Evaluation, evaluate, find_overfitting, worst_mistakes
from catsclean.training.fit import Step, Subset
from catsclean.training.learner import Learner
from catsclean.training.learning_curve import LearningCurve
from catsclean.training.loading import explain_no_model, find_model
from catsclean.training.plots import caption_mistake, plot_confusion, plot_curves, plot_grid
from catsclean.training.recipes import ProbeRecipe, Recipe
from catsclean.training.run_sentences import describe_run

if TYPE_CHECKING:
    import pandas as pd


RECORD: Final = "run.json"
_MISTAKES_SHOWN: Final = 24


@dataclass(frozen=True)
class TrainingProgress:
    """Progress of a run, passed to the progress callback.

    Attributes:
        stage: ``decoding``, ``training`` or ``evaluating``; with the recipe ``probe``
            ``embedding``, while its network looks at the pictures, in place of ``training``.
        done: Number of pictures decoded or looked at, while that is done.
        total: Number of pictures to decode or to look at.
        step: Progress of training, in that stage.
        device: The device, and why it was chosen.
        fold: Number of the fold that is trained for, from 1; 0 in a run without folds.
        folds: Number of folds.
        part: What is counted in `folds`: ``fold``, or ``model`` if several sizes are compared.
    """

    stage: str
    done: int = 0
    total: int = 0
    step: Step | None = None
    device: Device | None = None
    fold: int = 0
    folds: int = 0
    part: str = "fold"

    @property
    def description(self) -> str:
        """The stage as people read it, with the figures of training so far."""
        step = self.step
        if step is None:
            return self.stage
        fold = f"{self.part} {self.fold}/{self.folds}  " if self.folds else ""
        return (
            f"{fold}epoch {step.epoch}/{step.epochs}"
            f"  loss {step.loss:.3f}  accuracy {step.accuracy:.3f}"
        )

    @property
    def counted(self) -> tuple[float, float, str]:
        """Number done, total, and their unit: ``pictures``, ``epochs`` of all folds, ``models``."""
        step = self.step
        if self.part == "model":
            begun = 0.0 if step is None else (step.epoch - 1 + step.step / step.steps) / step.epochs
            return round(self.fold - 1 + begun, 2), self.folds, "models"
        if step is None:
            return self.done, self.total, "pictures"
        before = max(self.fold - 1, 0) * step.epochs + step.epoch - 1
        done = round(before + step.step / step.steps, 2)
        return done, max(self.folds, 1) * step.epochs, "epochs"


@dataclass(frozen=True)
class Run(NotebookView):
    """The results of a training run in its folder.

    Attributes:
        folder: The run folder.
        labels: Names of the classes, in the order of their codes.
        history: One row per epoch; with folds, the mean of their models.
        best_epoch: The epoch of the lowest validation loss, whose model is `model`.
        overfits_from: The epoch from which training improved but validation did not; None if it
            did not over-fit, see :func:`catsclean.training.evaluate.find_overfitting`.
        stopped: ``finished``, ``early`` or ``interrupted``.
        validation: Scores of the best model on the validation split; with folds, of the models of
            the best epoch on all pictures, each judged by the model that was not trained on it.
        test: Its scores on the test split; None if there is none.
        device: The device, and why it was chosen.
        skipped: Path and reason of each picture that was left out.
        folds: One row per fold: ``fold``, ``pictures``, ``accuracy``, ``standard_error``, ``loss``;
            None for a run without folds.
        has_epochs: Whether the model saw its training pictures several times; that of the recipe
            ``probe`` did not, and `history` has one row.
        curve: How accuracy grows with the number of training pictures; None unless that was asked
            for.  Then the other values are those of the first model that was trained on all.
        models: One row per model of the curve: ``size``, ``repeat``, ``pictures``, ``accuracy``,
            ``loss``, ``best_epoch``; None unless there is a curve.
        untrained: The classes of `labels` without a training picture, which the model never saw.
    """

    folder: Path
    labels: list[str]
    history: pd.DataFrame
    best_epoch: int
    overfits_from: int | None
    stopped: str
    validation: Evaluation
    test: Evaluation | None
    device: Device
    skipped: list[tuple[str, str]] = field(default_factory=list)
    folds: pd.DataFrame | None = None
    has_epochs: bool = True
    curve: LearningCurve | None = None
    models: pd.DataFrame | None = None
    untrained: tuple[str, ...] = ()

    @property
    def keeps_model(self) -> bool:
        """Whether the run's folder has a model."""
        return self.folds is None and self.curve is None

    @property
    def model(self) -> Path:
        """The model; that of the best epoch, if there are epochs.

        Raises:
            TrainingUsageError: A run with folds, or for a learning curve, keeps none.
        """
        if not self.keeps_model:
            raise TrainingUsageError(explain_no_model(self.folder))
        return find_model(self.folder)

    @property
    def confusion(self) -> pd.DataFrame:
        """Validation pictures by true (rows) and predicted label."""
        return self.validation.confusion

    @property
    def sentences(self) -> list[str]:
        """What the command line says of the run: its score, and how far to trust it."""
        return list(describe_run(self))

    def __repr__(self) -> str:
        folds = "" if self.folds is None else f"{count(len(self.folds), 'fold')}, "
        epochs = f"{count(len(self.history), 'epoch')}, " if self.has_epochs else ""
        best = f" at epoch {self.best_epoch}" if self.has_epochs else ""
        return (
            f"<Run {self.folder.name}: {folds}{epochs}validation"
            f" accuracy {self.validation.accuracy:.3f} ± {self.validation.standard_error:.3f}"
            f"{best}>"
        )


class Training(ABC):
    """A run, after all arguments of its call have been checked.

    Args:
        folder: The run folder.
        recipe: The network and its hyper-parameters.
        learner: Trains it.
        settings: The other settings, which a resumed run takes from its record.
        pictures: The pictures.
        progress: Called during the run.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe | ProbeRecipe,
        learner: Learner,
        settings: dict[str, Any],
        pictures: Pictures,
        progress: Callable[[TrainingProgress], None] | None,
    ) -> None:
        self.folder = folder
        self.recipe = recipe
        self.learner = learner
        self.settings = settings
        self.pictures = pictures
        self.report = progress or (lambda _: None)
        # of a run with several models: number of the present one, how many, and what they are
        self.position = (0, 0, "fold")

    @abstractmethod
    def members(self) -> dict[str, NDArray[np.int64]]:
        """Return the row numbers of each part of the pictures: of a split or a fold."""

    @abstractmethod
    def describe(self) -> tuple[dict[str, Any], Any]:
        """Return entries of the record, and the part that each row of the table is in."""

    @abstractmethod
    def train(
        self, where: Device, record: dict[str, Any], parts: dict[str, Part], *, resume: bool
    ) -> Run:
        """Train on the decoded parts, and save the results."""

    def run(self, device: str, *, resume: bool) -> Run:
        """Decode the pictures, train, and leave no folder behind if nothing was saved in it."""
        where = self.learner.choose_device(device)
        parts = self._decode(where)
        record = self._record(where, parts)
        if resume:
            self._check_digest(record)
        made = _make_folders(self.folder)

        def report(done: int, total: int) -> None:
            self.report(TrainingProgress("embedding", done, total, None, where, *self.position))

        try:
            self.write_record({**record, "stopped": "running"})
            with self.learner.at_work(where, self.pictures, report):
                return self.train(where, record, parts, resume=resume)
        except BaseException:
            _remove_empty_run(self.folder, made)
            raise

    def save(
        self,
        run: Run,
        record: dict[str, Any],
        judged: Part,
        probabilities: NDArray[np.float64],
        predictions: pd.DataFrame,
        histories: Sequence[list[dict[str, float]]] = (),
    ) -> None:
        """Write the results of a run into its folder.

        Args:
            run: The results.
            record: Entries of ``run.json``.
            judged: The pictures of the main score.
            probabilities: Probabilities of their classes.
            predictions: The rows of ``predictions.parquet``.
            histories: Of each fold, whose mean the run has.
        """
        with replacing(self.folder / "history.csv") as temporary:
            run.history.to_csv(temporary, index=False)
        rows: Any = run.history.to_dict("records")
        if run.has_epochs:
            plot_curves(rows, run.best_epoch, self.folder / "curves.png", histories)
        plot_confusion(run.confusion, self.folder / "confusion.png")
        run.validation.per_class.to_csv(self.folder / "per_class.csv")
        self._draw_mistakes(judged, probabilities)
        with replacing(self.folder / "predictions.parquet") as temporary:
            predictions.to_parquet(temporary, index=False)
        self.write_record(
            record
            | {
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "stopped": run.stopped,
                "epochs_done": len(run.history),
                "best_epoch": run.best_epoch,
                "overfits_from": run.overfits_from,
                "pictures_per_second": float(run.history["pictures_per_second"].median()),
                "validation": run.validation.to_dict(),
                "test": run.test.to_dict() if run.test else None,
            }
        )

    def rows_of(self, part: Part, probabilities: NDArray[np.float64]) -> pd.DataFrame:
        """Return rows of ``predictions.parquet``."""
        labels = np.array(self.pictures.labels, dtype=object)
        table = self.pictures.table.iloc[part.samples]
        frame = table[["path", "label", "split"]].reset_index(drop=True)
        frame["predicted"] = labels[probabilities.argmax(axis=1)]
        frame["probability"] = probabilities.max(axis=1)
        for code, label in enumerate(labels):
            frame[f"probability_{label}"] = probabilities[:, code]
        return frame

    def write_record(self, record: dict[str, Any]) -> None:
        """Write ``run.json``."""
        text = json.dumps(record, indent=1, default=float) + "\n"
        with replacing(self.folder / RECORD) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")

    def _decode(self, where: Device) -> dict[str, Part]:

        def report(done: int, total: int) -> None:
            self.report(TrainingProgress("decoding", done, total, device=where))

        usable, rows = self.pictures.rows(np.arange(len(self.pictures)), report)
        parts = {}
        for name, members in self.members().items():
            inside = np.isin(usable, members)
            samples = usable[inside]
            parts[name] = Part(samples, Subset(rows[inside], self.pictures.codes[samples]))
        return parts

    def _record(self, where: Device, parts: dict[str, Part]) -> dict[str, Any]:
        """Return everything that the run depends on, for its record."""
        entries, part_of = self.describe()
        return {
            "catsclean": __version__,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            **self.learner.describe(where),
            "device": {"kind": where.kind, "reason": where.reason},
            "recipe": self.recipe.to_dict(),
            "settings": self.settings,
            **entries,
            "pictures": {name: len(part.samples) for name, part in parts.items()},
            "labels": self.pictures.labels,
            "manifest_digest": _digest(self.pictures.table.assign(split=part_of)),
            "skipped": [list(pair) for pair in self.pictures.skipped],
        }

    def _check_digest(self, record: dict[str, Any]) -> None:
        known = read_record(self.folder).get("manifest_digest")
        if known != record["manifest_digest"]:
            raise TrainingUsageError(
                f"the manifest changed since the run in {str(self.folder)!r} began."
                " Train again without --resume (resume=True)."
            )

    def _draw_mistakes(self, part: Part, probabilities: NDArray[np.float64]) -> None:
        worst = worst_mistakes(probabilities, part.subset.codes, _MISTAKES_SHOWN)
        target = self.folder / "mistakes.png"
        if len(worst) == 0:
            target.unlink(missing_ok=True)
            return
        labels = self.pictures.labels
        captions = []
        for row in worst:
            said = int(probabilities[row].argmax())
            captions.append(
                caption_mistake(
                    self.pictures.table["path"].iloc[part.samples[row]],
                    labels[part.subset.codes[row]], labels[said], probabilities[row, said],
                )
            )  # fmt: skip
        squares = self.pictures.array[part.subset.rows[worst]]
        plot_grid(squares, captions, "The surest wrong answers", target)


class ModelTraining(Training):
    """The training of one model on one split, which others judge."""

    def __init__(self, splits: dict[str, list[str]], *arguments: Any) -> None:
        super().__init__(*arguments)
        self.splits = splits

    def members(self) -> dict[str, NDArray[np.int64]]:
        """Return the row numbers of each split, by its role."""
        return {role: self.pictures.of_splits(names) for role, names in self.splits.items()}

    def describe(self) -> tuple[dict[str, Any], Any]:
        """Return the names of the splits, and the split of each row."""
        splits = {r: n[0] if len(n) == 1 else n for r, n in self.splits.items()}
        return {"splits": splits}, self.pictures.table["split"]

    def train(
        self, where: Device, record: dict[str, Any], parts: dict[str, Part], *, resume: bool
    ) -> Run:
        """Train the model, and save it and its scores."""
        import pandas as pd

        def report_step(step: Step) -> None:
            self.report(TrainingProgress("training", step=step, device=where))

        labels = self.pictures.labels
        fitted = self.learner.fit(
            parts["train"].subset, parts["val"].subset, report_step, self.folder, resume=resume
        )
        self.report(TrainingProgress("evaluating", device=where))
        judge = self.learner.open(self.folder)
        found = {role: judge(part.subset.rows) for role, part in parts.items()}
        scores = {
            role: evaluate(found[role], parts[role].subset.codes, labels)
            for role in parts
            if role != "train"
        }
        trained = set(parts["train"].subset.codes.tolist())
        run = Run(
            folder=self.folder, labels=labels, history=pd.DataFrame(fitted.history),
            best_epoch=fitted.best_epoch,
            untrained=tuple(one for code, one in enumerate(labels) if code not in trained),
            overfits_from=find_overfitting(fitted.history, scores["val"].pictures),
            stopped=fitted.stopped, validation=scores["val"], test=scores.get("test"), device=where,
            skipped=self.pictures.skipped, has_epochs=self.learner.iterates,
        )  # fmt: skip
        frames = [self.rows_of(part, found[role]) for role, part in parts.items()]
        predictions = pd.concat(frames, ignore_index=True)
        self.save(run, record, parts["val"], found["val"], predictions)
        return run


@dataclass(frozen=True)
class Part:
    """A split or a fold: row numbers of the table, and their pictures and labels."""

    samples: NDArray[np.int64]
    subset: Subset


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents; return those that were missing, innermost first."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_empty_run(folder: Path, made: list[Path]) -> None:
    """Remove the folder of a run that failed before its first epoch, if this run made it."""
    if folder not in made:
        return
    with contextlib.suppress(OSError):
        if [path.name for path in folder.iterdir()] == [RECORD]:
            (folder / RECORD).unlink()
        for place in made:
            place.rmdir()  # fails if anything is in it


def _digest(table: pd.DataFrame) -> str:
    """Return a digest of the data that a model depends on: the label and split of all bytes."""
    lines = table[["path", "sha256", "label", "split"]].fillna("").agg("\t".join, axis=1)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record of a run that is to be resumed.

    Raises:
        TrainingUsageError: There is none, or it is damaged.
    """
    path = folder / RECORD
    try:
        value = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingUsageError(f"nothing to resume: no {str(path)!r}.") from None
    except (OSError, ValueError) as error:
        raise TrainingUsageError(f"cannot read {str(path)!r}: {error}.") from error
    if not isinstance(value, dict):
        raise TrainingUsageError(f"{str(path)!r} is damaged.")
    return value
