"""Judge labels by vectors: would pictures of other groups give this picture its label?

Two judges answer out of sample: logistic regression in folds, and the nearest neighbours.  Members
of one group are never on both sides of a fold and never each other's neighbours, so that copies
with the same wrong label do not support it.  How far to trust the judges is measured on the labels
themselves; if they are hardly better than guessing, no label is called wrong.

The rows decide the folds: give them in a fixed order, such as that of their paths, for the same
result each time.  The number of threads does not matter.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.content.group_folds import FOLDS, deal
from catsclean.content.vector_maths import Floats, Ints, Nearest, nearest, reduced, unit, usable

NEIGHBOURS_SHOWN: Final = 5
NOT_FINITE: Final = "its vector has numbers that are not finite"
TOO_FEW: Final = f"its class has fewer than {FOLDS} different pictures"
ONE_CLASS: Final = "there is only one class to compare"

# all 1,280 do no better on cats and dogs or rock, paper, scissors; 128 do worse on the latter
DIMENSIONS: Final = 256
_INVERSE_PENALTY: Final = 4.0  # C of scikit-learn; a third or three times as much does as well
_MOST_STEPS: Final = 100
# The time of a regression grows with the number of classes; beyond this many, discriminant analysis
# takes its place, which needs no steps: 25,000 pictures of 1,000 classes take seconds.
_MOST_CLASSES: Final = 50
_SHRINKAGE: Final = 0.1  # of the covariance, towards directions that all count the same
_NUMBERS_OF_NEIGHBOURS: Final = (5, 10, 15, 25, 40)
_PRIOR_NEIGHBOURS: Final = 0.2  # how much the classes' shares count, in neighbours
# of the mean, 97 % is enough: on cats and dogs that finds 5 % more of the wrong labels and is right
# 1 to 2 % less often
_ENOUGH: Final = 0.97
_WRONG_COPY: Final = 0.05  # how often the label of a copy is wrong, before anything is known
_BLOCK: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelJudgement:
    """How well labels fit their pictures.

    Columns of probabilities follow :attr:`classes`; rows that were not judged hold zeros.

    Attributes:
        classes: (c,) the labels that occur, sorted.
        labels: (n,) the given labels.
        judged: (n,) whether the picture was judged.
        reasons: (n,) why it was not; empty if it was.
        probabilities: (n, c) float32, the mean of both judges.
        by_regression: (n, c) float32.
        by_neighbours: (n, c) float32.
        neighbours_asked: How many neighbours vote.
        neighbours: (n, 5) int32, the nearest pictures of other groups; -1 if there are fewer.
        similarities: (n, 5) float32, their cosines.
        accuracy: Share of judged pictures whose most likely class is the given one.
        error: Standard error of the accuracy; members of a group count as one.
        chance: Share of the largest class: the accuracy of guessing.
        reliable: The accuracy is more than two errors above chance.  Otherwise nothing is flagged.
        score: (n,) float32 from 0 to 1, larger if the label is more suspicious; 0 if not judged.
        rank: (n,) int32 from 1 for the most suspicious; 0 if not judged.
        flagged: (n,) whether the label is probably wrong (confident learning).
        in_conflict: (n,) whether members of the picture's group have different labels.
        expected_wrong: Estimated number of wrong labels (the off-diagonal of the confident joint).
    """

    classes: Ints
    labels: Ints
    judged: NDArray[np.bool_]
    reasons: NDArray[np.str_]
    probabilities: Floats
    by_regression: Floats
    by_neighbours: Floats
    neighbours_asked: int
    neighbours: NDArray[np.int32]
    similarities: Floats
    accuracy: float
    error: float
    chance: float
    reliable: bool
    score: Floats
    rank: NDArray[np.int32]
    flagged: NDArray[np.bool_]
    in_conflict: NDArray[np.bool_]
    expected_wrong: float

    @property
    def suggested(self) -> Ints:
        """The most likely label of each picture; the given one if it was not judged."""
        return np.where(self.judged, self.classes[self.probabilities.argmax(1)], self.labels)


def judge_labels(
    vectors: NDArray[np.floating],
    labels: NDArray[np.integer],
    groups: NDArray[np.integer],
    *,
    seed: int = 0,
) -> LabelJudgement:
    """Judge every label by the pictures of other groups.

    Args:
        vectors: (n, d) float16 or float32, one for each picture.
        labels: (n,) the number of its class.
        groups: (n,) members of one group of duplicates share a number.
        seed: Random seed of the folds.

    Returns:
        The judgement, in the order of the rows.
    """
    from threadpoolctl import threadpool_limits

    given, group = np.asarray(labels, np.int64), np.asarray(groups, np.int64)
    classes, codes = np.unique(given, return_inverse=True)
    reasons = _reasons(vectors, codes, group)
    rows = np.flatnonzero(reasons == "")
    shape = (len(rows), len(classes))
    regression, voted = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    near, asked = nearest(np.zeros((0, 1), np.float32), group[:0], NEIGHBOURS_SHOWN), 0
    if len(rows):
        # several threads add in other orders, and wait for each other longer than they save
        with threadpool_limits(1):
            points = reduced(vectors, rows, DIMENSIONS)
            near = nearest(unit(points), group[rows], max(_NUMBERS_OF_NEIGHBOURS))
            asked = _best_number(near, codes[rows], len(classes))
            voted = _votes(near, codes[rows], len(classes), asked)
            regression = _regression(points, codes[rows], group[rows], len(classes), seed)
        voted, regression = _shared(voted, group[rows]), _shared(regression, group[rows])
    return _conclude(classes, given, group, reasons, regression, voted, asked, near)


def _reasons(vectors: NDArray[np.floating], codes: Ints, groups: Ints) -> NDArray[np.str_]:
    """Say why pictures cannot be judged."""
    good = usable(vectors)
    different = np.unique(np.column_stack([codes, groups])[good], axis=0)[:, 0]
    enough = np.bincount(different, minlength=int(codes.max(initial=0)) + 1) >= FOLDS
    reasons = np.where(good, np.where(enough[codes], "", TOO_FEW), NOT_FINITE)
    if enough.sum() < 2:
        reasons[reasons == ""] = ONE_CLASS
    return reasons


def _regression(points: Floats, codes: Ints, groups: Ints, classes: int, seed: int) -> Floats:
    """Ask a linear model, trained on the other folds."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    fold = deal(codes, groups, seed)
    result = np.zeros((len(codes), classes), np.float32)
    for one in range(FOLDS):
        inside = fold == one
        if not inside.any():
            continue
        if classes > _MOST_CLASSES:
            from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

            model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=_SHRINKAGE)
        else:
            model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=_MOST_STEPS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(points[~inside], codes[~inside])
        result[np.ix_(inside, model.classes_)] = model.predict_proba(points[inside])
    return result


