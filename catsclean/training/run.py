"""``train_baseline``: from a manifest to a folder with a trained model and its scores."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.auditing.open_questions import refuse_open_questions
from catsclean.auditing.result import Audit
from catsclean.core.arguments import checked, whole_number
from catsclean.core.files import replacing
from catsclean.core.limits import Limits
from catsclean.core.links import Folders
from catsclean.core.manifest import Manifest, find_manifest, load_manifest
from catsclean.core.names import text as safe_text
from catsclean.core.state import StateFolder, locate
from catsclean.core.text import count
from catsclean.core.version import __version__
from catsclean.errors import ConfigError, TrainingUsageError, UsageError
from catsclean.splitting import Split
from catsclean.training.backend import load_keras, require
from catsclean.training.checkpoint import Checkpoint
from catsclean.training.data import DEFAULT_MEMORY, Pictures, labelled, names_of_splits
from catsclean.training.device import Device, choose_device, enable_determinism
from catsclean.training.evaluate import Evaluation, evaluate, find_overfitting, worst_mistakes
from catsclean.training.fit import Fitted, Plan, Step, Subset, fit, predict_rows, seeded
from catsclean.training.loading import load_model
from catsclean.training.models import build_model
from catsclean.training.pictures import Cut
from catsclean.training.plots import plot_confusion, plot_curves, plot_grid
from catsclean.training.recipes import Recipe, find_recipe

if TYPE_CHECKING:
    import pandas as pd


PRECISIONS: Final = ("float32", "mixed_float16", "mixed_bfloat16")
_TRAINING_NAMES: Final = ("train", "training")
_VALIDATION_NAMES: Final = ("val", "valid", "validation", "dev", "test", "testing")
_MISTAKES_SHOWN: Final = 24
# the settings that a resumed run takes from the first one
_SETTINGS: Final = (
    "seed", "deterministic", "precision", "fit", "apply_orientation", "train", "val", "test",
    "weights",
)  # fmt: skip
# kernel launches no longer limit a GPU with some dozens of steps in one call; a CPU gains nothing
_STEPS_PER_CALL: Final = {"cpu": 1, "gpu": 32}


@dataclass(frozen=True)
class TrainingProgress:
    """Progress of a run, passed to the progress callback.

    Attributes:
        stage: ``decoding``, ``training`` or ``evaluating``.
        done: Number of pictures decoded, in the first stage.
        total: Number of pictures to decode, in the first stage.
        step: Progress of training, in the second stage.
        device: The device, and why it was chosen.
    """

    stage: str
    done: int = 0
    total: int = 0
    step: Step | None = None
    device: Device | None = None


@dataclass(frozen=True)
class Run:
    """The results of a training run in its folder.

    Attributes:
        folder: The run folder.
        labels: Names of the classes, in the order of their codes.
        history: One row per epoch.
        best_epoch: The epoch of the lowest validation loss, whose model is `model`.
        overfits_from: The epoch from which training improved but validation did not; None if it
            did not over-fit, see :func:`catsclean.training.evaluate.find_overfitting`.
        stopped: ``finished``, ``early`` or ``interrupted``.
        validation: Scores of the best model on the validation split.
        test: Its scores on the test split; None if there is none.
        device: The device, and why it was chosen.
        skipped: Path and reason of each picture that was left out.
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

    @property
    def model(self) -> Path:
        """The model of the best epoch."""
        return self.folder / "best.keras"

    @property
    def confusion(self) -> pd.DataFrame:
        """Validation pictures by true (rows) and predicted label."""
        return self.validation.confusion

    def __repr__(self) -> str:
        return (
            f"<Run {self.folder.name}: {count(len(self.history), 'epoch')}, validation accuracy"
            f" {self.validation.accuracy:.3f} ± {self.validation.standard_error:.3f}"
            f" at epoch {self.best_epoch}>"
        )


