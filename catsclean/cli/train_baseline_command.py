"""Train a reference model on the training split, and show when it starts to overfit.

Examples:
  catsclean train-baseline PetImages
  catsclean train-baseline PetImages --recipe probe
  catsclean train-baseline PetImages --recipe augmented --epochs 30
  catsclean train-baseline PetImages --folds 5
  catsclean train-baseline PetImages --recipe probe --sufficiency
  catsclean train-baseline PetImages --resume

Docs: https://github.com/catsclean/catsclean/blob/main/docs/training.md
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import console as consoles
from rich import table as tables
from rich import text as texts

import catsclean
from catsclean import training
from catsclean.cli import EXIT_OK, StoppedError, options
from catsclean.cli.output import say
from catsclean.cli.training_progress import showing_training
from catsclean.core import names, state

_GO_ON = "Continue with --resume."
_SPLITS = "Splits"
_MODEL = "Model and training"
_AUGMENTATION = "Augmentation"
_MACHINE = "Machine"


class RecipeName(StrEnum):
    """What is trained."""

    COURSE = "course"
    AUGMENTED = "augmented"
    REGULARISED = "regularised"
    FAST = "fast"
    TRANSFER = "transfer"
    PROBE = "probe"


class DeviceName(StrEnum):
    """Where it is trained."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


class Precision(StrEnum):
    """How numbers are kept."""

    FLOAT32 = "float32"
    MIXED_FLOAT16 = "mixed_float16"
    MIXED_BFLOAT16 = "mixed_bfloat16"


class Fit(StrEnum):
    """How a picture becomes a square."""

    STRETCH = "stretch"
    CROP = "crop"
    PAD = "pad"


class Optimizer(StrEnum):
    """How weights are changed."""

    RMSPROP = "rmsprop"
    ADAM = "adam"
    SGD = "sgd"


class Schedule(StrEnum):
    """How the learning rate goes."""

    CONSTANT = "constant"
    COSINE = "cosine"
    ONE_CYCLE = "one-cycle"


def _option(name: str, metavar: str, text: str, group: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, metavar=metavar, help=text, show_default=False, rich_help_panel=group
    )
    return option


def _model(name: str, text: str, metavar: str = "NUMBER") -> typer.models.OptionInfo:
    return _option(name, metavar, text, _MODEL)


def _augment(name: str, text: str) -> typer.models.OptionInfo:
    return _option(name, "NUMBER", text, _AUGMENTATION)


