"""The interface of an embedder, which turns pictures into vectors while they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

# Columns that a worker adds: the vector of each picture, float16 as bytes, and why it has none.
VECTOR: Final = "vector"
VECTOR_FAILURE: Final = "vector_failure"
# Raise it if images/square.py makes squares in another way: vectors of the former are not used.
SQUARES_VERSION: Final = 2
_BATCH_PICTURES: Final = 16


class Embedder(Protocol):
    """Turns pictures into vectors, so that pictures of similar content have similar vectors.

    It is pickled and sent to worker processes, so its class must be importable, and it should load
    its weights in :meth:`load`, not before.

    Attributes:
        name: Its name, as users write it.
        version: Digest of its weights and of how it prepares pictures.  Vectors are kept under it,
            and computed again if it changes.
        side_px: Side of the squares that :meth:`embed` takes, pixels.

    ``batch_pictures`` is optional: the largest number of pictures that :meth:`embed` gets at once,
    16 if it is missing.  So are the members of :class:`NamingEmbedder`.
    """

    name: str
    version: str
    side_px: int

    def load(self) -> None:
        """Load the weights; called once in each worker, before it reads any file.

        Raises:
            ConfigError: They are missing, damaged, or not supported.
        """

    def embed(self, batch: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the vectors of some pictures.

        Args:
            batch: Pictures of shape (n, side_px, side_px, 3): red, green, blue.

        Returns:
            Vectors of shape (n, d); d is the same for every call.
        """


def batch_pictures(embedder: Embedder) -> int:
    """Return how many pictures an embedder takes at once."""
    return int(getattr(embedder, "batch_pictures", _BATCH_PICTURES))


class NamingEmbedder(Embedder, Protocol):
    """An embedder whose network also names what a picture shows.  Both members are optional.

    The probabilities help to find odd pictures.  Findings and the report quote the names.

    Attributes:
        class_names: A name for each class of the network, such as ``("tench", "goldfish")``.
    """

    class_names: Sequence[str]

    def name_probabilities(self, vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Return the probability of each name for some pictures.

        Args:
            vectors: What :meth:`embed` returned, as float16, of shape (n, d).

        Returns:
            Probabilities of shape (n, names).
        """