def _weights(similarities: Floats, count: int) -> Floats:
    """Let each of the first neighbours count by how much nearer it is than the last of them."""
    chosen = similarities[:, :count]
    there = chosen > -1
    last = np.where(there, chosen, 1).min(1, keepdims=True)
    weights: Floats = np.where(there, chosen - last + 1e-3, 0).astype(np.float32)
    return weights


def _best_number(near: Nearest, codes: Ints, classes: int) -> int:
    """Choose how many neighbours vote: the number under which the labels are least surprising."""
    share = np.bincount(codes, minlength=classes) / len(codes)
    agree = codes[near.rows] == codes[:, None]
    surprise = []
    for count in _NUMBERS_OF_NEIGHBOURS:
        weights = _weights(near.similarities, count)
        prior = _PRIOR_NEIGHBOURS * np.maximum(weights.mean(1), 1e-6)
        own = (weights * agree[:, :count]).sum(1) + prior * share[codes]
        surprise.append(-np.log(own / (weights.sum(1) + prior)).mean())
    return _NUMBERS_OF_NEIGHBOURS[int(np.argmin(surprise))]


def _votes(near: Nearest, codes: Ints, classes: int, count: int) -> Floats:
    """Let the nearest neighbours vote, with the classes' shares as one small vote."""
    share = np.bincount(codes, minlength=classes) / len(codes)
    result = np.empty((len(codes), classes), np.float32)
    for start in range(0, len(codes), _BLOCK):
        here = slice(start, start + _BLOCK)
        weights = _weights(near.similarities[here], count)
        number = len(weights)
        cell = np.arange(number)[:, None] * classes + codes[near.rows[here, :count]]
        votes = np.bincount(cell.ravel(), weights.ravel(), number * classes)
        votes = votes.reshape(number, classes)
        votes += _PRIOR_NEIGHBOURS * np.maximum(weights.mean(1), 1e-6)[:, None] * share
        result[here] = votes / votes.sum(1, keepdims=True)
    return result


