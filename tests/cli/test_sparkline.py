import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catsclean.cli.sparkline import sparkline

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([0.9, 0.8, 0.7], "█▅▁"),
        ([0.5, 0.5], "▅▅"),
        ([1.0, math.nan, 2.0], "▁ █"),
        ([math.nan], ""),
        ([], ""),
    ],
)
def test_each_number_is_a_block_between_the_lowest_and_the_highest(values, drawn):
    assert sparkline(values, 10) == drawn


def test_many_numbers_share_blocks():
    assert sparkline(np.arange(100), 8) == "▁▂▃▄▅▆▇█"


@given(NUMBERS, st.integers(0, 80))
def test_it_never_takes_more_room_than_there_is(values, width):
    assert len(sparkline(values, width)) == min(len(values), width)
