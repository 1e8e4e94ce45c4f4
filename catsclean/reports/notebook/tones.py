"""Colours of bars and lines in notebooks.

Each has a contrast of 3 or more on white and on #111, where those of the report have one value for
light and one for dark: these follow the theme of the system, and that of a notebook need not be the
same.  Most are the value of the report that has this contrast on both.
"""

from __future__ import annotations

from typing import Final

from catsclean.core.model import Status

ACCENT: Final = "#2b9187"
NOTE: Final = "#5b95d8"
ERROR: Final = "#d9584c"
GOOD: Final = "#3f9a6d"
# the report's is too light on white
WARNING: Final = "#b9772a"
TONES: Final = (ACCENT, NOTE, WARNING, ERROR, "#8a6fc0", "#7d8794")
_OF_STATUS: Final = {Status.KEEP: GOOD, Status.REVIEW: WARNING, Status.DROP: ERROR}


def tone_of(number: int, name: str = "") -> str:
    """Return the colour of a part: of a status as in the report, of another one by its place.

    Args:
        number: Its place; those after the last colour share it.
        name: Its name.
    """
    own = {status.value: tone for status, tone in _OF_STATUS.items()}
    return own.get(name) or TONES[min(number, len(TONES) - 1)]
