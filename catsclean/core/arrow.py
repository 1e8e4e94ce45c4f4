"""Move columns in and out of Arrow through their buffers.

If pandas is installed, pyarrow imports it before it reads a Python list and before it returns a
NumPy array.  The first call of one of its compute functions, including take and cast, builds all
of them.  Both together would cost an audit without changes more than everything else.  The
functions here load neither and return the same as pyarrow.
"""

from __future__ import annotations

import binascii
import contextlib
import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.core.columns import PACKED

_LARGEST_OFFSET: Final = 2**31 - 1
# Text of one chunk that is made of packed digits: a quarter of what its offsets can reach, because
# Parquet and CSV are written chunk by chunk.
_MOST_TEXT_BYTES: Final = 2**29
# more text than this is never put together in one piece
_LARGEST_TEXT: Final = _LARGEST_OFFSET
_MOST_BYTES_OF_CHARACTER: Final = 4
_SAMPLED: Final = 256
# Rows that are converted together, or written together to a file: enough to cost no time, and few
# enough that their text takes no memory beside a large table.
ROWS_AT_ONCE: Final = 1 << 15
# The most stretches of a table that are put together one by one: so many take as long as loading
# the functions by which pyarrow takes rows.
_MOST_STRETCHES: Final = 4096
# Arrow's type → Python types that convert to it without loss, and NumPy's type
_PLAIN: Final[dict[str, tuple[frozenset[type], Any]]] = {
    "bool": (frozenset({bool}), np.bool_),
    "int64": (frozenset({int}), np.int64),
    "float": (frozenset({int, float}), np.float32),
}
_NUMBERS: Final = {
    "bool": np.bool_, "int32": np.int32, "int64": np.int64, "float": np.float32,
    "double": np.float64,
}  # fmt: skip


def text_array(values: Sequence[str | None]) -> pa.Array | pa.ChunkedArray:
    """Make a column of text (Arrow's ``string``) from Python texts; None: missing.

    A column of more than 2 GiB has several chunks.

    Raises:
        TypeError: pyarrow's own, if a value is not a text.
    """
    kinds = set(map(type, values))
    if not kinds <= {str, type(None)}:
        return pa.array(values, pa.string())
    missing = None
    known: Sequence[str] = values  # type: ignore[assignment]
    if type(None) in kinds:
        missing = np.fromiter((value is None for value in values), np.bool_, len(values))
        known = [value or "" for value in values]
    elif known and known.count(known[0]) == len(known):
        return _repeated(known[0], len(known))
    if sum(map(len, known)) > _LARGEST_TEXT // _MOST_BYTES_OF_CHARACTER and len(known) > 1:
        half = len(known) // 2
        halves = (text_array(values[:half]), text_array(values[half:]))
        return pa.chunked_array([piece for one in halves for piece in _chunks(one)], pa.string())
    joined = "".join(known)
    data = joined.encode()
    plain = len(data) == len(joined)
    offsets = _offsets(known if plain else [text.encode() for text in known])
    return pa.StringArray.from_buffers(
        len(known), pa.py_buffer(offsets), pa.py_buffer(data), _validity(missing)
    )


def empty_texts(count: int) -> pa.Array:
    """Make a column of empty text; columns that share it take its memory only once."""
    return _repeated("", count)


def has_no_text(values: pa.ChunkedArray) -> bool:
    """Return whether every text of a column is empty; a column with missing values has some."""
    if values.null_count:
        return False
    ends = (_text_buffers(chunk)[0] for chunk in values.chunks)
    return all(offsets[0] == offsets[-1] for offsets in ends if len(offsets))


def _repeated(text: str, count: int) -> pa.Array:
    data = text.encode()
    if len(data) * count > _LARGEST_OFFSET:
        return pa.array([text] * count, pa.string())
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(len(data))
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data * count))


