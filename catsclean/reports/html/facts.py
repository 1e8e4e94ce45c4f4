"""What the manifest says of each picture, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catsclean.manifest import Manifest

_HASH_BITS = 256


@dataclass(frozen=True, slots=True)
class Facts:
    """One sample's row of the manifest.

    Attributes:
        path: Escaped path.
        label: Class, empty where there is none.
        sha256: Of its bytes; empty where the file could not be read.
        size_bytes: Size.
        width_px: Width, 0 where it is not known.
        height_px: Height, 0 where it is not known.
        format: Such as ``JPEG``; empty where it is not known.
        phash256: Perceptual hash, 64 hexadecimal digits; empty where there is none.
    """

    path: str
    label: str = ""
    sha256: str = ""
    size_bytes: int = 0
    width_px: int = 0
    height_px: int = 0
    format: str = ""
    phash256: str = ""

    @property
    def pixels(self) -> str:
        """Write the size in pixels: ``500 x 375``, with a multiplication sign."""
        return f"{self.width_px:,} \N{MULTIPLICATION SIGN} {self.height_px:,}" if self.width_px else "–"

    @property
    def rank(self) -> tuple[int, int, str]:
        """Sort key of the rule by which one copy stays: most pixels, most bytes, first name."""
        return (-self.width_px * self.height_px, -self.size_bytes, self.path)

    def distance(self, other: Facts) -> int | None:
        """Count the bits in which the perceptual hashes of two pictures differ, of 256."""
        if len(self.phash256) * 4 != _HASH_BITS or len(other.phash256) * 4 != _HASH_BITS:
            return None
        return (int(self.phash256, 16) ^ int(other.phash256, 16)).bit_count()


def facts_of(manifest: Manifest, paths: set[str]) -> dict[str, Facts]:
    """Give the facts of some samples by path; a path that is no sample has nothing but its name."""
    columns = list(Facts.__dataclass_fields__)
    rows = manifest.table.loc[manifest.table["path"].isin(paths), columns]
    texts = ["label", "sha256", "format", "phash256"]
    numbers = ["size_bytes", "width_px", "height_px"]
    rows = rows.fillna(dict.fromkeys(texts, "") | dict.fromkeys(numbers, 0))
    known = {path: Facts(path) for path in paths}
    for row in rows.itertuples(index=False):
        fields = row._asdict()  # type: ignore[operator]  # a named tuple's own method
        known[fields["path"]] = Facts(**{k: int(v) if k in numbers else str(v) for k, v in fields.items()})
    return known


def human_bytes(size: int) -> str:
    """Write a number of bytes with a unit of 1000s: ``23.4 kB``."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
