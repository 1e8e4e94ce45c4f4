"""Find an embedder by its name, and whether the extra ``content`` is installed."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from catsclean.content.lite0 import PACKAGE
from catsclean.core import names
from catsclean.core.install_command import missing_extra
from catsclean.errors import CatscleanError, ConfigError
from catsclean.scan.embedding import Embedder

#: The entry point group by which another distribution adds its own.
ENTRY_POINT_GROUP: Final = "catsclean.embedders"
DEFAULT: Final = "lite0"
_NEEDED: Final = ("onnx", "onnxruntime", "sklearn", PACKAGE)
# By reference, so that only the one that is asked for is loaded.  That of Keras belongs to a layer
# above this one: a name is no import, as with an entry point, and nothing here depends on it.
_OWN: Final = {
    "keras": "catsclean.training.keras_embedder:KerasEmbedder",
    "lite0": "catsclean.content.lite0:Lite0",
    "onnx": "catsclean.content.onnx_file:OnnxFile",
}
_EXAMPLES: Final = {"keras": "keras:MobileNetV2", "onnx": "onnx:model.onnx"}
_MEMBERS: Final = {"name": str, "version": str, "side_px": int}


def is_installed() -> bool:
    """Return whether the extra ``content`` is installed."""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


def make_embedder(wanted: str | Embedder = DEFAULT, runs: Path | None = None) -> Embedder:
    """Return an embedder by its name, such as ``lite0`` or ``onnx:model.onnx``.

    Args:
        wanted: A name, with an argument behind a colon if the embedder takes one; or an embedder.
        runs: Folder of the data set's training runs, for embedders whose ``takes_runs`` is true.

    Raises:
        ConfigError: No embedder has this name, or it refuses its argument.
        MissingExtraError: The extra ``content`` is not installed.
    """
    if not is_installed():
        raise missing_extra("content cannot be checked without an extra", "content")
    if not isinstance(wanted, str):
        return _checked(wanted)
    name, colon, argument = wanted.partition(":")
    makers = {entry.name: entry.value for entry in metadata.entry_points(group=ENTRY_POINT_GROUP)}
    makers |= _OWN
    if name not in makers:
        raise ConfigError(
            f"no embedder is named {names.text(name)!r}. Choose one of"
            f" {', '.join(sorted(makers))}, or name one with an argument, such as onnx:FILE or"
            " keras:MobileNetV2."
        )
    try:
        make = _load(makers[name])
        _check_argument(name, make, given=colon)
        options = {"runs": runs} if getattr(make, "takes_runs", False) else {}
        return _checked(make(argument, **options) if colon else make(**options))
    except CatscleanError:
        raise
    except Exception as error:
        raise ConfigError(
            f"the embedder {names.text(wanted)!r} cannot be made: {names.text(str(error))}"
        ) from error


def _check_argument(name: str, make: Callable[..., Any], *, given: str) -> None:
    """Refuse an embedder that needs an argument and has none, or the other way round.

    Raises:
        ConfigError: That is so.
    """
    try:
        taken = inspect.signature(make).parameters.values()
    except (TypeError, ValueError):  # some callables cannot be asked
        return
    positional = [p for p in taken if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in taken)
    if given and not positional and not variadic:
        raise ConfigError(f"the embedder {name} takes no argument. Received: '{name}:…'.")
    if not given and any(p.default is p.empty for p in positional):
        raise ConfigError(
            f"the embedder {name} needs an argument, such as {_EXAMPLES.get(name, f'{name}:FILE')}."
            f" Received: {name!r}."
        )


def _load(reference: str) -> Callable[..., Any]:
    module, _, name = reference.partition(":")
    made: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return made


def _checked(embedder: Any) -> Embedder:
    """Refuse an object that lacks a part of an embedder."""
    for member, kind in _MEMBERS.items():
        if not isinstance(getattr(embedder, member, None), kind):
            raise ConfigError(
                f"an embedder has {member}, of type {kind.__name__}."
                f" Received: {type(embedder).__name__} without it."
            )
    for method in ("load", "embed"):
        if not callable(getattr(embedder, method, None)):
            raise ConfigError(
                f"an embedder has a method {method}. Received: {type(embedder).__name__}"
            )
    given: Embedder = embedder
    return given
