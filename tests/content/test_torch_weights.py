"""Weights are read without PyTorch, and nothing that a pickle could start is started."""

import io
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from catsclean.content.torch_weights import read_torch_weights

MAGIC = 0x1950A86A20F9469CFC6C


class Reference:
    """Pickles as a name of another module would, without that module."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Writer(pickle._Pickler):
    """Writes what PyTorch would have written."""

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Reference):
            self.write(b"c" + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Tensor):
            self.save(Reference("torch._utils", "_rebuild_tensor_v2"))
            self.write(b"(")
            self.save(obj.storage)
            self.write(b"Q")
            for part in (obj.offset, obj.shape, obj.strides, False, OrderedDict()):
                self.save(part)
            self.write(b"tR")
        else:
            super().save(obj, save_persistent_id)


class Tensor:
    """A tensor as it stands in the file."""

    def __init__(self, key, shape, strides, count, offset=0, kind="FloatStorage"):
        self.storage = ("storage", Reference("torch", kind), key, "cpu", count, None)
        self.shape, self.strides, self.offset = shape, strides, offset


def dump(stream, value):
    Writer(stream, 2).dump(value)


def weights(tensors, storages, magic=MAGIC):
    stream = io.BytesIO()
    for value in (magic, 1001, {}, OrderedDict(tensors), list(storages)):
        dump(stream, value)
    for numbers in storages.values():
        stream.write(struct.pack("<q", len(numbers)) + numbers.tobytes())
    return stream.getvalue()


NUMBERS = np.arange(6, dtype="<f4")


def test_a_tensor_is_read():
    data = weights({"w": Tensor("0", (2, 3), (3, 1), 6)}, {"0": NUMBERS})
    assert read_torch_weights(data)["w"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_strides_count_because_weights_from_tensorflow_are_turned():
    data = weights({"w": Tensor("0", (2, 3), (1, 2), 6)}, {"0": NUMBERS})
    assert read_torch_weights(data)["w"].tolist() == [[0, 2, 4], [1, 3, 5]]


def test_tensors_may_share_their_numbers():
    tensors = {"a": Tensor("0", (2,), (1,), 6), "b": Tensor("0", (2,), (1,), 6, offset=4)}
    read = read_torch_weights(weights(tensors, {"0": NUMBERS}))
    assert read["a"].tolist() == [0, 1]
    assert read["b"].tolist() == [4, 5]


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor("0", (2, 4), (4, 1), 6),
        Tensor("0", (2,), (1,), 6, offset=5),
        Tensor("0", (2,), (-1,), 6),
        Tensor("0", (10**9,), (0,), 6, offset=7),
    ],
)
def test_a_tensor_beyond_its_numbers_is_refused(tensor):
    with pytest.raises(ValueError, match="tensor"):
        read_torch_weights(weights({"w": tensor}, {"0": NUMBERS}))


def test_a_name_that_weights_do_not_need_is_refused_and_not_called(tmp_path):
    class Attack:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    data = weights({"w": Attack()}, {})
    with pytest.raises(ValueError, match="weights do not need"):
        read_torch_weights(data)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("data", [b"", b"nothing", pickle.dumps(7), weights({}, {})[:40]])
def test_what_is_not_a_file_of_weights_is_refused(data):
    with pytest.raises(ValueError, match=r"not a file of PyTorch weights|cut short"):
        read_torch_weights(data)


def test_numbers_that_are_cut_short_are_noticed():
    data = weights({"w": Tensor("0", (2, 3), (3, 1), 6)}, {"0": NUMBERS})
    with pytest.raises(ValueError, match="cut short"):
        read_torch_weights(data[:-4])
