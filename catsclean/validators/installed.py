"""The names of all validators, found without loading any of them."""

from __future__ import annotations

import pkgutil
from importlib import metadata
from typing import Final

from catsclean import validators as package

FAMILIES: Final = ("file", "metadata", "pixels", "content", "duplicates", "labels", "dataset")
#: The entry point group by which another distribution adds its own.
ENTRY_POINT_GROUP: Final = "catsclean.validators"
_NOT_VALIDATORS: Final = frozenset({"base", "installed", "judge", "registry"})


def list_names() -> list[str]:
    """List the names of all validators, and of the families, without loading any of them.

    Those of other distributions are listed by the names of their entry points.
    """
    own = [name.replace("_", "-") for name in own_modules()]
    others = [entry.name for entry in metadata.entry_points(group=ENTRY_POINT_GROUP)]
    return [*FAMILIES, *sorted({*own, *others})]


def own_modules() -> list[str]:
    """List the modules of this package that hold a validator each."""
    return [
        info.name
        for info in pkgutil.iter_modules(package.__path__)
        if info.name not in _NOT_VALIDATORS and not info.name.startswith("_")
    ]
