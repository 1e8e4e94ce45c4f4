"""Provide the pictures of manifest rows, decoded once, as arrays or a ``tf.data.Dataset``."""

from __future__ import annotations

import hashlib
import math
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from catsclean.auditing.result import Audit
from catsclean.core import names
from catsclean.core.limits import Limits
from catsclean.core.links import Folders, Reach
from catsclean.core.manifest import Manifest, find_manifest
from catsclean.core.names import shell_word
from catsclean.core.state import StateFolder
from catsclean.errors import ConfigError, TrainingError, TrainingUsageError
from catsclean.images.read_file import FolderReader, container_of
from catsclean.scan.pool.number import check_workers
from catsclean.splitting import Split
from catsclean.training.backend import load_tensorflow
from catsclean.training.batches import without_tuner
from catsclean.training.decoded_cache import Cache, DiskCache, MemoryCache
from catsclean.training.pictures import (
    Cut,
    FitName,
    UnreadableError,
    decode_square,
    read_bytes,
    unwarned,
)
from catsclean.validators.registry import validator_of

if TYPE_CHECKING:
    import pandas as pd


DEFAULT_MEMORY: Final = 4 * 2**30
_CHUNK = 256  # pictures decoded between two reports of progress
_TASK = 32  # largest number of pictures that a thread decodes before it reports
_SHOWN = 5
_ALIGNMENT = 64  # bytes, the largest alignment that Eigen needs
_CHANGED = "changed since the audit: run it again"
_SHUFFLE_BUFFER = 1_000_000  # of row numbers, eight bytes each


