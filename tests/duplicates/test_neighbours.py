"""Whatever was known before, the neighbours are those of a search from nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.duplicates import multi_index, neighbours, poses
from catsclean.duplicates.candidates import find_candidates, find_candidates_between
from catsclean.duplicates.distinct import distinct
from catsclean.duplicates.neighbours import find_neighbours
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes

RADII = Radii(6, 10)


def make_hashes(seeds):
    """Hashes that crowd: each seed flips a few bits of one of four templates, and its mirror's."""
    rows = np.zeros((len(seeds), 10), np.uint64)
    for at, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        rows[at] = np.random.default_rng(seed % 4).integers(0, 2**64, 10, dtype=np.uint64)
        if seed % 3 == 0:  # the mirror of a template, with bits of its own
            rows[at] = np.roll(rows[at], 5)
        for word in rng.integers(0, 10, rng.integers(0, 5)):
            rows[at, word] ^= np.uint64(1) << np.uint64(rng.integers(64))
    return Hashes(rows[:, 0].copy(), rows[:, 5].copy(), rows[:, 1:5].copy(), rows[:, 6:].copy())


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture
def searches(monkeypatch):
    """Numbers of hashes that were asked about, search by search."""
    asked = []
    real = neighbours.pairs_within

    def count(hashes, *args, queries=None, **kwargs):
        asked.append(len(hashes) if queries is None else min(len(hashes), len(queries)))
        return real(hashes, *args, queries=queries, **kwargs)

    monkeypatch.setattr(neighbours, "pairs_within", count)
    return asked


HISTORIES = st.lists(st.lists(st.integers(0, 40), max_size=30), min_size=2, max_size=5)


@pytest.mark.parametrize("most", [1, 16])
@settings(max_examples=25, deadline=None)
@given(history=HISTORIES)
def test_any_history_gives_the_candidates_of_a_search_from_nothing(most, history):
    for form in ("all-with-all", "tables", "crowded tables"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                multi_index, "cheapest", lambda *_, f=form: (0.0 if f[0] != "a" else 1e99, 2)
            )
            if form == "crowded tables":
                patch.setattr(multi_index, "_crowded_above", lambda *_: 5)
            patch.setattr(neighbours, "_MOST_NEW", 1.0)
            patch.setattr(neighbours, "_MOST_PER_HASH", most)
            known = None
            for seeds in history:
                hashes = make_hashes(seeds)
                warm, found = find_candidates(hashes, RADII, known)
                cold, _ = find_candidates(hashes, RADII)
                assert same(warm, cold)
                known = found if found.memorable else known


def test_only_what_is_new_is_sought(searches):
    old, both = make_hashes(range(100, 300)), make_hashes(range(100, 304))
    known = find_neighbours(distinct(old).hashes, RADII)
    searches.clear()
    found = find_neighbours(distinct(both).hashes, RADII, known)
    assert max(searches) <= 4
    searches.clear()
    find_neighbours(distinct(old).hashes, RADII, found)
    assert searches == []


def make_crowd(count, lone=0):
    """Hashes that all are neighbours of one another, and some that have none."""
    rng = np.random.default_rng(1)
    fine = np.zeros((count, 4), np.uint64)
    fine[:, 0] = np.uint64(1) << np.arange(count, dtype=np.uint64)
    far = rng.integers(0, 2**64, (count, 4), dtype=np.uint64)
    crowd = Hashes(np.full(count, 7, np.uint64), far[:, 0], fine, far)
    alone = np.random.default_rng(2).integers(0, 2**64, (lone, 10), dtype=np.uint64)
    others = (alone[:, 0], alone[:, 1], alone[:, 2:6], alone[:, 6:])
    return Hashes(*(np.concatenate(pair) for pair in zip(crowd, others, strict=True)))


def test_where_a_search_would_meet_a_crowd_it_is_done(monkeypatch):
    # tables for all with all, and no tables for one against thirty
    monkeypatch.setattr(multi_index, "cheapest", lambda count, _: (0.15 * count**2, 2))
    monkeypatch.setattr(multi_index, "_crowded_above", lambda *_: 30)
    known = find_neighbours(make_crowd(30), RADII)
    assert known.memorable
    warm = find_neighbours(make_crowd(31), RADII, known)
    cold = find_neighbours(make_crowd(31), RADII)
    assert not cold.complete
    assert same(warm[2:], cold[2:])


def test_where_a_search_would_thin_its_pairs_it_is_done(monkeypatch):
    monkeypatch.setattr("catsclean.duplicates.pair_collector._PAIRS_PER_HASH", 3.5)
    monkeypatch.setattr("catsclean.duplicates.pair_collector._PAIRS_AT_LEAST", 0)
    monkeypatch.setattr(neighbours, "_MOST_PER_HASH", 3.2)
    known = find_neighbours(make_crowd(20, lone=40), RADII)
    assert known.memorable
    warm = find_neighbours(make_crowd(22, lone=40), RADII, known)
    cold = find_neighbours(make_crowd(22, lone=40), RADII)
    assert not cold.complete
    assert same(warm[2:], cold[2:])


def test_of_pictures_that_differ_in_their_mirrors_the_smallest_mirror_stands_for_all():
    one, zero = np.array([9, 4, 6], np.uint64), np.zeros((3, 4), np.uint64)
    for order in ([0, 1, 2], [2, 1, 0]):
        hashes = distinct(Hashes(zero[:, 0], one[order], zero, zero)).hashes
        assert hashes.mirror64.tolist() == [4]


def test_other_radii_are_sought_anew(searches):
    hashes = distinct(make_hashes(range(50))).hashes
    known = find_neighbours(hashes, RADII)
    searches.clear()
    nearer = find_neighbours(hashes, Radii(2, 4), known)
    assert searches == [len(hashes.phash64)] * 2
    assert 0 < len(nearer.first) < len(known.first)


def test_the_distance_to_the_mirror_is_the_smaller_of_both():
    one, zero = np.array([[0b111, 0, 0, 0]], np.uint64), np.zeros((1, 4), np.uint64)
    far = np.full((1, 4), 2**64 - 1, np.uint64)
    # a is 1 bit from the mirror of b, and 3 bits from its own mirror to b
    a = Hashes(zero[:, 0], one[:, 0], zero, one)
    b = Hashes(far[:, 0], np.array([1], np.uint64), far, np.array([[1, 0, 0, 0]], np.uint64))
    for pair in ((a, b), (b, a)):
        both = Hashes(*(np.concatenate(column) for column in zip(*pair, strict=True)))
        found, _ = find_candidates(both, RADII)
        between = find_candidates_between(*pair, RADII)
        for candidates in (found, between):
            assert candidates.pose.tolist() == [poses.MIRRORED]
            assert candidates.distance64.tolist() == [1]
            assert candidates.distance256.tolist() == [1]


@given(seeds=st.lists(st.integers(0, 20), max_size=12), order=st.randoms())
def test_different_hashes_do_not_depend_on_the_order_of_pictures(seeds, order):
    mixed = list(seeds)
    order.shuffle(mixed)
    one, other = distinct(make_hashes(seeds)), distinct(make_hashes(mixed))
    assert same(one.hashes, other.hashes)
    assert same(Hashes(*(c[one.which] for c in one.hashes))[::2], make_hashes(seeds)[::2])
