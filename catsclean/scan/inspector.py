"""The interface of a validator in a scan: the evidence that it gathers from each picture."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Protocol

from catsclean.core.evidence import READING, Scalar

if TYPE_CHECKING:
    from catsclean.images.image import ImageFile


class Inspector(Protocol):
    """Gathers evidence of its own from each picture, as a validator with ``columns`` does.

    Attributes:
        name: Its name, under which its failures are reported.
        version: Increases when its evidence changes, so that cached evidence is not reused.
        columns: Its columns of evidence, each with the value for "not known".
        content_only: Its evidence depends only on the bytes of a file, not on its path.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    columns: ClassVar[dict[str, Scalar]]
    content_only: ClassVar[bool]

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Return the evidence of one file, in a worker; None means "not known"."""


def reference(validator: Inspector) -> str:
    """Return ``module:class``, the name under which another process imports a validator."""
    return f"{type(validator).__module__}:{type(validator).__qualname__}"


def load_inspector(reference: str) -> Inspector:
    """Import and make the validator of a reference."""
    module, _, name = reference.partition(":")
    inspector: Inspector = getattr(importlib.import_module(module), name)()
    return inspector


def evidence_columns(validators: Iterable[Inspector]) -> dict[str, Scalar]:
    """Return all columns of evidence, each with the value for "not known"."""
    columns: dict[str, Scalar] = dict(READING)
    for validator in validators:
        columns.update(validator.columns)
    return columns
