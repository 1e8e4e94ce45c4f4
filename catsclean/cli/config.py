"""Settings from ``[tool.catsclean]`` in pyproject.toml, or from catsclean.toml.

Looked for in the working folder and upwards, never inside the data set: whoever made the data
must not steer the tool that checks it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from catsclean.core.label_source import is_source
from catsclean.core.limits import Limits
from catsclean.core.model import Severity
from catsclean.core.split_names import LAYOUTS
from catsclean.errors import ConfigError

_LIMIT_KEYS: Final = ("max-pixels", "max-bytes", "timeout")
_LISTS: Final = ("select", "ignore", "exclude", "prefer", "sidecars")
_KNOWN: Final = (
    *_LISTS, *_LIMIT_KEYS, "workers", "layout", "labels", "fail-on", "baseline", "state-dir",
    "validators", "follow-links", "follow-links-to",
    "per-path-ignores", "content", "embedder",
)  # fmt: skip
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
    layout: str | None = None
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
        ConfigError: The system cannot say whether there is one.
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
            if there and (name == "catsclean.toml" or _has_table(path)):
                return path
    return None


def load_config(path: str | os.PathLike[str]) -> Config:
    """Read a settings file.

    Raises:
        ConfigError: It cannot be read, or a setting is unknown or of the wrong type.
    """
    source = Path(path)
    content = _parse(source)
    # catsclean.toml may name its table as pyproject.toml has to
    nested = content.get("tool", {})
    table = content
    if source.name == "pyproject.toml" or (isinstance(nested, dict) and "catsclean" in nested):
        table = nested.get("catsclean", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{str(source)!r}: [tool.catsclean] must be a table. Received: {table!r}")
    for key in table:
        if key not in _KNOWN:
            raise ConfigError(
                f"{str(source)!r}: unknown setting {key!r}. Known: {', '.join(_KNOWN)}"
            )
    lists = {key: _strings(source, key, table[key]) for key in _LISTS if key in table}
    workers = table.get("workers")
    if workers is not None and (
        isinstance(workers, bool) or not isinstance(workers, int) or workers < 1
    ):
        raise ConfigError(
            f"{str(source)!r}: workers must be a number from 1. Received: {workers!r}"
        )
    return Config(
        source=source,
        select=lists.get("select"),
        ignore=lists.get("ignore", ()),
        exclude=lists.get("exclude", ()),
        prefer=lists.get("prefer", ()),
        per_path_ignores=_per_path_ignores(source, table.get("per-path-ignores", {})),
        workers=workers,
        layout=_one_of(source, table, "layout", LAYOUTS),
        labels=_labels(source, table),
        fail_on=_one_of(source, table, "fail-on", (*(s.value for s in Severity), "never")),
        baseline=_path(source, table, "baseline"),
        state_dir=_path(source, table, "state-dir"),
        follow_links=_flag(source, table, "follow-links"),
        follow_links_to=_paths(source, table, "follow-links-to"),
        content=_flag(source, table, "content") if "content" in table else None,
        embedder=_text(source, table, "embedder"),
        sidecars=lists.get("sidecars"),
        limits=_limits(source, table),
        options=_options(source, table.get("validators", {})),
    )


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


def _has_table(path: Path) -> bool:
    content = _parse(path)
    tool = content.get("tool")
    return isinstance(tool, dict) and "catsclean" in tool


def _strings(source: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{str(source)!r}: {key} must be a list of names. Received: {value!r}")
    return tuple(value)


def _path(source: Path, table: Mapping[str, Any], key: str) -> Path | None:
    """Return a path, which is relative to the folder of the settings file."""
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value or "\0" in value:
        raise ConfigError(f"{str(source)!r}: {key} must be a path. Received: {value!r}")
    return source.parent / value


def _paths(source: Path, table: Mapping[str, Any], key: str) -> tuple[Path, ...]:
    """Return paths, which are relative to the folder of the settings file."""
    value = table.get(key, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(
        isinstance(item, str) and item and "\0" not in item for item in listed
    ):
        raise ConfigError(f"{str(source)!r}: {key} must be a list of paths. Received: {value!r}")
    return tuple(source.parent / item for item in listed)


def _flag(source: Path, table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{str(source)!r}: {key} must be true or false. Received: {value!r}")
    return value


def _text(source: Path, table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or (isinstance(value, str) and value and "\0" not in value):
        return value
    raise ConfigError(f"{str(source)!r}: {key} is a text. Received: {value!r}")


def _labels(source: Path, table: Mapping[str, Any]) -> str | None:
    """Return where labels come from; a table is relative to the folder of the settings file."""
    value = _text(source, table, "labels")
    if value is None or is_source(value):
        return value
    return str(source.parent / value)


def _one_of(
    source: Path, table: Mapping[str, Any], key: str, choices: tuple[str, ...]
) -> str | None:
    value = table.get(key)
    if value is None or (isinstance(value, str) and value in choices):
        return value
    raise ConfigError(
        f"{str(source)!r}: {key} must be one of {', '.join(choices)}. Received: {value!r}"
    )


def _limits(source: Path, table: Mapping[str, Any]) -> Limits:
    names = {"max-pixels": "max_pixels", "max-bytes": "max_bytes", "timeout": "timeout_s"}
    limits = Limits()
    for key in _LIMIT_KEYS:
        try:
            limits = replace(limits, **{names[key]: table[key]} if key in table else {})
        except ConfigError:
            # the user knows the setting, and not the field that it fills
            raise ConfigError(
                f"{str(source)!r}: {key} must be a number above 0. Received: {table[key]!r}"
            ) from None
    return limits


def _per_path_ignores(source: Path, value: Any) -> Mapping[str, tuple[str, ...]]:
    key = "per-path-ignores"
    if not isinstance(value, dict):
        raise ConfigError(
            f"{str(source)!r}: {key} must be a table of patterns, each with a list of validators."
            f" Received: {value!r}"
        )
    return {
        pattern: _strings(source, f"{key}, {pattern!r}", ignored)
        for pattern, ignored in value.items()
    }


def _options(source: Path, value: Any) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(inner, dict) for inner in value.values()):
        raise ConfigError(
            f"{str(source)!r}: validators must hold one table per validator. Received: {value!r}"
        )
    return value
