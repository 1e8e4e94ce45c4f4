"""Brute force over every pair is the oracle of every form of the search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from catsclean.duplicates import hamming, multi_index
from catsclean.duplicates.hamming import Level, pairs_within
from catsclean.duplicates.pair_collector import Found


def oracle(hashes, radius, queries=None):
    """All pairs, computed one row at a time."""
    rows = hashes if hashes.ndim == 2 else hashes[:, None]
    asking = rows if queries is None else (queries if queries.ndim == 2 else queries[:, None])
    columns = np.ascontiguousarray(rows.T)
    pairs = set()
    for at, row in enumerate(asking):
        distance = sum(
            np.bitwise_count(w ^ v).astype(np.uint16) for w, v in zip(columns, row, strict=True)
        )
        near = np.flatnonzero(distance <= radius)
        pairs |= {(at, int(other)) for other in near if queries is not None or other > at}
    return pairs


def as_set(pairs):
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def components(count, pairs):
    first, second = np.array(sorted(pairs), dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    return frozenset(frozenset(np.flatnonzero(labels == one).tolist()) for one in set(labels))


def planted(count, words, rng, most_bits=20):
    """Distinct random hashes, every fourth a neighbour of another one."""
    hashes = rng.integers(0, 2**64, (count, words), dtype=np.uint64)
    for row in range(0, count, 4):
        hashes[row] = hashes[rng.integers(count)]
        for bit in rng.choice(64 * words, rng.integers(1, most_bits), replace=False):
            hashes[row, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return np.unique(hashes, axis=0)[rng.permutation(len(np.unique(hashes, axis=0)))]


@pytest.fixture(params=["all-with-all", "tables"])
def form(request, monkeypatch):
    """Runs a test with each form of the search, whatever would have been chosen."""
    cost = 0.0 if request.param == "tables" else float("inf")
    real = multi_index.cheapest
    monkeypatch.setattr(
        multi_index, "cheapest", lambda count, radius: (cost, real(count, radius)[1])
    )
    return request.param


@pytest.mark.parametrize("words", [1, 4])
@pytest.mark.parametrize("radius", [0, 1, 4, 10, 14])
def test_it_gives_exactly_the_brute_force_answer(form, words, radius):
    hashes = planted(700, words, np.random.default_rng(radius))
    hashes = hashes[:, 0] if words == 1 else hashes
    pairs = pairs_within(hashes, radius)
    assert as_set(pairs) == oracle(hashes, radius)
    assert pairs.complete


@pytest.mark.slow
@pytest.mark.parametrize(("words", "radius"), [(1, 10), (4, 72)])
def test_it_gives_exactly_the_brute_force_answer_for_20_000(words, radius):
    hashes = planted(20_000, words, np.random.default_rng(7))
    hashes = hashes[:, 0] if words == 1 else hashes
    assert as_set(pairs_within(hashes, radius)) == oracle(hashes, radius)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_hashes_give_the_components_of_brute_force(data):
    words = data.draw(st.sampled_from([1, 2]))
    few_bits = st.sets(st.integers(0, 64 * words - 1), max_size=12)
    rows = data.draw(st.lists(few_bits, max_size=24))
    radius = data.draw(st.integers(0, 12))
    hashes = np.zeros((len(rows), words), np.uint64)
    for row, bits in enumerate(rows):
        for bit in bits:
            hashes[row, bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
    agreeing = data.draw(st.integers(1, 3))
    original = multi_index.cheapest
    try:
        multi_index.cheapest = lambda *_: (data.draw(st.sampled_from([0.0, 1e30])), agreeing)
        pairs = pairs_within(hashes, radius)
    finally:
        multi_index.cheapest = original
    expected = oracle(hashes, radius)
    assert as_set(pairs) <= expected
    assert components(len(rows), as_set(pairs)) == components(len(rows), expected)
    if len(np.unique(hashes, axis=0)) == len(hashes):
        assert as_set(pairs) == expected


def test_queries_find_what_brute_force_finds(form):
    hashes = planted(900, 1, np.random.default_rng(3))[:, 0]
    old, new = hashes[:800], np.concatenate([hashes[800:], hashes[800:805]])
    assert as_set(pairs_within(old, 12, queries=new)) == oracle(old, 12, new)


def test_a_second_hash_must_be_near_as_well(form):
    rng = np.random.default_rng(4)
    coarse, fine = planted(600, 1, rng)[:, 0], planted(600, 4, rng, 160)
    count = min(len(coarse), len(fine))
    coarse, fine = coarse[:count], fine[:count]
    pairs = pairs_within(coarse, 24, confirm=Level(fine, 120))
    assert as_set(pairs) == oracle(coarse, 24) & oracle(fine, 120)


def test_equal_hashes_with_unlike_second_hashes_are_no_pair():
    fine = np.array([[0, 0, 0, 0], [2**64 - 1] * 4, [1, 0, 0, 0]], np.uint64)
    pairs = pairs_within(np.zeros(3, np.uint64), 8, confirm=Level(fine, 72))
    assert as_set(pairs) == {(0, 2)}


def test_equal_hashes_are_paired_with_the_first_of_them():
    pairs = pairs_within(np.array([9, 4, 9, 9, 5], np.uint64), 1)
    assert as_set(pairs) == {(0, 2), (0, 3), (1, 4)}
    assert pairs.distance.tolist() == [0, 0, 1]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_hashes_are_no_special_case(form, count):
    assert as_set(pairs_within(np.arange(count, dtype=np.uint64), 5)) == (
        {(0, 1)} if count == 2 else set()
    )


def test_a_crowd_gives_a_forest_with_the_components_of_all_pairs(monkeypatch):
    rng = np.random.default_rng(5)
    template = rng.integers(0, 2**64, dtype=np.uint64)
    bits = rng.integers(0, 64, (900, 3)).astype(np.uint64)
    near = template ^ np.bitwise_xor.reduce(np.uint64(1) << bits, axis=1)
    hashes = np.unique(np.concatenate([near, rng.integers(0, 2**64, 900, dtype=np.uint64)]))
    monkeypatch.setattr(multi_index, "cheapest", lambda *_: (0.0, 2))
    monkeypatch.setattr(multi_index, "_MANY", 64)
    pairs = pairs_within(hashes, 8)
    expected = oracle(hashes, 8)
    assert not pairs.complete
    assert as_set(pairs) <= expected
    assert components(len(hashes), as_set(pairs)) == components(len(hashes), expected)
    assert len(pairs.first) < len(expected) / 10


def make_uneven(count):
    """Hashes of which half agree in their upper half, and in nothing else; a few are near others."""
    rng = np.random.default_rng(7)
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    hashes[::2] &= np.uint64(0xFFFF_FFFF)
    hashes[::20] = hashes[2::20] ^ np.uint64(5)
    return np.unique(hashes)


def test_a_crowded_bucket_of_unlike_hashes_gives_all_its_pairs(monkeypatch):
    hashes = make_uneven(3000)
    monkeypatch.setattr(multi_index, "cheapest", lambda *_: (0.0, 2))
    monkeypatch.setattr(multi_index, "_MANY", 64)
    pairs = pairs_within(hashes, 6)
    assert pairs.complete
    assert as_set(pairs) == oracle(hashes, 6)
    assert not multi_index.may_crowd(hashes, 6, 2)


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 1))
def test_whether_a_bucket_is_dense_does_not_depend_on_its_order(seed, share):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 2**64, 200, dtype=np.uint64)
    near = rng.random(200) < share
    values[near] = values[0] ^ (np.uint64(1) << rng.integers(0, 64, near.sum()).astype(np.uint64))
    assert multi_index._is_dense(values, 8) == multi_index._is_dense(rng.permutation(values), 8)


def test_all_with_all_thins_a_crowd_to_what_memory_allows(monkeypatch):
    monkeypatch.setattr("catsclean.duplicates.pair_collector._PAIRS_PER_HASH", 2)
    monkeypatch.setattr("catsclean.duplicates.pair_collector._PAIRS_AT_LEAST", 0)
    hashes = np.arange(512, dtype=np.uint64)
    pairs = pairs_within(hashes, 3)
    assert not pairs.complete
    assert components(512, as_set(pairs)) == {frozenset(range(512))}
    assert len(pairs.first) <= 1024


@pytest.mark.slow
def test_a_million_skewed_hashes_end_in_bounded_memory():
    rng = np.random.default_rng(6)
    hashes = rng.integers(0, 2**64, 1_000_000, dtype=np.uint64)
    hashes[:200_000] = hashes[0]
    bits = np.uint64(1) << rng.integers(0, 64, (200_000, 3)).astype(np.uint64)
    hashes[200_000:400_000] = hashes[400_000] ^ np.bitwise_or.reduce(bits, axis=1)
    pairs = pairs_within(rng.permutation(hashes), 6)
    assert 399_000 < len(pairs.first) < 64_000_000


def test_work_beyond_all_pairs_falls_back_to_all_pairs(monkeypatch):
    hashes = planted(300, 1, np.random.default_rng(8))[:, 0]

    monkeypatch.setattr(multi_index, "cheapest", lambda *_: (0.0, 2))
    monkeypatch.setattr(multi_index.BlockTables, "most_work", 0)
    assert as_set(pairs_within(hashes, 10)) == oracle(hashes, 10)


def test_the_order_of_the_hashes_does_not_change_the_pairs(form):
    hashes = planted(500, 1, np.random.default_rng(9))[:, 0]
    order = np.random.default_rng(10).permutation(len(hashes))
    plain = {frozenset(pair) for pair in as_set(pairs_within(hashes, 12))}
    mixed = as_set(pairs_within(hashes[order], 12))
    assert {frozenset(order[list(pair)].tolist()) for pair in mixed} == plain


@pytest.mark.parametrize(
    ("hashes", "radius", "message"),
    [
        (np.zeros(3, np.int64), 1, "received int64"),
        (np.zeros(3, np.uint64), -1, "radius must be 0 or more; received -1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(hashes, radius, message):
    with pytest.raises(ValueError, match=message):
        pairs_within(hashes, radius)


def test_the_public_names_are_there():
    assert hamming.pairs_within is pairs_within
    assert Found.__doc__
