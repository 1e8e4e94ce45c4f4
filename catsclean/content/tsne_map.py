"""Places of pictures on a map by t-SNE, where pictures that are alike form islands.

The method is that of van der Maaten and Hinton, "Visualizing Data using t-SNE" (JMLR 9, 2008), as
scikit-learn has it.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from catsclean.content.vector_maths import reduced, usable
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.install_command import missing_extra

# scikit-learn's guide advises to reduce vectors to 50 dimensions first
_DIMENSIONS: Final = 50
# its default; smaller sets need a smaller one
_PERPLEXITY: Final = 30.0
_SEED: Final = 0
# below, there is nothing to arrange
FEWEST_PLACED: Final = 5
# CPU seconds for each of 1,000 to 3,000 pictures
SECONDS_A_PICTURE: Final = 0.0045
_KEY: Final = b"catsclean-map"
_VERSION: Final = 1
_NAMES: Final = ("x", "y")


def tsne_places(vectors: NDArray[np.float16], cached_in: Path | None = None) -> NDArray[np.float32]:
    """Return a place for each picture, from 0 to 1; NaN for a vector that is not usable.

    The same vectors always get the same places.

    Args:
        vectors: (n, d) of the pictures to place; it takes about 4.5 CPU ms for each.
        cached_in: File that keeps the places of the last call, for the next one; None: none.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    key = hashlib.sha256(np.ascontiguousarray(vectors).tobytes() + bytes([_VERSION])).hexdigest()
    if cached_in is not None and (known := _load(cached_in, key, len(vectors))) is not None:
        return known
    places = _place(vectors)
    if cached_in is not None:
        with contextlib.suppress(OSError):  # the next page only takes longer
            _save(cached_in, key, places)
    return places


def _place(vectors: NDArray[np.float16]) -> NDArray[np.float32]:
    try:
        from sklearn.manifold import TSNE
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise missing_extra("t-SNE needs scikit-learn", "content") from error
    places = np.full((len(vectors), 2), np.nan, np.float32)
    good = np.flatnonzero(usable(vectors))
    if len(good) < FEWEST_PLACED:
        return places
    with threadpool_limits(1):
        points = reduced(vectors, good, _DIMENSIONS)
        # the principal components as the start keep the islands in their order, in every run
        start = np.zeros((len(points), 2), np.float32)
        start[:, : points.shape[1]] = points[:, :2]
        start *= 1e-4 / max(float(start[:, 0].std()), 1e-9)
        perplexity = min(_PERPLEXITY, (len(good) - 1) / 3)
        made = TSNE(init=start, perplexity=perplexity, random_state=_SEED).fit_transform(points)
    low, high = made.min(axis=0), made.max(axis=0)
    places[good] = (made - low) / np.maximum(high - low, 1e-9)
    return places


def _load(path: Path, key: str, number: int) -> NDArray[np.float32] | None:
    try:
        table = read_table(path)
        if (table.schema.metadata or {})[_KEY].decode() != key or len(table) != number:
            return None
        columns = [table[name].combine_chunks().to_numpy(zero_copy_only=False) for name in _NAMES]
        return np.column_stack(columns).astype(np.float32)
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return None


def _save(path: Path, key: str, places: NDArray[np.float32]) -> None:
    columns = {name: pa.array(places[:, at]) for at, name in enumerate(_NAMES)}
    table = pa.table(columns, metadata={_KEY: key.encode()})
    with writing_tables(path, table.schema) as writer:
        writer.write_table(table)
