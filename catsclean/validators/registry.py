"""Find every validator: those of this package, those of other distributions, and given ones.

Another distribution adds its own through the entry point group ``catsclean.validators``; a call of
``catsclean.audit`` may be given more.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any, Final

from catsclean import validators as package
from catsclean.core.columns import COLUMNS
from catsclean.core.model import Fix, Severity
from catsclean.core.text import did_you_mean
from catsclean.errors import ConfigError
from catsclean.validators.base import CopyKind, Validator
from catsclean.validators.installed import ENTRY_POINT_GROUP, FAMILIES, own_modules

Given = Iterable[Validator | type[Validator]]

_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
# classes that are not installed and whose findings this process has met: those that an audit was
# given, and those that an earlier audit recorded
_given: dict[str, type[Validator]] = {}
# attributes that say what findings mean
_MEANINGS: Final = (
    "copies", "leaks", "never_moved", "not_examined", "makes_incomplete", "not_fetched",
    "junk_by_name", "tensorflow_refuses", "decodes_with_warnings",
)  # fmt: skip
_RESERVED_COLUMNS = frozenset(column.name for column in COLUMNS)


@cache
def all_validators() -> dict[str, type[Validator]]:
    """Return every validator by name, in the order of their index: family, severity, name.

    Raises:
        ConfigError: A validator of another distribution cannot be loaded, or takes a name or a
            column that is taken.
    """
    found: dict[str, type[Validator]] = {}
    for kind in (*_built_in(), *_installed()):
        _add(found, kind)
    return dict(sorted(found.items(), key=lambda item: _order(item[1])))


def evidence_validators() -> tuple[Validator, ...]:
    """Make every validator that gathers evidence of its own.

    Raises:
        ConfigError: As :func:`all_validators`.
    """
    return tuple(kind() for kind in all_validators().values() if kind.columns)


def validator_of(finding: str) -> type[Validator]:
    """Return the class of the validator that a finding names, to ask what its findings mean.

    If that validator is not installed, and no audit that this process made or read recorded it, it
    is the base class, whose attributes are the defaults.

    Raises:
        ConfigError: A validator of another distribution cannot be loaded.
    """
    return all_validators().get(finding) or _given.get(finding, Validator)


def state_meanings(validators: Iterable[Validator]) -> dict[str, dict[str, str | bool]]:
    """State what the findings of other distributions' validators mean, for ``audit.json``.

    A later clean must know which findings are about copies, also where these are not installed.
    """
    found: dict[str, dict[str, str | bool]] = {}
    for kind in [type(validator) for validator in validators]:
        stated = {
            name: value.name if isinstance(value, CopyKind) else bool(value)
            for name in _MEANINGS
            if (value := getattr(kind, name)) != getattr(Validator, name)
        }
        if stated and not kind.__module__.startswith(f"{package.__name__}."):
            found[kind.name] = stated
    return found


def recall_meanings(summary: Mapping[str, Any]) -> None:
    """Learn from an earlier audit what the findings of validators mean that are not installed here.

    Args:
        summary: Its ``audit.json``.  Somebody else may have written it, so anything that is not a
            meaning is skipped.
    """
    stated = summary.get("meanings")
    for name, meanings in stated.items() if isinstance(stated, Mapping) else ():
        if name not in all_validators() and isinstance(meanings, Mapping):
            values = {key: True for key in _MEANINGS if meanings.get(key) is True}
            kinds = {kind.name: kind for kind in CopyKind}
            copies = {"copies": kinds.get(str(meanings.get("copies")))}
            _given.setdefault(name, type("Recalled", (Validator,), {**values, **copies}))


def resolve(
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    given: Given | None = None,
) -> list[Validator]:
    """Choose validators by name or family, and set their options.

    Args:
        select: Names, families or ``all``, in a list or in a text with commas between; None:
            those that are on by default.  A family stands for its members that are on by default.
            A name with a plus sign in front adds to the default ones.
        ignore: Names or families to leave out.
        options: Options by validator's name.
        given: Validators to run in addition to the chosen ones; classes take `options`,
            instances have their own.  An instance of a known class replaces that class.

    Raises:
        ConfigError: A name or option is unknown, a value has the wrong type, or a given validator
            is invalid or uses the name or column of another one.
    """
    known = dict(all_validators())
    own: dict[str, Validator | type[Validator]] = {}
    for validator in _several(given):
        kind = type(validator) if isinstance(validator, Validator) else validator
        _check(kind, "given as validators=")
        _add(known, kind)
        if kind.name in own:
            raise ConfigError(f"validator {kind.name!r} is given twice. Give it once.")
        own[kind.name] = validator
        _given[kind.name] = kind
    chosen = _chosen(known, select) | own.keys()
    for name in _listed(ignore):
        chosen -= _expand(known, name)
    if not chosen:
        raise ConfigError(
            "no validators left to run: everything selected is also ignored."
            f" Received: select={_shown(select)}, ignore={_shown(ignore)}."
            " Run: catsclean explain --all"
        )
    for name, values in (options or {}).items():
        if isinstance(own.get(name), Validator):
            raise ConfigError(
                f"the options of {name!r} are set twice: you passed an instance, which has its"
                " own. Pass the class, or leave out `options`."
            )
        check_options(name, values, known)  # also of one that is not chosen
    return [
        _made(own.get(name, known[name]), (options or {}).get(name, {}))
        for name, _ in sorted(known.items(), key=lambda item: _order(item[1]))
        if name in chosen
    ]


def _shown(names: str | Iterable[str] | None) -> str:
    return ",".join(_listed(names)) or "nothing"


def names_of(selection: str | Iterable[str], found: Iterable[str] = ()) -> frozenset[str]:
    """Return the names of the validators that names, families or ``all`` stand for.

    Args:
        selection: Names, families or ``all``.
        found: Names that findings have, among them those of validators that were given to the
            audit and are not known here: they go by their name, and by ``all``.

    Raises:
        ConfigError: An unknown name.
    """
    known = all_validators()
    given = frozenset(found) - known.keys()
    meant: set[str] = set()
    for name in _listed(selection):
        meant |= {name} if name in given else _expand(known, name)
        meant |= given if name == "all" else set()
    return frozenset(meant)


def check_names(selection: str | Iterable[str], *, added: bool = False) -> None:
    """Check names of validators or families.

    Args:
        selection: The names.
        added: A name may have a plus sign in front.

    Raises:
        ConfigError: An unknown name.
    """
    for name in _listed(selection):
        _expand(all_validators(), name.removeprefix("+") if added else name)


def check_options(
    name: str, options: Mapping[str, Any], known: Mapping[str, type[Validator]] | None = None
) -> None:
    """Check the options of a validator.

    Args:
        name: The validator.
        options: Its options.
        known: The validators by name; None: the installed ones.

    Raises:
        ConfigError: The validator or an option is unknown, or a value is invalid.
    """
    known = all_validators() if known is None else known
    if name not in known:
        raise ConfigError(_unknown(known, name))
    known[name](**options)


def is_ignored(name: str, ignore: str | Iterable[str] | None) -> bool:
    """Say whether a known validator is ignored, by its name, by its family or by ``all``."""
    return not {name, all_validators()[name].family, "all"}.isdisjoint(_listed(ignore))


def _listed(names: str | Iterable[str] | None) -> list[str]:
    """Return names one by one; a text holds one, or several with commas between."""
    if isinstance(names, str):
        return [part for name in names.split(",") if (part := name.strip())]
    listed = list(names or ())
    for name in listed:
        if not isinstance(name, str):
            raise ConfigError(
                f"validators are selected and ignored by name. Received: {name!r}. Give one of"
                " your own as validators=[...]."
            )
    return listed


def _chosen(known: Mapping[str, type[Validator]], select: str | Iterable[str] | None) -> set[str]:
    names = _listed(select)
    added = [name for name in names if name.startswith("+")]
    if len(added) == len(names):
        chosen = {name for name, kind in known.items() if kind.default}
    else:
        chosen = set()
    for name in names:
        meant = _expand(known, name.removeprefix("+"))
        # who asks for a family does not ask for what has more than a few false alarms
        by_family = name.removeprefix("+") in FAMILIES
        chosen |= {member for member in meant if known[member].default or not by_family}
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
    hint = did_you_mean(name, [*known, *FAMILIES])
    return f"no validator or family is named {name!r}.{hint} Run: catsclean explain --all"


def _built_in() -> list[type[Validator]]:
    return [
        _only_validator(importlib.import_module(f"{package.__name__}.{name}"))
        for name in own_modules()
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
        raise ConfigError(f"{module.__name__} has {len(kinds)} validators. It must have one.")
    return kinds[0]


def _installed() -> list[type[Validator]]:
    kinds = []
    for entry in metadata.entry_points(group=ENTRY_POINT_GROUP):
        try:
            kind = entry.load()
        except Exception as error:
            raise ConfigError(
                f"the validator {entry.name!r} of {_distribution(entry)} cannot be loaded:"
                f" {type(error).__name__}: {error}. Upgrade or uninstall it."
            ) from error
        _check(kind, f"the entry point {entry.name!r} of {_distribution(entry)}")
        kinds.append(kind)
    return kinds


def _several(given: Given | None) -> list[Validator | type[Validator]]:
    """List given validators; :func:`_check` refuses anything else."""
    if given is None:
        return []
    alone = isinstance(given, (str, type, Validator)) or not hasattr(given, "__iter__")
    return [given] if alone else list(given)  # type: ignore[list-item]


def _made(validator: Validator | type[Validator], options: Mapping[str, Any]) -> Validator:
    return validator(**options) if isinstance(validator, type) else validator


def _check(kind: Any, source: str) -> None:
    """Refuse anything that is not a valid validator.

    Raises:
        ConfigError: It is not a validator, or its name, family, severity, fix or kind of copies
            is invalid.
    """
    if not (isinstance(kind, type) and issubclass(kind, Validator) and kind.name):
        raise ConfigError(
            f"{source}: not a validator. Pass a subclass of catsclean.Validator with a name."
            f" Received: {kind!r}"
        )
    if not _NAME.fullmatch(kind.name) or kind.name in {*FAMILIES, "all"}:
        raise ConfigError(
            f"{source}: a validator's name must be lower case with dashes, and not one of"
            f" {', '.join(FAMILIES)}, all. Received: {kind.name!r}"
        )
    if kind.family not in FAMILIES:
        raise ConfigError(
            f"{source}: the family of {kind.name!r} must be one of {', '.join(FAMILIES)}."
            f" Received: {kind.family!r}"
        )
    if not (isinstance(kind.severity, Severity) and isinstance(kind.fix, Fix)):
        raise ConfigError(
            f"{source}: the severity of {kind.name!r} must be a catsclean.Severity, its fix a"
            f" catsclean.Fix. Received: {kind.severity!r}, {kind.fix!r}"
        )
    if kind.copies is not None and not isinstance(kind.copies, CopyKind):
        raise ConfigError(
            f"{source}: {kind.name!r} states its copies as a CopyKind of catsclean.validators.base,"
            f" or None. Received: {kind.copies!r}"
        )


def _add(known: dict[str, type[Validator]], kind: type[Validator]) -> None:
    """Add a validator to those that are known.

    Raises:
        ConfigError: Its name or one of its columns is taken.
    """
    if known.setdefault(kind.name, kind) is not kind:
        raise ConfigError(
            f"two validators are named {kind.name!r}: {_where(known[kind.name])} and"
            f" {_where(kind)}. Uninstall or rename one."
        )
    for column in kind.columns:
        owners = [other.name for other in known.values() if column in other.columns]
        owner = next((name for name in owners if name != kind.name), "")
        if owner or column in _RESERVED_COLUMNS:
            raise ConfigError(
                f"validator {kind.name!r} ({_where(kind)}) fills evidence column {column!r}, which"
                f" belongs to {owner or 'catsclean'!r}. Rename its column."
            )


def _distribution(entry: Any) -> str:
    return str(entry.dist.name if entry.dist is not None else entry.value)


def _where(kind: type[Validator]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _order(kind: type[Validator]) -> tuple[int, int, str]:
    return FAMILIES.index(kind.family), -kind.severity.rank, kind.name


def repair_of(validator: str) -> str:
    """Return the repair that ``catsclean fix`` makes by default for a validator's findings."""
    kind = validator_of(validator)
    by_default = not kind.repair_for or "tensorflow" in kind.repair_for
    return kind.repair if by_default else ""


def leaves_as_copy(reason: str) -> bool:
    """Tell by the reason in a manifest whether a file was reported as a copy that leaves.

    Args:
        reason: Names of validators with commas between; empty if nothing was found.
    """
    kinds = (validator_of(name).copies for name in reason.split(",") if name)
    return any(kind is not None and kind.within_class for kind in kinds)


def only_repairs(validators: Iterable[str]) -> bool:
    """Tell whether ``catsclean fix`` may repair all that some validators found."""
    return all(map(repair_of, validators))