class Pictures:
    """The pictures of some manifest rows, decoded on first use.

    Args:
        manifest: Manifest whose rows to use; dropped ones and those without a label are left out.
        splits: Names of the splits to use; None for every row.
        cut: How a picture becomes a square.
        skip_missing: Leave out files that can no longer be read, instead of raising.
        memory: Bytes that decoded pictures may take in memory before they go to the disk.
        state_dir: State folder, if it is not beside the data set.
        limits: Bounds on one file.
        workers: Number of decoding threads; None: as many as the machine has processors.
        reach: Where links in the data set may lead; None: a link is never followed.

    Attributes:
        table: The rows in use, in the manifest's order.
        labels: Names of the classes of the whole manifest, sorted: code 0 is the first.
        codes: (n,) label codes of the rows.
        skipped: Path and reason of each file that was left out.
        workers: Number of decoding threads.

    Raises:
        TrainingError: There is no such split, or a file is gone and `skip_missing` is off.
    """

    def __init__(  # noqa: PLR0913 - options of one call, most of them by name
        self,
        manifest: Manifest,
        splits: Sequence[str] | None,
        cut: Cut,
        *,
        skip_missing: bool = False,
        memory: int = DEFAULT_MEMORY,
        state_dir: str | os.PathLike[str] | None = None,
        limits: Limits | None = None,
        workers: int | None = None,
        reach: Reach | None = None,
    ) -> None:
        self.cut = cut
        self.skipped: list[tuple[str, str]] = []
        self._root = manifest.root
        self._reach = reach or Reach(manifest.root)
        self._skip = skip_missing
        self._limits = limits or Limits()
        self.workers = check_workers(workers) or os.cpu_count() or 1
        self.labels = sorted(manifest.keep()["label"].dropna().unique())
        self.table, unusable = _set_unusable_aside(_choose(manifest, splits))
        self.skipped += unusable
        self._drop_unusable(self._find_gone())
        self._cache = self._open_cache(memory, state_dir)
        self._done = np.zeros(len(self), dtype=bool)
        self._bad = np.zeros(len(self), dtype=bool)
        self._rows = np.zeros(len(self), dtype=np.int64)
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(self.workers, "decode")  # threads start on first use

    def __len__(self) -> int:
        return len(self.table)

    @property
    def array(self) -> NDArray[np.uint8]:
        """Squares of all decoded pictures, in an order of their own: see :meth:`rows`."""
        return self._cache.array

    @property
    def on_disk(self) -> bool:
        """Whether the squares are in a file instead of in memory."""
        return isinstance(self._cache, DiskCache)

    def rows(
        self, samples: NDArray[np.int64], progress: Callable[[int, int], None] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Decode those samples that are not decoded yet.

        Args:
            samples: Row numbers of `table`.
            progress: Called with the numbers of pictures decoded and to decode.

        Returns:
            The samples that could be read, and for each the row of :attr:`array` that holds it.

        Raises:
            TrainingError: One cannot be read, and `skip_missing` is off.
        """
        if not self._done[samples].all():
            with self._turn:  # two iterators of one dataset may run at the same time
                self._decode_missing(samples, progress)
        usable = samples[~self._bad[samples]]
        return usable, self._rows[usable]

    def _decode_missing(
        self, samples: NDArray[np.int64], progress: Callable[[int, int], None] | None
    ) -> None:
        missing = [int(i) for i in np.unique(samples) if not self._done[i]]
        missing = [i for i in missing if not self._find(i)]
        if not missing:
            return
        with unwarned():
            for start in range(0, len(missing), _CHUNK):
                if progress is not None:
                    progress(start, len(missing))
                self._store(missing[start : start + _CHUNK])
        if progress is not None:
            progress(len(missing), len(missing))

    def take(
        self, samples: NDArray[np.int64], dtype: str = "uint8"
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return squares (`dtype`, 0 to 255) and label codes, without unreadable pictures."""
        usable, rows = self.rows(samples)
        array = self.array
        squares = _aligned((len(rows), *array.shape[1:]), dtype)
        for at, row in enumerate(rows.tolist()):
            squares[at] = array[row]
        return squares, self.codes[usable]

    def of_splits(self, splits: Sequence[str]) -> NDArray[np.int64]:
        """Return the row numbers of some splits."""
        return np.flatnonzero(self.table["split"].isin(list(splits)).to_numpy(bool))

    def _store(self, samples: list[int]) -> None:
        squares = self._cache.room(len(samples))
        # several pictures a task: submitting each one by itself costs a tenth of decoding it
        size = max(1, min(_TASK, -(-len(samples) // (2 * self.workers))))
        starts = range(0, len(samples), size)
        reasons = [
            reason
            for some in self._pool.map(
                self._decode,
                [samples[at : at + size] for at in starts],
                [squares[at : at + size] for at in starts],
            )
            for reason in some
        ]
        digests = [
            None if reason else self._digests[index]
            for index, reason in zip(samples, reasons, strict=True)
        ]
        self._cache.keep(squares, digests)
        failed: list[tuple[str, str]] = []
        for index, reason in zip(samples, reasons, strict=True):
            if reason:
                failed.append((self._paths[index], reason))
                self._bad[index] = self._done[index] = True
            else:
                self._find(index)
        self.skipped += failed
        if failed and not self._skip:
            raise _unusable(failed)

    def _decode(self, samples: list[int], squares: NDArray[np.uint8]) -> list[str]:
        """Decode some pictures; return for each why it cannot be used, or an empty text."""
        reasons = []
        with FolderReader(self._reach) as folders:
            for index, square in zip(samples, squares, strict=True):
                path, reason = self._paths[index], ""
                try:
                    data = read_bytes(folders, path, self._limits)
                    if hashlib.sha256(data).digest() == self._digests[index]:
                        decode_square(path, data, self.cut, self._limits, square)
                    else:
                        reason = _CHANGED
                except UnreadableError as error:
                    reason = str(error)
                reasons.append(reason)
        return reasons

    def _find(self, index: int) -> bool:
        row = self._cache.row(self._digests[index])
        if row is None:
            return False
        self._rows[index], self._done[index] = row, True
        return True

    def _find_gone(self) -> list[tuple[str, str]]:
        """Check every file's status, so that a missing file is named before hours of training.

        If size or time differ from the audit, the file is read again and compared by its digest.
        """
        gone: list[tuple[str, str]] = []
        containers: dict[str, Path | None] = {}
        sizes = _column(self.table, "size_bytes")
        times = _column(self.table, "mtime_ns")
        digests = self.table["sha256"].tolist()
        for path, size, changed, digest in zip(
            self.table["path"], sizes, times, digests, strict=True
        ):
            try:
                folder = path.rpartition("/")[0]
                if folder not in containers:
                    containers[folder] = container_of(self._root, path)
                container = containers[folder]
                status = self._status_of(path) if container is None else os.lstat(container)
            except OSError as error:
                gone.append(
                    (
                        path,
                        "the file is gone"
                        if isinstance(error, FileNotFoundError)
                        else str(error.strerror),
                    )
                )
                continue
            # a sample in a container has the time of the container, but a size of its own
            same_size = container is not None or size in {None, status.st_size}
            if same_size and changed in {None, status.st_mtime_ns}:
                continue
            try:
                with FolderReader(self._reach) as folders:
                    data = read_bytes(folders, path, self._limits)
            except UnreadableError as error:
                gone.append((path, str(error)))
                continue
            if hashlib.sha256(data).hexdigest() != digest:
                gone.append((path, _CHANGED))
        return gone

    def _status_of(self, path: str) -> os.stat_result:
        """Stat a file; if it is a link that may be followed, stat its target."""
        found = self._reach.locate(path)
        base, inside = found or (self._root, path)
        return os.lstat(base / _native(inside))

    def _drop_unusable(self, gone: list[tuple[str, str]]) -> None:
        if gone and not self._skip:
            raise _unusable(gone)
        if gone:
            self.skipped += gone
            lost = {path for path, _ in gone}
            self.table = self.table[~self.table["path"].isin(lost)]
        self.table = self.table.reset_index(drop=True)
        if self.table.empty:
            raise TrainingError("none of the pictures can be read. Run the audit again.")
        code_of = {label: code for code, label in enumerate(self.labels)}
        self.codes = np.array([code_of[label] for label in self.table["label"]], dtype=np.int64)
        self._paths: list[str] = self.table["path"].tolist()
        self._digests = [bytes.fromhex(digest) for digest in self.table["sha256"]]

    def _open_cache(self, memory: int, state_dir: str | os.PathLike[str] | None) -> Cache:
        if len(set(self._digests)) * self.cut.size**2 * 3 <= memory:
            return MemoryCache(self.cut, len(self))  # unused rows take no memory
        state = StateFolder.of(self._root, state_dir)
        return DiskCache(self.cut, state.cache / "decoded")


def dataset(  # noqa: PLR0913 - options of one call, all by name
    manifest: Manifest | Audit | Split | str | os.PathLike[str],
    split: str | Sequence[str] | None,
    *,
    size: int = 150,
    batch_size: int | None = 20,
    shuffle: bool | None = None,
    seed: int | None = None,
    fit: FitName = "stretch",
    apply_orientation: bool = False,
    one_hot: bool = False,
    dtype: Literal["float32", "uint8"] = "float32",
    skip_missing: bool = False,
    memory: int = DEFAULT_MEMORY,
    state_dir: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
    follow_links_to: Folders = None,
) -> Any:
    """Make a ``tf.data.Dataset`` of some splits of a manifest, for models of your own.

    No folder is scanned.  Pictures are decoded in the first epoch, while the model trains; later
    epochs read them from memory (or from the state folder's cache, if they exceed `memory`).

    Args:
        manifest: The manifest, an audit or a split that has one, or the folder of an audited data
            set; rows that it drops are left out.
        split: Name of a split, such as ``"train"``, or of several, as a list or with commas
            between: ``"fold1,fold2"``; None for all rows.
        size: Side of the squares, pixels.
        batch_size: Pictures per batch; None for single pictures.
        shuffle: Draw a new order every epoch; None: only for a split whose name starts with
            ``train``.
        seed: Random seed of the order.
        fit: ``stretch`` (the course's plain resize), ``crop`` or ``pad``.
        apply_orientation: Turn pictures by their Exif tag.  Keras' loaders and ``tf.io`` do not:
            a model trained with it needs such pictures wherever it is used.
        one_hot: Return labels as one-hot float32 rows instead of int64 codes.
        dtype: ``float32`` or ``uint8``; values are 0 to 255 either way.
        skip_missing: Leave out files that can no longer be read, instead of raising.
        memory: Bytes that decoded pictures may take in memory.
        state_dir: State folder, if it is not beside the data set.
        workers: Number of decoding threads; None: as many as there are processors.
        limits: Bounds on one file; None: the audit's.
        follow_links_to: Folders outside the data set that links may lead into, if the audit
            followed links.

    Returns:
        Dataset of (pictures, labels): (batch, size, size, 3) and (batch,) or (batch, classes).
        Its ``class_names`` are the labels in the order of their codes, as in Keras.

    Raises:
        TrainingError: There is no such split, or a file of it is gone or changed.
        UsageError: `manifest` is none of these, or the data set was never audited.
        MissingExtraError: TensorFlow is not installed.
    """
    if dtype not in {"float32", "uint8"}:
        raise ConfigError(f"dtype must be float32 or uint8. Received: {dtype!r}.")
    if batch_size is not None and batch_size < 1:
        raise ConfigError(f"batch_size must be 1 or more. Received: {batch_size!r}.")
    tf = load_tensorflow()
    samples, state = find_manifest(manifest, state_dir, follow_links_to)
    splits = None if split is None else names_of_splits(split, samples)
    pictures = Pictures(
        samples, splits, Cut(size, fit, apply_orientation),
        skip_missing=skip_missing, memory=memory,
        state_dir=state_dir if state is None else state.path, limits=limits,
        workers=workers, reach=None if state is None else state.reach(),
    )  # fmt: skip
    classes = len(pictures.labels)

    def load(samples: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return pictures.take(samples, dtype)

    def to_batch(samples: Any) -> tuple[Any, Any]:
        squares, codes = tf.numpy_function(load, [samples], (tf.as_dtype(dtype), tf.int64))
        squares.set_shape((None, size, size, 3))
        codes.set_shape((None,))
        labels = tf.one_hot(codes, classes) if one_hot else codes
        return squares, labels

    samples = tf.data.Dataset.range(len(pictures))
    if shuffle is None:
        shuffle = bool(splits) and all(name.startswith("train") for name in splits or ())
    if shuffle:
        samples = samples.shuffle(min(len(pictures), _SHUFFLE_BUFFER), seed=seed)
    batches = samples.batch(batch_size or _CHUNK).map(to_batch)
    if batch_size is None:
        batches = batches.unbatch()
        if not skip_missing:
            batches = batches.apply(tf.data.experimental.assert_cardinality(len(pictures)))
    batches = without_tuner(batches)
    batches.class_names = list(pictures.labels)
    return batches


def names_of_splits(asked: str | Sequence[str], manifest: Manifest) -> list[str]:
    """Return the requested splits: from a list, one name, or several with commas between.

    If the manifest has a split whose own name contains commas, that split is meant.
    """
    if not isinstance(asked, str):
        return list(dict.fromkeys(asked))
    if (manifest.table["split"] == asked).any():
        return [asked]
    return list(dict.fromkeys(part for name in asked.split(",") if (part := name.strip())))


def labelled(manifest: Manifest) -> pd.DataFrame:
    """Return the samples to keep that have a label, because learning needs one.

    Raises:
        TrainingError: There are none.
    """
    table = manifest.keep()
    table = table[table["label"].notna()]
    if table.empty:
        raise TrainingUsageError(
            "no pictures with a label. Put each class in its own folder and run the audit again."
        )
    return table


def _choose(manifest: Manifest, splits: Sequence[str] | None) -> pd.DataFrame:
    table = labelled(manifest)
    if splits is not None:
        known = sorted(table["split"].dropna().unique())
        for name in splits:
            if name not in known:
                raise TrainingUsageError(
                    f"no pictures in split {name!r}. Splits of the manifest:"
                    f" {', '.join(known) or 'none'}."
                    f" Make them: catsclean split {shell_word(str(manifest.root))} --val 0.1, or in"
                    ' Python catsclean.split(FOLDER, {"val": 0.1}).save()'
                )
        table = table[table["split"].isin(list(splits))]
    return table


def _set_unusable_aside(table: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """Leave out files that the audit could not decode and that clean left in place."""
    why = table["sha256"].isna().map({True: "unreadable", False: ""})
    if "reason" in table:
        why = table["reason"].fillna("").map(_unexamined).where(lambda name: name != "", why)
    bad = why != ""
    skipped = [(p, f"{w} at the audit") for p, w in zip(table["path"][bad], why[bad], strict=True)]
    return table[~bad], skipped


def _unexamined(reasons: str) -> str:
    """Name the validator that says that a file was not examined; empty if none does."""
    return next((name for name in reasons.split(",") if validator_of(name).not_examined), "")


def _unusable(files: list[tuple[str, str]]) -> TrainingError:
    shown = "; ".join(f"{path}: {reason}" for path, reason in files[:_SHOWN])
    more = f"; and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return TrainingError(
        f"{shown}{more}. Run the audit again, or pass --skip-missing (skip_missing=True) to train"
        f" without {'it' if len(files) == 1 else 'them'}."
    )


def _aligned(shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """Make an empty array that TensorFlow uses without copying, because it is aligned."""
    wanted = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(wanted + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + wanted].view(dtype).reshape(shape)


def _column(table: pd.DataFrame, name: str) -> list[int | None]:
    import pandas as pd

    if name not in table:
        return [None] * len(table)
    return [None if pd.isna(value) else int(value) for value in table[name]]


def _native(path: str) -> Path:
    return Path(names.decode(path))
