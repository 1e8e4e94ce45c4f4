"""Makes real picture files for tests, each different from every other by its seed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image


def draw(seed: int = 0, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Draw coloured blobs with fine grain: sharp enough, and unlike every other seed."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    blobs = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), dtype=np.int16)
    grain = rng.integers(-24, 25, (size[1], size[0], 1))
    return Image.fromarray(np.clip(blobs + grain, 0, 255).astype(np.uint8))


def smooth_thumbnails(count: int, seed: int) -> np.ndarray:
    """Make greys (count, 64, 64), uint8, with the falling spectrum of photographs."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    noise = np.fft.fft2(rng.normal(size=(count, 64, 64))) / (frequency + 0.02) ** 1.2
    waves = np.real(np.fft.ifft2(noise))
    waves -= waves.min(axis=(1, 2), keepdims=True)
    return (waves * 255 / waves.max(axis=(1, 2), keepdims=True)).astype(np.uint8)


def encode(picture: Image.Image, format_name: str = "JPEG", **options) -> bytes:
    """Encode a picture."""
    stream = io.BytesIO()
    if format_name == "JPEG":
        options.setdefault("quality", 85)
    picture.save(stream, format_name, **options)
    return stream.getvalue()


def jpeg(seed: int = 0, size: tuple[int, int] = (160, 120), **options) -> bytes:
    """Give the bytes of a JPEG."""
    return encode(draw(seed, size), **options)


def make_dataset(root: Path, classes: dict[str, int] | None = None) -> Path:
    """Write class folders with some healthy JPEGs each."""
    seed = 0
    for label, count in (classes or {"Cat": 6, "Dog": 6}).items():
        (root / label).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            seed += 1
            (root / label / f"{number}.jpg").write_bytes(jpeg(seed))
    return root


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Draw a picture with coloured structure at all scales, as photographs have it."""
    rng = np.random.default_rng(seed)
    width, height = size
    levels = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((3, 1.0), (6, 0.7), (12, 0.5), (24, 0.3)):
        across = max(cells * width // height, 2)
        small = Image.fromarray(rng.integers(0, 255, (cells, across, 3), dtype=np.uint8))
        levels += weight * np.asarray(small.resize(size, Image.Resampling.BICUBIC), np.float32)
    levels = (levels - levels.min()) / (levels.max() - levels.min()) * 255
    return Image.fromarray(levels.astype(np.uint8))


def pan(seed: int, frames: int, step: int = 14, size: tuple[int, int] = (400, 300)):
    """Give the frames of a camera that pans by so many pixels each."""
    wide = scene(seed, (size[0] + step * frames, size[1]))
    for frame in range(frames):
        yield wide.crop((frame * step, 0, frame * step + size[0], size[1]))
