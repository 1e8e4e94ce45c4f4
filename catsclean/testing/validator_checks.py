"""For authors of validators: run one on real files, and assert its findings.

::

    from catsclean.testing import assert_clean, assert_finds

    def test_finds_a_blue_frame(tmp_path):
        make_pictures(tmp_path)
        assert_finds(BlueFrame(), tmp_path, "Cat/1.jpg")

The files are read by catsclean's own reader, in this process, so that a debugger stops inside
``inspect``; nothing is written anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from catsclean.core.arrow import value_table
from catsclean.core.evidence import READING, Evidence, Scalar
from catsclean.core.limits import Limits
from catsclean.core.model import Finding
from catsclean.core.state import StateFolder
from catsclean.scan.cache import arrow_schema
from catsclean.scan.collect import collect_evidence, list_folder
from catsclean.scan.discover import Listing
from catsclean.scan.labels import check_labels
from catsclean.scan.scan_options import ScanOptions
from catsclean.scan.worker import Task, scan_chunk
from catsclean.validators.base import Validator
from catsclean.validators.installed import FAMILIES

PAGE_SECTIONS: Final = ("Why it matters", "Example", "What to do", "False alarms")
_PATIENCE_S: Final = 86_400.0  # a debugger may hold a file for a while


def gather_evidence(
    root: str | os.PathLike[str],
    *validators: Validator,
    layout: str = "auto",
    labels: Any = "auto",
) -> Evidence:
    """Read every file below `root` as an audit does, in this process.

    Args:
        root: The data set; folders below it are classes, as in an audit.
        *validators: Validators whose ``inspect`` adds their columns.
        layout: ``auto``, ``classes``, ``splits`` or ``flat``.
        labels: As for :func:`catsclean.audit`.

    Raises:
        AssertionError: A validator's ``inspect`` raised, or returned a column it does not declare.
    """
    state = StateFolder.of(root)
    options = ScanOptions(layout=layout, labels=check_labels(labels))
    listed = list_folder(state.root, options)
    table = _table(state.root, listed.listing, validators)
    evidence = collect_evidence(state.root, listed.listing, listed.labelling, table)
    failures = [text for text in evidence.samples["validator_failures"] if text]
    if failures:
        raise AssertionError(f"inspect raised: {failures[0]}")
    return evidence


def judge(validator: Validator, root: str | os.PathLike[str], **kwargs: Any) -> list[Finding]:
    """Return what `validator` finds below `root`, sorted by path; its exceptions are not caught.

    Args:
        validator: The validator, with the options for the test.
        root: The data set.
        **kwargs: For :func:`gather_evidence`.
    """
    found = list(validator.judge(gather_evidence(root, validator, **kwargs)))
    for finding in found:
        if finding.validator != validator.name:
            raise AssertionError(f"a finding of {validator.name!r} is signed {finding.validator!r}")
        if not finding.message.isprintable() or not finding.message:
            raise AssertionError(f"a message is one printable line. Received: {finding.message!r}")
    return sorted(found, key=lambda finding: (finding.path or "", finding.message))


def assert_finds(
    validator: Validator, root: str | os.PathLike[str], *paths: str | None, **kwargs: Any
) -> list[Finding]:
    """Assert that `validator` finds exactly `paths`, each as often as named; return the findings.

    Args:
        validator: The validator, with the options for the test.
        root: The data set.
        *paths: Relative paths, ``/`` between the parts; None for a finding of the whole set.
        **kwargs: For :func:`gather_evidence`.
    """
    found = judge(validator, root, **kwargs)
    wanted = sorted(path or "" for path in paths)
    received = [finding.path or "" for finding in found]
    if wanted != received:
        missing = sorted(set(wanted) - set(received))
        surplus = [str(finding) for finding in found if (finding.path or "") not in wanted]
        raise AssertionError(
            f"{validator.name} was to find {wanted} and found {received};"
            f" missing: {missing}; not wanted: {surplus}"
        )
    return found


def assert_clean(validator: Validator, root: str | os.PathLike[str], **kwargs: Any) -> None:
    """Assert that `validator` finds nothing below `root`."""
    found = judge(validator, root, **kwargs)
    if found:
        raise AssertionError(f"{validator.name} was to find nothing, and found: {found[0]}")


def assert_documented(kind: type[Validator]) -> None:
    """Assert that a validator has all parts that its page needs, and a complete page."""
    page = kind.page()
    lines = page.splitlines()
    problems = [
        *(f"no section {name!r}" for name in PAGE_SECTIONS if f"## {name}" not in lines),
        *(["no name"] if not kind.name else []),
        *([f"no family {kind.family!r}"] if kind.family not in FAMILIES else []),
        *(["the first line is not a sentence"] if not (lines or [""])[0].endswith(".") else []),
        *([f"no example line with ': {kind.name}: '"] if f": {kind.name}: " not in page else []),
    ]
    if problems:
        raise AssertionError(f"{kind.__qualname__}: {'; '.join(problems)}")


def _table(root: Path, listing: Listing, validators: Sequence[Validator]) -> Any:
    """Scan in this process; return the same as :func:`catsclean.scan.scan.gather`."""
    read = [row for row in range(len(listing.paths)) if row not in listing.presets]
    defaults: dict[str, Scalar] = dict(READING)
    for validator in validators:
        defaults.update(validator.columns)
    columns: dict[str, list[Any]] = {
        name: [value] * len(listing.paths) for name, value in defaults.items()
    }
    for row, (outcome, detail) in listing.presets.items():
        columns["outcome"][row], columns["outcome_detail"][row] = outcome.value, detail
    paths = tuple(listing.paths[row] for row in read)
    inspecting = tuple(validator for validator in validators if validator.columns)
    scanned = scan_chunk(Task(str(root), paths, Limits(timeout_s=_PATIENCE_S), inspecting))
    for name, values in scanned.items():
        for row, value in zip(read, values, strict=True):
            columns[name][row] = value
    columns["recorded_sha256"] = [""] * len(listing.paths)
    return value_table(columns, arrow_schema({**defaults, "recorded_sha256": ""}))
