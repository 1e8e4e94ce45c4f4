import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catsclean.duplicates.distinct import collapse, sorted_distinct

# few values, so that many agree in some words and not in others
WORDS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 2), min_size=width, max_size=width), min_size=1)
)


@given(WORDS, st.data())
def test_equal_columns_are_found_in_the_order_of_their_values(rows, data):
    words = np.array(rows, np.uint64).T
    asks = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    for is_query, keys in (
        (None, [tuple(row) for row in rows]),
        (asks, [(ask, *row) for ask, row in zip(asks.tolist(), rows, strict=True)]),
    ):
        different = sorted(set(keys))
        first, which = collapse(list(words), is_query)
        assert first.tolist() == [keys.index(key) for key in different]
        assert which.tolist() == [different.index(key) for key in keys]


def test_no_columns_collapse_to_none():
    first, which = collapse(list(np.empty((3, 0), np.uint64)))
    assert (len(first), len(which)) == (0, 0)


@given(st.lists(st.integers(-9, 9)))
def test_values_are_sorted_and_once_there(values):
    assert sorted_distinct(np.array(values, np.intp)).tolist() == sorted(set(values))