@checked
def train_baseline(  # noqa: PLR0913 - options of one call, all by name
    data: Manifest | Audit | Split | str | os.PathLike[str] | None = None,
    *,
    recipe: str | Recipe = "course",
    train: str | Sequence[str] | None = None,
    val: str | Sequence[str] | None = None,
    test: str | Sequence[str] | None = None,
    seed: int = 0,
    deterministic: bool = False,
    device: str = "auto",
    precision: str = "float32",
    steps_per_call: int | None = None,
    jit: bool | None = None,
    fit: str = "stretch",
    apply_orientation: bool = False,
    skip_missing: bool = False,
    allow_incomplete: bool = False,
    memory: int = DEFAULT_MEMORY,
    weights: str | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
    run_dir: str | os.PathLike[str] | None = None,
    resume: bool = False,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
    **changes: Any,
) -> Run:
    """Train a reference model on a manifest's training split, validate on its validation split.

    Ctrl-C ends training and saves the best model; ``resume=True`` continues.

    Args:
        data: A manifest, an audit or a split that has one, or the folder of an audited data set;
            None for the one audited data set below the current folder.
        recipe: ``course``, ``augmented``, ``regularised`` or ``transfer``, or a recipe of your own.
        train: Name of the training split; None: ``train`` or ``training``.  Several splits are a
            list, or have commas between, as for the next two arguments: ``"fold1,fold2"``.
        val: Name of the validation split; None: ``val``, ``validation``, ..., and the test split
            if there is no other (then report that with the score).
        test: Name of a split to evaluate the best model on, once; None: ``test`` if it exists.
        seed: Random seed of initial weights, order, augmentation and dropout.
        deterministic: Compute bit-identical losses on the same device.
        device: ``auto``, ``cpu`` or ``gpu``.
        precision: ``float32``, ``mixed_float16`` or ``mixed_bfloat16``.
        steps_per_call: Steps per call to the device; None: 1 on a CPU and 32 on a GPU.
        jit: Compile with XLA; None: on JAX only (it did not help TensorFlow on a CPU).
        fit: How pictures become squares: ``stretch``, ``crop`` or ``pad``.
        apply_orientation: Turn pictures by their Exif tag; Keras and TensorFlow do not.
        skip_missing: Train without files that can no longer be read.
        allow_incomplete: Train although the audit could not examine everything.
        memory: Bytes that decoded pictures may take in memory; if they need more, they are stored
            on disk in the state folder.
        weights: For ``transfer``: a file with InceptionV3's weights; None: Keras' own download.
        state_dir: State folder, if it is not beside the data set.
        follow_links_to: Folders outside the data set that links may lead into, if the audit
            followed links.
        run_dir: Folder of this run; None: a new one below the state folder's ``runs/``.
        resume: Continue the run in `run_dir`, or the newest one, with its own settings, except
            for `epochs` in `changes`.
        limits: Bounds on one file.
        workers: Number of decoding threads.
        progress: Called during the run.
        **changes: Hyper-parameters of the recipe: ``epochs=3``, ``learning_rate=1e-4``, ...

    Raises:
    Raises:
        MissingExtraError: TensorFlow, OpenCV, scikit-learn or matplotlib is not installed.
        TrainingError: The data cannot be trained on; the message says what to do.
        TrainingUsageError: The audit is incomplete, or it is unclear which folders are the classes.
        KeyboardInterrupt: Ctrl-C before the first epoch was complete.
    """
    load_keras()
    require("cv2", "sklearn", "matplotlib")
    if precision not in PRECISIONS:
        raise ConfigError(
            f"precision must be one of {', '.join(PRECISIONS)}. Received: {precision!r}."
        )
    seed = whole_number("seed", seed, 0, 2**32 - 1)
    weights = None if weights is None else os.fspath(weights)
    if workers is not None:
        workers = whole_number("workers", workers)
    manifest, state = _find_data(data, state_dir, follow_links_to)
    refuse_open_questions(
        state.root if data is None else data,
        state,
        TrainingUsageError,
        allow_incomplete=allow_incomplete,
    )
    settings: dict[str, Any] = {
        "seed": seed, "deterministic": deterministic, "precision": precision, "fit": fit,
        "apply_orientation": apply_orientation, "train": train, "val": val, "test": test,
        "weights": weights,
    }  # fmt: skip
    chosen = recipe if isinstance(recipe, Recipe) else find_recipe(recipe)
    chosen = chosen.with_changes(**changes)
    if resume:
        folder = Path(run_dir) if run_dir is not None else _newest(state)
        chosen, settings = _recall(folder, changes)
    else:
        folder = Path(run_dir) if run_dir is not None else _new_folder(state, chosen.name)
        _check_folder(folder, state)
        # a run that was interrupted before its first epoch holds nothing
        if (folder / "run.json").exists() and (folder / "state.npz").exists():
            raise TrainingUsageError(
                f"{str(folder)!r} holds a run already. Pass --resume (resume=True) to continue"
                " it, or name another folder."
            )
    splits = _name_splits(
        manifest, state.arguments, settings["train"], settings["val"], settings["test"]
    )
    pictures = Pictures(
        manifest, [name for names in splits.values() for name in names],
        Cut(chosen.size, settings["fit"], settings["apply_orientation"]),
        skip_missing=skip_missing, memory=memory, state_dir=state.path, limits=limits,
        workers=workers, reach=state.reach(),
    )  # fmt: skip
    job = _Training(folder, chosen, settings, splits, pictures, progress)
    return job.run(device, steps_per_call, jit=jit, resume=resume)


