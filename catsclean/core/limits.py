"""Limits on what reading one file may cost; a file beyond them is reported as over-limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from catsclean.errors import ConfigError

# A worker also waits: for the disk, and for its turn on a busy machine.  If a machine is overbooked
# ten times, a file takes ten times its processor time; a further factor of 3 leaves room for the
# disk.
_PATIENCE_FACTOR: Final = 30.0
# a network file system often answers again after half a minute
_LEAST_PATIENCE_S: Final = 60.0
#: The most files of one task, and the most bytes, unless a single file has more.
MOST_TASK_FILES: Final = 10_000
MOST_TASK_BYTES: Final = 256_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file.  A file beyond one of them is left unread, and never called damaged.

    Attributes:
        max_pixels: Width times height; 50 million pixels are 150 MB decoded.
        max_bytes: File size.
        timeout_s: Seconds of processor time that one file may take, so that a busy machine does
            not change a verdict.  Windows has no such clock; only `patience_s` counts there.
        memory_bytes: Memory that a worker may allocate in addition to what it starts with.
        max_scans: Scans of a JPEG; encoders write about ten, and a thousand of them took nine
            seconds.
        max_chunks: Chunks of a PNG, of a WebP or of all PNGs in an icon, blocks of a GIF, segments
            of a JPEG, segments and tiles of a JPEG 2000, boxes of an AVIF or HEIC; two million
            chunks of a PNG took fifteen seconds.
        max_frames: Frames of an animation, pages of a TIFF, pictures of an icon.
    """

    max_pixels: int = 50_000_000
    max_bytes: int = 100 * 2**20
    timeout_s: float = 10.0
    memory_bytes: int = 2 * 2**30
    max_scans: int = 100
    max_chunks: int = 20_000
    max_frames: int = 1_000

    @property
    def patience_s(self) -> float:
        """Wall-clock seconds after which a file without an answer is abandoned.

        Thirty times `timeout_s`, and at least a minute: only a file that waits for something, such
        as a hanging network drive, takes so long.
        """
        return max(_LEAST_PATIENCE_S, _PATIENCE_FACTOR * self.timeout_s)

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ConfigError(f"{name} must be a number above 0. Received: {value!r}")
