"""A search that is killed and run again does each step once, and finds what one run finds."""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import make_dataset
from PIL import Image

import catsclean
from catsclean.duplicates import (
    compare,
    hamming,
    multi_index,
    pair_collector,
    relate_cached,
    saved_search,
)
from catsclean.duplicates.hamming import Level, pairs_within
from catsclean.duplicates.neighbours import find_neighbours
from catsclean.duplicates.saved_search import SavedSearches
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import Hashes


class KilledError(BaseException):
    pass


@pytest.fixture(autouse=True)
def save_each_step(monkeypatch):
    monkeypatch.setattr(saved_search, "_SECONDS", 0.0)
    monkeypatch.setattr(saved_search, "_MOST_OF_TIME", float("inf"))


@pytest.fixture(params=["all-with-all", "tables", "too crowded for tables"])
def form(request, monkeypatch):
    cost = float("inf") if request.param == "all-with-all" else 0.0
    real = multi_index.cheapest
    monkeypatch.setattr(
        multi_index, "cheapest", lambda count, radius: (cost, real(count, radius)[1])
    )
    if request.param == "too crowded for tables":
        run = multi_index.BlockTables.run

        def crowded(*args):
            result = run(*args)
            return result._replace(work=result.work + 1_000_000)

        monkeypatch.setattr(multi_index.BlockTables, "run", crowded)
    return request.param