class _Training:
    """One run, after all arguments of its call have been checked."""

    def __init__(
        self, folder: Path, recipe: Recipe, settings: dict[str, Any],
        splits: dict[str, list[str]],
        pictures: Pictures, progress: Callable[[TrainingProgress], None] | None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.recipe = recipe
        self.settings = settings
        self.splits = splits
        self.pictures = pictures
        self.report = progress or (lambda _: None)

    def run(
        self, device: str, steps_per_call: int | None, *, jit: bool | None, resume: bool
    ) -> Run:

        load_keras()
        where = choose_device(device)
        if self.settings["deterministic"]:
            enable_determinism()
        parts = self._decode(where)
        record = self._record(where, parts)
        if resume:
            self._check_digest(record)
        made = _make_folders(self.folder)
        try:
            _write_json(self.folder / "run.json", {**record, "stopped": "running"})
            return self._train(where, record, parts, steps_per_call, jit=jit, resume=resume)
        except BaseException:
            _remove_empty_run(self.folder, made)
            raise

    def _train(
        self, where: Device, record: dict[str, Any], parts: dict[str, _Part],
        steps_per_call: int | None, *, jit: bool | None, resume: bool,
    ) -> Run:  # fmt: skip

        keras = load_keras()
        note = {"labels": self.pictures.labels, **self.pictures.cut.to_dict()}
        plan = Plan(
            seed=self.settings["seed"],
            # on a CPU the device's memory is the host's: it would hold the set twice, and a set
            # that is on disk does not fit
            resident=where.kind == "gpu" or not self.pictures.on_disk,
            steps_per_call=steps_per_call or _STEPS_PER_CALL[where.kind],
            jit=keras.backend.backend() == "jax" if jit is None else jit,
        )
        before = keras.config.dtype_policy()

        def report_step(step: Step) -> None:
            self.report(TrainingProgress("training", step=step, device=where))

        try:
            keras.config.set_dtype_policy(self.settings["precision"])
            with where.scope():
                with seeded(self.settings["seed"]):
                    network = build_model(
                        self.recipe, len(self.pictures.labels), self.settings["weights"]
                    )
                fitted = fit(
                    network, self.pictures.array, parts["train"].subset, parts["val"].subset,
                    self.recipe, plan, checkpoint=Checkpoint(self.folder, note), resume=resume,
                    progress=report_step,
                )  # fmt: skip
                return self._finish(where, record, parts, fitted)
        finally:
            keras.config.set_dtype_policy(before)

    def _decode(self, where: Device) -> dict[str, _Part]:

        def report(done: int, total: int) -> None:
            self.report(TrainingProgress("decoding", done, total, device=where))

        usable, rows = self.pictures.rows(np.arange(len(self.pictures)), report)
        parts = {}
        for role, names in self.splits.items():
            inside = np.isin(usable, self.pictures.of_splits(names))
            samples = usable[inside]
            parts[role] = _Part(samples, Subset(rows[inside], self.pictures.codes[samples]))
        return parts

    def _record(self, where: Device, parts: dict[str, _Part]) -> dict[str, Any]:
        """Return everything that the run depends on, for its record."""
        keras = load_keras()
        return {
            "catsclean": __version__,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": {
                "python": platform.python_version(),
                "keras": keras.__version__,
                "backend": where.backend,
                "numpy": np.__version__,
            },
            "device": {"kind": where.kind, "reason": where.reason},
            "recipe": self.recipe.to_dict(),
            "settings": self.settings,
            "splits": {r: n[0] if len(n) == 1 else n for r, n in self.splits.items()},
            "pictures": {role: len(part.samples) for role, part in parts.items()},
            "labels": self.pictures.labels,
            "manifest_digest": _digest(self.pictures.table),
            "skipped": [list(pair) for pair in self.pictures.skipped],
        }

    def _check_digest(self, record: dict[str, Any]) -> None:
        known = _read_json(self.folder / "run.json").get("manifest_digest")
        if known != record["manifest_digest"]:
            raise TrainingUsageError(
                f"the manifest changed since the run in {str(self.folder)!r} began."
                " Train again without --resume (resume=True)."
            )

    def _finish(
        self, where: Device, record: dict[str, Any], parts: dict[str, _Part], fitted: Fitted
    ) -> Run:
        import pandas as pd

        self.report(TrainingProgress("evaluating", device=where))
        labels = self.pictures.labels
        best = load_model(self.folder / "best.keras").network
        found = {
            role: predict_rows(best, self.pictures.array, part.subset.rows)
            for role, part in parts.items()
        }
        scores = {
            role: evaluate(found[role], parts[role].subset.codes, labels)
            for role in parts
            if role != "train"
        }
        history = pd.DataFrame(fitted.history)
        run = Run(
            folder=self.folder, labels=labels, history=history, best_epoch=fitted.best_epoch,
            overfits_from=find_overfitting(fitted.history, scores["val"].pictures),
            stopped=fitted.stopped, validation=scores["val"], test=scores.get("test"), device=where,
            skipped=self.pictures.skipped,
        )  # fmt: skip
        with replacing(self.folder / "history.csv") as temporary:
            history.to_csv(temporary, index=False)
        plot_curves(fitted.history, fitted.best_epoch, self.folder / "curves.png")
        plot_confusion(run.confusion, self.folder / "confusion.png")
        run.validation.per_class.to_csv(self.folder / "per_class.csv")
        self._draw_mistakes(parts["val"], found["val"])
        self._write_predictions(parts, found)
        record |= {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "stopped": fitted.stopped,
            "epochs_done": len(history),
            "best_epoch": run.best_epoch,
            "overfits_from": run.overfits_from,
            "pictures_per_second": float(history["pictures_per_second"].median()),
            "validation": run.validation.to_dict(),
            "test": run.test.to_dict() if run.test else None,
        }
        _write_json(self.folder / "run.json", record)
        return run

    def _draw_mistakes(self, part: _Part, probabilities: NDArray[np.float64]) -> None:

        worst = worst_mistakes(probabilities, part.subset.codes, _MISTAKES_SHOWN)
        target = self.folder / "mistakes.png"
        if len(worst) == 0:
            target.unlink(missing_ok=True)
            return
        labels = self.pictures.labels
        captions = []
        for row in worst:
            said = int(probabilities[row].argmax())
            path = self.pictures.table["path"].iloc[part.samples[row]]
            name = path if len(path) <= 26 else f"…{path[-25:]}"
            captions.append(f"{name}\n{labels[said]} {probabilities[row, said]:.2f}")
        plot_grid(self.pictures.array[part.subset.rows[worst]], captions, target)

    def _write_predictions(
        self, parts: dict[str, _Part], found: dict[str, NDArray[np.float64]]
    ) -> None:
        import pandas as pd

        labels = np.array(self.pictures.labels, dtype=object)
        frames = []
        for role, part in parts.items():
            rows = self.pictures.table.iloc[part.samples]
            frame = rows[["path", "label", "split"]].reset_index(drop=True)
            frame["predicted"] = labels[found[role].argmax(axis=1)]
            frame["probability"] = found[role].max(axis=1)
            for code, label in enumerate(labels):
                frame[f"probability_{label}"] = found[role][:, code]
            frames.append(frame)
        with replacing(self.folder / "predictions.parquet") as temporary:
            pd.concat(frames, ignore_index=True).to_parquet(temporary, index=False)


