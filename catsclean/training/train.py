"""``train_baseline``: check what was asked for, find the data and the run folder, and train."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, Unpack, get_args

from catsclean.auditing.open_questions import refuse_open_questions
from catsclean.auditing.result import Audit
from catsclean.core.arguments import checked, whole_number
from catsclean.core.limits import Limits
from catsclean.core.links import Folders
from catsclean.core.manifest import Manifest, find_manifest, load_manifest
from catsclean.core.names import text as safe_text
from catsclean.core.progress_bar import with_bar
from catsclean.core.state import StateFolder, locate
from catsclean.core.text import count
from catsclean.errors import ConfigError, TrainingUsageError, UsageError
from catsclean.splitting import Split
from catsclean.splitting.assign import check_folds
from catsclean.training.backend import hush_retracing, load_keras, require
from catsclean.training.data import DEFAULT_MEMORY, Pictures, labelled, names_of_splits
from catsclean.training.device import DeviceName
from catsclean.training.folds import FINISHED, FoldTraining, assign_folds
from catsclean.training.keras_learner import KerasLearner
from catsclean.training.live_curves import showing_curves
from catsclean.training.picture_groups import find_groups
from catsclean.training.pictures import Cut, FitName
from catsclean.training.probe import require_probe
from catsclean.training.probe_learner import ProbeLearner
from catsclean.training.recipes import (
    COURSE,
    Hyperparameters,
    ProbeRecipe,
    Recipe,
    RecipeChanges,
    RecipeName,
    find_recipe,
    recall,
)
from catsclean.training.run import (
    RECORD,
    ModelTraining,
    Run,
    Training,
    TrainingProgress,
    read_record,
)
from catsclean.training.sufficiency import TRAINED, SufficiencyTraining

PrecisionName = Literal["float32", "mixed_float16", "mixed_bfloat16"]
PRECISIONS: Final[tuple[PrecisionName, ...]] = get_args(PrecisionName)
_TRAINING_NAMES: Final = ("train", "training")
_VALIDATION_NAMES: Final = ("val", "valid", "validation", "dev", "test", "testing")
# the settings that a resumed run takes from the first one
_SETTINGS: Final = (
    "seed", "deterministic", "precision", "fit", "apply_orientation", "train", "val", "test",
    "weights", "folds", "sufficiency",
)  # fmt: skip
_PREDICTIONS: Final = "predictions.parquet"


@with_bar("", "epochs", beside=showing_curves)
@hush_retracing()
@checked
def train_baseline(  # noqa: PLR0913 - options of one call, all by name
    data: Manifest | Audit | Split | str | os.PathLike[str] | None = None,
    *,
    recipe: RecipeName | Recipe | ProbeRecipe = "course",
    train: str | Sequence[str] | None = None,
    val: str | Sequence[str] | None = None,
    test: str | Sequence[str] | None = None,
    folds: int | None = None,
    sufficiency: bool = False,
    seed: int = 0,
    deterministic: bool = False,
    device: DeviceName = "auto",
    precision: PrecisionName = "float32",
    steps_per_call: int | None = None,
    jit: bool | None = None,
    fit: FitName = "stretch",
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
    **changes: Unpack[RecipeChanges],
) -> Run:
    """Train a reference model on a manifest's training split, validate on its validation split.

    With `folds`, train one model for each fold instead, on the pictures of the other folds, so that
    every picture is judged by a model that was not trained on it.  With `sufficiency`, find out
    whether more pictures would help.

    Ctrl-C ends training and saves the best model, or the finished folds; ``resume=True`` continues.

    Args:
        data: A manifest, an audit or a split that has one, or the folder of an audited data set;
            None for the audited data set around the working folder, or the only one below it.
        recipe: ``course``, ``augmented``, ``regularised``, ``fast``, ``transfer``, ``probe``, or a
            recipe of your own.
        train: Name of the training split; None: ``train`` or ``training``.  Several splits are a
            list, or have commas between, as for the next two arguments: ``"fold1,fold2"``.
        val: Name of the validation split; None: ``val``, ``validation``, ..., and the test split
            if there is no other (then report that with the score).
        test: Name of a split to evaluate the best model on, once; None: ``test`` if it exists.
        folds: Train so many models on all pictures, whatever their split (also ``test``), and save
            only what each says about the pictures of its own fold: no model.  Copies of a picture
            stay in one fold.  All models are trained for `epochs`, without `patience`, and judge at
            the epoch whose loss over all pictures is the lowest.
        sufficiency: Train models on five parts of the training pictures, from a sixteenth up to
            all, five times each, and estimate what twice and four times as many would give
            (:attr:`Run.curve`).  Saves no model.  It takes about ten times as long as one run.
        seed: Random seed of folds, initial weights, order, augmentation and dropout.
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
        **changes: Hyper-parameters of the recipe: ``epochs=3``, ``learning_rate=1e-4``, ...; of
            ``probe``: ``size``, ``C``, ``mirrored``, ``grid``.

    Raises:
        MissingExtraError: OpenCV, scikit-learn or matplotlib is not installed, or TensorFlow, which
            ``probe`` does not need; it needs the extra ``content``.
        TrainingError: The data cannot be trained on; the message says what to do.
        TrainingUsageError: The audit is incomplete, or it is unclear which folders are the classes.
        KeyboardInterrupt: Ctrl-C before the first epoch was complete, or before the last fold was.
    """
    chosen = recipe if isinstance(recipe, Hyperparameters) else find_recipe(recipe)
    chosen = chosen.with_changes(**changes)
    _check_packages(chosen)
    if precision not in PRECISIONS:
        raise ConfigError(
            f"precision must be one of {', '.join(PRECISIONS)}. Received: {precision!r}."
        )
    if isinstance(chosen, ProbeRecipe):
        _refuse_beside_probe(
            precision=precision != "float32", steps_per_call=steps_per_call, jit=jit is not None,
            weights=weights, resume=resume and not (folds or sufficiency),
        )  # fmt: skip
    seed = whole_number("seed", seed, 0, 2**32 - 1)
    weights = None if weights is None else os.fspath(weights)
    if workers is not None:
        workers = whole_number("workers", workers)
    if folds is not None:
        folds = len(check_folds(folds))
        _refuse_beside_folds(
            train=train, val=val, test=test, patience=changes.get("patience"),
            sufficiency=sufficiency,
        )  # fmt: skip
    elif sufficiency and test:
        raise TrainingUsageError(
            "sufficiency compares models on the validation split. Leave out --test (test=), or name"
            " that split with --val (val=)."
        )
    manifest, state = _find_data(data, state_dir, follow_links_to, folds)
    named = state.root if data is None else data
    refuse_open_questions(named, state, TrainingUsageError, allow_incomplete=allow_incomplete)
    settings: dict[str, Any] = {
        "seed": seed, "deterministic": deterministic, "precision": precision, "fit": fit,
        "apply_orientation": apply_orientation, "train": train, "val": val, "test": test,
        "weights": weights, "folds": folds, "sufficiency": sufficiency,
    }  # fmt: skip
    if resume:
        folder = Path(run_dir) if run_dir is not None else _newest(state, settings)
        chosen, settings = _recall(folder, settings | {"recipe": chosen.name}, changes)
    else:
        folder = Path(run_dir) if run_dir is not None else _new_folder(state, chosen.name, settings)
        _check_folder(folder, state)
    splits = None if settings["folds"] else _name_splits(manifest, state.arguments, settings)
    pictures = Pictures(
        manifest, None if splits is None else [name for names in splits.values() for name in names],
        Cut(chosen.size, settings["fit"], settings["apply_orientation"]),
        skip_missing=skip_missing, memory=memory, state_dir=state.path, limits=limits,
        workers=workers, reach=state.reach(),
    )  # fmt: skip
    if splits is None and isinstance(chosen, Recipe):
        chosen = chosen.with_changes(patience=0)  # all folds have the same epochs, to choose one
    learner = (
        ProbeLearner(chosen)
        if isinstance(chosen, ProbeRecipe)
        else KerasLearner(chosen, settings, steps_per_call, jit)
    )
    rest = (folder, chosen, learner, settings, pictures, progress)
    return _choose_training(manifest, splits, *rest).run(device, resume=resume)


def _choose_training(
    manifest: Manifest, splits: dict[str, list[str]] | None, *rest: Any
) -> Training:
    """Return the training that the settings ask for; without splits, one with folds."""
    _, _, _, settings, pictures, _ = rest
    paths, seed = pictures.table["path"].tolist(), settings["seed"]
    if splits is None:
        return FoldTraining(assign_folds(manifest, paths, settings["folds"], seed), *rest)
    if settings["sufficiency"]:
        _, group_of = find_groups(manifest, paths, seed)
        return SufficiencyTraining(splits, group_of, *rest)
    return ModelTraining(splits, *rest)


def _check_packages(recipe: Hyperparameters) -> None:
    if isinstance(recipe, ProbeRecipe):
        require_probe()
    else:
        load_keras()
    require("cv2", "sklearn", "matplotlib")


def _refuse_other_settings(
    recipe: Recipe | ProbeRecipe, settings: Mapping[str, Any], asked: Mapping[str, Any]
) -> None:
    """Refuse to resume a run with values that it does not have, rather than ignore them."""
    has = recipe.to_dict() | {"recipe": recipe.name, "seed": settings["seed"]}
    # what nobody asked for: the defaults of the call
    silent = {"recipe": COURSE.name, "seed": 0}
    for key, value in asked.items():
        if key == "epochs" or value is None or value in {silent.get(key), has.get(key)}:
            continue
        option = key.replace("_", "-")
        raise TrainingUsageError(
            f"the run to resume has {option} {has.get(key)}. Received: {value}. Leave out"
            f" --{option} ({key}=), or train a new run without --resume (resume=True)."
        )


def _refuse_beside_probe(**given: object) -> None:
    for name, value in given.items():
        if value:
            why = (
                "is trained in one go" if name == "resume" else "has a network that stays as it is"
            )
            raise TrainingUsageError(
                f"{name} does not go with probe, which {why}. Leave out --{name.replace('_', '-')}"
                f" ({name}=)."
            )


def _refuse_beside_folds(**given: object) -> None:
    for name, value in given.items():
        if value:
            why = {
                "patience": "all folds are trained for the same epochs",
                "sufficiency": "it tests all models on the same pictures",
            }.get(name, "folds are made of all pictures")
            raise TrainingUsageError(
                f"{name} does not go with folds, because {why}. Leave out --{name} ({name}=), or"
                " --folds (folds=)."
            )


def _find_data(
    data: Manifest | Audit | Split | str | os.PathLike[str] | None,
    state_dir: str | os.PathLike[str] | None,
    follow_links_to: Folders,
    folds: int | None,
) -> tuple[Manifest, StateFolder]:
    if data is not None and not isinstance(data, (str, os.PathLike)):
        manifest, found = find_manifest(data, state_dir, follow_links_to)
        return manifest, found or StateFolder.of(manifest.root, state_dir)
    state = locate(data, state_dir, follow_links_to)
    if not state.exists(state.manifest):
        then = "" if folds else f", then catsclean split {state.arguments}"
        raise UsageError(f"{state.never_audited}{then}")
    return load_manifest(state), state


def _name_splits(
    manifest: Manifest, arguments: str, settings: Mapping[str, Any]
) -> dict[str, list[str]]:
    train, val, test = settings["train"], settings["val"], settings["test"]
    known = sorted(labelled(manifest)["split"].dropna().unique())

    def pick(asked: str | Sequence[str] | None, usual: tuple[str, ...], role: str) -> list[str]:
        found = asked or next((k for u in usual for k in known if k.lower() == u), None)
        if found is None:
            raise TrainingUsageError(
                f"no {role} split. Splits of the manifest: {', '.join(known) or 'none'}."
                f" Name one with --{role}, or make them: catsclean split {arguments} --val 0.1"
                ' (in Python: catsclean.split(FOLDER, {"val": 0.1}).save()); after an audit, again'
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


def _new_folder(state: StateFolder, recipe: str, settings: Mapping[str, Any]) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{recipe}"
    if settings["folds"]:
        name += f"-{settings['folds']}-folds"
    elif settings["sufficiency"]:
        name += "-sufficiency"
    folder = state.runs / name
    number = 2
    while folder.exists():
        folder = state.runs / f"{name}-{number}"
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
    if found and RECORD not in found:
        raise UsageError(f"the folder has files that are not of a run. {shown} Name another one.")
    if found and _holds_results(folder):
        raise TrainingUsageError(
            f"{str(folder)!r} holds a run already. Pass --resume (resume=True) to continue"
            " it, or name another folder."
        )


def _holds_results(folder: Path) -> bool:
    """Whether a run got beyond its first epoch, or its first fold or model."""
    return (folder / "state.npz").exists() or (folder / _PREDICTIONS).exists() or _has_parts(folder)


def _has_parts(folder: Path) -> bool:
    """Whether a run that trains several models has trained one, and is not finished."""
    return any(folder.glob(FINISHED)) or any(folder.glob(TRAINED))


def _newest(state: StateFolder, settings: Mapping[str, Any]) -> Path:
    """Return the newest run that can be resumed: with an intact record and a part that is done."""
    runs = sorted((record.parent for record in state.runs.glob(f"*/{RECORD}")), reverse=True)
    if not runs:
        raise TrainingUsageError(f"nothing to resume: no run in {str(state.runs)!r}.")
    for run in runs:
        with contextlib.suppress(TrainingUsageError, ConfigError):
            if (run / "state.npz").is_file() or _has_parts(run):
                _recall(run, settings, {})
                return run
    wanted = "finished an epoch, or some of its folds"
    if settings["folds"]:
        wanted = f"was interrupted with some of {settings['folds']} folds done"
    elif settings["sufficiency"]:
        wanted = "was interrupted with --sufficiency and some of its models done"
    raise TrainingUsageError(
        f"nothing to resume: no run in {str(state.runs)!r} {wanted}."
        " Train without --resume (resume=True)."
    )


def _recall(
    folder: Path, asked: Mapping[str, Any], changes: RecipeChanges
) -> tuple[Recipe | ProbeRecipe, dict[str, Any]]:
    """Return recipe and settings of the run that is resumed; only `epochs` may differ."""
    record = read_record(folder)
    try:
        recipe = recall(record["recipe"])
        # runs of earlier versions have neither
        settings = {"folds": None, "sufficiency": False} | record["settings"]
        settings = {key: settings[key] for key in _SETTINGS}
    except (KeyError, TypeError) as error:
        raise TrainingUsageError(f"{str(folder / RECORD)!r} is damaged: {error}.") from error
    shown = f"Received: {str(folder)!r}."
    given = {"recipe": asked.get("recipe", COURSE.name), "seed": asked["seed"]}
    _refuse_other_settings(recipe, settings, changes | given)
    folds = asked["folds"]
    if asked["sufficiency"] and not settings["sufficiency"]:
        raise TrainingUsageError(
            f"the run to resume is one without --sufficiency. {shown} Leave it out (sufficiency=)."
        )
    if folds is not None and folds != settings["folds"]:
        has = f"{settings['folds']} folds" if settings["folds"] else "no folds"
        raise TrainingUsageError(
            f"the run to resume has {has}. {shown} Leave out --folds (folds=)."
        )
    if not (settings["folds"] or settings["sufficiency"]):
        if isinstance(recipe, ProbeRecipe):
            _refuse_beside_probe(resume=True)
        return recipe.with_changes(epochs=changes.get("epochs")), settings
    part = "fold" if settings["folds"] else "model"
    if not _has_parts(folder):
        done = (folder / _PREDICTIONS).exists()
        raise TrainingUsageError(
            f"nothing to resume: {f'all {part}s are' if done else f'no {part} is'} done. {shown}"
        )
    if isinstance(recipe, Recipe) and changes.get("epochs") not in {None, recipe.epochs}:
        raise TrainingUsageError(
            f"the {part}s of this run are trained for {count(recipe.epochs, 'epoch')}. {shown}"
            " Leave out --epochs (epochs=)."
        )
    return recipe, settings
