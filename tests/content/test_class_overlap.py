import numpy as np
import pytest

from catsclean.content.class_overlap import Overlap, overlaps
from catsclean.content.label_judge import judge_labels

pytest.importorskip("sklearn")


def judged(wrong):
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    vectors = (rng.normal(size=(3, 24)) * 3)[labels] + rng.normal(size=(300, 24))
    for given, looks_like, number in wrong:
        labels[np.flatnonzero(labels == looks_like)[:number]] = given
    return judge_labels(vectors.astype(np.float32), labels + 5, np.arange(300))


def test_the_most_confused_classes_come_first():
    found = overlaps(judged([(2, 1, 9), (1, 0, 3)]))
    assert [(one.given, one.suggested, one.count) for one in found] == [(7, 6, 9), (6, 5, 3)]
    assert found[0].share == pytest.approx(9 / 109)
    assert 0.5 < found[0].probability <= 1


def test_classes_that_are_told_apart_have_no_overlap():
    assert overlaps(judged([])) == ()


def test_unreliable_judges_say_nothing_about_classes():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(100, 8)).astype(np.float32)
    assert overlaps(judge_labels(noise, np.arange(100) % 2, np.arange(100))) == ()


def test_an_overlap_is_frozen():
    with pytest.raises(AttributeError):
        Overlap(0, 1, 2, 0.5, 0.9).count = 3
