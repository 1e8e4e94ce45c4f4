import pytest

from catsclean.core.portable_names import how_accents_are_written, same_on_windows

COMPOSED, DECOMPOSED = "\xe9", "e\u0301"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (COMPOSED, "composed"),
        (DECOMPOSED, "decomposed"),
        (COMPOSED + DECOMPOSED, "mixed"),
        ("cat", "composed"),
    ],
)
def test_the_form_of_accents_is_named(path, form):
    assert how_accents_are_written(path) == form


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cat/A.jpg", "cat/a.JPG", True),
        ("\xc9.jpg", "\xe9.jpg", True),
        (COMPOSED, DECOMPOSED, False),
        ("stra\xdfe", "strasse", False),
    ],
)
def test_windows_compares_character_by_character_whatever_their_case(one, other, same):
    assert (same_on_windows(one) == same_on_windows(other)) is same