def command(
    path: options.OptionalRoot = None,
    recipe: Annotated[
        RecipeName,
        typer.Option(
            "--recipe",
            "-r",
            metavar="NAME",
            help=f"What to train: {options.one_of(RecipeName)}. The defaults below are those of"
            " course.",
            rich_help_panel=_MODEL,
        ),
    ] = RecipeName.COURSE,
    manifest: Annotated[
        Path | None,
        _option("--manifest", "FILE", "Another manifest of the data set.", _SPLITS),
    ] = None,
    train: Annotated[
        str | None,
        _option(
            "--train", "NAME", "Training splits, such as fold1,fold2 [default: train].", _SPLITS
        ),
    ] = None,
    val: Annotated[
        str | None,
        _option("--val", "NAME", "Validation splits [default: val, else test].", _SPLITS),
    ] = None,
    test: Annotated[
        str | None,
        _option("--test", "NAME", "Test splits, for one last score [default: test].", _SPLITS),
    ] = None,
    folds: Annotated[
        int | None,
        _option(
            "--folds",
            "NUMBER",
            "Train so many models, and let each judge the pictures that it was not trained on."
            " Takes all pictures, also those of test. Saves predictions for each, and no model.",
            _SPLITS,
        ),
    ] = None,
    sufficiency: Annotated[
        bool,
        typer.Option(
            "--sufficiency",
            help="Tell whether more pictures would help: train models on five parts of the training"
            " pictures, five times each. Takes ten times as long, and saves no model.",
            rich_help_panel=_SPLITS,
        ),
    ] = False,
    epochs: Annotated[
        int | None, _model("--epochs", "Number of passes over the pictures [default: 15].")
    ] = None,
    size: Annotated[
        int | None, _model("--size", "Side of the input squares, in pixels [default: 150].")
    ] = None,
    batch_size: Annotated[
        int | None, _model("--batch-size", "Pictures per step [default: 20].")
    ] = None,
    optimizer: Annotated[
        Optimizer | None,
        _model("--optimizer", f"{options.one_of(Optimizer)} [default: rmsprop].", "NAME"),
    ] = None,
    learning_rate: Annotated[
        float | None, _model("--learning-rate", "Learning rate [default: 0.001].")
    ] = None,
    schedule: Annotated[
        Schedule | None,
        _model(
            "--schedule",
            f"Its schedule: {options.one_of(Schedule)} [default: constant].",
            "NAME",
        ),
    ] = None,
    weight_decay: Annotated[
        float | None, _model("--weight-decay", "Decoupled weight decay [default: 0].")
    ] = None,
    dropout: Annotated[
        float | None, _model("--dropout", "Dropout before the last layer [default: 0].")
    ] = None,
    label_smoothing: Annotated[
        float | None, _model("--label-smoothing", "Label smoothing [default: 0].")
    ] = None,
    patience: Annotated[
        int | None,
        _model(
            "--patience", "Stop after this many epochs without a lower loss [default: 0, never]."
        ),
    ] = None,
    c: Annotated[
        float | None, _model("--C", "For probe: how freely it fits [default: 0.01].")
    ] = None,
    grid: Annotated[
        int | None,
        _model("--grid", "For probe: fields a side that keep where something is [default: 1]."),
    ] = None,
    mirrored: Annotated[
        bool | None,
        typer.Option(
            "--mirrored/--no-mirrored",
            help="For probe: learn from mirror images, too [default: no].",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        _model(
            "--weights", "InceptionV3 weights for transfer [default: Keras downloads them].", "FILE"
        ),
    ] = None,
    fit: Annotated[
        Fit,
        typer.Option(
            "--fit",
            metavar="HOW",
            help=f"How to make pictures square: {options.one_of(Fit)}.",
            rich_help_panel=_MODEL,
        ),
    ] = Fit.STRETCH,
    apply_orientation: Annotated[
        bool,
        typer.Option(
            "--apply-orientation",
            help="Rotate pictures by their Exif orientation. Keras and TensorFlow ignore it.",
            rich_help_panel=_MODEL,
        ),
    ] = False,
    seed: Annotated[
        int,
        typer.Option(
            "--seed", metavar="NUMBER", min=0, help="Random seed.", rich_help_panel=_MODEL
        ),
    ] = 0,
    deterministic: Annotated[
        bool,
        typer.Option(
            "--deterministic",
            help="Make losses bit-identical between runs on one device.",
            rich_help_panel=_MODEL,
        ),
    ] = False,
    flip: Annotated[
        bool | None,
        typer.Option(
            "--flip/--no-flip",
            help="Randomly mirror half of the pictures [default: no].",
            rich_help_panel=_AUGMENTATION,
        ),
    ] = None,
    rotation: Annotated[
        float | None, _augment("--rotation", "Largest rotation, in degrees [default: 0].")
    ] = None,
    shift: Annotated[
        float | None, _augment("--shift", "Largest shift, as a share of the side [default: 0].")
    ] = None,
    shear: Annotated[
        float | None, _augment("--shear", "Largest shear, in degrees [default: 0].")
    ] = None,
    zoom: Annotated[float | None, _augment("--zoom", "Largest zoom [default: 0].")] = None,
    brightness: Annotated[
        float | None, _augment("--brightness", "Largest change of brightness [default: 0].")
    ] = None,
    contrast: Annotated[
        float | None, _augment("--contrast", "Largest change of contrast [default: 0].")
    ] = None,
    device: Annotated[
        DeviceName,
        typer.Option(
            "--device",
            metavar="NAME",
            help=f"Where to train: {options.one_of(DeviceName)}.",
            rich_help_panel=_MACHINE,
        ),
    ] = DeviceName.AUTO,
    precision: Annotated[
        Precision,
        typer.Option(
            "--precision",
            metavar="NAME",
            help=f"{options.one_of(Precision)}. The mixed ones are for GPUs.",
            rich_help_panel=_MACHINE,
        ),
    ] = Precision.FLOAT32,
    steps_per_call: Annotated[
        int | None,
        typer.Option(
            "--steps-per-call",
            metavar="NUMBER",
            min=1,
            help="Steps per call to the device [default: CPU 1, GPU 32].",
            rich_help_panel=_MACHINE,
        ),
    ] = None,
    jit: Annotated[
        bool | None,
        typer.Option(
            "--jit/--no-jit",
            help="Compile with XLA.",
            rich_help_panel=_MACHINE,
        ),
    ] = None,
    memory: Annotated[
        float,
        typer.Option(
            "--memory",
            metavar="GB",
            min=0,
            help="Memory for decoded pictures. More of them go to disk.",
            rich_help_panel=_MACHINE,
        ),
    ] = 4.0,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-j",
            metavar="NUMBER",
            min=1,
            help="Number of decoding threads.",
            rich_help_panel=_MACHINE,
        ),
    ] = None,
    skip_missing: Annotated[
        bool,
        typer.Option(
            "--skip-missing",
            help="Skip files that are missing or have changed.",
            rich_help_panel=options.FILES,
        ),
    ] = False,
    allow_incomplete: options.AllowIncomplete = False,
    follow_links_to: options.FollowLinksTo = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Folder of the run [default: a new one in the state folder].",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the run in --output, or the newest one.")
    ] = False,
    state_dir: options.StateDir = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    data: object = path
    if manifest is not None:
        data = catsclean.Manifest.load(manifest, path)
    last = training.TrainingProgress("")

    def note(now: training.TrainingProgress) -> None:
        nonlocal last
        last = now
        if show is not None:
            show(now)

    with showing_training(hidden=quiet, bar=not no_progress) as show, _answering(lambda: last):
        run = catsclean.train_baseline(
            data,  # type: ignore[arg-type]
            recipe=recipe.value, train=train, val=val, test=test, folds=folds,
            sufficiency=sufficiency, seed=seed, deterministic=deterministic,
            device=device.value, precision=precision.value,
            steps_per_call=steps_per_call, jit=jit, fit=fit.value,
            apply_orientation=apply_orientation, skip_missing=skip_missing,
            allow_incomplete=allow_incomplete,
            memory=int(memory * 2**30), weights=weights, state_dir=state_dir,
            follow_links_to=follow_links_to, run_dir=output,
            resume=resume, workers=workers, progress=note,
            epochs=epochs, size=size, batch_size=batch_size,
            optimizer=optimizer.value if optimizer else None, learning_rate=learning_rate,
            schedule=schedule.value if schedule else None, weight_decay=weight_decay,
            dropout=dropout, label_smoothing=label_smoothing, patience=patience, flip=flip,
            rotation=rotation, shift=shift, shear=shear, zoom=zoom, brightness=brightness,
            contrast=contrast, C=c, grid=grid, mirrored=mirrored,
        )  # fmt: skip
    if not quiet:
        _show(run)
        if run.folds is not None and manifest is None and output is None:
            audited = state.locate(path, state_dir, follow_links_to).arguments
            say(f"  catsclean audit {audited} --select likely-mislabelled")
    if run.stopped == "interrupted":
        raise StoppedError(f"interrupted; the best model is saved. {_GO_ON}")
    return EXIT_OK


