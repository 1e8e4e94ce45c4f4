"""The words for what a pair of files is, and in what its two pictures differ."""

from __future__ import annotations

from typing import Final

IDENTICAL_BYTES: Final = "identical-bytes"
IDENTICAL_PIXELS: Final = "identical-pixels"
ALIKE: Final = "alike"
#: The shapes agree and the colours do not, as of a shirt in red and in blue: two pictures.
OTHER_COLOUR: Final = "other-colour"
#: Raise it when a kind changes: what earlier audits remember of pairs is then found again.
KINDS_VERSION: Final = 6

# Signs that a picture is not the original.
GREYED: Final = "greyed"
OVERLAID: Final = "overlaid"
RELIT: Final = "relit"
ENLARGED: Final = "enlarged"
BLURRED: Final = "blurred"
SAVED_AGAIN: Final = "saved-again"
NO_CAMERA: Final = "no-camera"

#: Least correlation of the greys of a pair, and least share of its blocks that correlate.
LEAST_CORRELATION: Final = 0.93
LEAST_AGREEMENT: Final = 0.82

_SAID: Final = {
    ALIKE: "same picture",
    IDENTICAL_BYTES: "same bytes",
    IDENTICAL_PIXELS: "same pixels",
    OTHER_COLOUR: "other colours",
    "turned-90": "turned by 90°",
    "turned-180": "turned by 180°",
    "turned": "slightly turned",
    "grey": "greyed",
    "relit": "lighting changed",
    OVERLAID: "text or logo added",
}


def describe_kind(kind: str) -> str:
    """Say in words how two pictures of a pair differ, such as ``cropped, lighting changed``."""
    return ", ".join(_SAID.get(word, word) for word in kind.split("+"))
