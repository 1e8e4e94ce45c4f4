"""The validator ``unportable-name``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

import numpy as np

from catsclean.core import portable_names
from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator

# portable.SUSPECT, of all paths at once: ASCII, lower case, each behind "/" on its own line.
_SUSPECT_LINE: Final = re.compile(
    r'[<>:"|?*\\]|[. ](?:/|$)'
    r"|/(?:con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(?:[./]|$)",
    re.MULTILINE,
)


class UnportableName(Validator):
    """Find names that other systems refuse, change or misread.

    ## Why it matters

    A data set is copied, zipped, put on a share, unpacked by a colleague.  `a:b.jpg` and
    `con.jpg` cannot exist on Windows, `more./7.jpg` loses its dot there, a name in another
    encoding changes, and a newline or an escape sequence breaks lists of
    files and controls terminals.  The copy then has fewer pictures, and nobody notices.

    ## Example

        Dog/a:b.jpg: unportable-name: ':' is not allowed on Windows
        Cat/con.jpg: unportable-name: 'con.jpg' is the name of a device on Windows

    ## What to do

    Rename the file.  If labels or annotations refer to it by name, rename it there too.

    ## False alarms

    Most of these names are harmless as long as the data set stays on Linux.  Names
    above 143 bytes are too long for encrypted folders (eCryptfs, some network drives), and paths
    above 240 characters for Windows, inside any folder.  Both limits are options.
    """

    name = "unportable-name"
    family = "dataset"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    collective = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_name_bytes": (1, math.inf),
        "max_path_characters": (1, math.inf),
    }

    max_name_bytes: int = portable_names.MAX_NAME_BYTES
    max_path_characters: int = portable_names.MAX_PATH_CHARACTERS

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find suspicious paths by one pattern, then say what is wrong with each."""
        samples = evidence.rows
        paths = samples["path"].tolist()
        # a character has up to four bytes
        longest = min(self.max_path_characters, self.max_name_bytes // 4)
        if max(map(len, paths), default=0) <= longest and _are_plain(paths):
            return ()
        suspect = [
            len(path) > longest or portable_names.SUSPECT.search(path) is not None for path in paths
        ]
        rows = samples.where(np.array(suspect, dtype=np.bool_))
        limits = self.max_name_bytes, self.max_path_characters
        reasons = ["; ".join(portable_names.faults_of(path, *limits)) for path in rows["path"]]
        found = np.array([bool(reason) for reason in reasons], dtype=bool)
        return self.findings(rows.where(found), [reason for reason in reasons if reason])


def _are_plain(paths: Iterable[str]) -> bool:
    """Tell of all paths at once that none of them is suspicious."""
    lines = "/" + "\n/".join(paths)
    return lines.isascii() and _SUSPECT_LINE.search(lines.lower()) is None
