"""What the sections share: data sets, made when first asked for, and commands to time."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from benchmarks import measuring, peers, scan, warm

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.measuring import Measured
    from benchmarks.peers import Peer

LARGE_PX = (4000, 3000)
_LIMIT_S = 3600.0
_GRAIN, _QUALITY = 6.3, 85  # give 2.4 MB a file
CATSCLEAN = [sys.executable, "-m", "catsclean"]
# an empty value is no value: an installed catsclean has its bytecode, and so has this one
OURS = {"PYTHONPATH": str(peers.REPOSITORY), "PYTHONDONTWRITEBYTECODE": ""}
# of the files alone, as the peers judge them; content has a section of its own
SILENT = ("--exit-zero", "--no-progress", "--quiet", "--no-content")
OF_FILES = "without content"


@dataclass(frozen=True, slots=True)
class Audited:
    """A data set, its state folder, and what the first audit of it cost, memory included."""

    root: Path
    state: Path
    first: Measured


@dataclass(slots=True)
class Workshop:
    """The place of one run of the benchmarks.

    Attributes:
        scratch: Folder for everything that is made.
        quick: Whether to take fewer files and runs.
        pictures: The data set of small pictures; None: a practice set is made.
        peers: Other people's tools.
    """

    scratch: Path
    quick: bool = False
    pictures: Path | None = None
    peers: dict[str, Peer] = field(default_factory=dict)
    _audited: dict[int, Audited] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How often a figure is measured."""
        return 3 if self.quick else 5

    def peer(self, name: str) -> Peer:
        """A peer, which may be missing."""
        return self.peers.get(name) or peers.not_asked(name)

    def catsclean(self, *arguments: str, memory: bool = False) -> Measured:
        """Measure a command of ours."""
        command = [*CATSCLEAN, *arguments]
        return measuring.run(command, cwd=self.scratch, env=OURS, memory=memory, limit_s=_LIMIT_S)

    def audit_anew(self, root: Path, workers: int = 1) -> Measured:
        """Measure an audit that nothing is known of: cache, manifest and findings are written."""
        state = self.scratch / "anew"
        shutil.rmtree(state, ignore_errors=True)
        return self.catsclean(
            "audit", str(root), "--state-dir", str(state), "--workers", str(workers), *SILENT
        )

    def jpegs(self) -> Path:
        """Folder of the JPEGs of the data set: what every tool here can read."""

        def make(target: Path) -> None:
            source = self.pictures or scan.practice(self.scratch)
            for path in sorted(p for p in source.rglob("*") if p.is_file()):
                data = path.read_bytes()
                if data[:3] == b"\xff\xd8\xff":
                    (target / path.parent.name).mkdir(parents=True, exist_ok=True)
                    (target / path.parent.name / path.name).write_bytes(data)

        return self._made("jpegs", make)

    def large(self) -> Path:
        """Folder of JPEGs of 12 megapixels and about 2.4 MB."""
        return self._made("large", lambda target: make_large(target, 24 if self.quick else 80))

    def film(self, *, scenes: bool = False) -> Path:
        """Folder of a thousand small frames of one scene, or each of a scene of its own."""
        count = 200 if self.quick else 1000
        name = "scenes" if scenes else "film"
        return self._made(name, lambda target: make_film(target, count, scenes=scenes))

    def some(self, folder: Path, count: int) -> Path:
        """Folder of `count` files of another one, spread over it."""

        def make(target: Path) -> None:
            files = sorted(p for p in folder.rglob("*") if p.is_file())
            for path in files[:: max(1, len(files) // count)][:count]:
                (target / path.parent.name).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target / path.parent.name)

        return self._made(f"{folder.name}-{count}", make)

    def audited(self, count: int) -> Audited:
        """A set of so many small JPEGs, audited once with two workers."""
        if count not in self._audited:
            root = self._made(f"small-{count}", lambda target: warm.make(target, count))
            state = self.scratch / f"small-{count}.state"
            first = self.catsclean(
                "audit", str(root), "--state-dir", str(state), "--workers", "2", *SILENT,
                memory=True,
            )  # fmt: skip
            self._audited[count] = Audited(root, state, first)
        return self._audited[count]

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        target = self.scratch / name
        if not target.exists():
            make(target)
            os.sync()  # so that no measurement shares the machine with what is still to be written
        return target


def count_files(folder: Path) -> int:
    """Number of files below a folder."""
    return sum(len(names) for _, _, names in os.walk(folder))


def make_large(target: Path, count: int) -> None:
    """Make photograph-like JPEGs: soft shapes of their own, and grain for the bytes."""
    rng = np.random.default_rng(0)
    width, height = LARGE_PX
    grain = rng.normal(0, _GRAIN, (height, width)).astype(np.int16)
    (target / "Cat").mkdir(parents=True)
    (target / "Dog").mkdir()
    for number in range(count):
        coarse = rng.integers(20, 236, (9, 12, 3), dtype=np.uint8)
        soft = Image.fromarray(coarse).resize(LARGE_PX, Image.Resampling.BICUBIC)
        turned = np.roll(grain, rng.integers(height * width))[:, :, None]
        pixels = np.clip(np.asarray(soft).astype(np.int16) + turned, 0, 255).astype(np.uint8)
        folder = target / ("Cat", "Dog")[number % 2]
        Image.fromarray(pixels).save(folder / f"{number}.jpg", quality=_QUALITY)


def make_film(target: Path, count: int, *, scenes: bool) -> None:
    """Make frames with noise of their own, and a square that moves."""
    rng = np.random.default_rng(0)
    still = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    (target / "Cat").mkdir(parents=True)
    (target / "Dog").mkdir()
    for number in range(count):
        coarse = rng.integers(0, 255, still.shape, dtype=np.uint8) if scenes else still
        frame = np.kron(coarse, np.ones((10, 10, 1), np.uint8)).astype(np.int16)
        down, right = number * 7 % 100, number * 3 % 140
        frame[down : down + 16, right : right + 16] = rng.integers(0, 255, 3)
        frame += rng.integers(-6, 7, frame.shape, dtype=np.int16)
        picture = Image.fromarray(np.clip(frame, 0, 255).astype(np.uint8))
        picture.save(target / ("Cat", "Dog")[number % 2] / f"{number}.jpg", quality=_QUALITY)