def near_hashes(count, seed=0, words=4):
    """Random hashes, a third of them near another one, some of them near many."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, (count, words + 1), dtype=np.uint64)
    for row in range(0, count, 3):
        hashes[row] = hashes[row % 5 if row % 2 else rng.integers(count)]
        hashes[row, rng.integers(words + 1)] ^= np.uint64(1) << np.uint64(rng.integers(64))
    return hashes[:, 0].copy(), hashes[:, 1:].copy()


def interrupted(search, most_steps):
    """Run a search that is killed after each few steps; return its result and its runs."""
    for runs in range(1, 1000):
        left = most_steps

        def keep(self, found, real=saved_search.SavedSearch.keep):
            nonlocal left
            real(self, found)
            left -= 1
            if not left:
                raise KilledError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(saved_search.SavedSearch, "keep", keep)
            try:
                return search(), runs
            except KilledError:
                pass
    raise AssertionError("it never ends")


@pytest.mark.parametrize("asking", [False, True])
def test_a_killed_search_goes_on_and_finds_the_same(form, asking, tmp_path):
    coarse, fine = near_hashes(700)
    queries = near_hashes(400) if asking else (None, None)
    saved = SavedSearches(tmp_path).of("some", (6,), [coarse, fine])
    search = partial(
        pairs_within, coarse, 6, queries=queries[0], confirm=Level(fine, 20, queries[1])
    )
    expected = search()
    found, runs = interrupted(partial(search, saved=saved), 2)
    assert runs > 2
    assert len(expected.first) > 100
    assert all(map(np.array_equal, found, expected))


def test_steps_that_were_done_are_not_done_again(monkeypatch, tmp_path):
    done = []
    real = multi_index.BlockTables.run
    monkeypatch.setattr(multi_index, "cheapest", lambda *_: (0.0, 2))
    monkeypatch.setattr(
        multi_index.BlockTables, "run", lambda *args: (done.append(args[2]), real(*args))[1]
    )
    coarse, _ = near_hashes(300)
    saved = SavedSearches(tmp_path).of("some", (6,), [coarse])
    interrupted(lambda: pairs_within(coarse, 6, saved=saved), 3)
    assert len(done) == multi_index.count_tables(6, 2) == len(set(done))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(4, 40))
def test_thinned_crowds_are_the_same_after_any_number_of_kills(seed, most_steps, distance):
    rng = np.random.default_rng(seed)
    crowd = np.uint64(seed) ^ (np.uint64(1) << rng.integers(0, 64, 600, dtype=np.uint64))
    coarse = np.concatenate([crowd ^ rng.integers(0, 2**distance, 600, dtype=np.uint64), crowd])
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(multi_index, "cheapest", lambda *_: (0.0, 1))
        patch.setattr(multi_index, "_MANY", 8)
        patch.setattr(pair_collector, "_PAIRS_AT_LEAST", 2000)
        patch.setattr(pair_collector, "_PAIRS_PER_HASH", 1)
        saved = SavedSearches(Path(folder)).of("some", (6,), [coarse])
        expected = pairs_within(coarse, 6)
        found, _ = interrupted(lambda: pairs_within(coarse, 6, saved=saved), most_steps)
    assert found.complete == expected.complete
    assert all(map(np.array_equal, found[:3], expected[:3]))


def killed_search(folder, coarse):
    saved = SavedSearches(folder).of("some", (6,), [coarse])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saved_search.SavedSearch, "keep", kill_after(4))
        with pytest.raises(KilledError):
            pairs_within(coarse, 6, saved=saved)


def kill_after(most_steps):
    real, steps = saved_search.SavedSearch.keep, []

    def keep(self, found):
        real(self, found)
        steps.append(found.steps)
        if len(steps) == most_steps:
            raise KilledError

    return keep


def resumed_steps(folder, coarse):
    """Return how many steps a new search for some hashes finds done."""
    seen = []
    saved = SavedSearches(folder).of("some", (6,), [coarse])
    with pytest.MonkeyPatch.context() as patch:
        real = saved_search.SavedSearch.resume

        def resume(self, found):
            real(self, found)
            seen.append(found.steps)

        patch.setattr(saved_search.SavedSearch, "resume", resume)
        patch.setattr(saved_search.SavedSearch, "keep", lambda *_: None)
        found = pairs_within(coarse, 6, saved=saved)
    assert all(map(np.array_equal, found[:3], pairs_within(coarse, 6)[:3]))
    return seen[0]


def test_it_counts_only_for_the_same_hashes_and_only_undamaged(tmp_path):
    coarse, _ = near_hashes(300)
    killed_search(tmp_path, coarse)
    (path,) = tmp_path.glob("search-*.bin")
    whole = path.read_bytes()
    assert resumed_steps(tmp_path, coarse) == 4
    other = coarse.copy()
    other[7] ^= np.uint64(1)
    assert resumed_steps(tmp_path, other) == 0
    assert resumed_steps(tmp_path, coarse[:-1]) == 0
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        damaged = bytearray(whole)
        damaged[at] ^= 4
        path.write_bytes(damaged)
        assert resumed_steps(tmp_path, coarse) == 0
        path.write_bytes(whole[:at])
        assert resumed_steps(tmp_path, coarse) == 0
    path.write_bytes(whole + b"\0")
    assert resumed_steps(tmp_path, coarse) == 0


def test_all_searches_of_an_audit_are_saved_and_forgotten(tmp_path):
    coarse, fine = near_hashes(300)
    mirror64, mirror256 = near_hashes(300, 1)
    hashes = Hashes(coarse, mirror64, fine, mirror256)
    radii = Radii(8, 40, 8)
    expected = find_neighbours(hashes, radii)
    saved = SavedSearches(tmp_path)
    found, runs = interrupted(lambda: find_neighbours(hashes, radii, saved=saved), 3)
    assert runs > 3
    assert np.array_equal(found.first, expected.first)
    assert np.array_equal(found.second, expected.second)
    assert len(list(tmp_path.glob("search-*.bin"))) == 3
    saved.forget()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path):
    (tmp_path / "cache").write_text("not a folder")
    coarse, _ = near_hashes(100)
    saved = SavedSearches(tmp_path / "cache").of("some", (6,), [coarse])
    assert len(pairs_within(coarse, 6, saved=saved).first)


def test_an_audit_that_is_killed_in_the_search_goes_on_there(tmp_path, monkeypatch):
    root = make_dataset(tmp_path / "Pets", {"Cat": 40, "Dog": 40})
    expected = catsclean.audit(root, state_dir=tmp_path / "other", content=False)
    cache = tmp_path / "state" / "cache"
    audit = partial(catsclean.audit, root, state_dir=tmp_path / "state", content=False)
    _, runs = interrupted(audit, 2)
    assert runs > 2
    monkeypatch.setattr(hamming, "run_steps", lambda *_: pytest.fail("it searches again"))
    again = audit()
    assert again.evidence.pairs.equals(expected.evidence.pairs)
    assert not list(cache.glob("search-*.bin"))


def test_verdicts_are_saved_while_pixels_are_compared(tmp_path, monkeypatch):
    root = make_dataset(tmp_path / "Pets", {"Cat": 3})
    picture = Image.open(root / "Cat" / "0.jpg")
    picture.resize((picture.width - 8, picture.height - 8)).save(root / "Cat" / "copy.png")

    def killed(*_):
        raise KilledError

    monkeypatch.setattr(relate_cached.RelationsCache, "save", killed)
    saves = []
    real = compare.Verdicts.save
    monkeypatch.setattr(
        compare.Verdicts,
        "save",
        lambda self, path: (saves.append(len(self.proofs)), real(self, path)),
    )
    with pytest.raises(KilledError):
        catsclean.audit(root, content=False)
    assert len(saves) > 1  # once at the end, and before
    assert saves[0] > 0
