"""Draw the output of every convolution and pooling layer for one picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from catsclean.cli import options
from catsclean.cli.training_progress import hush_tensorflow
from catsclean.core import names
from catsclean.core.files import check_target
from catsclean.training.activations import feature_maps, is_feature_maps


def command(
    model: Annotated[
        Path,
        typer.Argument(help="A .keras file, or a run folder (its best model).", show_default=False),
    ],
    image: Annotated[Path, typer.Argument(help="A picture.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Where to write the picture of all maps, '-' for standard output.",
        ),
    ] = Path("feature-maps.png"),
    max_channels: Annotated[
        int, typer.Option("--max-channels", min=1, help="Channels drawn per layer.")
    ] = 64,
) -> None:
    printed = output == options.STANDARD_OUTPUT
    if not printed:
        check_target(output, is_feature_maps)
    hush_tensorflow()
    maps = feature_maps(model, image, max_channels=max_channels)
    if printed:
        maps.picture.save(sys.stdout.buffer, "PNG")
        sys.stdout.flush()
    else:
        maps.save(output)
    for name, values in maps.layers.items():
        typer.echo(f"{name:<24} {' x '.join(str(n) for n in values.shape)}", err=printed)
    if not printed:
        typer.echo(f"Drawn: {names.encode(str(output))}")
