import unicodedata

import pytest

from catsclean.core.alike_labels import alike_labels, describe_alike, label_key

DECOMPOSED = unicodedata.normalize("NFD", "Bär")


def test_labels_that_differ_in_case_accents_or_blanks_are_alike_the_rarest_first():
    pictures = {"dog": 9, "Cat": 7, "cat": 1, " cat": 8, "Bär": 2, DECOMPOSED: 2, "bird": 3}
    assert alike_labels(pictures) == [["cat", "Cat", " cat"], [DECOMPOSED, "Bär"]]


def test_labels_with_other_words_are_not_alike():
    labels = ["cat", "cats", "big cat", "big_cat", "Bär", "Bar", "m2", "m²"]
    assert not alike_labels(dict.fromkeys(labels, 1))


def test_a_label_that_is_not_escaped_has_a_key_of_its_own():
    assert label_key(r"C:\new") != label_key(r"C:\old")


@pytest.mark.parametrize(
    ("rare", "label", "difference"),
    [
        ("CAT", "cat", "case differs"),
        (" cat", "cat", "the blanks around them differ"),
        (DECOMPOSED, "Bär", "the spelling of accents differs"),
        ("CAT", "Cat ", "case, accents or blanks differ"),
    ],
)
def test_it_is_said_in_what_labels_differ(rare, label, difference):
    said = describe_alike([rare, label], {rare: 1, label: 1200})
    assert said.startswith(
        f"{rare} (1 picture) and {label} (1,200 pictures) are probably one class: only"
        f" {difference}; catsclean labels export FILE --rename "
    )


def test_the_command_that_merges_labels_is_quoted_for_a_shell():
    said = describe_alike(["big Cat", "big cat"], {"big Cat": 1, "big cat": 2})
    assert said.endswith("FILE --rename 'big Cat=big cat' merges them for --labels FILE")


def test_of_many_labels_that_are_alike_three_are_shown():
    labels = ["CAT", "CAt", "CaT", "Cat", "cAT"]
    said = describe_alike(labels, dict.fromkeys(labels, 2))
    assert said.startswith("CAT (2 pictures), CAt (2 pictures), CaT (2 pictures) and 2 more are")
    assert said.endswith(
        "--rename CAT=cAT --rename CAt=cAT --rename CaT=cAT … merges them for --labels FILE"
    )
