"""Measures of a batch of reduced pictures: brightness, contrast, entropy, colour, sharpness.

Everything that can wait is done once for a whole batch, so that a picture costs a few tens of
microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from catsclean.duplicates.hashing import THUMBNAIL_SIDE, hash_batch, thumbnail

if TYPE_CHECKING:
    import numpy.typing as npt

    from catsclean.reading.image import ImageFile

_LEVELS = np.arange(256.0)
_COLOUR_GRID = 16
_NO_COLOUR = np.zeros((_COLOUR_GRID**2, 3), np.uint8)
# Below these a picture has no structure that a hash could hold on to.
_FLAT_CONTRAST = 2.0
_FLAT_SIDE_PX = 16


@dataclass(slots=True)
class MeasureBatch:
    """Collects reduced pictures and gives their measures as columns."""

    rows: list[int] = field(default_factory=list)
    _thumbnails: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    _colours: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    _edges: list[float] = field(default_factory=list)
    _short_sides: list[int] = field(default_factory=list)

    def add(self, row: int, image: ImageFile) -> None:
        """Take the reduced pixels of a decoded file."""
        grey = image.grey
        if grey is None:
            return
        self.rows.append(row)
        self._thumbnails.append(thumbnail(grey))
        self._edges.append(_edge_energy(np.asarray(grey)))
        self._short_sides.append(min(image.width_px, image.height_px))
        self._colours.append(_colour_samples(image.rgb))

    def columns(self) -> dict[str, npt.NDArray[np.generic] | list[str]]:
        """Compute the columns, one value for each row of :attr:`rows`."""
        if not self.rows:
            return {}
        thumbnails = np.array(self._thumbnails).reshape(-1, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        shares = _histograms(thumbnails) / THUMBNAIL_SIDE**2
        mean = shares @ _LEVELS
        variance = np.maximum(shares @ _LEVELS**2 - mean**2, 0.0)
        logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
        entropy = np.abs((shares * logs).sum(axis=1))
        contrast = np.sqrt(variance)
        colours = np.array(self._colours, dtype=np.float32)
        red, green, blue = colours[..., 0], colours[..., 1], colours[..., 2]
        colourfulness = (np.abs(red - green) + np.abs(blue - green)).mean(axis=1) / 2
        # the most common grey level with its neighbours: a JPEG's flat areas waver by one
        padded = np.pad(shares, ((0, 0), (1, 1)))
        dominant = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]).max(axis=1)
        hashes = hash_batch(thumbnails)
        flat = (contrast < _FLAT_CONTRAST) | (np.array(self._short_sides) < _FLAT_SIDE_PX)
        return {
            "flat": flat,
            "brightness": mean.astype(np.float32),
            "contrast": contrast.astype(np.float32),
            "entropy_bits": entropy.astype(np.float32),
            "dominant_share": dominant.astype(np.float32),
            "colourfulness": colourfulness.astype(np.float32),
            "colour_spread": colours.std(axis=1).max(axis=1).astype(np.float32),
            "sharpness": (np.array(self._edges) / np.maximum(variance, 1.0)).astype(np.float32),
            "phash64": hashes.phash64.view(np.int64),
            "mirror64": hashes.mirror64.view(np.int64),
            "phash256": _hexadecimal(hashes.phash256),
            "mirror256": _hexadecimal(hashes.mirror256),
        }


def _histograms(thumbnails: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Count the grey levels of each thumbnail; shape (N, 256)."""
    count = len(thumbnails)
    levels = thumbnails.reshape(count, -1) + (np.arange(count, dtype=np.int64) * 256)[:, None]
    return np.bincount(levels.ravel(), minlength=count * 256).reshape(count, 256)


def _colour_samples(rgb: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.uint8]:
    """Pick a regular grid of pixels; shape (GRID * GRID, 3).  Grey pictures have no colour."""
    if rgb is None:
        return _NO_COLOUR
    height, width = rgb.shape[:2]
    rows = np.arange(_COLOUR_GRID) * height // _COLOUR_GRID
    columns = np.arange(_COLOUR_GRID) * width // _COLOUR_GRID
    samples: npt.NDArray[np.uint8] = rgb[rows[:, None], columns].reshape(-1, 3)
    return samples


def _edge_energy(grey: npt.NDArray[np.uint8]) -> float:
    """Mean square of the Laplacian (4 neighbours); NaN for a picture under 3 pixels."""
    if min(grey.shape) < 3:
        return float("nan")
    values = grey.astype(np.int16)
    edges = values[1:-1, :-2] + values[1:-1, 2:]
    edges += values[:-2, 1:-1]
    edges += values[2:, 1:-1]
    edges -= values[1:-1, 1:-1] << 2
    flat = edges.ravel().astype(np.float32)
    return float(flat @ flat) / flat.size


def _hexadecimal(words: npt.NDArray[np.uint64]) -> list[str]:
    data = words.astype(">u8").tobytes().hex()
    width = words.shape[1] * 16
    return [data[start : start + width] for start in range(0, len(data), width)]
