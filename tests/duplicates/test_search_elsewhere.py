"""Whoever does the steps of a search, in whatever order and number, the pairs are the same."""

import os
import random
import signal
import tempfile
import tracemalloc
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.duplicates import (
    multi_index,
    pair_collector,
    saved_search,
    search_elsewhere,
    search_steps,
)
from catsclean.duplicates.hamming import Level, pairs_within
from catsclean.duplicates.saved_search import SavedSearches
from catsclean.duplicates.search_elsewhere import Elsewhere
from catsclean.errors import WorkerError


class Shuffled:
    """An engine that works in this thread and answers a few tasks at a time, in any order."""

    tasks_at_once = 1000

    def __init__(self, seed):
        self.order = random.Random(seed)
        self.futures = []
        self.tasks = 0

    def submit(self, work, /, *arguments):
        self.tasks += 1
        later = _Later(self, work, arguments)
        self.futures.append(later)
        return later

    def answer_some(self):
        self.order.shuffle(self.futures)
        for later in self.futures[:3]:
            later.do()
        self.futures = self.futures[3:]


class _Later(Future):
    def __init__(self, engine, work, arguments):
        super().__init__()
        self.engine, self.work, self.arguments = engine, work, arguments

    def do(self):
        self.set_result(self.work(*self.arguments))


def waiting_for(engine):
    """A stand-in for `concurrent.futures.wait`, which lets the engine do some tasks."""

    def wait(futures, *_):
        engine.answer_some()
        return {one for one in futures if one.done()}, set()

    return wait


