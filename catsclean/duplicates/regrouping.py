"""Form groups only from the pairs that the selected validators report, not from all proved pairs.

A fixed camera makes pictures that the proof cannot distinguish from copies.  A user who ignores
the validators that report them, or asks for a stricter proof, gets no groups of them either.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from catsclean.core.evidence import PAIR, Evidence
from catsclean.core.groups import components, name_groups
from catsclean.duplicates.pair_kinds import IDENTICAL_BYTES, IDENTICAL_PIXELS, OTHER_COLOUR
from catsclean.duplicates.relations import Strictness, class_or_split

Mask = NDArray[np.bool_]


def regroup(evidence: Evidence, reported: Iterable[Mask]) -> Evidence:
    """Return evidence whose groups are connected by reported pairs only.

    Files with the same bytes always stay together.

    Args:
        evidence: Evidence with all pairs and their groups.
        reported: (P,) for each validator, the mask of the pairs that it reports.
    """
    kinds = evidence.pair_rows["kind"]
    joining = kinds == IDENTICAL_BYTES
    for mask in reported:
        joining |= mask
    if (joining | (kinds == OTHER_COLOUR)).all():
        return evidence
    rows = evidence.pair_rows.where(joining)
    wanted = {*rows["path"].tolist(), *rows["other"].tolist()}
    place = {path: at for at, path in enumerate(evidence.rows.texts("path")) if path in wanted}
    first, second = (
        np.array([place[path] for path in rows[name]], dtype=np.intp) for name in ("path", "other")
    )
    groups = name_groups(
        lambda at: evidence.rows.where(at)["sha256"].tolist(), len(evidence), first, second
    )
    return evidence.replaced(samples=evidence.with_texts("group", groups))


def pairs_of_kind(evidence: Evidence, kind: str) -> Mask:
    """Mark the pairs of one kind."""
    mask: Mask = evidence.pair_rows["kind"] == kind
    return mask


def pairs_within_classes(evidence: Evidence, strictness: Strictness) -> Mask:
    """Mark the pairs of altered copies with the same label that count."""
    label = _values(evidence, "label")
    rows = evidence.pair_rows
    same = [
        label[path] == label[other] for path, other in zip(rows["path"], rows["other"], strict=True)
    ]
    exact = (rows["kind"] == IDENTICAL_BYTES) | (rows["kind"] == IDENTICAL_PIXELS)
    mask: Mask = _counted(evidence, strictness) & np.array(same, np.bool_) & ~exact
    return mask


def pairs_spanning(evidence: Evidence, strictness: Strictness, field: str) -> Mask:
    """Mark the pairs that count, in groups whose members differ in label, or in split.

    Args:
        evidence: With all pairs.
        strictness: Which pairs count.
        field: ``label`` or ``split``.
    """
    counted = _counted(evidence, strictness)
    rows = evidence.pair_rows
    value = _values(evidence, field)
    number = {path: at for at, path in enumerate(value)}
    first, second = (
        np.array([number[path] for path in rows[name]], dtype=np.intp) for name in ("path", "other")
    )
    component = components(len(number), first[counted], second[counted])
    values: dict[int, set[str]] = {}
    for at, own in zip(component.tolist(), value.values(), strict=True):
        values.setdefault(at, set()).update({own} - {""})
    spans = np.array([len(values[at]) > 1 for at in component.tolist()], np.bool_)
    mask: Mask = counted & spans[first] if len(first) else counted
    return mask


def _counted(evidence: Evidence, strictness: Strictness) -> Mask:
    columns = (evidence.pair_rows[name] for name in PAIR)
    return np.array(
        [
            strictness.counts(kind, fine, correlation, agreement)
            for _, _, kind, _, fine, correlation, agreement, *_ in zip(*columns, strict=True)
        ],
        np.bool_,
    )


def _values(evidence: Evidence, field: str) -> dict[str, str]:
    """Return class or split of the samples that have a pair, by path."""
    rows = evidence.pair_rows
    wanted = {*rows["path"].tolist(), *rows["other"].tolist()}
    samples = zip(evidence.rows.texts("path"), evidence.rows[field].tolist(), strict=True)
    return {path: class_or_split(field, value) for path, value in samples if path in wanted}
