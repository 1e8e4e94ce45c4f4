"""Settings from ``[tool.catsclean]`` in pyproject.toml, or from catsclean.toml, and from variables.

A file is looked for in the working folder and upwards, never inside the data set: whoever made the
data must not steer the tool that checks it.  An environment variable wins over the file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from catsclean.cli.settings_place import has_settings, table_of_settings
from catsclean.cli.settings_table import BY_NAME, SETTINGS, Setting, SettingKind
from catsclean.core.label_source import is_source
from catsclean.core.limits import Limits
from catsclean.core.split_names import LayoutName
from catsclean.errors import ConfigError

_LIMIT_FIELDS: Final = {
    "max_pixels": "max_pixels", "max_bytes": "max_bytes", "timeout": "timeout_s",
}  # fmt: skip
_FLAGS: Final = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
_MAX_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a file; None where it says nothing.

    Attributes:
        source: The file; None if there is none.
        select: Validators or families to run.
        ignore: Validators or families to leave out.
        exclude: Patterns of files and folders to leave out.
        prefer: Patterns of copies to keep, the first counts most.
        per_path_ignores: Patterns of paths, each with validators or families to ignore there.
        workers: Number of worker processes.
        layout: Layout of the data set.
        labels: Where labels come from; a table is absolute, or relative to the working folder.
        fail_on: Severity from which the exit code is 1, or ``never``.
        baseline: Findings to leave out; absolute, or relative to the working folder.
        state_dir: State folder; absolute, or relative to the working folder.
        follow_links: Read what links lead to.
        follow_links_to: Folders that links may lead into; absolute, or relative to the working
            folder.
        content: Whether to check what pictures show.
        embedder: The network that looks at pictures.
        sidecars: Endings of files that go along with the picture of their name.
        limits: Bounds on each file.
        options: Options by validator.
    """

    source: Path | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    workers: int | None = None
    layout: LayoutName | None = None
    labels: str | None = None
    fail_on: str | None = None
    baseline: Path | None = None
    state_dir: Path | None = None
    follow_links: bool = False
    follow_links_to: tuple[Path, ...] = ()
    content: bool | None = None
    embedder: str | None = None
    sidecars: tuple[str, ...] | None = None
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def find_config(start: str | os.PathLike[str] = ".", root: Path | None = None) -> Path | None:
    """Find the nearest settings file from a folder upwards, outside the data set.

    Args:
        start: The working folder.
        root: The data set, absolute; files inside it are passed over.

    Raises:
        ConfigError: The system cannot say whether there is one; or a pyproject.toml has settings
            in a table of another name.
    """
    here = Path(start).resolve()
    for folder in (here, *here.parents):
        if root is not None and folder.is_relative_to(root):
            continue
        for name in ("catsclean.toml", "pyproject.toml"):
            path = folder / name
            try:
                there = path.is_file()
            except OSError as error:
                reason = error.strerror or error
                raise ConfigError(
                    f"cannot look for settings in {str(path)!r}: {reason}."
                ) from error
            if there and (name == "catsclean.toml" or has_settings(_parse(path), path)):
                return path
    return None


def load_config(path: str | os.PathLike[str]) -> Config:
    """Read a settings file.

    Raises:
        ConfigError: It cannot be read, or a setting is unknown or of the wrong type.
    """
    return config_of(read_settings_file(path), Path(path))


def read_settings_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the values that a settings file sets, by setting; paths are relative to its folder.

    Raises:
        ConfigError: It cannot be read, or a setting is unknown or of the wrong type.
    """
    source = Path(path)
    table = table_of_settings(_parse(source), source)
    return {
        key: _checked(BY_NAME[key], f"{str(source)!r}: {key}", value, source.parent)
        for key, value in table.items()
    }


def read_variables(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that environment variables set, by setting; an empty one sets nothing.

    Args:
        environment: Such as ``os.environ``.  Names are separated by commas, folders as in ``PATH``;
            paths are relative to the working folder.

    Raises:
        ConfigError: A value is of the wrong type; the message names the variable.
    """
    return {
        setting.name: _checked(setting, setting.variable, _from_text(setting, text), Path())
        for setting in SETTINGS
        if setting.variable and (text := environment.get(setting.variable))
    }


def config_of(values: Mapping[str, Any], source: Path | None = None) -> Config:
    """Return settings of values by name, as the readers above return them.

    Raises:
        ConfigError: A limit is out of its range.
    """
    plain = {name.replace("-", "_"): value for name, value in values.items()}
    plain["options"] = plain.pop("validators", {})
    limits = {_LIMIT_FIELDS[key]: plain.pop(key) for key in _LIMIT_FIELDS if key in plain}
    return Config(source=source, limits=replace(Limits(), **limits), **plain)


