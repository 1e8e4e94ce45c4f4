"""Ask all judges about the pictures of a data set, and put their answers into one table."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.label_judge import LabelJudgement, judge_labels
from catsclean.content.vectors import reduced, usable
from catsclean.core.arrow import value_table
from catsclean.core.content_evidence import COLUMNS, ContentEvidence
from catsclean.core.evidence import Evidence
from catsclean.core.rows import Rows
from catsclean.core.text import count
from catsclean.scan.vectors import FEWEST_PICTURES, Vectors

NEIGHBOURS: Final = 3
_UNLABELLED: Final = "it has no label"
_Columns = dict[str, Any]


def judge_content(evidence: Evidence, vectors: Vectors) -> ContentEvidence:
    """Judge labels, and find odd pictures, from the vectors of a data set's pictures."""
    rows = evidence.decoded
    digests = rows["sha256"].tolist()
    embedded = vectors.have(digests)
    if embedded.sum() < FEWEST_PICTURES:
        return ContentEvidence(_why_none(vectors, int(embedded.sum())))
    chosen = rows.where(embedded)
    matrix = vectors.matrix(chosen["sha256"].tolist())
    groups = _numbered_groups(chosen["group"])
    columns: _Columns = _empty_columns(len(rows))
    columns["path"], columns["label"] = rows["path"].tolist(), rows["label"].tolist()
    at = np.flatnonzero(embedded)
    reasons = [vectors.failures.get(digest, "it has no vector") for digest in digests]
    columns["not_judged"] = reasons
    facts: dict[str, Any] = {
        "embedder": vectors.embedder.name,
        "pictures": len(rows),
        "embedded": len(at),
        "judge": _judge_labels(columns, at, chosen, matrix, groups),
    }
    place = _map(matrix)
    for name, values in (("map_x", place[:, 0]), ("map_y", place[:, 1])):
        _put(columns, name, at, values)
    return ContentEvidence(table=value_table(columns, COLUMNS), facts=facts)


def _why_none(vectors: Vectors, embedded: int) -> str:
    if vectors.failures:
        reason, _ = Counter(vectors.failures.values()).most_common(1)[0]
        return f"{vectors.embedder.name} failed: {reason}"
    return f"only {count(embedded, 'picture')} could be embedded"


def _empty_columns(rows: int) -> _Columns:
    empty: dict[str, Any] = {"string": "", "bool": False, "int32": 0, "float": float("nan")}
    return {field.name: [empty[str(field.type)]] * rows for field in COLUMNS}


def _put(columns: _Columns, name: str, at: NDArray[np.intp], values: Any) -> None:
    column = columns[name]
    for row, value in zip(at.tolist(), np.asarray(values).tolist(), strict=True):
        column[row] = value


def _numbered_groups(names: NDArray[Any]) -> NDArray[np.int64]:
    """Number the groups of duplicates; a picture that stands alone is a group of its own."""
    known: dict[str, int] = {}
    alone = len(names)
    return np.array(
        [
            known.setdefault(name, len(known)) if name else alone + row
            for row, name in enumerate(names.tolist())
        ],
        np.int64,
    )


def _judge_labels(
    columns: _Columns,
    at: NDArray[np.intp],
    rows: Rows,
    matrix: NDArray[np.float16],
    groups: NDArray[np.int64],
) -> dict[str, Any]:
    """Judge the labels of the pictures that have one; return how good the judge is."""
    labelled = np.flatnonzero(rows["label"] != "")
    _put(columns, "not_judged", at, np.where(rows["label"] == "", _UNLABELLED, ""))
    labels = sorted(set(rows["label"].tolist()) - {""})
    if not len(labelled):
        return {"judged": 0}
    place = {label: number for number, label in enumerate(labels)}
    codes = np.array([place[label] for label in rows["label"][labelled].tolist()], np.int64)
    judgement = judge_labels(matrix[labelled], codes, groups[labelled])
    here = at[labelled]
    order = np.arange(len(codes))
    own = np.searchsorted(judgement.classes, codes)
    best = np.searchsorted(judgement.classes, judgement.suggested)
    names = np.array(labels, object)
    _put(columns, "not_judged", here, judgement.reasons.astype(object))
    _put(columns, "suggested", here, np.where(judgement.judged, names[judgement.suggested], ""))
    for name, column in (("given_probability", own), ("suggested_probability", best)):
        values = judgement.probabilities[order, column]
        _put(columns, name, here, np.where(judgement.judged, values, np.nan))
    _put(columns, "flagged", here, judgement.flagged)
    _put(columns, "label_rank", here, judgement.rank)
    _put(columns, "neighbours", here, _neighbours(rows["path"][labelled], judgement))
    return _quality(judgement)


def _neighbours(paths: NDArray[Any], judgement: LabelJudgement) -> NDArray[np.object_]:
    """Return the paths of the nearest pictures, one a line."""
    return np.array(
        [
            "\n".join(paths[row] for row in near[:NEIGHBOURS] if row >= 0)
            for near in judgement.neighbours.tolist()
        ],
        dtype=object,
    )


def _quality(judgement: LabelJudgement) -> dict[str, Any]:
    return {
        "judged": int(judgement.judged.sum()),
        "accuracy": judgement.accuracy,
        "error": judgement.error,
        "chance": judgement.chance,
        "reliable": judgement.reliable,
        "neighbours": judgement.neighbours_asked,
        "reasons": dict(Counter(judgement.reasons[~judgement.judged].tolist())),
    }


def _map(matrix: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return a place for each picture: its first two principal components, 0 to 1."""
    good = np.flatnonzero(usable(matrix))
    places = np.full((len(matrix), 2), np.nan, np.float32)
    if not len(good):
        return places
    points = reduced(matrix, good, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    places[good, : points.shape[1]] = (points - low) / np.maximum(high - low, 1e-9)
    return places
