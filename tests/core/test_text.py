import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.core.text import as_percent, count, hint_lines


def test_one_is_one_and_all_others_are_many():
    texts = [count(1, "file"), count(0, "file"), count(2_000, "class", "classes")]
    assert texts == ["1 file", "0 files", "2,000 classes"]


def test_what_commands_do_stands_beside_them_in_one_column():
    assert hint_lines([("catsclean undo A", "restore"), ("catsclean log", "list")], 80) == [
        "  catsclean undo A   restore",
        "  catsclean log      list",
    ]


@given(
    st.lists(st.tuples(st.text("ab 猫", min_size=1), st.text("cd -", min_size=1)), max_size=3),
    st.integers(20, 100),
)
def test_hints_keep_commands_whole_and_wrap_the_rest(hints, width):
    hints = [(f"x{command}x", f"y{meaning}y") for command, meaning in hints]
    lines = hint_lines(hints, width)
    text = "\n".join(lines)
    assert all(f"  {command}" in text for command, _ in hints)
    words = [word for command, meaning in hints for word in f"{command} {meaning}".split()]
    assert [word for line in lines for word in line.split()] == words


def test_a_long_command_has_its_meaning_below():
    assert hint_lines([("c" * 60, "say much more about it")], 70) == [
        f"  {'c' * 60}",
        "      say much more about it",
    ]


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0.0, 0, "0%"),
        (0.004, 0, "less than 1%"),
        (0.006, 0, "1%"),
        (0.66, 0, "66%"),
        (0.994, 0, "99%"),
        (0.996, 0, "more than 99%"),
        (1.0, 0, "100%"),
        (0.0001, 1, "less than 0.1%"),
        (0.9999, 1, "more than 99.9%"),
        (1.2, 0, "120%"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(value, digits, said):
    assert as_percent(value, digits) == said
