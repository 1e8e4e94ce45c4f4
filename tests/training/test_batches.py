"""What models read: all batches, in order, without the tuner whose sleep ends every epoch late."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from catsclean.training.batches import make_batches, slice_batches

INPUTS = np.arange(10, dtype="int32")
TARGETS = np.arange(10, dtype="float32")[:, None]


def take(index):
    part = slice(index * 3, (index + 1) * 3)
    return INPUTS[part], TARGETS[part]


def batches(made):
    if made == "sliced":
        return slice_batches(3, INPUTS, TARGETS)["x"]
    return make_batches(3, take)


@pytest.mark.parametrize("made", ["sliced", "taken"])
def test_all_whole_batches_come_in_order(made):
    inputs, targets = zip(*batches(made).as_numpy_iterator(), strict=True)
    assert np.concatenate(inputs).tolist() == list(range(9))
    assert np.concatenate(targets).tolist() == [[float(n)] for n in range(9)]


@pytest.mark.parametrize("made", ["sliced", "taken"])
def test_their_number_is_known_and_nothing_is_tuned(made):
    found = batches(made)
    assert int(found.cardinality()) == 3
    assert found.options().autotune.enabled is False


def test_a_batch_is_taken_once():
    taken = []

    def counting(index):
        taken.append(index)
        return take(index)

    list(make_batches(3, counting))
    assert taken == [0, 1, 2]
