"""What the last audit read of the objects of a bucket: their identity, and the digest of the bytes.

An object that still has the ETag of then has the same bytes, so it need not be read again.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from pathlib import Path
from typing import Any

from catsclean.objects.object_folder import AuditedBytes
from catsclean.scan.cache import read_evidence


class RecordedBytes:
    """Finds a sample in the evidence of the last audit.  Without a cache, nothing is known."""

    def __init__(self, cache: Path) -> None:
        """Take the folder of the evidence cache; it is read when it is needed."""
        self._cache = cache

    @cached_property
    def _columns(self) -> tuple[Any, Any, Any]:
        table = read_evidence(self._cache)
        if table is None:
            return (), (), ()
        return table.column("path"), table.column("inode"), table.column("sha256")

    def __call__(self, path: str) -> AuditedBytes | None:
        """Return what was read of a sample (escaped path); None if that is not known."""
        paths, identities, digests = self._columns
        # the rows are in the order of the listing, which is sorted
        row = bisect_left(paths, path, key=str)
        if row == len(paths) or str(paths[row]) != path:
            return None
        digest = digests[row].as_py()
        return AuditedBytes(identities[row].as_py(), digest.hex()) if any(digest or b"") else None