@dataclass(frozen=True)
class _Part:
    """One split: row numbers of the table, and their pictures and labels."""

    samples: NDArray[np.int64]
    subset: Subset


def _find_data(
    data: Manifest | Audit | Split | str | os.PathLike[str] | None,
    state_dir: str | os.PathLike[str] | None,
    follow_links_to: Folders,
) -> tuple[Manifest, StateFolder]:
    if data is not None and not isinstance(data, (str, os.PathLike)):
        manifest, found = find_manifest(data, state_dir, follow_links_to)
        return manifest, found or StateFolder.of(manifest.root, state_dir)
    state = locate(data, state_dir, follow_links_to)
    if not state.exists(state.manifest):
        raise UsageError(f"{state.never_audited}, then catsclean split {state.arguments}")
    return load_manifest(state), state


def _name_splits(
    manifest: Manifest,
    arguments: str,
    train: str | Sequence[str] | None,
    val: str | Sequence[str] | None,
    test: str | Sequence[str] | None,
) -> dict[str, list[str]]:
    known = sorted(labelled(manifest)["split"].dropna().unique())

    def pick(asked: str | Sequence[str] | None, usual: tuple[str, ...], role: str) -> list[str]:
        found = asked or next((k for u in usual for k in known if k.lower() == u), None)
        if found is None:
            raise TrainingUsageError(
                f"no {role} split. Splits of the manifest: {', '.join(known) or 'none'}."
                f" Name one with --{role}, or make them: catsclean split {arguments} --val 0.1"
                ' (in Python: catsclean.split(FOLDER, {"val": 0.1}).save())'
            )
        return names_of_splits(found, manifest)

    splits = {
        "train": pick(train, _TRAINING_NAMES, "train"),
        "val": pick(val, _VALIDATION_NAMES, "val"),
    }
    _refuse_shared(splits, "train", "val")
    if test:
        splits["test"] = names_of_splits(test, manifest)
        _refuse_shared(splits, "train", "test")
        _refuse_shared(splits, "val", "test")
    elif "test" in known and "test" not in splits["train"] + splits["val"]:
        splits["test"] = ["test"]
    return splits


