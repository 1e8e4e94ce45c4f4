"""Samples are found in an earlier split by their digests."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.splitting import history

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12)


def last_positions(values, among):
    columns = (pd.Series(texts, dtype="string") for texts in (values, among))
    return history._last_positions(*columns).tolist()


@given(TEXTS, TEXTS)
def test_the_last_of_equal_texts_is_found(values, among):
    place = {text: at for at, text in enumerate(among)}
    assert last_positions(values, among) == [place.get(text, -1) for text in values]


@given(TEXTS, TEXTS)
def test_texts_with_the_same_hash_are_told_apart(values, among):
    place = {text: at for at, text in enumerate(among)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "hashes_of", lambda column, _rows: (column == "a").to_numpy("int64"))
        assert last_positions(values, among) == [place.get(text, -1) for text in values]


def test_a_value_that_is_missing_is_nowhere():
    assert last_positions(["a", None], ["a", "b"]) == [0, -1]
