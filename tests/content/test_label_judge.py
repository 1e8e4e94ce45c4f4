import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from catsclean.content.label_judge import NOT_FINITE, ONE_CLASS, TOO_FEW, judge_labels

pytest.importorskip("sklearn")


def clusters(number=200, classes=2, width=32, spread=1.0, seed=0):
    """Vectors around one centre a class, far enough apart to be told."""
    rng = np.random.default_rng(seed)
    labels = np.arange(number) % classes
    centres = rng.normal(size=(classes, width)) * 2
    vectors = centres[labels] + spread * rng.normal(size=(number, width))
    return vectors.astype(np.float16), labels, np.arange(number)


def test_a_wrong_label_comes_first_and_is_flagged():
    vectors, labels, groups = clusters()
    labels[17] = 1 - labels[17]
    judgement = judge_labels(vectors, labels, groups)
    assert judgement.rank[17] == 1
    assert judgement.flagged.nonzero()[0].tolist() == [17]
    assert judgement.suggested[17] == 1 - labels[17]


def test_the_figures_of_trust_are_those_of_the_labels():
    vectors, labels, groups = clusters()
    labels[:4] = 1 - labels[:4]
    judgement = judge_labels(vectors, labels, groups)
    assert judgement.accuracy == pytest.approx(0.98)
    assert judgement.error == pytest.approx(np.sqrt(0.98 * 0.02 / 200))
    assert judgement.chance == 0.5
    assert judgement.reliable


def test_about_as_many_wrong_labels_are_expected_as_there_are():
    vectors, labels, groups = clusters(1_000)
    labels[:40] = 1 - labels[:40]
    assert 35 <= judge_labels(vectors, labels, groups).expected_wrong <= 45


def test_nothing_is_flagged_where_the_judges_guess():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 16)).astype(np.float32)
    judgement = judge_labels(vectors, rng.integers(0, 2, 200), np.arange(200))
    assert not judgement.reliable
    assert not judgement.flagged.any()


def test_few_pictures_that_are_all_right_may_be_luck():
    vectors, labels, groups = clusters(10, spread=0.1)
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    vectors = np.random.default_rng(5).normal(size=vectors.shape)
    judgement = judge_labels(vectors, labels, groups)
    assert judgement.reliable == (judgement.accuracy > 0.5 + 2 * 0.5 / np.sqrt(10))


def test_copies_do_not_support_a_wrong_label_that_they_share():
    vectors, labels, groups = clusters(spread=2.5)
    copies = [17, 19, 21, 23, 25]  # of one class
    vectors[copies], groups[copies], labels[copies] = vectors[17], 17, 1 - labels[17]
    judgement = judge_labels(vectors, labels, groups)
    assert set(judgement.rank[copies]) == {1, 2, 3, 4, 5}
    assert judgement.flagged[copies].all()
    assert not np.isin(judgement.neighbours[copies], copies).any()


def test_of_copies_with_different_labels_the_one_that_differs_is_named():
    vectors, labels, groups = clusters(spread=6)
    copies = [20, 22, 24]
    vectors[copies], groups[copies] = vectors[20], 20
    labels[22] = 1
    judgement = judge_labels(vectors, labels, groups)
    assert judgement.in_conflict.nonzero()[0].tolist() == copies
    assert judgement.rank[22] == 1
    assert judgement.flagged[copies].tolist() == [False, True, False]


def test_members_of_a_group_have_the_same_probabilities():
    vectors, labels, groups = clusters(spread=4)
    groups[[3, 5]] = 3
    judgement = judge_labels(vectors, labels, groups)
    assert (judgement.probabilities[3] == judgement.probabilities[5]).all()


def test_probabilities_are_the_mean_of_both_judges_and_sum_to_one():
    vectors, labels, groups = clusters(90, classes=3)
    judgement = judge_labels(vectors, labels, groups)
    mean = (judgement.by_regression + judgement.by_neighbours) / 2
    assert judgement.probabilities == pytest.approx(mean, abs=1e-6)
    assert judgement.probabilities.sum(1) == pytest.approx(np.ones(90), abs=1e-5)
    assert judgement.probabilities.dtype == np.float32


def test_labels_may_be_any_numbers():
    vectors, labels, groups = clusters()
    judgement = judge_labels(vectors, np.where(labels, 40, 7), groups)
    assert judgement.classes.tolist() == [7, 40]
    assert set(judgement.suggested) == {7, 40}


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_left_out_with_the_reason(number):
    vectors, labels, groups = clusters()
    vectors[5, 3] = number
    judgement = judge_labels(vectors, labels, groups)
    assert judgement.judged.sum() == 199
    assert judgement.reasons[5] == NOT_FINITE
    assert judgement.rank[5] == 0
    assert not judgement.probabilities[5].any()
    assert 5 not in judgement.neighbours


def test_a_class_of_too_few_pictures_is_left_out_with_the_reason():
    vectors, labels, groups = clusters()
    labels[:4] = 9
    judgement = judge_labels(vectors, labels, groups)
    assert set(judgement.reasons[:4]) == {TOO_FEW}
    assert judgement.judged[4:].all()


def test_copies_do_not_make_a_class_large_enough():
    vectors, labels, groups = clusters()
    labels[:8], groups[:8] = 9, 0
    assert set(judge_labels(vectors, labels, groups).reasons[:8]) == {TOO_FEW}


def test_one_class_cannot_be_judged():
    vectors, labels, groups = clusters()
    judgement = judge_labels(vectors, labels * 0, groups)
    assert set(judgement.reasons) == {ONE_CLASS}
    assert not judgement.reliable
    assert judgement.suggested.tolist() == [0] * 200


@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_hardly_any_pictures_are_no_error(number):
    vectors, labels, groups = clusters(200)
    judgement = judge_labels(vectors[:number], labels[:number], groups[:number])
    assert not judgement.judged.any()
    assert judgement.rank.shape == (number,)


def test_identical_vectors_say_nothing():
    _, labels, groups = clusters()
    judgement = judge_labels(np.ones((200, 8), np.float16), labels, groups)
    assert not judgement.reliable
    assert np.isfinite(judgement.probabilities).all()


def test_one_group_of_nearly_all_is_no_error():
    vectors, labels, groups = clusters()
    groups[:180] = 0
    judgement = judge_labels(vectors, labels, groups)
    assert np.isfinite(judgement.score).all()
    assert (judgement.neighbours[:180] >= 180).all()


def test_a_thousand_classes_are_judged():
    vectors, labels, groups = clusters(6_000, classes=1_000, width=64, spread=0.2)
    labels[11] = 500
    judgement = judge_labels(vectors, labels, groups)
    assert judgement.reliable
    assert judgement.suggested[11] == 11
    assert judgement.flagged[11]


def test_the_numbers_of_groups_and_labels_do_not_matter():
    vectors, labels, groups = clusters(spread=3)
    one = judge_labels(vectors, labels, groups)
    other = judge_labels(vectors, labels + 3, 1_000 - groups)
    assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)
    assert (one.rank == other.rank).mean() > 0.9


PROGRAM = """
import sys; sys.path.insert(0, {tests!r})
import hashlib
from test_label_judge import clusters
from catsclean.content.label_judge import judge_labels
vectors, labels, groups = clusters(600, width=300, spread=4)
print(hashlib.sha256(judge_labels(vectors, labels, groups).probabilities.tobytes()).hexdigest())
"""


def test_the_number_of_threads_does_not_matter():
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    answers = set()
    for threads in ("1", "2"):
        environment = {
            **os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(done.stdout)
    assert len(answers) == 1
