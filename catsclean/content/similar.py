"""The vectors of an audit's pictures, and the pictures that are most alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from catsclean.content.vector_maths import unit
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.manifest import Manifest
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError
from catsclean.scan.picture_vectors import folder_name
from catsclean.scan.vector_cache import VectorCache

_BLOCK: Final = 1024
_Rows = npt.NDArray[np.intp]


class Embeddings(NamedTuple):
    """The vectors of pictures.

    Attributes:
        paths: Sample path of each picture.
        vectors: float16 of shape (n, d), in the same order.
    """

    paths: list[str]
    vectors: npt.NDArray[np.float16]


class Similar(NamedTuple):
    """A picture that is like others.

    Attributes:
        path: Its sample path.
        similarity: Cosine of the vectors, after the mean of the data set is subtracted: 1 for the
            same picture, about 0 for two pictures of a varied data set.
    """

    path: str
    similarity: float


def load_embeddings(
    content: ContentEvidence | None, manifest: Manifest, state: StateFolder
) -> Embeddings:
    """Load the vectors that the audit kept.

    Raises:
        UsageError: Content was not examined, or its vectors were not kept.
    """
    if content is None or content.missing:
        why = f": {content.missing}" if content is not None else ""
        raise UsageError(
            f"the audit did not examine what the pictures show{why}. Audit with content=True."
        )
    table = manifest.to_arrow().select(["path", "sha256"]).to_pydict()
    digests = dict(zip(table["path"], table["sha256"], strict=True))
    facts = content.facts
    folder = state.vectors / folder_name(facts["embedder"], facts["embedder_version"])
    cache = VectorCache(folder)
    paths = [path for path in content.rows["path"].tolist() if digests.get(path)]
    lacking = cache.missing([digests[path] for path in paths])
    paths = [path for path, gone in zip(paths, lacking.tolist(), strict=True) if not gone]
    if not paths:
        raise UsageError(
            "the vectors of the audit are not in its state folder. Audit again, and keep the cache"
            " (cache=True, no --no-cache)."
        )
    return Embeddings(paths, cache.matrix([digests[path] for path in paths]))


def find_similar(embeddings: Embeddings, wanted: str | Iterable[str], count: int) -> list[Similar]:
    """Find the pictures that are most like one or several others, the most similar first.

    Args:
        embeddings: The vectors of the data set.
        wanted: Sample paths; of several, the mean of their vectors counts.
        count: Number of pictures to return.

    Raises:
        UsageError: A path has no vector, or none is given.
    """
    chosen = [wanted] if isinstance(wanted, str) else list(wanted)
    place = {path: row for row, path in enumerate(embeddings.paths)}
    for path in chosen:
        if path not in place:
            raise UsageError(
                f"no vector is known of this picture. Received: {path!r}. Name a path of the"
                " manifest whose picture decodes."
            )
    if not chosen:
        raise UsageError("no picture is named. Name one or several paths of the manifest.")
    rows = np.array([place[path] for path in chosen])
    others = np.setdiff1d(np.arange(len(embeddings.paths)), rows)
    centre = _centre(embeddings.vectors)
    wish = unit(_units(embeddings.vectors[rows], centre).mean(axis=0, keepdims=True))
    found = _most_similar(embeddings.vectors, centre, wish, others, max(0, count))
    return [
        Similar(embeddings.paths[row], likeness)
        for row, likeness in zip(found.rows[0].tolist(), found.likeness[0].tolist(), strict=True)
    ]


class Likes(NamedTuple):
    """The most similar pictures of each of some pictures, the most similar first.

    Attributes:
        rows: (n, k) positions in the embeddings.
        likeness: (n, k) float32, as in :class:`Similar`.
    """

    rows: _Rows
    likeness: npt.NDArray[np.float32]


def find_likes(embeddings: Embeddings, wanted: _Rows, among: _Rows, count: int) -> Likes:
    """Find for each of some pictures the ones that are most like it, as `find_similar` does.

    Args:
        embeddings: The vectors of the data set.
        wanted: Positions of the pictures; a picture is never found as like itself.
        among: Positions of those that may be found.
        count: Number of pictures to find for each; fewer if `among` holds fewer.
    """
    centre = _centre(embeddings.vectors)
    units = _units(embeddings.vectors[wanted], centre)
    # the picture itself is the most similar of all
    found = _most_similar(embeddings.vectors, centre, units, among, count + 1)
    own = found.rows == wanted[:, None]
    order = np.argsort(own, axis=1, kind="stable")
    kept = max(0, min(count, found.rows.shape[1] - int(own.any())))
    first = order[:, :kept]
    return Likes(
        np.take_along_axis(found.rows, first, 1), np.take_along_axis(found.likeness, first, 1)
    )


def _most_similar(
    vectors: npt.NDArray[np.float16],
    centre: npt.NDArray[np.float32],
    units: npt.NDArray[np.float32],
    among: _Rows,
    count: int,
) -> Likes:
    """Compare block by block, so that never all vectors are float32 at once."""
    best = np.empty((len(units), 0), np.intp)
    likeness = np.empty((len(units), 0), np.float32)
    for start in range(0, len(among), _BLOCK):
        block = among[start : start + _BLOCK]
        values = units @ _units(vectors[block], centre).T
        likeness = np.concatenate([likeness, values], axis=1)
        best = np.concatenate([best, np.broadcast_to(block, values.shape)], axis=1)
        if likeness.shape[1] > count:
            first = np.argpartition(-likeness, count, axis=1)[:, :count]
            likeness = np.take_along_axis(likeness, first, 1)
            best = np.take_along_axis(best, first, 1)
    order = np.lexsort((best, -likeness), axis=1)
    return Likes(np.take_along_axis(best, order, 1), np.take_along_axis(likeness, order, 1))


def _centre(vectors: npt.NDArray[np.float16]) -> npt.NDArray[np.float32]:
    blocks = range(0, len(vectors), _BLOCK)
    total = sum(vectors[at : at + _BLOCK].sum(axis=0, dtype=np.float64) for at in blocks)
    return np.asarray(total / len(vectors), np.float32)


def _units(
    vectors: npt.NDArray[np.float16], centre: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    return unit(vectors.astype(np.float32) - centre)