@contextmanager
def _answering(last: Callable[[], training.TrainingProgress]) -> Iterator[None]:
    """Tell an interrupted user what is saved at this stage."""
    try:
        yield
    except KeyboardInterrupt:
        at = last()
        if at.stage == "evaluating":
            part = at.part if at.folds else "epoch"
            raise StoppedError(f"interrupted; every {part} is saved. {_GO_ON}") from None
        if at.fold > 1:
            done = f"{at.fold - 1} of {at.folds} {at.part}s"
            raise StoppedError(f"interrupted; {done} are saved. {_GO_ON}") from None
        if at.stage == "embedding":
            raise StoppedError(
                "interrupted before anything was saved. Run the same command again."
            ) from None
        part = f"a {at.part}" if at.folds else "an epoch"
        raise StoppedError(
            f"interrupted before {part} was complete. Run the same command again."
        ) from None


def _show(run: training.Run) -> None:
    # sentences break between words on a terminal, and nowhere in a pipe
    console = consoles.Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    for name, reason in run.skipped[:10]:
        console.print(texts.Text(f"skipped  {name}: {reason}"))
    if len(run.skipped) > 10:
        console.print(texts.Text(f"skipped  {len(run.skipped) - 10} more, listed in run.json"))
    table = tables.Table("Label", "Precision", "Recall", "Pictures", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for label, row in run.validation.per_class.iterrows():
        table.add_row(
            texts.Text(str(label)),
            f"{row['precision']:.3f}",
            f"{row['recall']:.3f}",
            f"{row['pictures']:.0f}",
        )
    console.print(table)
    console.print()
    for line in run.sentences:
        console.print(texts.Text(line))
    kept = "models" if run.keeps_model else "predictions"
    folder = names.encode(str(run.folder))
    place = f"Curves, confusion matrix, worst mistakes, {kept}: {folder}"
    if not run.has_epochs:
        place = place.replace("Curves, c", "C").replace("models", "model")
    if run.curve is not None:
        place = f"Learning curve, {place[0].lower()}{place[1:]}"
    console.print(texts.Text(place))
    console.print()
    if not run.keeps_model:
        return
    ways = ("predict {} IMAGE --crops", "feature-maps {} IMAGE")
    for command_line in ways if run.has_epochs else ways[:1]:
        text = f"  catsclean {command_line.format(names.shell_word(str(run.folder)))}"
        console.print(texts.Text(text), soft_wrap=True)  # to be copied whole
