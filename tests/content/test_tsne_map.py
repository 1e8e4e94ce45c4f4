"""The map by t-SNE: islands, the same each time, and kept for the next page."""

import numpy as np
import pytest

from catsclean.content import tsne_map
from catsclean.content.tsne_map import tsne_places

pytest.importorskip("sklearn", reason="the extra content is not installed")


def islands(number=60, width=20):
    """Vectors of two kinds."""
    rng = np.random.default_rng(0)
    kinds = np.arange(number) % 2
    return (rng.normal(size=(2, width))[kinds] * 5 + rng.normal(size=(number, width))), kinds


def test_pictures_that_are_alike_form_islands_within_the_map():
    vectors, kinds = islands()
    places = tsne_places(vectors.astype(np.float16))
    assert places.min() == 0
    assert places.max() == 1
    middles = [places[kinds == kind].mean(axis=0) for kind in (0, 1)]
    spread = max(places[kinds == kind].std() for kind in (0, 1))
    assert np.linalg.norm(middles[0] - middles[1]) > 2 * spread


def test_the_places_are_kept_for_the_same_vectors_alone(tmp_path, monkeypatch):
    vectors = islands()[0].astype(np.float16)
    kept = tmp_path / "cache" / "map.arrow"
    first = tsne_places(vectors, kept)
    monkeypatch.setattr(tsne_map, "_place", lambda given: np.zeros((len(given), 2), np.float32))
    assert np.array_equal(tsne_places(vectors, kept), first)
    assert not tsne_places(vectors[::-1], kept).any()


def test_a_damaged_file_of_places_is_computed_again(tmp_path):
    vectors = islands(30)[0].astype(np.float16)
    (tmp_path / "map.arrow").write_bytes(b"nothing")
    assert np.array_equal(tsne_places(vectors, tmp_path / "map.arrow"), tsne_places(vectors))


@pytest.mark.parametrize("number", [5, 9])
def test_few_pictures_and_pictures_that_are_all_the_same_have_places(number):
    assert np.isfinite(tsne_places(np.ones((number, 4), np.float16))).all()


def test_a_vector_that_is_not_finite_has_no_place():
    vectors = islands()[0].astype(np.float16)
    vectors[3] = np.inf
    assert np.flatnonzero(np.isnan(tsne_places(vectors)).any(axis=1)).tolist() == [3]
