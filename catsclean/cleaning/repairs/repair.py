"""A repair, and what it is given: one class in one file, found by its module's name.

Each file of this folder has an instance of its class called ``REPAIR``.  Nothing else names a
repair but the validators that offer it (their attribute `repair`), so a new file is enough to add
one.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from catsclean.core.limits import Limits

if TYPE_CHECKING:
    from PIL import Image

    from catsclean.images.image import ImageFile


#: Why a file stays that has nothing to repair.
NOTHING: Final = "no repair changes it"


class CannotRepairError(Exception):
    """The file stays as it is; the text says why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a repair has to respect.

    Attributes:
        limits: Bounds on each file.
        loader: The program that has to read the picture afterwards.
        salvage: Least share of the rows, in percent, that must exist for a cut picture to be
            cropped to them; 0: it is never cropped.
        lossless: Refuse what changes pixels.
    """

    limits: Limits
    loader: str = "tensorflow"
    salvage: int = 0
    lossless: bool = False


@dataclass(slots=True)
class Pixels:
    """A decoded picture on its way through the repairs that change pixels.

    Attributes:
        picture: The picture, decoded at its full size.
        notes: What the repairs cost, for people; empty: every pixel keeps its colour.
        upright: The orientation was applied, so the tag must go.
        profile: The colour profile to write; empty: none.
    """

    picture: Image.Image
    notes: list[str]
    upright: bool = False
    profile: bytes = b""


class Repair:
    """Base of every repair.

    A repair of bytes leaves the compressed pixels alone, so it is lossless; one of pixels needs the
    picture decoded and encoded again.  A repair that is not needed returns what it was given.

    Attributes:
        name: Its one name, also of its module (with underscores).
        summary: What it does, for the table on the screen.
        rank: Repairs of one file run in the order of their ranks.
        salvages: It has a :meth:`salvage` for pictures that lost some of their rows.
        after_encoding: If another repair encodes the picture again, :meth:`change_bytes` is given
            what came out, which is a JPEG or a PNG.
    """

    name: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    rank: ClassVar[int] = 0
    salvages: ClassVar[bool] = False
    after_encoding: ClassVar[bool] = False

    def change_bytes(self, image: ImageFile, wishes: Wishes) -> bytes:  # noqa: ARG002
        """Return the repaired bytes of a file.

        Raises:
            CannotRepairError: It does not serve for this file.
        """
        return image.data

    def cost(self, image: ImageFile) -> str:  # noqa: ARG002
        """Say what a change of the bytes of this file leaves out beside metadata; may be empty."""
        return ""

    def change_pixels(self, image: ImageFile, pixels: Pixels) -> None:
        """Repair the decoded picture in place.

        Raises:
            CannotRepairError: It does not serve for this picture.
        """

    def needs_pixels(self, image: ImageFile, wishes: Wishes) -> bool:  # noqa: ARG002
        """Return whether :meth:`change_pixels` has anything to do."""
        return False

    def salvage(self, image: ImageFile, wishes: Wishes) -> Pixels:
        """Return what is left of a cut picture, if enough is for the user.

        Raises:
            CannotRepairError: Too little is left, or it is not known what.
        """
        raise NotImplementedError

    def ending(self, image: ImageFile, wishes: Wishes) -> str:  # noqa: ARG002
        """Return the extension that the file should have, with its dot; empty: as it is."""
        return ""


@cache
def all_repairs() -> dict[str, Repair]:
    """Return every repair by name, in the order of their ranks."""
    package, _, own = __name__.rpartition(".")
    found = [
        getattr(import_module(f"{package}.{info.name}"), "REPAIR", None)
        for info in pkgutil.iter_modules([str(Path(__file__).parent)])
        if info.name != own
    ]
    repairs = sorted((one for one in found if isinstance(one, Repair)), key=lambda one: one.rank)
    return {one.name: one for one in repairs}