def _conclude(
    classes: Ints,
    labels: Ints,
    groups: Ints,
    reasons: NDArray[np.str_],
    regression: Floats,
    voted: Floats,
    asked: int,
    near: Nearest,
) -> LabelJudgement:
    """Put the answers of both judges together, and back at their places."""
    rows, codes = np.flatnonzero(reasons == ""), np.searchsorted(classes, labels)
    own, group = codes[rows], groups[rows]
    mean: Floats = (regression + voted) / np.float32(2)
    accuracy, error, chance = _trust(mean, own, group)
    # two errors of guessing as well: a few pictures may all be right by luck
    luck = np.sqrt(chance * (1 - chance) / max(len(np.unique(group)), 1))
    reliable = bool(accuracy > chance + 2 * max(error, luck))
    here = np.arange(len(rows))
    conflict = _conflicts(own, group)
    doubts = [_ranked(1 - _with_votes(one, own, group)[here, own]) for one in (regression, voted)]
    score = (doubts[0] + doubts[1]) / np.float32(2)
    order = np.lexsort((mean[here, own], -score))
    rank = np.zeros(len(rows), np.int32)
    rank[order] = here + 1
    flagged, expected = np.zeros(len(rows), np.bool_), 0.0
    if reliable:
        usual = _usual(mean, own)
        surely = _confident(mean, usual)
        surely[conflict] = _confident(_with_votes(mean, own, group)[conflict], usual)
        # with a low bar of its own, another class could pass it and still be the less likely one
        flagged = (surely >= 0) & (surely != own) & (mean.argmax(1) != own)
        expected = _expected_wrong(flagged, surely >= 0, own)
    places = np.append(rows, -1).astype(np.int32)
    shown = places[near.rows[:, :NEIGHBOURS_SHOWN]]

    def back(values: NDArray[Any], empty: float = 0) -> NDArray[Any]:
        whole = np.full((len(labels), *values.shape[1:]), empty, values.dtype)
        whole[rows] = values
        return whole

    return LabelJudgement(
        classes=classes,
        labels=labels,
        judged=reasons == "",
        reasons=reasons,
        probabilities=back(mean),
        by_regression=back(regression),
        by_neighbours=back(voted),
        neighbours_asked=asked,
        neighbours=back(shown, -1),
        similarities=back(near.similarities[:, :NEIGHBOURS_SHOWN], -1),
        accuracy=accuracy,
        error=error,
        chance=chance,
        reliable=reliable,
        score=back(score),
        rank=back(rank),
        flagged=back(flagged),
        in_conflict=_conflicts(codes, groups),
        expected_wrong=expected,
    )


def _trust(mean: Floats, own: Ints, groups: Ints) -> tuple[float, float, float]:
    """Measure the judges on the given labels: accuracy, its standard error, and chance."""
    if not len(own):
        return 0.0, 0.0, 0.0
    right = mean.argmax(1) == own
    accuracy = float(right.mean())
    # copies are right or wrong together
    _, group = np.unique(groups, return_inverse=True)
    error = float(np.sqrt((np.bincount(group, right - accuracy) ** 2).sum()) / len(own))
    return accuracy, error, float(np.bincount(own).max() / len(own))


