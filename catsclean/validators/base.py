"""What a validator is: one class in one file, found by its module's name."""

from __future__ import annotations

import inspect as python_inspect
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import Evidence, Scalar
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.rows import Rows
from catsclean.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

    from catsclean.images.image import ImageFile


_KINDS: Final[Mapping[type, str]] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    tuple: "a list of texts",
}


class CopyKind(Enum):
    """In what way the file of a finding is a copy of the files in its ``related``; gravest first.

    OTHER_LABEL: The same picture under another label; a person decides which label is right.
    ALTERED: The pixels are proved to show the same picture, in the same class.
    SAME_PIXELS: The pixels are equal, in the same class.
    SAME_BYTES: The bytes are equal, in the same class.
    """

    OTHER_LABEL = "the same picture under another label"
    ALTERED = "an altered copy"
    SAME_PIXELS = "a copy with the same pixels"
    SAME_BYTES = "a copy with the same bytes"

    @property
    def rank(self) -> int:
        """0 for the gravest, for sorting."""
        return list(CopyKind).index(self)

    @property
    def within_class(self) -> bool:
        """Whether it is about files of one class, so that one of them can stand for the others."""
        return self is not CopyKind.OTHER_LABEL


class Validator:
    """Base of every validator.

    A subclass states ``name``, ``family``, ``severity`` and ``fix``, carries its documentation
    page as docstring (first line: what it finds), and overrides :meth:`judge`.  A public class
    attribute with an annotation and a default, such as ``min_entropy: float = 2.0``, is an option
    that users set in ``[tool.catsclean.validators.NAME]``.  Every validator has one more,
    ``severity``: of all its findings, in place of its own.

    Attributes:
        name: Its one name: also of its module (with underscores), test, page and config table.
        family: One of ``file``, ``metadata``, ``pixels``, ``duplicates``, ``labels``,
            ``content``, ``dataset``.
        severity: Of its findings, unless :meth:`finding` gets another one.
        fix: What ``clean`` may do about them.  ``safe`` claims a precision of 1.00.
        default: Runs unless it is ignored; others run when selected.
        collective: Where more than half of all pictures have what it looks for, it is a property
            of the set: one note takes the place of the many findings.
        compares: Judges files by one another or by the set as a whole, so that ``check``, which
            sees a few files, leaves it out.
        uses_content: Judges what the pictures show (``evidence.content``).  If no such validator is
            selected, the audit embeds no picture.
        ranked_by: Column of ``evidence.content`` by which the report ranks pictures; it shows the
            findings in that ranking.  Empty: they have a gallery of their own.
        suggests: Column of ``evidence.content`` with a better label for the pictures of its
            findings; ``clean --relabel-suggested`` and the report take it from there.  Empty: it
            suggests none.
        columns: Evidence columns that :meth:`inspect` fills, each with the value that stands for
            "not known"; its type is the column's.
        content_only: :meth:`inspect` looks at the bytes of a file and never at its name or folder,
            so that its evidence also holds after the file was renamed or moved.
        version: Raise it when :meth:`inspect` changes, so that cached evidence is gathered again.
        bounds: The least and the largest value of options that are numbers, both allowed.
        copies: Its findings are about copies: each is about a file that could leave, and names in
            ``related`` the copies that stay, the suggested one first.  So one copy always stays,
            and the report shows them side by side.  None: they are not about copies.
        leaks: Its findings name, in ``related``, copies in another split: they are counted by pair
            of splits.
        never_moved: ``clean`` never moves the file, not even by a person's decision.
        not_examined: Its findings say that something was not, or not wholly, examined.
        makes_incomplete: One finding makes the audit incomplete (exit code 3).  None of them can be
            ignored by path.
        not_fetched: The file is a placeholder for a picture that can still be downloaded: nothing
            can train on it and it does not count as a copy, although it does not leave by itself.
        junk_by_name: Its name alone says that the file is junk, so ``clean`` moves it although
            the manifest has no row of it.
        tensorflow_refuses: The file is a healthy picture that TensorFlow cannot decode.  If every
            such validator is ignored, these pictures count as usable.
        repair: Name of the repair that serves for its findings (a file of
            ``catsclean/cleaning/repairs``); empty: there is none.
        repair_for: Programs that need that repair, as ``fix --for`` names them; empty: all.
        decodes_with_warnings: The file decodes, but damaged: a copy of it that is whole is better.
        severity_asked: What a user set as ``severity``; None: nothing.
    """

    name: ClassVar[str] = ""
    family: ClassVar[str] = ""
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.NONE
    default: ClassVar[bool] = True
    collective: ClassVar[bool] = False
    compares: ClassVar[bool] = False
    uses_content: ClassVar[bool] = False
    ranked_by: ClassVar[str] = ""
    suggests: ClassVar[str] = ""
    columns: ClassVar[dict[str, Scalar]] = {}
    content_only: ClassVar[bool] = False
    version: ClassVar[int] = 1
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {}
    copies: ClassVar[CopyKind | None] = None
    leaks: ClassVar[bool] = False
    never_moved: ClassVar[bool] = False
    not_examined: ClassVar[bool] = False
    makes_incomplete: ClassVar[bool] = False
    not_fetched: ClassVar[bool] = False
    junk_by_name: ClassVar[bool] = False
    tensorflow_refuses: ClassVar[bool] = False
    decodes_with_warnings: ClassVar[bool] = False
    repair: ClassVar[str] = ""
    repair_for: ClassVar[tuple[str, ...]] = ()
    severity_asked: Severity | None = None

    def __init__(self, **options: Any) -> None:
        """Set options.

        Raises:
            ConfigError: An unknown option, or a value of the wrong type or out of bounds.
        """
        known = self.option_defaults()
        for option, value in options.items():
            key = option.replace("-", "_")
            if key == "severity" and key not in known:
                self.severity_asked = _severity(self.name, value)
            elif key not in known:
                choices = ", ".join([*known, "severity"])
                raise ConfigError(f"{self.name} has no option {option!r}. Its options: {choices}")
            else:
                checked = _checked(self.name, key, value, known[key])
                _check_bounds(self.name, key, checked, self.bounds.get(key))
                setattr(self, key, checked)

    @classmethod
    def option_defaults(cls) -> dict[str, Any]:
        """Return the names of its options with their defaults, in the order of the source."""
        found: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            if base is object or base is Validator:
                continue
            for name, annotation in python_inspect.get_annotations(base).items():
                if not name.startswith("_") and "ClassVar" not in str(annotation):
                    found[name] = getattr(cls, name)
        return found

    def options(self) -> dict[str, Any]:
        """Return its options with their values; ``severity`` where it is set."""
        values = {name: getattr(self, name) for name in self.option_defaults()}
        if self.severity_asked is not None:
            values["severity"] = self.severity_asked.value
        return values

    @classmethod
    def summary(cls) -> str:
        """Return the first line of its page."""
        return cls.page().splitlines()[0]

    @classmethod
    def page(cls) -> str:
        """Return its page: the docstring, as Markdown."""
        return python_inspect.cleandoc(cls.__doc__ or "")

    def inspect(self, image: ImageFile) -> dict[str, Scalar] | None:
        """Gather evidence of one file, in a worker; None and missing columns mean "not known".

        Called for files that decoded.  What it raises becomes a finding, and the others go on.
        """
        del image
        return None

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find, from whole columns of evidence; no file is opened here."""
        raise NotImplementedError

    def joins(self, evidence: Evidence) -> NDArray[np.bool_] | None:
        """Mark the pairs of `evidence` that it reports, bool of shape (pairs,); None: no pairs.

        Reported pairs hold groups together, and `split` never divides a group.
        """
        del evidence
        return None

    def unable(self, evidence: Evidence) -> str:
        """Say why it could not judge this data set at all; empty where it could."""
        del evidence
        return ""

    def finding(
        self,
        path: str | None,
        message: str,
        *,
        label: str | None = None,
        related: Iterable[str] = (),
        severity: Severity | None = None,
        fix: Fix | None = None,
    ) -> Finding:
        """Make one finding of this validator's; a severity that a user set counts in any case."""
        return Finding(
            validator=self.name,
            severity=self.severity_asked or severity or self.severity,
            fix=self.fix if fix is None else fix,
            path=path,
            label=label or None,
            message=message,
            related=tuple(related),
        )

    def findings(
        self, rows: Rows | pd.DataFrame, messages: str | Iterable[str], **kwargs: Any
    ) -> Iterator[Finding]:
        """Make one finding for each row of samples.

        Args:
            rows: The rows.
            messages: One for each row; or a text for all of them, in which ``{width_px}`` stands
                for the row's value of that column, formatted as :meth:`str.format` does.
            kwargs: As :meth:`finding` takes them, for all rows.
        """
        if isinstance(messages, str):
            names = ["path", *(name for _, name, *_ in Formatter().parse(messages) if name)]
            values = zip(*(rows[name] for name in names), strict=True)
            messages = [messages.format(**dict(zip(names, row, strict=True))) for row in values]
        for path, label, message in zip(rows["path"], rows["label"], messages, strict=True):
            yield self.finding(path, message, label=label, **kwargs)


def spell_bounds(bounds: tuple[float, float]) -> str:
    """Say which values an option may have."""
    low, high = bounds
    return f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"


def _check_bounds(
    validator: str, option: str, value: Any, bounds: tuple[float, float] | None
) -> None:
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        raise ConfigError(
            f"{validator}.{option} must be {spell_bounds(bounds)}. Received: {value!r}"
        )


def _severity(validator: str, value: Any) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        choices = ", ".join(Severity)
        raise ConfigError(
            f"{validator}.severity must be one of {choices}. Received: {value!r}"
        ) from None


def _checked(validator: str, option: str, value: Any, default: Any) -> Any:
    wanted = type(default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        if all(isinstance(item, str) for item in value):
            return tuple(value)
    elif isinstance(value, wanted) and isinstance(value, bool) == isinstance(default, bool):
        return value
    kind = _KINDS.get(wanted, f"a {wanted.__name__}")
    # as settings spell it, which Python reads as well but for true and false
    example = json.dumps(default, ensure_ascii=False, default=str)
    raise ConfigError(
        f"{validator}.{option} must be {kind}, such as {example}. Received: {value!r}"
    )
