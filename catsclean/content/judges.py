"""Ask all judges about the pictures of a data set, and put their answers into one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.class_overlap import overlaps
from catsclean.content.class_spellings import find_classes
from catsclean.content.label_judge import DIMENSIONS, LabelJudgement, judge_labels
from catsclean.content.oddness import rank_odd
from catsclean.content.picture_names import PictureNames, name_pictures
from catsclean.content.shortcuts import find_shortcut
from catsclean.content.vector_maths import Floats, reduced, usable
from catsclean.core.arrow import value_table
from catsclean.core.content_evidence import COLUMNS, ContentEvidence
from catsclean.core.evidence import Evidence
from catsclean.core.rows import Rows
from catsclean.core.text import count
from catsclean.scan.picture_vectors import FEWEST_PICTURES, Vectors

NEIGHBOURS: Final = 3
_OVERLAPS: Final = 100
_NOTHING: Final = "it has no vector"
_UNLABELLED: Final = "it has no label"
_SHORTCUT: Final = ("accuracy", "error", "chance", "settled", "warning", "others")
# percentage of the time that has passed after each step, for about 2,000 pictures
_REDUCED: Final = 35
_LABELS_JUDGED: Final = 70
_ODD_RANKED: Final = 80
_Columns = dict[str, Any]


def judge_content(
    evidence: Evidence, vectors: Vectors, report: Callable[[int], None] = lambda _: None
) -> ContentEvidence:
    """Judge labels, and find odd pictures, from the vectors of a data set's pictures.

    Args:
        evidence: Everything else that is known.
        vectors: The vectors.
        report: Called with the percentage of the work that is done.
    """
    rows = evidence.decoded
    digests = rows["sha256"].tolist()
    embedded = vectors.have(digests)
    if embedded.sum() < FEWEST_PICTURES:
        return ContentEvidence(_why_none(vectors, int(embedded.sum())))
    chosen = rows.where(embedded)
    matrix = vectors.matrix(chosen["sha256"].tolist())
    points = _points(matrix)
    groups = _numbered_groups(chosen["group"])
    columns: _Columns = _empty_columns(len(rows))
    columns["path"], columns["label"] = rows["path"].tolist(), rows["label"].tolist()
    at = np.flatnonzero(embedded)
    reasons = [vectors.failures.get(digest, _NOTHING) for digest in digests]
    columns["not_judged"] = reasons
    report(_REDUCED)
    judged = _judge_labels(columns, at, chosen, points, groups)
    report(_LABELS_JUDGED)
    naming = name_pictures(vectors.embedder, matrix)
    odd = _find_odd(columns, at, chosen, points, groups, naming)
    report(_ODD_RANKED)
    facts: dict[str, Any] = {
        "embedder": vectors.embedder.name,
        "embedder_version": vectors.embedder.version,
        "pictures": len(rows),
        "embedded": len(at),
        **judged,
        "odd": odd,
        "label_clues": _find_shortcut(rows),
    }
    place = _map(points)
    for name, values in (("map_x", place[:, 0]), ("map_y", place[:, 1])):
        _put(columns, name, at, values)
    report(100)
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
    points: Floats,
    groups: NDArray[np.int64],
) -> dict[str, Any]:
    """Judge the labels of the pictures that have one; return how good the judge is."""
    _put(columns, "not_judged", at, np.where(rows["label"] == "", _UNLABELLED, ""))
    labelled = np.flatnonzero(rows["label"] != "")
    if not len(labelled):
        return {"judge": {"judged": 0, "reliable": False}, "overlaps": []}
    given, splits = (rows[name][labelled].tolist() for name in ("label", "split"))
    classes = find_classes(given, splits)
    codes, labels = classes.codes, classes.names
    judgement = judge_labels(points[labelled], codes, groups[labelled])
    here = at[labelled]
    order = np.arange(len(codes))
    own = np.searchsorted(judgement.classes, codes)
    best = np.searchsorted(judgement.classes, judgement.suggested)
    _put(columns, "not_judged", here, judgement.reasons)
    suggested = classes.name_suggested(judgement.suggested, given, splits)
    _put(columns, "suggested", here, np.where(judgement.judged, suggested, ""))
    for name, column in (("given_probability", own), ("suggested_probability", best)):
        values = judgement.probabilities[order, column]
        _put(columns, name, here, np.where(judgement.judged, values, np.nan))
    _put(columns, "flagged", here, judgement.flagged)
    _put(columns, "label_rank", here, judgement.rank)
    _put(columns, "neighbours", here, _neighbours(rows["path"][labelled], judgement))
    found = [
        {**asdict(one), "given": str(labels[one.given]), "suggested": str(labels[one.suggested])}
        for one in overlaps(judgement)[:_OVERLAPS]
    ]
    return {"judge": _quality(judgement), "overlaps": found}


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
        "flagged": int(judgement.flagged.sum()),
        "expected_wrong": judgement.expected_wrong,
        "reasons": dict(Counter(judgement.reasons[~judgement.judged].tolist())),
    }


def _find_odd(
    columns: _Columns,
    at: NDArray[np.intp],
    rows: Rows,
    points: Floats,
    groups: NDArray[np.int64],
    naming: PictureNames,
) -> dict[str, Any]:
    """Rank the pictures that are unlike the others; return how many are worth seeing."""
    codes = find_classes(rows["label"].tolist(), rows["split"].tolist()).codes
    odd = rank_odd(points, codes, groups, naming.probabilities)
    likely, probability = naming.pick(odd.likely_name)
    _put(columns, "odd_rank", at, odd.rank)
    _put(columns, "oddness", at, odd.score)
    _put(columns, "neighbour_distance", at, odd.distance)
    _put(columns, "neither", at, odd.foreign)
    _put(columns, "likely_name", at, likely)
    _put(columns, "likely_name_probability", at, probability)
    return {
        "worth_seeing": odd.worth_seeing,
        "named": naming.probabilities is not None,
        "naming_failed": naming.failure,
    }


def _find_shortcut(rows: Rows) -> dict[str, Any] | None:
    """Try to tell the labels of a data set by properties that are not content."""
    rows = rows.where(rows["label"] != "")
    width, height = rows["width_px"].astype(float), rows["height_px"].astype(float)
    properties = {
        "width": width,
        "height": height,
        "shape": width / np.maximum(height, 1),
        "format": rows["format"],
        "colour mode": rows["mode"],
        "bytes per pixel": rows["size_bytes"] / np.maximum(width * height, 1),
        "size of the metadata": rows["metadata_bytes"],
        "orientation tag": rows["exif_orientation"],
        "brightness": rows["brightness"],
        "contrast": rows["contrast"],
        "colourfulness": rows["colourfulness"],
        "sharpness": rows["sharpness"],
        "detail": rows["entropy_bits"],
        "share of one colour": rows["dominant_share"],
    }
    codes = find_classes(rows["label"].tolist(), rows["split"].tolist()).codes
    found = find_shortcut(properties, codes, _numbered_groups(rows["group"]))
    if found is None:
        return None
    figures = {name: getattr(found, name) for name in _SHORTCUT}
    return {**figures, "properties": list(found.properties), "alone": dict(found.alone)}


def _points(matrix: NDArray[np.float16]) -> Floats:
    """Reduce the vectors once for all judges; one that is not usable becomes NaN."""
    from threadpoolctl import threadpool_limits

    good = np.flatnonzero(usable(matrix))
    if not len(good):
        return np.full((len(matrix), 1), np.nan, np.float32)
    with threadpool_limits(1):  # see judge_labels
        found = reduced(matrix, good, DIMENSIONS)
    points = np.full((len(matrix), found.shape[1]), np.nan, np.float32)
    points[good] = found
    return points


def _map(points: Floats) -> Floats:
    """Return a place for each picture: its first two principal components, 0 to 1."""
    places = np.full((len(points), 2), np.nan, np.float32)
    first = points[:, :2]
    if usable(first).any():
        low, high = np.nanmin(first, axis=0), np.nanmax(first, axis=0)
        places[:, : first.shape[1]] = (first - low) / np.maximum(high - low, 1e-9)
    return places
