"""What a network calls the pictures, if it was trained to name things."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catsclean.core import names, tracebacks
from catsclean.errors import CatscleanError
from catsclean.scan.embedding import Embedder

_MOST_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class PictureNames:
    """What a network calls each picture.

    Attributes:
        probabilities: (n, names) of each name; None if the network names nothing.
        class_names: The names, in the order of the probabilities; empty if they are not known.
        failure: Why the network's names cannot be used; empty if they can, or if there are none.
    """

    probabilities: NDArray[np.floating[Any]] | None = None
    class_names: tuple[str, ...] = ()
    failure: str = ""

    def pick(
        self, number: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.object_], NDArray[np.float32]]:
        """Return the name that was chosen for each picture, and its probability.

        Args:
            number: (n,) position of the chosen name; -1: none.

        Returns:
            The names, empty where there is none, and the probabilities, there 0.
        """
        chosen = np.full(len(number), "", dtype=object)
        probability = np.zeros(len(number), np.float32)
        at = np.flatnonzero(number >= 0)
        if self.probabilities is not None and self.class_names and len(at):
            chosen[at] = np.array(self.class_names, dtype=object)[number[at]]
            probability[at] = self.probabilities[at, number[at]]
        return chosen, probability


def name_pictures(embedder: Embedder, vectors: NDArray[np.floating[Any]]) -> PictureNames:
    """Ask an embedder what it calls the pictures.

    A fault of the embedder costs the names, and nothing else.

    Args:
        embedder: One with the members of :class:`~catsclean.scan.embedding.NamingEmbedder`, or
            without them.
        vectors: (n, d) its vectors of the pictures.
    """
    ask = getattr(embedder, "name_probabilities", None)
    if ask is None:
        return PictureNames()
    try:
        probabilities = np.asarray(ask(vectors))
        if probabilities.ndim != 2 or len(probabilities) != len(vectors):
            raise ValueError(
                f"name_probabilities must return one row for each of {len(vectors)} pictures."
                f" Received: an array of shape {probabilities.shape}"
            )
        given = [str(name) for name in getattr(embedder, "class_names", ())]
        if given and len(given) != probabilities.shape[1]:
            raise ValueError(
                f"class_names must have a name for each of {probabilities.shape[1]} probabilities."
                f" Received: {len(given)} names"
            )
    except CatscleanError as error:
        return PictureNames(failure=str(error))
    except Exception as error:  # noqa: BLE001 - an embedder may raise anything
        return PictureNames(failure=names.text(tracebacks.one_line(error, ask)))
    return PictureNames(probabilities, tuple(names.text(name[:_MOST_CHARACTERS]) for name in given))


@cache
def imagenet_names() -> tuple[str, ...]:
    """Return short English names of ImageNet's 1,000 classes, in the order of their WordNet ids."""
    place = resources.files("catsclean.content") / "imagenet_names.txt"
    return tuple(place.read_text(encoding="utf-8").splitlines())