def _ranked(values: Floats) -> Floats:
    """Turn values to ranks from 0 to 1; equal values share one."""
    from scipy.stats import rankdata

    ranks: Floats = ((rankdata(values) - 1) / max(len(values) - 1, 1)).astype(np.float32)
    return ranks


def _usual(mean: Floats, own: Ints) -> Floats:
    """Return nearly the mean probability of each class among the pictures with that label."""
    classes = mean.shape[1]
    total = np.bincount(own, mean[np.arange(len(own)), own], classes)
    size = np.bincount(own, minlength=classes)
    usual: Floats = np.where(size > 0, total / np.maximum(size, 1), np.inf).astype(np.float32)
    return usual * np.float32(_ENOUGH)


def _confident(mean: Floats, usual: Floats) -> Ints:
    """Return the class that each picture is confidently of; -1 if there is none.

    Confident learning (Northcutt, Jiang and Chuang, 2021): a picture counts for a class if its
    probability reaches (nearly) what pictures with that label get on average.
    """
    surely = np.empty(len(mean), np.int64)
    for start in range(0, len(mean), _BLOCK):
        block = mean[start : start + _BLOCK]
        enough = np.where(block >= usual, block, -1)
        surely[start : start + _BLOCK] = np.where(enough.max(1) >= 0, enough.argmax(1), -1)
    return surely


def _expected_wrong(flagged: NDArray[np.bool_], sure: NDArray[np.bool_], own: Ints) -> float:
    """Carry the share of wrong labels among the sure pictures of a class over to all of it."""
    wrong, decided = np.bincount(own, flagged), np.bincount(own, sure)
    share = np.where(decided > 0, wrong / np.maximum(decided, 1), 0)
    return float((share * np.bincount(own)).sum())


def _shared(probabilities: Floats, groups: Ints) -> Floats:
    """Give the members of a group their mean: they show the same picture."""
    _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    result = probabilities.copy()
    several = np.flatnonzero(size[group] > 1)
    _, group = np.unique(group[several], return_inverse=True)
    total = np.zeros((int(group.max(initial=-1)) + 1, probabilities.shape[1]))
    np.add.at(total, group, probabilities[several])
    result[several] = total[group] / np.bincount(group)[group][:, None]
    return result


def _with_votes(probabilities: Floats, own: Ints, groups: Ints) -> Floats:
    """Let the labels vote: that of the picture, or those of its group if they differ.

    Equal labels of a group count once, because they were probably given together.
    """
    result = probabilities.copy()
    here = np.arange(len(own))
    result[here, own] /= _WRONG_COPY
    rows = np.flatnonzero(_conflicts(own, groups))
    _, group = np.unique(groups[rows], return_inverse=True)
    votes = np.zeros((int(group.max(initial=-1)) + 1, probabilities.shape[1]), np.float32)
    np.add.at(votes, (group, own[rows]), 1)
    # relative to the most votes, so that no power overflows
    lost = votes.max(1, initial=0, keepdims=True) - votes
    result[rows] = np.maximum(probabilities[rows], 1e-6) * np.float32(_WRONG_COPY) ** lost[group]
    result /= np.maximum(result.sum(1, keepdims=True), 1e-12)
    return result


def _conflicts(codes: Ints, groups: Ints) -> NDArray[np.bool_]:
    """Return which pictures are in a group whose members have different labels."""
    _, group = np.unique(groups, return_inverse=True)
    lowest = np.full(int(group.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    highest = np.full(len(lowest), -1)
    np.minimum.at(lowest, group, codes)
    np.maximum.at(highest, group, codes)
    conflict: NDArray[np.bool_] = (lowest != highest)[group]
    return conflict