def number_array(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Make a column of numbers or booleans; `missing` marks the unknown ones."""
    if values.dtype == np.bool_:
        buffer = np.packbits(values, bitorder="little")
    else:
        buffer = np.ascontiguousarray(values)
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [_validity(missing), pa.py_buffer(buffer)])


def list_array(values: Iterable[Sequence[str]]) -> pa.Array:
    """Make a column of lists of text."""
    rows = list(values)
    held = text_array([text for row in rows for text in row])
    return pa.ListArray.from_arrays(number_array(_offsets(rows)), held)


def is_packed(kind: pa.DataType) -> bool:
    """Return whether a column has numbers in place of their hexadecimal digits."""
    return bool(pa.types.is_fixed_size_binary(kind))


def packed_array(texts: Sequence[str], size: int) -> pa.Array:
    """Make a column of numbers of `size` bytes from their hexadecimal digits; empty: missing.

    Raises:
        ValueError: A text is neither empty nor a hex number of that length.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    wrong = np.flatnonzero((lengths != 0) & (lengths != 2 * size))
    if len(wrong):
        raise ValueError(f"{texts[wrong[0]]!r} is not a hex number of {2 * size} digits")
    data = binascii.unhexlify("".join(texts))
    missing = lengths == 0
    if missing.any():
        rows = np.zeros((len(texts), size), np.uint8)
        rows[~missing] = np.frombuffer(data, np.uint8).reshape(-1, size)
        data = rows.tobytes()
    return pa.Array.from_buffers(
        pa.binary(size), len(texts), [_validity(missing), pa.py_buffer(data)]
    )


def packed_rows(values: pa.Array | pa.ChunkedArray) -> NDArray[np.uint8]:
    """Return a column of packed digits as (N, size) bytes; zeros where a value is missing."""
    array = _whole(values)
    rows = _packed_rows(array)
    if not array.null_count:
        return rows
    return np.where(_known(array)[:, None], rows, np.uint8(0))


def unpacked(
    values: pa.Array | pa.ChunkedArray, but: NDArray[np.bool_] | None = None
) -> pa.ChunkedArray:
    """Turn packed digits into a column of text.

    Args:
        values: A column that :func:`packed_array` made.
        but: (N,) values to leave out: these and those that are not known are missing in the
            result.  None: no value is missing there, and one that is not known is empty.

    Returns:
        The text in as many chunks as it needs, because one holds 2 GiB at most.
    """
    chunks: list[pa.Array] = []
    done = 0
    for chunk in values.chunks if isinstance(values, pa.ChunkedArray) else [values]:
        most = _MOST_TEXT_BYTES // (2 * chunk.type.byte_width)
        for start in range(0, len(chunk), most):
            part = chunk.slice(start, most)
            chunks.append(_unpacked(part, None if but is None else but[done : done + len(part)]))
            done += len(part)
    return pa.chunked_array(chunks, pa.string())


def _unpacked(array: pa.Array, but: NDArray[np.bool_] | None) -> pa.Array:
    known = _known(array)
    offsets = np.zeros(len(array) + 1, np.int32)
    np.cumsum(known * np.int32(2 * array.type.byte_width), dtype=np.int32, out=offsets[1:])
    rows = _packed_rows(array)
    text = binascii.hexlify((rows if known.all() else rows[known]).data)
    validity = None if but is None else _validity(but | ~known)
    return pa.StringArray.from_buffers(
        len(array), pa.py_buffer(offsets), pa.py_buffer(text), validity
    )


def pack_text(values: pa.ChunkedArray, size: int) -> pa.Array | None:
    """Pack hexadecimal digits of `size` bytes; None if the same text would not come back."""
    if not pa.types.is_string(values.type) or is_large_text(values):
        return None
    array = _whole(values)
    known, (offsets, data) = _known(array), _text_buffers(array)
    if (np.diff(offsets) != np.where(known, 2 * size, 0)).any():
        return None
    digits = bytes(data[offsets[0] : offsets[-1]])
    try:
        numbers = binascii.unhexlify(digits)
    except ValueError:
        return None
    if binascii.hexlify(numbers) != digits:
        return None
    rows = np.zeros((len(array), size), np.uint8)
    rows[known] = np.frombuffer(numbers, np.uint8).reshape(-1, size)
    buffers = [_validity(~known), pa.py_buffer(rows)]
    return pa.Array.from_buffers(pa.binary(size), len(array), buffers)


def with_text(
    table: pa.Table, *, keep_missing: bool = False, but: Collection[str] = ()
) -> pa.Table:
    """Return a table with text in place of the packed digits of :data:`.PACKED` columns.

    Args:
        table: A table with any columns.
        keep_missing: A missing value stays missing; otherwise its text is empty.
        but: Names of columns that stay packed.
    """
    none = np.zeros(len(table), np.bool_) if keep_missing else None
    for index, field in enumerate(table.schema):
        if field.name in PACKED and is_packed(field.type) and field.name not in but:
            table = table.set_column(index, field.name, unpacked(table.column(index), none))
    return table


def _hex_objects(rows: NDArray[np.uint8], known: NDArray[np.bool_]) -> NDArray[Any]:
    digits = 2 * rows.shape[1]
    text = binascii.hexlify(rows.data).decode()
    texts = [text[start : start + digits] for start in range(0, len(text), digits)]
    objects: NDArray[Any] = np.empty(len(rows), dtype=object)
    objects[:] = texts
    objects[~known] = ""
    return objects


def _packed_rows(array: pa.Array) -> NDArray[np.uint8]:
    size = array.type.byte_width
    start, stop = array.offset * size, (array.offset + len(array)) * size
    return np.frombuffer(array.buffers()[1] or b"", np.uint8)[start:stop].reshape(-1, size)


def _known(array: pa.Array) -> NDArray[np.bool_]:
    validity, start = array.buffers()[0], array.offset
    if validity is None or not array.null_count:
        return np.ones(len(array), np.bool_)
    stop = start + len(array)
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), count=stop, bitorder="little")
    return bits[start:].astype(np.bool_)


