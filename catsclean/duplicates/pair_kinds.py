"""The kinds of a pair of files: how two pictures of a pair differ."""

from __future__ import annotations

from typing import Final

IDENTICAL_BYTES: Final = "identical-bytes"
IDENTICAL_PIXELS: Final = "identical-pixels"
ALIKE: Final = "alike"
#: The shapes agree but the colours do not, as for a red and a blue shirt: two pictures.
OTHER_COLOUR: Final = "other-colour"
#: Increase it when a kind changes: pairs cached by earlier audits are then searched for again.
KINDS_VERSION: Final = 7

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
    "relit": "different lighting",
    OVERLAID: "as if a text or logo was added",
}


def describe_kind(kind: str) -> str:
    """Describe in words how two pictures of a pair differ: ``cropped, different lighting``."""
    return ", ".join(_SAID.get(word, word) for word in kind.split("+"))