def skewed(seed, count, equal, near):
    """Distinct rows of a coarse and a fine hash: some in a crowd, some near others, some equal."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 2**64, count, dtype=np.uint64)
    few, many = int(count * equal), int(count * near)
    coarse[:few] = coarse[0]
    bits = np.uint64(1) << rng.integers(0, 64, (many, 3), dtype=np.uint64)
    coarse[few : few + many] = coarse[-1] ^ np.bitwise_or.reduce(bits, axis=1)
    third = rng.integers(0, count, count // 3)
    flip = np.uint64(1) << rng.integers(0, 64, len(third), dtype=np.uint64)
    coarse[rng.integers(0, count, len(third))] = coarse[third] ^ flip
    fine = np.stack([coarse] * 4, axis=1) ^ rng.integers(0, 2**8, (count, 4), dtype=np.uint64)
    return rng.permutation(coarse), fine


@pytest.fixture
def small(monkeypatch):
    cut_small(monkeypatch)


def cut_small(patch, parts=3, count=300, most_pairs=1 << 18):
    patch.setattr(search_elsewhere, "_LEAST_SECONDS", 0.0)
    patch.setattr(search_elsewhere, "_SECONDS_A_TASK", 0.0)
    patch.setattr(search_elsewhere, "_SECONDS_A_CHUNK", 0.0)
    patch.setattr(multi_index, "_ROWS_OF_A_PART", -(-count // parts))
    patch.setattr(multi_index, "_MANY", 16)
    patch.setattr(search_steps, "MOST_PAIRS", most_pairs)


def same(one, other):
    return one.complete == other.complete and all(map(np.array_equal, one[:3], other[:3]))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(2, 400),
    radius=st.integers(0, 9),
    parts=st.integers(1, 7),
    skew=st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)),
    asking=st.booleans(),
    limits=st.tuples(st.sampled_from([0, 40, 1 << 18]), st.sampled_from([0, 50, 1 << 24])),
    tables=st.booleans(),
    few_pairs=st.booleans(),
)
def test_any_cut_and_any_order_give_the_pairs_of_one_process(
    seed, count, radius, parts, skew, asking, limits, tables, few_pairs
):
    coarse, fine = skewed(seed, count, *skew)
    queries = skewed(seed + 1, max(count // 2, 1), *skew) if asking else (None, None)
    queries = queries if not asking else (queries[0] ^ (coarse[0] ^ queries[0][0]), queries[1])
    confirm = Level(fine, 120, queries[1])
    search = partial(pairs_within, coarse, radius, queries=queries[0], confirm=confirm)
    with pytest.MonkeyPatch.context() as patch:
        real = multi_index.cheapest
        cost = 0.0 if tables else float("inf")
        patch.setattr(multi_index, "cheapest", lambda n, r: (cost, min(real(n, r)[1], 2)))
        patch.setattr(multi_index, "_MANY", 16)
        if few_pairs:  # so few that they are thinned
            patch.setattr(pair_collector, "_PAIRS_AT_LEAST", 0)
            patch.setattr(pair_collector, "_PAIRS_PER_HASH", 1)
            patch.setattr(pair_collector, "_CONFIRM_AT_ONCE", 1 + seed % 50)
        alone = search()
        cut_small(patch, parts, count, limits[0])
        patch.setattr(search_steps, "_MOST_WAITING", limits[1])
        engine = Shuffled(seed)
        patch.setattr("concurrent.futures.wait", waiting_for(engine))
        assert same(search(elsewhere=Elsewhere(engine=engine)), alone)
        assert engine.tasks or count < 2


def test_what_is_crowded_follows_from_all_hashes_and_not_from_those_of_a_part(monkeypatch):
    rng = np.random.default_rng(9)
    coarse = rng.integers(0, 2**64, 1000, dtype=np.uint64)
    bits = np.uint64(1) << rng.integers(0, 64, (95, 2), dtype=np.uint64)
    coarse[:95] = coarse[0] ^ np.bitwise_or.reduce(bits, axis=1)
    monkeypatch.setattr(multi_index, "cheapest", lambda *_: (0.0, 1))
    cut_small(monkeypatch, 4, 1000)
    engine = Shuffled(9)
    monkeypatch.setattr("concurrent.futures.wait", waiting_for(engine))
    found = pairs_within(coarse, 9, elsewhere=Elsewhere(engine=engine))
    assert engine.tasks == 40
    assert found.complete
    assert len(found.first) > 4000


@pytest.mark.parametrize("asking", [False, True])
def test_workers_and_executors_find_what_one_process_finds(monkeypatch, asking):
    coarse, fine = skewed(3, 3000, 0.2, 0.3)
    monkeypatch.setattr(multi_index, "cheapest", lambda *_: (0.0, 2))
    queries = (coarse[::3] ^ np.uint64(5), fine[::3]) if asking else (None, None)
    search = partial(
        pairs_within, coarse, 8, queries=queries[0], confirm=Level(fine, 120, queries[1])
    )
    alone = search()
    assert len(alone.first) > 1000
    assert not alone.complete
    monkeypatch.setattr(search_elsewhere, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(multi_index, "_ROWS_OF_A_PART", 1000)
    with ProcessPoolExecutor(2) as executor:
        assert same(search(elsewhere=Elsewhere(engine=executor)), alone)
    # here, not in the workers, which import everything afresh
    monkeypatch.setattr(multi_index.BlockTables, "run", None)
    assert same(search(elsewhere=Elsewhere(2)), alone)


def kill_once(numbers, begin, real=search_elsewhere._do_chunk):
    if 2 in numbers:
        begin(numbers.index(2))
        os.kill(os.getpid(), signal.SIGKILL)
    return real(numbers, begin)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_step_that_kills_its_worker_is_done_in_this_process(small, monkeypatch):
    coarse, _ = skewed(4, 300, 0.2, 0.2)
    alone = pairs_within(coarse, 6)
    monkeypatch.setattr(search_elsewhere, "_do_chunk", kill_once)
    assert same(pairs_within(coarse, 6, elsewhere=Elsewhere(2)), alone)


def test_without_any_worker_this_process_does_the_rest(small, monkeypatch):
    def fail(*_, **__):
        raise WorkerError("no worker process could be started")
        yield

    coarse, _ = skewed(5, 300, 0.2, 0.2)
    alone = pairs_within(coarse, 6)
    monkeypatch.setattr(search_elsewhere, "run_chunks", fail)
    assert same(pairs_within(coarse, 6, elsewhere=Elsewhere(2)), alone)


def test_a_small_search_starts_no_process(monkeypatch):
    monkeypatch.setattr(search_elsewhere, "run_chunks", None)
    monkeypatch.setattr(search_elsewhere, "run_tasks", None)
    coarse, _ = skewed(6, 3000, 0.2, 0.2)
    assert len(pairs_within(coarse, 6, elsewhere=Elsewhere(8)).first)
    assert len(pairs_within(coarse, 6, elsewhere=Elsewhere(engine=object())).first)


class KilledError(BaseException):
    pass


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), most=st.integers(1, 6), few_pairs=st.booleans())
def test_a_search_killed_at_any_step_goes_on_elsewhere_and_finds_the_same(seed, most, few_pairs):
    coarse, fine = skewed(seed, 200, 0.2, 0.3)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        cut_small(patch, 2, 200)
        patch.setattr(saved_search, "_SECONDS", 0.0)
        patch.setattr(saved_search, "_MOST_OF_TIME", float("inf"))
        patch.setattr(multi_index, "cheapest", lambda *_: (0.0, 1))
        if few_pairs:
            patch.setattr(pair_collector, "_PAIRS_AT_LEAST", 0)
            patch.setattr(pair_collector, "_PAIRS_PER_HASH", 1)
            patch.setattr(pair_collector, "_CONFIRM_AT_ONCE", 9)
        search = partial(pairs_within, coarse, 5, confirm=Level(fine, 120))
        alone = search()
        saved = SavedSearches(Path(folder)).of("some", (5,), [coarse])
        real = saved_search.SavedSearch.keep
        found, runs = None, 0
        while found is None:
            runs += 1
            left = most

            def keep(self, of):
                nonlocal left
                real(self, of)
                left -= 1
                if not left:
                    raise KilledError

            patch.setattr(saved_search.SavedSearch, "keep", keep)
            engine = Shuffled(seed + runs)
            patch.setattr("concurrent.futures.wait", waiting_for(engine))
            helper = None if runs % 3 == 0 else Elsewhere(engine=engine)
            try:
                found = search(saved=saved, elsewhere=helper)
            except KilledError:
                assert runs < 100
    assert runs > 1
    assert same(found, alone)


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_a_search_in_workers(small, monkeypatch):
    def interrupt(*_):
        os.kill(os.getpid(), signal.SIGINT)

    coarse, _ = skewed(7, 300, 0.0, 0.0)
    monkeypatch.setattr(pair_collector.Found, "add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pairs_within(coarse, 6, elsewhere=Elsewhere(2))


def test_hashes_are_shared_with_an_engine_that_can(small):
    class Sharing(Shuffled):
        shared = ()

        def share(self, value):
            self.shared = (*self.shared, value)
            return value

    coarse, _ = skewed(8, 300, 0.0, 0.0)
    engine = Sharing(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("concurrent.futures.wait", waiting_for(engine))
        found = pairs_within(coarse, 6, elsewhere=Elsewhere(engine=engine))
    assert same(found, pairs_within(coarse, 6))
    assert len(engine.shared) == 1
    assert engine.tasks > 1


@pytest.mark.slow
def test_a_million_skewed_hashes_are_searched_in_parts_in_bounded_memory(monkeypatch):
    rng = np.random.default_rng(6)
    coarse = rng.integers(0, 2**64, 1_000_000, dtype=np.uint64)
    coarse[:200_000] = coarse[0]
    bits = np.uint64(1) << rng.integers(0, 64, (200_000, 3), dtype=np.uint64)
    coarse[200_000:400_000] = coarse[-1] ^ np.bitwise_or.reduce(bits, axis=1)
    search = partial(pairs_within, rng.permutation(coarse), 6)
    alone = search()
    monkeypatch.setattr(multi_index, "_ROWS_OF_A_PART", 1 << 18)
    monkeypatch.setattr(search_elsewhere, "_LEAST_SECONDS", 0.0)
    tracemalloc.start()
    try:
        found = search(elsewhere=Elsewhere(2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert same(found, alone)
    assert 399_000 < len(found.first) < 3_000_000
    assert peak < 600 * len(coarse)