def split_variable(text: str, *, folders: bool) -> list[str]:
    """Split the value of a variable that holds several: folders as in ``PATH``, else by commas."""
    parts = text.split(os.pathsep if folders else ",")
    return [part.strip() for part in parts if part.strip()]


def _parse(source: Path) -> dict[str, Any]:
    try:
        if source.stat().st_size > _MAX_BYTES:
            raise ConfigError(
                f"{str(source)!r} is larger than {_MAX_BYTES:,} bytes: not a settings file."
            )
        with source.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise ConfigError(
            f"cannot read {str(source)!r}: {error.strerror}. Name another --config."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{str(source)!r} is not valid TOML: {error}") from error


def _from_text(setting: Setting, text: str) -> Any:
    """Return what a variable's text stands for; text that stands for nothing is refused later."""
    if setting.kind in {SettingKind.NAMES, SettingKind.PATHS}:
        return split_variable(text, folders=setting.kind is SettingKind.PATHS)
    if setting.kind is SettingKind.FLAG:
        return _FLAGS.get(text.strip().lower(), text)
    if setting.kind in {SettingKind.COUNT, SettingKind.LIMIT}:
        with suppress(ValueError):
            return (
                float(text)
                if setting.kind is SettingKind.LIMIT and not setting.whole
                else int(text)
            )
    return text


def _checked(setting: Setting, said: str, value: Any, base: Path) -> Any:
    """Return the value of a setting as commands use it.

    Args:
        setting: The setting.
        said: What sets it, for the error.
        value: As TOML has it.
        base: The folder that paths are relative to.

    Raises:
        ConfigError: It is of the wrong type.
    """
    return _READERS[setting.kind](setting, said, value, base)


def _strings(said: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{said} must be a list of names. Received: {value!r}")
    return tuple(value)


def _path(said: str, value: Any, base: Path) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(f"{said} must be a path. Received: {value!r}")
    return base / value


def _paths(said: str, value: Any, base: Path) -> tuple[Path, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(
        isinstance(item, str) and item and "\0" not in item for item in listed
    ):
        raise ConfigError(f"{said} must be a list of paths. Received: {value!r}")
    return tuple(base / item for item in listed)


def _flag(said: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{said} must be true or false. Received: {value!r}")
    return value


def _count(said: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"{said} must be a number from 1. Received: {value!r}")
    return value


def _limit(said: str, setting: Setting, value: Any) -> Any:
    try:
        replace(Limits(), **{_LIMIT_FIELDS[setting.name.replace("-", "_")]: value})
    except ConfigError:
        # the user knows the setting, and not the field that it fills
        raise ConfigError(f"{said} must be a number above 0. Received: {value!r}") from None
    return value


def _labels(said: str, value: Any, base: Path) -> str:
    text = _text(said, value)
    return text if is_source(text) else str(base / text)


def _text(said: str, value: Any) -> str:
    if isinstance(value, str) and value and "\0" not in value:
        return value
    raise ConfigError(f"{said} is a text. Received: {value!r}")


def _one_of(said: str, value: Any, choices: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    raise ConfigError(f"{said} must be one of {', '.join(choices)}. Received: {value!r}")


def _by_pattern(said: str, value: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ConfigError(
            f"{said} must be a table of patterns, each with a list of validators."
            f" Received: {value!r}"
        )
    return {pattern: _strings(f"{said}, {pattern!r}", names) for pattern, names in value.items()}


def _by_validator(said: str, value: Any) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(inner, dict) for inner in value.values()):
        raise ConfigError(f"{said} must hold one table per validator. Received: {value!r}")
    return value


_READERS: Final[Mapping[SettingKind, Callable[[Setting, str, Any, Path], Any]]] = {
    SettingKind.NAMES: lambda _, said, value, __: _strings(said, value),
    SettingKind.PATHS: lambda _, said, value, base: _paths(said, value, base),
    SettingKind.PATH: lambda _, said, value, base: _path(said, value, base),
    SettingKind.TEXT: lambda _, said, value, __: _text(said, value),
    SettingKind.LABELS: lambda _, said, value, base: _labels(said, value, base),
    SettingKind.CHOICE: lambda setting, said, value, _: _one_of(said, value, setting.choices),
    SettingKind.FLAG: lambda _, said, value, __: _flag(said, value),
    SettingKind.COUNT: lambda _, said, value, __: _count(said, value),
    SettingKind.LIMIT: lambda setting, said, value, _: _limit(said, setting, value),
    SettingKind.BY_PATTERN: lambda _, said, value, __: _by_pattern(said, value),
    SettingKind.BY_VALIDATOR: lambda _, said, value, __: _by_validator(said, value),
}
