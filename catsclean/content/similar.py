"""The vectors of an audit's pictures, and the pictures that are most alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from catsclean.content.vector_maths import unit
from catsclean.core.content_evidence import ContentEvidence
from catsclean.core.manifest import Manifest
from catsclean.core.state import StateFolder
from catsclean.errors import UsageError
from catsclean.scan.picture_vectors import folder_name
from catsclean.scan.vector_cache import VectorCache


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
        raise UsageError(f"the audit did not examine content{why}. Audit with content=True.")
    table = manifest.to_arrow().select(["path", "sha256"]).to_pydict()
    digests = dict(zip(table["path"], table["sha256"], strict=True))
    facts = content.facts
    folder = state.vectors / folder_name(facts["embedder"], facts["embedder_version"])
    cache = VectorCache(folder)
    paths = [path for path in content.rows["path"].tolist() if digests.get(path)]
    lacking = cache.missing([digests[path] for path in paths])
    paths = [path for path, gone in zip(paths, lacking.tolist(), strict=True) if not gone]
    if not paths:
        raise UsageError("the vectors of the audit were not kept. Audit with cache=True.")
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
    vectors = embeddings.vectors.astype(np.float32)
    vectors = unit(vectors - vectors.mean(axis=0))
    rows = [place[path] for path in chosen]
    likeness = vectors @ unit(vectors[rows].mean(axis=0, keepdims=True))[0]
    likeness[rows] = -np.inf
    order = np.argsort(-likeness, kind="stable")[: max(0, min(count, len(vectors) - len(rows)))]
    return [Similar(embeddings.paths[row], float(likeness[row])) for row in order]
