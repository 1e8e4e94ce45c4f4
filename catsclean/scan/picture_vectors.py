"""The vectors of a data set: computed while its files are read, and kept between audits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from catsclean.core.files import again_if_taken
from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.scan.embedding import SQUARES_VERSION, VECTOR, VECTOR_FAILURE, Embedder
from catsclean.scan.pool import interrupts
from catsclean.scan.vector_cache import VectorCache, part_file, write_vectors

if TYPE_CHECKING:
    from catsclean.scan.engines import TaskEngine
    from catsclean.scan.read_task import ReadTask

# of fewer pictures, nothing can be said about what is usual among them
FEWEST_PICTURES: Final = 50


class Vectors:
    """What an embedder says about the pictures of a data set.

    Args:
        embedder: Turns pictures into vectors, in workers.
        folder: Where the vectors of all embedders are kept; None: in memory only.

    Attributes:
        embedder: The embedder.
        failures: SHA-256 of a file → why it has no vector.
    """

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        self.embedder = embedder
        self.failures: dict[str, str] = {}
        self._folder = folder and folder / folder_name(embedder.name, embedder.version)

    @cached_property
    def _cache(self) -> VectorCache:
        # an audit of unchanged files needs no vector, and need not look through them
        return VectorCache(self._folder)

    def when_needed(self, files: int, to_read: int) -> Self | None:
        """Return these vectors if pictures are to be embedded while they are read, else None.

        They are not if they are too few, or if most have vectors already: then :meth:`complete`
        embeds the rest, and no picture is embedded twice.

        Args:
            files: Number of files in the data set.
            to_read: Number of files that are about to be read.
        """
        enough = to_read > 0 and files >= FEWEST_PICTURES
        return self if enough and 2 * len(self._cache) < to_read else None

    def keep(self, columns: dict[str, list[Any]]) -> None:
        """Take the vectors out of what a worker answered."""
        digests = columns["sha256"]
        vectors = columns.pop(VECTOR, [None] * len(digests))
        for digest, why in zip(digests, columns.pop(VECTOR_FAILURE, ()), strict=False):
            if why:
                self.failures[digest] = why
        found = [(d, v) for d, v in zip(digests, vectors, strict=True) if v is not None]
        self._cache.add((digest for digest, _ in found), (vector for _, vector in found))

    def keep_apart(self, columns: dict[str, list[Any]], name: str) -> None:
        """Write the vectors that a task computed into a file of its own, whole or not at all.

        Args:
            columns: What the task answered; see :meth:`keep`.
            name: Name of the task.  If it is run again, its file is replaced by the same one.

        Raises:
            OSError: It cannot be written.
        """
        if self._folder is None:
            return
        found = zip(columns.get("sha256", ()), columns.get(VECTOR, ()), strict=True)
        rows = [(bytes.fromhex(digest), vector) for digest, vector in found if vector is not None]
        if rows:
            target = part_file(self._folder, name)
            again_if_taken(lambda: write_vectors(target, rows))

    def complete(
        self,
        root: Reach,
        paths: Sequence[str],
        digests: Sequence[str],
        sizes_bytes: Sequence[int],
        *,
        limits: Limits,
        workers: int | None,
        engine: TaskEngine | None = None,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Embed the pictures that have no vector yet; they are read again.

        Args:
            root: The data set, with where links may lead.
            paths: Pictures that decoded (escaped).
            digests: SHA-256 of each.
            sizes_bytes: Size of each.
            limits: Bounds on each file.
            workers: Number of processes; None: as many as pay off.
            engine: Embeds them in place of processes of this machine.
            progress: Called with the number of pictures done and of all to do.
        """
        lacking = self._cache.missing(digests)
        first = {digest: row for row, digest in enumerate(digests) if lacking[row]}
        rows = sorted(row for digest, row in first.items() if digest not in self.failures)
        if not rows:
            return
        from catsclean.scan.read_task import ReadTask, versions_of  # only if pictures are read

        sizes = [sizes_bytes[row] for row in rows]
        whole = ReadTask(
            root, [paths[row] for row in rows], sizes, limits, (), versions_of(limits),
            embedder=self.embedder,
        )  # fmt: skip
        answers = _embed_here(whole, workers) if engine is None else _embed_on(engine, whole)
        done = 0
        with interrupts.held_back():
            try:
                for chunk, columns in answers:
                    self.keep(columns)
                    done += len(chunk)
                    if progress is not None:
                        progress(done, len(rows))
            finally:
                self._cache.save()

    def have(self, digests: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return for each file whether it has a vector."""
        return ~self._cache.missing(digests)

    def matrix(self, digests: Sequence[str]) -> npt.NDArray[np.float16]:
        """Return the vectors of files that have one, shape (n, d)."""
        return self._cache.matrix(digests)


def _embed_here(whole: ReadTask, workers: int | None) -> Iterator[tuple[range, dict[str, Any]]]:
    from catsclean.scan import in_workers  # load the pool only if there is something to read

    processes = workers or min(
        in_workers.default_workers(), in_workers.worth(whole.sizes_bytes, embed=True)
    )
    return in_workers.run(
        whole.root, whole.paths, whole.sizes_bytes, whole.limits, (), processes,
        embedder=whole.embedder,
    )  # fmt: skip


def _embed_on(engine: TaskEngine, whole: ReadTask) -> Iterator[tuple[range, dict[str, Any]]]:
    from catsclean.scan.read_task import read_on_engine

    for files, answer in read_on_engine(engine, whole):
        yield files, answer.vectors


def folder_name(embedder: str, version: str) -> str:
    """Return the name of the folder of an embedder's vectors."""
    kind = "".join(c if c.isascii() and c.isalnum() else "-" for c in embedder)
    seal = hashlib.sha256(f"{embedder} {version} {SQUARES_VERSION}".encode()).hexdigest()
    return f"{kind[:40]}-{seal[:16]}"
