"""Labels that differ in case only are one class for the judges of content."""

import numpy as np

from catsclean.content.class_spellings import find_classes

LABELS = ["cat", "cat", "cat", "Cat", "Cat", "dog", "dog", "dog"]
SPLITS = ["train", "train", "test", "val", "val", "train", "val", "test"]


def test_labels_that_differ_in_case_have_one_number():
    classes = find_classes(LABELS, SPLITS)
    assert classes.codes.tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert classes.names.tolist() == ["cat", "dog"]


def test_other_labels_are_numbered_in_their_order():
    classes = find_classes(["b", "a", "B", "c"], [""] * 4)
    assert (classes.names.tolist(), classes.codes.tolist()) == (["B", "a", "b", "c"], [2, 1, 0, 3])


def test_a_suggestion_is_spelled_as_in_the_split_of_the_picture_and_keeps_a_right_label():
    classes = find_classes(LABELS, SPLITS)
    suggested = np.zeros(len(LABELS), np.int64)
    assert classes.name_suggested(suggested, LABELS, SPLITS).tolist() == [
        "cat", "cat", "cat", "Cat", "Cat", "cat", "Cat", "cat",
    ]  # fmt: skip
