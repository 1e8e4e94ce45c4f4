"""Histories of a data set: an audit that remembers finds what one from nothing finds."""

import hashlib
from functools import cache

import numpy as np
import pandas as pd
import pictures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from catsclean.core.evidence import READING, Dataset, Evidence
from catsclean.core.state import StateFolder
from catsclean.duplicates import compare_in_workers, neighbours, relate_cached
from catsclean.duplicates.compare import here
from catsclean.duplicates.neighbour_cache import KnownNeighbours
from catsclean.duplicates.neighbours import find_neighbours
from catsclean.duplicates.relate import PAIR_COLUMNS
from catsclean.duplicates.verification import Radii
from catsclean.images.hashing import hash_batch, thumbnail, to_hex
from catsclean.scan.scan_options import ScanOptions

TURNS = {5: Image.Transpose.ROTATE_90, 6: Image.Transpose.FLIP_TOP_BOTTOM}


@cache
def draw(content):
    """Four subjects, each as it is, mirrored, lighter, cut, turned, and some of these twice."""
    picture = pictures.draw(content % 4).resize((120, 96))
    if content // 4 in (1, 4):
        picture = ImageOps.mirror(picture)
    if content // 4 in (2, 4):
        picture = ImageEnhance.Brightness(picture).enhance(1.1)
    if content // 4 == 3:
        picture = picture.crop((4, 4, 118, 94))
    return picture.transpose(TURNS[content // 4]) if content // 4 in TURNS else picture


def make_evidence(root, contents):
    """Evidence of `contents`: name → which picture."""
    names = sorted(contents)
    hashes = hash_batch(
        np.array([thumbnail(draw(contents[n]).convert("L")) for n in names], np.uint8).reshape(
            -1, 64, 64
        )
    )
    columns = {name: [value] * len(names) for name, value in READING.items()} | {
        "path": names,
        "outcome": ["decoded"] * len(names),
        "sha256": [hashlib.sha256(b"%d" % contents[n]).hexdigest() for n in names],
        "width_px": [draw(contents[n]).width for n in names],
        "height_px": [draw(contents[n]).height for n in names],
        "phash64": hashes.phash64.view(np.int64),
        "mirror64": hashes.mirror64.view(np.int64),
        "phash256": to_hex(hashes.phash256),
        "mirror256": to_hex(hashes.mirror256),
        "group": [""] * len(names),
    }
    pairs = pd.DataFrame({name: [] for name in PAIR_COLUMNS})
    return Evidence(pd.DataFrame(columns), Dataset(root, "flat"), pairs)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 27)),
        min_size=2,
        max_size=5,
    )
)
def test_any_history_of_a_data_set_ends_as_an_audit_from_nothing(tmp_path_factory, history):
    root = tmp_path_factory.mktemp("histories") / "set"
    root.mkdir()
    state = StateFolder.of(root)
    state.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_MOST_NEW", 1.0)
        for contents in history:
            ask = here(lambda path, _, contents=contents: draw(contents[path]))
            patch.setattr(compare_in_workers, "looker", lambda *_, ask=ask, **__: ask)
            evidence = make_evidence(root, contents)
            warm = relate_cached.relate_duplicates(evidence, state, ScanOptions())
            cold = relate_cached.relate_duplicates(evidence, state, ScanOptions(cache=False))
            pd.testing.assert_frame_equal(warm.pairs, cold.pairs, check_dtype=False)
            assert list(warm.samples["group"]) == list(cold.samples["group"])


def make_known(count=40):
    rng = np.random.default_rng(0)
    thumbnails = rng.integers(0, 255, (count, 64, 64), dtype=np.uint8)
    thumbnails[1:2] = thumbnails[:1] // 2
    hashes = hash_batch(thumbnails)
    return KnownNeighbours(find_neighbours(hashes, Radii(18, 96, 24)))


@pytest.mark.parametrize("count", [0, 40])
def test_what_is_saved_is_loaded(tmp_path, count):
    known = make_known(count)
    known.save(tmp_path / "k.bin")
    loaded = KnownNeighbours.load(tmp_path / "k.bin").neighbours
    assert loaded.radii == known.neighbours.radii
    assert (len(loaded.first) > 0) == (count > 0)
    for one, other in zip(loaded.hashes, known.neighbours.hashes, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(loaded.first, known.neighbours.first)
    assert np.array_equal(loaded.second, known.neighbours.second)


def test_a_damaged_memory_is_as_good_as_none(tmp_path):
    path = tmp_path / "k.bin"
    make_known().save(path)
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        loaded = KnownNeighbours.load(path).neighbours
        assert loaded is None or np.array_equal(loaded.first, make_known().neighbours.first)
        path.write_bytes(whole[:at])
        assert KnownNeighbours.load(path).neighbours is None


def test_a_missing_memory_is_no_error(tmp_path):
    assert KnownNeighbours.load(tmp_path / "none.bin").neighbours is None


def test_pairs_that_are_not_all_of_them_are_not_remembered(tmp_path):
    known = make_known()
    known.neighbours = known.neighbours._replace(complete=False)
    known.save(tmp_path / "k.bin")
    assert not (tmp_path / "k.bin").exists()
