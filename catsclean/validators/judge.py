"""Judge evidence: every validator's findings, in order, none of them able to spoil the rest."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from catsclean.core import tracebacks
from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.core.text import as_percent
from catsclean.core.tracebacks import SEPARATOR
from catsclean.validators.base import Validator
from catsclean.validators.validator_failed import ValidatorFailed

_COLLECTIVE_PICTURES: Final = 10  # of fewer pictures, most may have anything


@dataclass(frozen=True, slots=True)
class Judgement:
    """What validators found.

    Attributes:
        findings: In the order of the validators, then of paths.
        left_out: Number of findings that were ignored.
        tracebacks: Of the validators that raised an exception, by name; the first of each.
    """

    findings: tuple[Finding, ...]
    left_out: int
    tracebacks: dict[str, str]


def judge(evidence: Evidence, validators: Sequence[Validator]) -> tuple[Finding, ...]:
    """Let validators judge evidence; no file is opened.

    A validator that raises costs one finding of ``validator-failed`` and spoils no other.
    """
    return judge_unless(evidence, validators, None).findings


def judge_unless(
    evidence: Evidence,
    validators: Sequence[Validator],
    ignored: Callable[[Finding], bool] | None,
) -> Judgement:
    """Let validators judge evidence, and leave out the findings that are ignored.

    Args:
        evidence: What the files say.
        validators: The validators.
        ignored: Tells which findings to leave out; None: none.
    """
    traces = _tracebacks_of_inspections(evidence)
    order: dict[str, int] = {}
    findings: list[Finding] = []
    pictures, left_out = len(evidence.decoded), 0
    for position, validator in enumerate(validators):
        order[validator.name] = position
        try:
            own = list(validator.judge(evidence))
        except Exception as error:  # noqa: BLE001 - what the others measured in an hour is not to be lost
            said = tracebacks.one_line(error, validator.judge)
            own = [_failed(f"{validator.name}: {said}")]
            traces[validator.name] = tracebacks.whole(error)
        if ignored is not None:
            counted = [finding for finding in own if not ignored(finding)]
            left_out += len(own) - len(counted)
            own = counted
        findings.extend(_collect(validator, own, pictures))
        evidence.release()  # each validator reads numbers of its own
    findings.extend(_failed_to_inspect(evidence, order))
    evidence.release(texts=True)
    findings.sort(key=lambda f: (order.get(f.validator, len(order)), f.path or "", f.message))
    return Judgement(tuple(findings), left_out, traces)


def find_unjudged(evidence: Evidence, validators: Sequence[Validator]) -> dict[str, str]:
    """Say of the validators that had nothing to judge by why that is, by name."""
    found = {}
    for validator in validators:
        # what raises here raises in `judge` as well, which makes a finding of it
        with contextlib.suppress(Exception):
            if why := validator.unable(evidence):
                found[validator.name] = why
    return found


def _collect(validator: Validator, own: list[Finding], pictures: int) -> list[Finding]:
    """Make one note of a property that more than half of all pictures have."""
    if not validator.collective or pictures < _COLLECTIVE_PICTURES:
        return own
    paths = {finding.path for finding in own if finding.path is not None}
    if len(paths) * 2 <= pictures:
        return own
    first = next(finding for finding in own if finding.path is not None)
    note = validator.finding(
        None,
        f"{len(paths):,} of {pictures:,} pictures ({as_percent(len(paths) / pictures)}), so this is"
        f" a property of the set; for example {first.path}: {first.message}",
        severity=Severity.NOTE,
        fix=Fix.NONE,
    )
    return [*(finding for finding in own if finding.path is None), note]


def _tracebacks_of_inspections(evidence: Evidence) -> dict[str, str]:
    found: dict[str, str] = {}
    if not evidence.has_column("validator_tracebacks"):  # gathered by an earlier version
        return found
    rows = evidence.rows.where(evidence.rows["validator_tracebacks"] != "")
    for path, texts in zip(rows["path"], rows["validator_tracebacks"], strict=True):
        for text in texts.split(SEPARATOR):
            name, _, trace = text.partition(": ")
            found.setdefault(name, f"{path}\n{trace}")
    return found


def _failed(message: str) -> Finding:
    return ValidatorFailed().finding(None, message)


def _failed_to_inspect(evidence: Evidence, judged: Mapping[str, int]) -> list[Finding]:
    """Say of the validators that judged which ones lack evidence, where nobody was asked to."""
    if ValidatorFailed.name in judged:
        return []
    failures = ValidatorFailed().judge(evidence)
    return [finding for finding in failures if finding.message.partition(":")[0] in judged]
