import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catsclean.training.picture_groups import draw_nested

groups_and_codes = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=120
)


def drawn(pairs, sizes, seed=0):
    groups, codes = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    return groups, draw_nested(groups, codes, sizes, np.random.default_rng(seed))


@given(groups_and_codes, st.integers(0, 5))
def test_a_group_is_drawn_as_a_whole_and_each_part_lies_within_the_next(pairs, seed):
    sizes = [max(1, len(pairs) // 4), max(1, len(pairs) // 2), len(pairs)]
    groups, parts = drawn(pairs, sizes, seed)
    for part in parts:
        inside = set(groups[part].tolist())
        outside = set(np.delete(groups, part).tolist())
        assert not inside & outside
        assert len(set(part.tolist())) == len(part)
    for smaller, larger in itertools.pairwise(parts):
        assert set(smaller.tolist()) <= set(larger.tolist())
    assert len(parts[-1]) == len(pairs)


def test_every_class_is_drawn_by_its_share():
    pairs = [(number, int(number % 4 == 0)) for number in range(400)]
    _, parts = drawn(pairs, [40, 100, 400])
    for part in parts:
        share = sum(pairs[at][1] for at in part.tolist()) / len(part)
        assert abs(share - 0.25) < 0.05
    assert [len(part) for part in parts] == [40, 100, 400]


def test_another_seed_draws_other_pictures():
    pairs = [(number, number % 2) for number in range(100)]
    _, (one,) = drawn(pairs, [20], seed=1)
    _, (other,) = drawn(pairs, [20], seed=2)
    assert set(one.tolist()) != set(other.tolist())
