"""Train a reference model on the training split, and show where it starts to over-fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catsclean.cli import EXIT_OK, StoppedError, options
from catsclean.cli.training_progress import showing_training
from catsclean.core import names
from catsclean.core.manifest import Manifest
from catsclean.core.text import count
from catsclean.training.evaluate import Evaluation
from catsclean.training.run import Run, TrainingProgress, train_baseline

_GO_ON = "Go on with --resume."


class RecipeName(StrEnum):
    """What is trained."""

    COURSE = "course"
    AUGMENTED = "augmented"
    REGULARISED = "regularised"
    TRANSFER = "transfer"


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


_RECIPE = "Recipe"  # heading of the hyper-parameters in --help


def _hyper(name: str, text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, help=text, show_default=False, rich_help_panel=_RECIPE
    )
    return option


def command(
    path: options.OptionalRoot = None,
    recipe: Annotated[
        RecipeName,
        typer.Option("--recipe", "-r", help="What to train; the defaults below are of `course`."),
    ] = RecipeName.COURSE,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", help="Another manifest of PATH.", show_default=False),
    ] = None,
    train: Annotated[
        str | None,
        typer.Option(
            "--train",
            help="Training split, or several: fold1,fold2 (train).",
            show_default=False,
        ),
    ] = None,
    val: Annotated[
        str | None,
        typer.Option(
            "--val", help="Validation split or splits (val, else test).", show_default=False
        ),
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(
            "--test", help="Split or splits for one last score (test).", show_default=False
        ),
    ] = None,
    epochs: Annotated[
        int | None, _hyper("--epochs", "Times that every picture is seen (15).")
    ] = None,
    size: Annotated[int | None, _hyper("--size", "Side of the squares, pixels (150).")] = None,
    batch_size: Annotated[int | None, _hyper("--batch-size", "Pictures per step (20).")] = None,
    optimizer: Annotated[
        Optimizer | None, _hyper("--optimizer", "How weights change (rmsprop).")
    ] = None,
    learning_rate: Annotated[
        float | None, _hyper("--learning-rate", "The optimizer's step size (0.001).")
    ] = None,
    schedule: Annotated[
        Schedule | None, _hyper("--schedule", "How the learning rate goes (constant).")
    ] = None,
    weight_decay: Annotated[
        float | None, _hyper("--weight-decay", "Decoupled weight decay (0).")
    ] = None,
    dropout: Annotated[
        float | None, _hyper("--dropout", "Share of the last features left out (0).")
    ] = None,
    label_smoothing: Annotated[
        float | None, _hyper("--label-smoothing", "Share of a label given to the others (0).")
    ] = None,
    patience: Annotated[
        int | None,
        _hyper("--patience", "Stop after so many epochs without a lower loss (0: never)."),
    ] = None,
    flip: Annotated[
        bool | None,
        typer.Option(
            "--flip/--no-flip",
            help="Mirror every second picture (no).",
            show_default=False,
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    rotation: Annotated[float | None, _hyper("--rotation", "Largest turn, degrees (0).")] = None,
    shift: Annotated[
        float | None, _hyper("--shift", "Largest move, share of the side (0).")
    ] = None,
    shear: Annotated[float | None, _hyper("--shear", "Largest shear, degrees (0).")] = None,
    zoom: Annotated[float | None, _hyper("--zoom", "Largest change of scale (0).")] = None,
    brightness: Annotated[
        float | None, _hyper("--brightness", "Largest change of brightness (0).")
    ] = None,
    contrast: Annotated[
        float | None, _hyper("--contrast", "Largest change of contrast (0).")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="FILE",
            help="InceptionV3's weights, for `transfer`; downloaded by Keras where left out.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="What all chance follows from.")] = 0,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Bit-identical losses on the same device.")
    ] = False,
    device: Annotated[
        DeviceName, typer.Option("--device", help="Where to train.")
    ] = DeviceName.AUTO,
    precision: Annotated[
        Precision, typer.Option("--precision", help="Mixed ones are for GPUs.")
    ] = Precision.FLOAT32,
    steps_per_call: Annotated[
        int | None,
        typer.Option(
            "--steps-per-call",
            min=1,
            help="Steps per call to the device (CPU 1, GPU 32).",
            show_default=False,
        ),
    ] = None,
    jit: Annotated[
        bool | None, typer.Option("--jit/--no-jit", help="Compile with XLA.", show_default=False)
    ] = None,
    fit: Annotated[Fit, typer.Option("--fit", help="How pictures become squares.")] = Fit.STRETCH,
    apply_orientation: Annotated[
        bool,
        typer.Option(
            "--apply-orientation",
            help="Turn pictures by their Exif tag, which Keras and TensorFlow ignore.",
        ),
    ] = False,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Train without files that are gone or changed.")
    ] = False,
    allow_incomplete: options.AllowIncomplete = False,
    memory: Annotated[
        float,
        typer.Option(
            "--memory", min=0, help="GB of memory for decoded pictures; beyond, they lie on disk."
        ),
    ] = 4.0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Run folder; a new one in the state folder where left out.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --output, or the newest one.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", "-j", min=1, help="Decoding threads.", show_default=False),
    ] = None,
    state_dir: options.StateDir = None,
    follow_links_to: options.FollowLinksTo = None,
    no_progress: options.NoProgress = False,
    quiet: options.Quiet = False,
) -> int:
    data: object = path
    if manifest is not None:
        data = Manifest.load(manifest, path)
    stage = ""

    def note_stage(now: TrainingProgress) -> None:
        nonlocal stage
        stage = now.stage
        if show is not None:
            show(now)

    with showing_training(hidden=quiet, bar=not no_progress) as show, _answering(lambda: stage):
        run = train_baseline(
            data,  # type: ignore[arg-type]
            recipe=recipe.value, train=train, val=val, test=test, seed=seed,
            deterministic=deterministic, device=device.value, precision=precision.value,
            steps_per_call=steps_per_call, jit=jit, fit=fit.value,
            apply_orientation=apply_orientation, skip_missing=skip_missing,
            allow_incomplete=allow_incomplete,
            memory=int(memory * 2**30), weights=weights, state_dir=state_dir,
            follow_links_to=follow_links_to, run_dir=output,
            resume=resume, workers=workers, progress=note_stage,
            epochs=epochs, size=size, batch_size=batch_size,
            optimizer=optimizer.value if optimizer else None, learning_rate=learning_rate,
            schedule=schedule.value if schedule else None, weight_decay=weight_decay,
            dropout=dropout, label_smoothing=label_smoothing, patience=patience, flip=flip,
            rotation=rotation, shift=shift, shear=shear, zoom=zoom, brightness=brightness,
            contrast=contrast,
        )  # fmt: skip
    if not quiet:
        _show(run)
    if run.stopped == "interrupted":
        raise StoppedError(f"interrupted; the best model is kept. {_GO_ON}")
    return EXIT_OK


@contextmanager
def _answering(stage: Callable[[], str]) -> Iterator[None]:
    """Say at an interrupt what is true at this stage."""
    try:
        yield
    except KeyboardInterrupt:
        if stage() == "evaluating":
            raise StoppedError(f"interrupted; every epoch is kept. {_GO_ON}") from None
        raise StoppedError(
            "interrupted before an epoch was complete. Run the same command again."
        ) from None


def _show(run: Run) -> None:

    # sentences break between words on a terminal, and nowhere in a pipe
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    for name, reason in run.skipped[:10]:
        console.print(Text(f"left out  {name}: {reason}"))
    if len(run.skipped) > 10:
        console.print(Text(f"left out  {len(run.skipped) - 10} more, listed in run.json"))
    table = Table("Label", "Precision", "Recall", "Pictures", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for label, row in run.validation.per_class.iterrows():
        table.add_row(
            Text(str(label)),
            f"{row['precision']:.3f}",
            f"{row['recall']:.3f}",
            f"{row['pictures']:.0f}",
        )
    console.print(table)
    console.print()
    best = run.validation
    console.print(
        Text(
            f"Best at epoch {run.best_epoch} (lowest validation loss): validation accuracy"
            f" {best.accuracy:.3f} ± {best.standard_error:.3f}"
            f" on {count(best.pictures, 'picture')}."
        )
    )
    if said := _compare(best):
        console.print(Text(said))
    if run.test is not None:
        console.print(
            Text(
                f"Test accuracy of that model: {run.test.accuracy:.3f}"
                f" ± {run.test.standard_error:.3f}"
                f" on {count(run.test.pictures, 'picture')}."
            )
        )
    last = run.history.iloc[-1]
    if run.overfits_from is not None:
        console.print(
            Text(
                f"Over-fits from epoch {run.overfits_from} on: at the end training accuracy is"
                f" {last['accuracy']:.3f}, validation accuracy {last['val_accuracy']:.3f}."
            )
        )
    if run.stopped == "early":
        console.print(Text("Stopped early: the validation loss fell no further."))
    folder = names.encode(str(run.folder))
    console.print(Text(f"Curves, confusion matrix, worst mistakes, models: {folder}"))
    console.print()
    for command_line in ("predict {} IMAGE --crops", "feature-maps {} IMAGE"):
        text = f"  catsclean {command_line.format(names.shell_word(str(run.folder)))}"
        console.print(Text(text), soft_wrap=True)  # to be copied whole


def _compare(scores: Evaluation) -> str:
    """Say where a model is no better than the answer that needs none; empty where it is."""
    label, share = scores.most_frequent
    if scores.accuracy - 2 * scores.standard_error > share:
        return ""
    judged = "No better" if scores.accuracy <= share else "Not clearly better"
    only = scores.only_answer
    return (
        f"{judged} than always answering {label}, the most frequent class: that gives {share:.3f}."
        + (f" The model answers {only} for every picture." if only else "")
    )
