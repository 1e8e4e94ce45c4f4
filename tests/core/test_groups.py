from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from related import digests_of
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from catsclean.core.groups import components, connected, name_groups


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray]:
    count = draw(st.integers(1, 40))
    place = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(place, place), max_size=60))
    return count, *np.array(pairs, dtype=np.intp).reshape(-1, 2).T


@given(graphs())
def test_components_are_those_that_scipy_finds_named_by_their_smallest_position(graph):
    count, first, second = graph
    edges = coo_array((np.ones(len(first)), (first, second)), shape=(count, count))
    expected = connected_components(edges, directed=False)[1]
    smallest = [int(np.flatnonzero(expected == own)[0]) for own in expected]
    assert components(count, first, second).tolist() == smallest


@given(graphs())
def test_names_are_connected_as_their_positions_are(graph):
    count, first, second = graph
    pairs = list(zip(map(str, first.tolist()), map(str, second.tolist()), strict=True))
    found, expected = connected(pairs), components(count, first, second)
    assert found.keys() == {name for pair in pairs for name in pair}
    for one in found:
        for other in found:
            together = expected[int(one)] == expected[int(other)]
            assert (found[one] == found[other]) == together


def test_without_pairs_no_names_are_connected():
    assert connected(()) == {}


def test_a_long_chain_in_any_order_is_one_component():
    order = np.random.default_rng(0).permutation(5_000)
    assert not components(len(order), order[:-1], order[1:]).any()


def test_pictures_without_pairs_are_alone():
    none = np.empty(0, dtype=np.intp)
    assert components(3, none, none).tolist() == [0, 1, 2]
    assert name_groups(digests_of([]), 3, none, none) == ["", "", ""]


def test_a_group_is_named_after_its_smallest_digest():
    digests = digests_of(["c" * 64, "a" * 64, "b" * 64])
    names = name_groups(digests, 3, np.array([0]), np.array([1]))
    assert names == ["a" * 16, "a" * 16, ""]