def value_array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Make a column from Python values: text, booleans, whole numbers or decimals.

    Fixed-size binary is made from hexadecimal digits (:func:`packed_array`).

    Raises:
        ValueError: A text should have so many hexadecimal digits, and has not.
        pyarrow.ArrowException: A value is of another kind, or out of its range.
    """
    if pa.types.is_string(kind):
        return text_array(values)
    if pa.types.is_fixed_size_binary(kind):
        return packed_array(values, kind.byte_width)
    accepted, dtype = _PLAIN.get(str(kind), (frozenset(), None))
    if set(map(type, values)) <= accepted:
        # leave it to pyarrow to report numbers out of range, not to NumPy
        with contextlib.suppress(OverflowError), np.errstate(over="ignore"):
            return number_array(np.array(values, dtype=dtype))
    return pa.array(values, kind)


def value_table(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Make a table from columns of Python values, with the order and types of a schema."""
    arrays = [value_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def to_numpy(values: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Make an array from a column without missing values; repeated text becomes one object.

    Hexadecimal digits that were packed become text again.
    """
    kind = str(values.type)
    if kind == "string" and not values.null_count:
        return _put_together([_objects(piece) for piece in _pieces(values)])
    array = _whole(values)
    if is_packed(array.type):
        return _hex_objects(_packed_rows(array), _known(array))
    if kind not in _NUMBERS or array.null_count:
        plain: NDArray[Any] = array.to_numpy(zero_copy_only=False)
        return plain
    return _numbers(array)


def _numbers(array: pa.Array) -> NDArray[Any]:
    start, stop, kind = array.offset, array.offset + len(array), str(array.type)
    buffer = array.buffers()[1] or b""
    if kind == "bool":
        bits = np.unpackbits(np.frombuffer(buffer, np.uint8), count=stop, bitorder="little")
        return bits[start:].astype(np.bool_)
    return np.frombuffer(buffer, _NUMBERS[kind])[start:stop]


def text_at(values: pa.Array | pa.ChunkedArray, at: NDArray[Any]) -> NDArray[Any]:
    """Make an array of some texts of a column without missing values, by their positions."""
    if is_packed(values.type):
        array = _whole(values)
        return _hex_objects(_packed_rows(array)[at], _known(array)[at])
    objects: NDArray[Any] = np.empty(len(at), dtype=object)
    for piece, here, own in _found_in(_pieces(values), at):
        offsets, data = _text_buffers(piece)
        ends = zip(offsets[own].tolist(), offsets[own + 1].tolist(), strict=True)
        objects[here] = [str(data[start:stop], "utf-8") for start, stop in ends]
    return objects


def hex_words(values: pa.Array | pa.ChunkedArray, width: int) -> NDArray[np.uint64]:
    """Read a column of hex digits: packed, or text without missing values.

    Args:
        values: Each one is empty (packed: missing), or has 16 digits for each word.
        width: Number of 64-bit words of one text.

    Returns:
        (N, width) uint64, most significant word first; zeros for an empty text.

    Raises:
        ValueError: A text is neither empty nor a hex number of that length.
    """
    if is_packed(values.type):
        return packed_rows(values).view(">u8").astype(np.uint64).reshape(-1, width)
    return _put_together([_words_of(piece, width) for piece in _pieces(values)])


def _words_of(array: pa.Array, width: int) -> NDArray[np.uint64]:
    offsets, data = _text_buffers(array)
    lengths = np.diff(offsets)
    wrong = (lengths != 0) & (lengths != 16 * width)
    if wrong.any():
        text = str(text_at(array, np.flatnonzero(wrong)[:1])[0])
        raise ValueError(f"{text!r} is not a hex number of {16 * width} digits")
    # the digits follow one another without gaps, because an empty text adds none
    digits = binascii.unhexlify(data[offsets[0] : offsets[-1]])
    known = np.frombuffer(digits, ">u8").astype(np.uint64).reshape(-1, width)
    if len(known) == len(lengths):
        return known
    words = np.zeros((len(lengths), width), np.uint64)
    words[lengths != 0] = known
    return words


def with_missing(values: pa.Array | pa.ChunkedArray, missing: NDArray[np.bool_]) -> pa.ChunkedArray:
    """Mark some values of a column without missing values as missing."""
    made, done = [], 0
    for array in _pieces(values):
        before = np.zeros(array.offset, np.bool_)
        own = np.concatenate((before, missing[done : done + len(array)]))
        buffers = [_validity(own), *array.buffers()[1:]]
        made.append(pa.Array.from_buffers(array.type, len(array), buffers, offset=array.offset))
        done += len(array)
    return pa.chunked_array(made, values.type)


def rows_of(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return some rows of a table, in some order, each column in one piece if it has room.

    Args:
        table: A table with any columns.
        rows: (N,) positions; fastest in long stretches of consecutive ones.
    """
    starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
    many = len(starts) > _MOST_STRETCHES
    if many and not any(map(is_large_text, table.columns)):
        return table.take(number_array(rows)).combine_chunks()
    lengths = np.diff(starts, append=len(rows)).tolist()
    stretches = list(zip(rows[starts].tolist(), lengths, strict=True))
    columns = []
    for column in table.columns:
        if is_large_text(column):
            columns.append(_large_text_at(column, rows))
            continue
        whole = _whole(column)
        if str(whole.type) in _NUMBERS and not whole.null_count:
            columns.append(number_array(to_numpy(whole)[rows]))
        elif many:
            columns.append(whole.take(number_array(rows)))
        else:
            pieces = [whole.slice(start, length) for start, length in stretches]
            columns.append(pa.concat_arrays(pieces or [whole.slice(0, 0)]))
    return pa.Table.from_arrays(columns, schema=table.schema)


def rows_with(column: pa.ChunkedArray, texts: Collection[str]) -> NDArray[np.int64]:
    """Return which rows of a column of texts have one of some texts, without an object for each."""
    from pyarrow import compute  # slow to load, and seldom needed

    # unlike pa.array, this does not import pandas to look whether it is given one of its columns
    wanted = value_array(sorted(texts), column.type)
    return np.flatnonzero(to_numpy(compute.is_in(column, value_set=wanted)))


def digest_of(values: pa.Array | pa.ChunkedArray) -> bytes:
    """Return the SHA-256 of a column of text without missing values: of texts and their ends.

    Of packed digits it is that of the same column as text.
    """
    if is_packed(values.type):
        return _digest_of_packed(_whole(values))
    if str(values.type) != "string":  # pandas stores it as another type
        values = values.cast("string")
    pieces = [_text_buffers(array) for array in _pieces(values)]
    digest, done = hashlib.sha256(np.zeros(1, "<i4").tobytes()), 0
    for offsets, _ in pieces:
        # beyond 4 GiB the ends begin again at 0, which does no harm in a digest
        ends = offsets[1:].astype(np.int64) - offsets[0] + done
        digest.update(ends.astype("<u4").tobytes())
        done += int(offsets[-1] - offsets[0])
    for offsets, data in pieces:
        digest.update(data[offsets[0] : offsets[-1]])
    return digest.digest()


def _digest_of_packed(array: pa.Array) -> bytes:
    ends = np.zeros(len(array) + 1, np.int64)
    np.cumsum(_known(array) * np.int64(2 * array.type.byte_width), out=ends[1:])
    digest = hashlib.sha256(ends.astype("<i4").data)
    for start in range(0, len(array), ROWS_AT_ONCE):
        part = array.slice(start, ROWS_AT_ONCE)
        digest.update(binascii.hexlify(_packed_rows(part)[_known(part)].data))
    return digest.digest()


def is_empty_text(values: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return for each text of a column whether it is empty."""
    offsets = [_text_buffers(piece)[0] for piece in _pieces(values)]
    empty: NDArray[np.bool_] = _put_together([own[1:] == own[:-1] for own in offsets])
    return empty


@dataclass(slots=True)
class Values:
    """The values of a column whose values have a fixed width, as arrays that can be written to.

    Attributes:
        kind: Arrow's type: booleans, numbers, or packed digits.
        values: (N,), or (N, bytes) packed digits.
        missing: (N,) whether each value is missing; None: none is.
    """

    kind: pa.DataType
    values: NDArray[Any]
    missing: NDArray[np.bool_] | None = None

    @classmethod
    def zeros(cls, count: int, kind: pa.DataType) -> Values:
        """Make `count` zeros; memory is taken as they are replaced."""
        if is_packed(kind):
            return cls(kind, np.zeros((count, kind.byte_width), np.uint8))
        return cls(kind, np.zeros(count, _NUMBERS[str(kind)]))

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> Values:
        """Read a column; it shares its memory if it can."""
        array = _whole(column)
        missing = ~_known(array) if array.null_count else None
        if is_packed(array.type):
            return cls(array.type, _packed_rows(array), missing)
        return cls(array.type, _numbers(array), missing)

    def at(self, rows: NDArray[np.int64]) -> Values:
        """Return the values at some positions."""
        missing = None if self.missing is None else self.missing[rows]
        return Values(self.kind, self.values[rows], missing)

    def put(self, rows: NDArray[np.int64], other: Values) -> None:
        """Replace the values at some positions."""
        self.values[rows] = other.values
        if other.missing is not None:
            if self.missing is None:
                self.missing = np.zeros(len(self.values), np.bool_)
            self.missing[rows] = other.missing

    def to_arrow(self) -> pa.Array:
        """Return the column; it shares the memory, so write no more."""
        if not is_packed(self.kind):
            return number_array(self.values, self.missing)
        buffers = [_validity(self.missing), pa.py_buffer(self.values)]
        return pa.Array.from_buffers(self.kind, len(self.values), buffers)


def is_missing(values: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return for each value of a column whether it is missing."""
    return _put_together([~_known(piece) for piece in _pieces(values)])


def any_starts_with(values: pa.Array | pa.ChunkedArray, characters: Iterable[str]) -> bool:
    """Return whether any text of a column starts with one of some ASCII characters."""
    wanted = [ord(character) for character in characters]
    for piece in _pieces(values):
        offsets, data = _text_buffers(piece)
        starts = offsets[:-1][offsets[1:] > offsets[:-1]]
        how_many = np.bincount(np.frombuffer(data, np.uint8)[starts], minlength=128)
        if how_many[wanted].any():
            return True
    return False


def _chunks(values: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    if not isinstance(values, pa.ChunkedArray):
        return [values]
    return values.chunks or [pa.nulls(0, values.type)]


def is_large_text(values: pa.Array | pa.ChunkedArray) -> bool:
    """Return whether a column has more text than one chunk of Arrow's can hold: 2 GiB."""
    if not isinstance(values, pa.ChunkedArray) or not pa.types.is_string(values.type):
        return False
    if values.num_chunks < 2:
        return False
    ends = (_text_buffers(chunk)[0] for chunk in values.chunks)
    return sum(int(own[-1]) - int(own[0]) for own in ends if len(own)) > _LARGEST_TEXT


def _pieces(values: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    """Return a column in one piece, or in its chunks if it has more text than a piece can hold."""
    return _chunks(values) if is_large_text(values) else [_whole(values)]


def _put_together(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _found_in(
    pieces: list[pa.Array], at: NDArray[Any]
) -> Iterator[tuple[pa.Array, NDArray[np.intp] | slice, NDArray[Any]]]:
    """Yield the pieces that some positions are in, which of these are, and their places in it."""
    if len(pieces) == 1:
        yield pieces[0], slice(None), at
        return
    starts = np.cumsum([0, *map(len, pieces[:-1])])
    which = np.searchsorted(starts, at, side="right") - 1
    for number, piece in enumerate(pieces):
        here = np.flatnonzero(which == number)
        if len(here):
            yield piece, here, at[here] - starts[number]


def _large_text_at(values: pa.ChunkedArray, rows: NDArray[np.int64]) -> pa.ChunkedArray:
    """Return the texts at some positions, in chunks that have room for them."""
    made = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        texts = text_at(values, rows[start : start + ROWS_AT_ONCE])
        made.append(text_array(texts.tolist()))
    return pa.chunked_array(made or [pa.nulls(0, pa.string())], pa.string())


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(values, pa.ChunkedArray):
        return values
    if values.num_chunks == 1:
        return values.chunk(0)
    if not values.num_chunks:
        return pa.nulls(0, values.type)
    return pa.concat_arrays(values.chunks)


def _text_buffers(array: pa.Array) -> tuple[NDArray[np.int32], memoryview]:
    _, places, data = array.buffers()
    start, stop = array.offset, array.offset + len(array) + 1
    offsets = np.frombuffer(places or b"\0\0\0\0", np.int32)[start:stop]
    return offsets, memoryview(data or b"")


def _objects(array: pa.Array) -> NDArray[Any]:
    offsets, data = _text_buffers(array)
    count = len(array)
    objects: NDArray[Any] = np.empty(count, dtype=object)
    if not count:
        return objects
    length = int(offsets[1] - offsets[0])
    used = bytes(data[offsets[0] : offsets[-1]])
    if len(used) == length * count and used[:length] * count == used:
        objects[:] = used[:length].decode()
        return objects
    ends = (offsets - offsets[0]).tolist()
    whole = used.decode()
    if len(whole) == len(used):
        texts = [whole[start:stop] for start, stop in itertools.pairwise(ends)]
    else:
        texts = [used[start:stop].decode() for start, stop in itertools.pairwise(ends)]
    # paths and digests are nearly all different: no repeated text to look for
    if len(set(texts[:_SAMPLED])) <= _SAMPLED // 2:
        one: dict[str, str] = {}
        texts = [one.setdefault(text, text) for text in texts]
    objects[:] = texts
    return objects


def _offsets(parts: Sequence[Sized]) -> NDArray[np.int32]:
    """Return where each part starts if they follow one another, and where the last one ends."""
    offsets = np.zeros(len(parts) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, parts), np.int32, len(parts)), out=offsets[1:])
    return offsets


def _validity(missing: NDArray[np.bool_] | None) -> pa.Buffer | None:
    if missing is None or not missing.any():
        return None
    return pa.py_buffer(np.packbits(~missing, bitorder="little"))
