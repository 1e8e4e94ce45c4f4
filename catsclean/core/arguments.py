"""Check the arguments of public functions, so that a wrong one gives a one-line error.

The name of an argument decides its type: ``state_dir`` is a path in every function.
"""

from __future__ import annotations

import errno
import inspect
import operator
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from catsclean.core import names
from catsclean.core.limits import Limits
from catsclean.errors import ConfigError, UsageError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_MOST_SHOWN: Final = 200


def checked(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Check the arguments of a function before it is called.

    None means the default.  A list of names may be any iterable; the function gets a list.

    Raises:
        UsageError: When called: a path or a list of names has another type.
        ConfigError: When called: limits or options have another type.
    """
    signature = inspect.signature(function)
    checks = {name: _CHECKS[name] for name in signature.parameters if name in _CHECKS}

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        bound = bind(signature, function.__name__, args, kwargs)
        for name, check in checks.items():
            if name not in bound.arguments:
                continue
            value, default = bound.arguments[name], signature.parameters[name].default
            if value is None and default is not inspect.Parameter.empty:
                bound.arguments[name] = default
            else:
                bound.arguments[name] = check(name, value)
        return function(*bound.args, **bound.kwargs)

    return call


def bind(
    signature: inspect.Signature, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Bind arguments as a call does, with the name of the function in the error.

    Raises:
        TypeError: They do not fit.
    """
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{name}() {error}") from None


def whole_number(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Check a whole number; NumPy's integers count as well.

    Raises:
        UsageError: It is not a whole number, or out of bounds.
    """
    with suppress(TypeError):
        number = operator.index(value)
        if not isinstance(value, bool) and least <= number and (most is None or number <= most):
            return number
    bounds = f"from {least} up" if most is None else f"from {least} to {most:,}"
    raise UsageError(f"{name} must be a whole number {bounds}. Received: {_shown(value)}.")


def _path(name: str, value: Any) -> Any:
    if not isinstance(value, (str, os.PathLike)):
        raise UsageError(f"{name} must be a path. Received: {_shown(value)}.")
    # pathlib reads an empty text as the working folder; state_dir has a better message of its own
    if not os.fspath(value) and name != "state_dir":
        raise UsageError(f"{name} must not be empty. Received: ''.")
    return _path_or_object(name, value)


def _path_or_object(name: str, value: Any) -> Any:
    """Check a path; leave any other object, and the items of a list, to the function."""
    if not isinstance(value, (str, os.PathLike)):
        return value
    try:
        given = os.fspath(value)
        if isinstance(given, bytes):
            raise UsageError(f"{name} must be a path as text. Received: {_shown(given)}.")
        if given:
            os.stat(given)  # noqa: PTH116 - Path.exists() hides some of these errors
    except ValueError:  # a null character, or one that the system cannot encode
        raise UsageError(f"{name} is not a valid path. Received: {_shown(value)}.") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UsageError(
                f"{name} has a name that is too long for this system. Received: {_shown(value)}."
            ) from None
    return value


def _paths_or_objects(name: str, value: Any) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _path_or_object(name, item)
        return value
    if isinstance(value, (bytes, bytearray)):  # else they would pass as an iterable of numbers
        raise UsageError(f"{name} must be a path as text. Received: {_shown(value)}.")
    return _path_or_object(name, value)


def _folders(name: str, value: Any) -> Any:
    if isinstance(value, (str, os.PathLike)):
        return _path(name, value)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [_path(name, item) for item in value]
    raise UsageError(f"{name} must be a folder, or a list of folders. Received: {_shown(value)}.")


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False. Received: {_shown(value)}.")
    return value


def _from_zero(name: str, value: Any) -> int:
    return whole_number(name, value, least=0)


def _names(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        listed = list(value)
        if all(isinstance(item, str) for item in listed):
            return listed
    raise ConfigError(
        f"{name} must be a text, or a list of texts. Received: {_shown(value)}."
        + (" Pass validators of your own as validators=[...]." if name == "select" else "")
    )


def _names_or_object(name: str, value: Any) -> Any:
    """Check a list of names; leave a path, a mapping or a table to the function."""
    if isinstance(value, (os.PathLike, Mapping)) or hasattr(value, "columns"):
        return value
    if hasattr(value, "column_names") or hasattr(value, "items"):
        return value
    return _names(name, value)


def _patterns(name: str, value: Any) -> Any:
    """Check a text or a list; the reader of patterns checks the items."""
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        return list(value)
    raise ConfigError(
        f"{name} must list .gitignore patterns, such as 'Sorted/'. Received: {_shown(value)}."
    )


def _limits(name: str, value: Any) -> Any:
    if not isinstance(value, Limits):
        raise ConfigError(
            f"{name} must be a catsclean.Limits, such as"
            f" catsclean.Limits(max_pixels=1_000_000). Received: {_shown(value)}."
        )
    return value


def _options(name: str, value: Any) -> Any:
    if (
        isinstance(value, Mapping)
        and all(isinstance(key, str) for key in value)
        and all(isinstance(inner, Mapping) for inner in value.values())
        and all(isinstance(key, str) for inner in value.values() for key in inner)
    ):
        return value
    raise ConfigError(
        f'{name} must be a dict by validator, such as {{"odd-size": {{"max_ratio": 16.0}}}}.'
        f" Received: {_shown(value)}."
    )


def _shown(value: object) -> str:
    text = names.received(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


_CHECKS: Final[dict[str, Callable[[str, Any], Any]]] = {
    **dict.fromkeys(("state_dir", "against", "baseline", "folder", "run_dir", "to"), _path),
    "weights": _path,
    **dict.fromkeys(("root", "audit", "manifest", "data", "model", "decisions"), _path_or_object),
    **dict.fromkeys(("paths", "pictures", "images", "image"), _paths_or_objects),
    **dict.fromkeys(("select", "ignore", "exclude", "keep", "quarantine"), _names),
    "prefer": _patterns,
    "follow_links": _flag,
    "follow_links_to": _folders,
    **dict.fromkeys(("train", "val", "test"), _names),
    "labels": _names_or_object,
    **dict.fromkeys(("count", "memory", "steps_per_call", "max_channels"), whole_number),
    "radius": _from_zero,
    "limits": _limits,
    "options": _options,
}
