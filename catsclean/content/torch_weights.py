"""Read the weights in a file that PyTorch saved before version 1.6, without PyTorch.

Such a file is a row of pickles, and the numbers behind them.  A pickle can run any program, so only
the few names that weights need are let through.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_KINDS: Final = {"FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8"}


class _Tensor(NamedTuple):
    """A view of the numbers in a storage, as ``torch._utils._rebuild_tensor_v2`` gets it."""

    storage: tuple[Any, ...]  # ("storage", type, key, device, number of elements, view)
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_weights(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read all tensors of a saved ``state_dict``.

    Args:
        data: The bytes of the file.

    Returns:
        Name → array.

    Raises:
        ValueError: It is not such a file, it is damaged, or it holds anything but weights.
    """
    stream = io.BytesIO(data)
    try:
        if _Unpickler(stream).load() != _MAGIC:
            raise ValueError("not a file of PyTorch weights")
        _Unpickler(stream).load()  # version of the format
        _Unpickler(stream).load()  # sizes of C types on the machine that saved it
        tensors = _Unpickler(stream).load()
        keys = _Unpickler(stream).load()
        kinds = {tensor.storage[2]: _KINDS[tensor.storage[1]] for tensor in tensors.values()}
        storages = {key: _read_storage(stream, kinds[key]) for key in keys}
        return {name: _array_of(tensor, storages) for name, tensor in tensors.items()}
    except ValueError:
        raise
    except Exception as error:  # damaged pickles raise nearly anything
        raise ValueError(f"not a file of PyTorch weights: {error}") from error


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *parts: _Tensor(*parts[:4])
        if module == "torch" and name in _KINDS:
            return name
        raise ValueError(f"weights do not need {module}.{name}")

    def persistent_load(self, key: Any) -> Any:
        return key


def _read_storage(stream: io.BytesIO, kind: str) -> npt.NDArray[Any]:
    (count,) = struct.unpack("<q", stream.read(8))
    size = count * np.dtype(kind).itemsize
    data = stream.read(size)
    if len(data) != size:
        raise ValueError("the file is cut short")
    return np.frombuffer(data, kind)


def _array_of(tensor: _Tensor, storages: dict[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    storage = storages[tensor.storage[2]][tensor.offset :]
    last = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if min(tensor.shape, default=1) < 1 or min(tensor.strides, default=0) < 0:
        raise ValueError("a tensor is empty, or runs backwards")
    if last >= len(storage):
        raise ValueError("a tensor reaches beyond its numbers")
    # weights that come from TensorFlow keep its order in memory, so the strides count
    strides = [step * storage.itemsize for step in tensor.strides]
    view = np.lib.stride_tricks.as_strided(storage, tensor.shape, strides, writeable=False)
    return np.ascontiguousarray(view)