def _refuse_shared(splits: dict[str, list[str]], one: str, other: str) -> None:
    if shared := [name for name in splits[one] if name in splits[other]]:
        roles = {"train": "training", "val": "validation", "test": "test"}
        raise TrainingUsageError(
            f"{roles[one]} and {roles[other]} are both {', '.join(map(repr, shared))}: the score"
            " would mean nothing."
        )


def _new_folder(state: StateFolder, recipe: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = state.runs / f"{stamp}-{recipe}"
    number = 2
    while folder.exists():
        folder = state.runs / f"{stamp}-{recipe}-{number}"
        number += 1
    return folder


def _check_folder(folder: Path, state: StateFolder) -> None:
    """Refuse a run folder in which something could be overwritten, or read as a class."""
    shown = f"Received: {safe_text(str(folder))!r}."
    if folder.resolve().is_relative_to(state.root):
        raise UsageError(f"a run must not be inside its data set. {shown} Name another folder.")
    try:
        found = os.listdir(folder)  # noqa: PTH208 - only whether it is empty matters
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"cannot use this run folder: {error.strerror}. {shown}") from error
    if found and "run.json" not in found:
        raise UsageError(f"the folder has files that are not of a run. {shown} Name another one.")


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
        if [path.name for path in folder.iterdir()] == ["run.json"]:
            (folder / "run.json").unlink()
        for place in made:
            place.rmdir()  # fails if anything is in it


def _newest(state: StateFolder) -> Path:
    """Return the newest run that can be resumed: with a complete epoch and an intact record."""
    runs = sorted((record.parent for record in state.runs.glob("*/run.json")), reverse=True)
    if not runs:
        raise TrainingUsageError(f"nothing to resume: no run in {str(state.runs)!r}.")
    for run in runs:
        with contextlib.suppress(TrainingUsageError, ConfigError):
            if (run / "state.npz").is_file():
                _recall(run, {})
                return run
    raise TrainingUsageError(
        f"nothing to resume: no run in {str(state.runs)!r} finished an epoch."
        " Train without --resume (resume=True)."
    )


def _recall(folder: Path, changes: dict[str, Any]) -> tuple[Recipe, dict[str, Any]]:
    """Return recipe and settings of the run that is resumed; only `epochs` may differ."""
    record = _read_json(folder / "run.json")
    try:
        recipe = Recipe(**record["recipe"])
        settings = {key: record["settings"][key] for key in _SETTINGS}
    except (KeyError, TypeError) as error:
        raise TrainingUsageError(f"{str(folder / 'run.json')!r} is damaged: {error}.") from error
    return recipe.with_changes(epochs=changes.get("epochs")), settings


def _digest(table: pd.DataFrame) -> str:
    """Return a digest of the data that a model depends on: the label and split of all bytes."""
    lines = table[["path", "sha256", "label", "split"]].fillna("").agg("\t".join, axis=1)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingUsageError(f"nothing to resume: no {str(path)!r}.") from None
    except (OSError, ValueError) as error:
        raise TrainingUsageError(f"cannot read {str(path)!r}: {error}.") from error
    if not isinstance(value, dict):
        raise TrainingUsageError(f"{str(path)!r} is damaged.")
    return value


def _write_json(path: Path, value: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, default=float) + "\n", encoding="utf-8")
