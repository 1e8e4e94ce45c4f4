"""The result of writing a split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catsclean.core.manifest import Manifest
from catsclean.errors import UsageError
from catsclean.splitting.linking import LinkMode

if TYPE_CHECKING:
    from catsclean.auditing.verify_files import Verification

#: Called with the number of files done and their total.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class WrittenSplit:
    """A split on disk.

    Attributes:
        folder: Where it is.
        manifest: Its manifest: paths below `folder`; ``source_path`` is each picture's origin.
        link: How its pictures were placed: the kind that AUTO chose.
        reused: Whether the same split existed already, so that nothing was written.
        copied_bytes: Size of the copies that this call made; 0 for links and reflinks.
        sidecars: Number of sidecar files that lie beside their pictures.
        warnings: Warnings for users, one line each.
        shards: Number of tar shards; 0 if the split consists of folders.
    """

    folder: Path
    manifest: Manifest
    link: LinkMode
    reused: bool
    copied_bytes: int = 0
    sidecars: int = 0
    warnings: tuple[str, ...] = ()
    shards: int = 0

    def verify(self, progress: Progress | None = None) -> Verification:
        """Read the split back from the disk and compare every file with the manifest.

        Args:
            progress: Called with the number of files read and their total.

        Raises:
            UsageError: The split consists of symbolic links: it holds nothing to read.
        """
        if self.link is LinkMode.SYMLINK:
            raise UsageError(
                "a split of symbolic links holds no bytes to verify. Verify the data set itself:"
                " catsclean audit --verify."
            )
        from catsclean.auditing.verify_files import verify

        return verify(self.manifest, self.folder, progress=progress)
