import unicodedata

import pytest

from catsclean.core.alike_labels import alike_labels, label_key, what_differs

DECOMPOSED = unicodedata.normalize("NFD", "Bär")


def test_labels_that_differ_in_case_accents_form_or_blanks_are_alike():
    labels = ["dog", "Cat", "cat", " cat", "Bär", DECOMPOSED, "bird"]
    assert alike_labels(labels) == [[" cat", "Cat", "cat"], [DECOMPOSED, "Bär"]]


def test_labels_with_other_words_are_not_alike():
    assert not alike_labels(["cat", "cats", "big cat", "big_cat", "Bär", "Bar", "m2", "m²"])


def test_a_label_that_is_not_escaped_has_a_key_of_its_own():
    assert label_key(r"C:\new") != label_key(r"C:\old")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["cat", "CAT"], "case"),
        (["cat", " cat"], "blanks"),
        (["Bär", DECOMPOSED], "the form of accents"),
        (["cat", "Cat ", "CAT"], "case, accents or blanks"),
    ],
)
def test_it_is_said_in_what_labels_differ(labels, expected):
    assert what_differs(labels) == expected
