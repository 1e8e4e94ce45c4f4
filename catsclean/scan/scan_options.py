"""Settings for reading files, passed together from the audit to the workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from catsclean.core.limits import Limits
from catsclean.scan.engines import TaskEngine
from catsclean.scan.inspector import Inspector
from catsclean.scan.labels import LabelWish
from catsclean.scan.picture_vectors import Vectors
from catsclean.scan.scan import ProgressCallback


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to read files, and how much of the last audit to reuse.

    Attributes:
        limits: Limits on each file.
        inspectors: Every validator whose ``inspect`` gathers evidence.
        workers: Number of worker processes; None: as many as pay off for the files to read.
        cache: Reuse the evidence of unchanged files, and save the new evidence for the next audit.
        verify: Read every file again, without using the cache.
        layout: ``auto``, ``classes``, ``splits`` or ``flat``.
        labels: What the user says about where labels come from.
        exclude: Patterns of paths to leave out.
        containers: Containers in the data set that alone are read, escaped; none: all of them, if
            the folder holds no pictures beside them.
        follow_links: Read the targets of links within the data set.
        follow_links_to: Folders outside the data set that links may lead into, resolved.
        progress: Called from time to time.
        vectors: Takes the vectors of pictures; None: content is not examined.
        engine: Reads and compares the files elsewhere; None: processes of this machine do.
    """

    limits: Limits = field(default_factory=Limits)
    inspectors: tuple[Inspector, ...] = ()
    workers: int | None = None
    cache: bool = True
    verify: bool = False
    layout: str = "auto"
    labels: LabelWish = field(default_factory=LabelWish)
    exclude: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    follow_links: bool = False
    follow_links_to: tuple[Path, ...] = ()
    progress: ProgressCallback | None = None
    vectors: Vectors | None = None
    engine: TaskEngine | None = None
