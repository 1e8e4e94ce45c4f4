"""Finds every validator: those of this package, and those of other distributions.

Another distribution adds its own through the entry point group ``catsclean.validators``.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from catsclean import entry_points
from catsclean import validators as package
from catsclean.errors import ConfigError
from catsclean.evidence import IDENTITY, READING
from catsclean.validators.base import FAMILIES, Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENTRY_POINT_GROUP = "catsclean.validators"
_NOT_VALIDATORS = frozenset({"base", "registry"})
_RESERVED_COLUMNS = frozenset(IDENTITY) | frozenset(READING) | {"group", "recorded_sha256"}


@cache
def all_validators() -> dict[str, type[Validator]]:
    """Give every validator by name, in the order of the catalogue: family, severity, name.

    Raises:
        ConfigError: A validator of another distribution cannot be loaded, or takes a name or a
            column that is taken.
    """
    found: dict[str, type[Validator]] = {}
    columns: dict[str, str] = {}
    for kind in (*_built_in(), *_installed()):
        if kind.name in found and found[kind.name] is not kind:
            raise ConfigError(
                f"two validators are named {kind.name!r}: {_where(found[kind.name])} and"
                f" {_where(kind)}."
                " Uninstall or rename one."
            )
        for column in kind.columns:
            owner = columns.setdefault(column, kind.name)
            if owner != kind.name or column in _RESERVED_COLUMNS:
                raise ConfigError(
                    f"validator {kind.name!r} ({_where(kind)}) fills evidence column"
                    f" {column!r}, which"
                    f" belongs to {owner if owner != kind.name else 'catsclean'!r}. Rename"
                    " its column."
                )
        found[kind.name] = kind
    return dict(sorted(found.items(), key=lambda item: _order(item[1])))


def resolve(
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Validator]:
    """Choose validators by name or family, and set their options.

    Args:
        select: Names, families or ``all``, in a list or in a text with commas between; None:
            those that are on by default.  A name with a plus sign in front adds to the default
            ones.
        ignore: Names or families to leave out.
        options: Options by validator's name.

    Raises:
        ConfigError: An unknown name or option, or a value of the wrong type.
    """
    known = all_validators()
    chosen = _chosen(known, select)
    for name in _listed(ignore):
        chosen -= _expand(known, name)
    for name in options or {}:
        if name not in known:
            raise ConfigError(_unknown(known, name))
    return [kind(**(options or {}).get(name, {})) for name, kind in known.items() if name in chosen]


def names_of(selection: str | Iterable[str]) -> frozenset[str]:
    """Give the names of the validators that names, families or ``all`` stand for.

    Raises:
        ConfigError: An unknown name.
    """
    known = all_validators()
    return frozenset().union(*(_expand(known, name) for name in _listed(selection)))


def _listed(names: str | Iterable[str] | None) -> list[str]:
    """Give names one by one; a text holds one, or several with commas between."""
    if isinstance(names, str):
        return [part for name in names.split(",") if (part := name.strip())]
    return list(names or ())


def _chosen(known: Mapping[str, type[Validator]], select: str | Iterable[str] | None) -> set[str]:
    names = _listed(select)
    added = [name for name in names if name.startswith("+")]
    if len(added) == len(names):
        chosen = {name for name, kind in known.items() if kind.default}
    else:
        chosen = set()
    for name in names:
        chosen |= _expand(known, name.removeprefix("+"))
    return chosen


def _expand(known: Mapping[str, type[Validator]], name: str) -> set[str]:
    if name == "all":
        return set(known)
    if name in FAMILIES:
        return {n for n, kind in known.items() if kind.family == name}
    if name in known:
        return {name}
    raise ConfigError(_unknown(known, name))


def _unknown(known: Mapping[str, type[Validator]], name: str) -> str:
    near = difflib.get_close_matches(name, [*known, *FAMILIES], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"no validator or family is named {name!r}.{hint} Run: catsclean explain --all"


def _built_in() -> list[type[Validator]]:
    return [
        _only_validator(importlib.import_module(f"{package.__name__}.{info.name}"))
        for info in pkgutil.iter_modules(package.__path__)
        if info.name not in _NOT_VALIDATORS and not info.name.startswith("_")
    ]


def _only_validator(module: Any) -> type[Validator]:
    kinds = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Validator)
        and value.__module__ == module.__name__
    ]
    if len(kinds) != 1:
        raise ConfigError(f"{module.__name__} holds {len(kinds)} validators, one is wanted.")
    return kinds[0]


def _installed() -> list[type[Validator]]:
    if not entry_points.may_exist(ENTRY_POINT_GROUP):
        return []
    from importlib import metadata

    kinds = []
    for entry in metadata.entry_points(group=ENTRY_POINT_GROUP):
        try:
            kind = entry.load()
        except Exception as error:
            raise ConfigError(
                f"the validator {entry.name!r} of {_distribution(entry)} cannot be loaded:"
                f" {type(error).__name__}: {error}. Upgrade or uninstall it."
            ) from error
        if not (isinstance(kind, type) and issubclass(kind, Validator) and kind.name):
            raise ConfigError(
                f"the entry point {entry.name!r} of {_distribution(entry)} is no validator."
                f" Received: {kind!r}"
            )
        if kind.family not in FAMILIES:
            raise ConfigError(
                f"the family of validator {kind.name!r} of {_distribution(entry)} is one of"
                f" {', '.join(FAMILIES)}. Received: {kind.family!r}"
            )
        kinds.append(kind)
    return kinds


def _distribution(entry: Any) -> str:
    return str(entry.dist.name if entry.dist is not None else entry.value)


def _where(kind: type[Validator]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _order(kind: type[Validator]) -> tuple[int, int, str]:
    return FAMILIES.index(kind.family), -kind.severity.rank, kind.name
