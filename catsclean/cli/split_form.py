"""How the command line writes a split: as folders of pictures, as tar shards, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catsclean import splitting
from catsclean.core.arguments import whole_number
from catsclean.errors import UsageError

if TYPE_CHECKING:
    from catsclean.splitting.linking import LinkName


@dataclass(frozen=True, slots=True)
class SplitForm:
    """The form of a split.

    Attributes:
        link: How to place pictures in folders; None: the default.
        shards: Whether to write tar shards.
        no_files: Whether to write nothing but the manifest.
        seed: Decides about the order of the samples in shards.
        samples: Most samples in a shard; None: the default.
        bytes: Largest shard in bytes; None: the default.
        verify: Whether to read back what was written.

    Raises:
        UsageError: Options exclude each other.
    """

    link: LinkName | None
    shards: bool
    no_files: bool
    seed: int
    samples: int | None
    bytes: int | None
    verify: bool = False

    def __post_init__(self) -> None:
        given = {"--shard-samples": self.samples, "--shard-bytes": self.bytes}
        if self.shards and self.link is not None:
            raise UsageError(
                f"pictures are always copied into shards. Received: --shards --link {self.link}."
                " Leave out one of them."
            )
        if self.shards and self.no_files:
            raise UsageError(
                "--no-files writes no shards. Received: --shards --no-files. Leave out one of them."
            )
        if self.verify and (self.no_files or self.link == "symlink"):
            other = "--no-files" if self.no_files else "--link symlink"
            raise UsageError(
                f"--verify reads the pictures of the split, and {other} writes none."
                f" Received: --verify {other}. Leave out one of them."
            )
        for option, value in given.items():
            if value is not None and not self.shards:
                raise UsageError(
                    f"{option} is for shards only. Received: {option} {value}. Add --shards."
                )
            if value is not None:
                whole_number(option, value)

    def check(
        self,
        result: splitting.Split,
        folder: str | os.PathLike[str],
        sidecars: Iterable[str] | None,
    ) -> None:
        """Refuse what :meth:`write` would refuse; write nothing."""
        if self.shards:
            result.check_shards(folder, **self._numbers(), sidecars=sidecars)
        elif not self.no_files:
            result.check(folder, self.link or "auto", sidecars=sidecars)

    def write(
        self,
        result: splitting.Split,
        folder: str | os.PathLike[str],
        progress: Callable[[int, int], None] | None,
        sidecars: Iterable[str] | None,
    ) -> splitting.WrittenSplit:
        """Write the split."""
        if self.shards:
            return result.write_shards(folder, progress, **self._numbers(), sidecars=sidecars)
        return result.write(folder, self.link or "auto", progress, sidecars=sidecars)

    def _numbers(self) -> dict[str, int]:
        numbers = {"samples_per_shard": self.samples, "bytes_per_shard": self.bytes}
        return {"seed": self.seed, **{k: n for k, n in numbers.items() if n is not None}}
