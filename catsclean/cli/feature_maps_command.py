"""Draw what every convolution and pooling layer of a model makes of a picture.

Examples:
  catsclean feature-maps model.keras cat.jpg
  catsclean feature-maps model.keras cat.jpg -o maps.png

Docs: https://github.com/catsclean/catsclean/blob/main/docs/training.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import catsclean
from catsclean.cli import options
from catsclean.cli.training_progress import hush_tensorflow
from catsclean.core import files, names


def command(
    model: options.Model,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="PNG to write; '-' is standard output.",
        ),
    ] = Path("feature-maps.png"),
    max_channels: Annotated[
        int,
        typer.Option("--max-channels", metavar="NUMBER", min=1, help="Channels to draw per layer."),
    ] = 64,
) -> None:
    printed = output == options.STANDARD_OUTPUT
    if not printed:
        # with its package this module loads all that trains
        from catsclean.training.activations import is_feature_maps

        files.check_target(output, is_feature_maps)
    hush_tensorflow()
    maps = catsclean.feature_maps(model, image, max_channels=max_channels)
    if printed:
        maps.picture.save(sys.stdout.buffer, "PNG")
        sys.stdout.flush()
    else:
        maps.save(output)
    for name, values in maps.layers.items():
        typer.echo(f"{name:<24} {' x '.join(str(n) for n in values.shape)}", err=printed)
    if not printed:
        typer.echo(f"Drawn: {names.encode(str(output))}")
