"""Show the settings in force, or the JSON Schema of a file.

`show` lists every setting with its value and where it comes from: the default, a settings file or
an environment variable. `schema` prints a JSON Schema, for editors and programs.

Examples:
  catsclean config show
  catsclean config show --format json
  catsclean config schema audit

Docs: https://github.com/catsclean/catsclean/blob/main/docs/command-line.md#settings
"""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from catsclean.cli import options, settings_in_force, settings_toml
from catsclean.errors import UsageError
from catsclean.reports import json_schemas


class ConfigAction(StrEnum):
    """What to show."""

    SHOW = "show"
    SCHEMA = "schema"


class SchemaChoice(StrEnum):
    """The file that a schema describes."""

    SETTINGS = "settings"
    AUDIT = "audit"
    DECISIONS = "decisions"
    BASELINE = "baseline"


class SettingsFormat(StrEnum):
    """How settings are written."""

    TOML = "toml"
    JSON = "json"


def command(
    action: Annotated[
        ConfigAction,
        typer.Argument(
            metavar="ACTION",
            help="show lists the settings in force, schema prints a JSON Schema.",
        ),
    ],
    schema: Annotated[
        SchemaChoice | None,
        typer.Argument(
            metavar="SCHEMA",
            help=f"What the schema describes: {options.one_of(SchemaChoice)} [default: settings].",
            show_default=False,
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            metavar="FOLDER",
            help="The data set. Settings files inside it do not count.",
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        SettingsFormat,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"Output format of show: {options.one_of(SettingsFormat)}.",
        ),
    ] = SettingsFormat.TOML,
    config_file: options.ConfigFile = None,
) -> None:
    if action is ConfigAction.SCHEMA:
        found = json_schemas.json_schema((schema or SchemaChoice.SETTINGS).value)
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    if schema is not None:
        raise UsageError(
            f"config show takes no name of a schema. Received: {schema.value!r}."
            f" Run: catsclean config schema {schema.value}"
        )
    options.settings_of(config_file, None if root is None else root.resolve(), validators=True)
    shown = settings_in_force.find_settings(root, config=config_file, environment=os.environ)
    if format_ is SettingsFormat.JSON:
        sys.stdout.write(json.dumps(shown.to_dict(), indent=2) + "\n")
    else:
        sys.stdout.write(settings_toml.render(shown))
