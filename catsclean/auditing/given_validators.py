"""Let validators that were passed to a call inspect the pictures, after all other evidence.

A worker is a process of its own.  It can import a class of a module, but not a class that was
written in a notebook or in the running script: such a class inspects in this process.  The results
of these validators are not cached, because nobody raises a version between two runs of a cell.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from catsclean.core import tracebacks
from catsclean.core.evidence import Evidence, Outcome, Scalar
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.errors import ConfigError
from catsclean.images.read_file import FolderReader
from catsclean.scan.cache import arrow_schema
from catsclean.scan.inspector import reference
from catsclean.scan.pool import interrupts
from catsclean.scan.scan import Progress, ProgressCallback
from catsclean.scan.scan_options import ScanOptions
from catsclean.validators.base import Validator
from catsclean.validators.registry import all_validators

_Columns = dict[str, list[Any]]
# columns that several validators fill, and the separator between their entries
_FAILURES: Final = {"validator_failures": "\n", "validator_tracebacks": tracebacks.SEPARATOR}


def inspect_given(
    evidence: Evidence,
    validators: Sequence[Validator],
    options: ScanOptions,
) -> Evidence:
    """Add the columns of those validators that neither the package nor its plug-ins know.

    Args:
        evidence: All other evidence about the files.
        validators: Known ones, and those that inspect nothing, are skipped.
        options: How files are read: limits, workers, progress.

    Raises:
        ConfigError: An inspection returns a value that is not of its column's type.
        WorkerError: No worker can be started.
    """
    known = all_validators()
    given = [type(v)() for v in validators if v.columns and v.name not in known]
    if not given:
        return evidence

    rows = np.flatnonzero(evidence.rows["outcome"] == Outcome.DECODED.value)
    paths = evidence.rows["path"][rows].tolist()
    sizes = evidence.rows["size_bytes"][rows].tolist()
    report = _Report(sizes, options.progress)
    columns: _Columns = {name: evidence.rows[name].tolist() for name in _FAILURES}
    for validator in given:
        columns.update({name: [value] * len(evidence) for name, value in validator.columns.items()})
    abroad = [validator for validator in given if _importable(type(validator))]
    here = [validator for validator in given if validator not in abroad]
    root = evidence.dataset.reach
    for answers in (
        _in_workers(root, paths, sizes, options.limits, abroad, options.workers) if abroad else (),
        _in_this_process(root, paths, options.limits, here) if here else (),
    ):
        report.begin()
        for position, values in answers:
            row = int(rows[position])
            for name, value in values.items():
                if name not in _FAILURES:
                    columns[name][row] = columns[name][row] if value is None else value
                elif value:
                    both = filter(None, (columns[name][row], str(value)))
                    columns[name][row] = _FAILURES[name].join(both)
            report.done(position)
    return _with_columns(evidence, given, columns)


def _importable(kind: type[Validator]) -> bool:
    """Return whether another process can import this class by its module and its name."""
    module = sys.modules.get(kind.__module__)
    has_file = getattr(module, "__spec__", None) is not None and kind.__module__ != "__main__"
    return has_file and getattr(module, kind.__qualname__, None) is kind


def _in_workers(
    root: Reach,
    paths: Sequence[str],
    sizes: Sequence[int],
    limits: Limits,
    validators: Sequence[Validator],
    workers: int | None,
) -> Iterator[tuple[int, dict[str, Scalar]]]:
    from catsclean.scan import in_workers
    from catsclean.scan.worker import failures_of

    processes = workers or min(in_workers.default_workers(), in_workers.worth(sizes))
    references = tuple(reference(validator) for validator in validators)
    own = {name for validator in validators for name in validator.columns}
    prefixes = tuple(f"{validator.name}: " for validator in validators)
    with interrupts.held_back():
        for chunk, columns in in_workers.run(root, paths, sizes, limits, references, processes):
            for position, row in enumerate(chunk):
                values = {name: columns[name][position] for name in own & columns.keys()}
                why = columns["outcome_detail"][position] or columns["outcome"][position]
                failed = columns["validator_failures"][position].split("\n")
                values["validator_failures"] = "\n".join(
                    line for line in failed if line.startswith(prefixes)
                )
                traces = columns["validator_tracebacks"][position].split(tracebacks.SEPARATOR)
                values["validator_tracebacks"] = tracebacks.SEPARATOR.join(
                    trace for trace in traces if trace.startswith(prefixes)
                )
                if columns["outcome"][position] != Outcome.DECODED.value:
                    values["validator_failures"] = failures_of(validators, why)
                yield row, values


def _in_this_process(
    root: Reach, paths: Sequence[str], limits: Limits, validators: list[Validator]
) -> Iterator[tuple[int, dict[str, Scalar]]]:
    from catsclean.scan.worker import inspect_again

    with FolderReader(root) as folders:
        for position, path in enumerate(paths):
            yield position, inspect_again(folders, path, limits, validators)


def _with_columns(evidence: Evidence, given: Sequence[Validator], columns: _Columns) -> Evidence:
    schema = arrow_schema({name: v for each in given for name, v in each.columns.items()})
    samples = evidence.packed
    for name in _FAILURES:
        place = samples.column_names.index(name)
        texts = pa.array(columns[name], samples.schema.field(place).type)
        samples = samples.set_column(place, name, texts)
    for field in schema:
        try:
            column = pa.array(columns[field.name], field.type)
        except (pa.ArrowException, OverflowError) as error:
            owner = next(each for each in given if field.name in each.columns)
            wanted = type(owner.columns[field.name]).__name__
            raise ConfigError(
                f"inspect of validator {owner.name!r} must return {wanted} for column"
                f" {field.name!r}: {' '.join(str(error).split())}"
            ) from error
        samples = samples.append_column(field, column)
    return evidence.replaced(samples=samples)


class _Report:
    """Reports how many of the files were inspected."""

    def __init__(self, sizes: Sequence[int], progress: ProgressCallback | None) -> None:
        self._sizes = sizes
        self._progress = progress
        self._bytes = sum(sizes)
        self._files_done = self._bytes_done = 0

    def begin(self) -> None:
        """Begin with the first file."""
        self._files_done = self._bytes_done = 0

    def done(self, position: int) -> None:
        """Count a file."""
        self._files_done += 1
        self._bytes_done += self._sizes[position]
        if self._progress is not None:
            self._progress(
                Progress(
                    self._files_done, len(self._sizes), self._bytes_done, self._bytes, "inspecting"
                )
            )
