"""Classify pictures with a model.

Examples:
  catsclean predict model.keras cat.jpg dog.jpg
  catsclean predict model.keras pictures/ --json

Docs: https://github.com/catsclean/catsclean/blob/main/docs/training.md#untrusted-models
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

import catsclean
from catsclean import training
from catsclean.cli import EXIT_FINDINGS, EXIT_OK, options
from catsclean.cli.training_progress import hush_tensorflow

_CROP_WORDS = {0: "no crop changes the answer", 1: "1 crop changes the answer"}


def command(
    model: options.Model,
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE",
            help="Pictures, or folders of pictures.",
        ),
    ],
    crops: Annotated[
        bool, typer.Option("--crops", help="Also classify the centre and the corners.")
    ] = False,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--labels",
            metavar="NAME",
            help="Class names, separated by commas, for a model that catsclean did not train.",
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per picture.")
    ] = False,
) -> int:
    hush_tensorflow()
    predictions = catsclean.predict(model, images, crops=crops, labels=options.names_of(labels))
    for prediction in predictions:
        if json_:
            typer.echo(json.dumps(_as_dict(prediction)))
        else:
            _show(prediction)
    return EXIT_FINDINGS if any(p.error for p in predictions) else EXIT_OK


def _show(prediction: training.Prediction) -> None:
    if prediction.answer is None:
        print(f"{prediction.path}: {prediction.error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return
    typer.echo(f"{prediction.path}: {prediction.answer.label} {prediction.answer.probability:.3f}")
    if prediction.crops is None:
        return
    changed = prediction.changed_by
    for name, answer in prediction.crops.items():
        mark = "  <- another answer" if name in changed else ""
        typer.echo(f"  {name:<12} {answer.label} {answer.probability:.3f}{mark}")
    typer.echo(f"  {_CROP_WORDS.get(len(changed), f'{len(changed)} crops change the answer')}")


def _as_dict(prediction: training.Prediction) -> dict[str, object]:
    if prediction.answer is None:
        return {"path": prediction.path, "error": prediction.error}
    result: dict[str, object] = {
        "path": prediction.path,
        "label": prediction.answer.label,
        "probability": prediction.answer.probability,
        "probabilities": prediction.answer.probabilities,
    }
    if prediction.crops is not None:
        result["crops"] = {
            name: {"label": crop.label, "probability": crop.probability}
            for name, crop in prediction.crops.items()
        }
        result["changed_by"] = prediction.changed_by
    return result
