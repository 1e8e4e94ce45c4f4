"""The validator ``unportable-name``."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, ClassVar, Final

from catsclean.model import Finding, Fix, Severity
from catsclean.reading import names
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catsclean.evidence import Evidence

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file, "Naming Conventions"
_DEVICES: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE
)
_FORBIDDEN: Final = frozenset('<>:"|?*\\')
# Only paths with one of these are looked at one by one; every escape has a backslash.
_SUSPECT: Final = re.compile(
    r'[<>:"|?*\\]|[. ](?:/|$)'
    r"|(?:^|/)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[./]|$)",
    re.IGNORECASE,
)
# The same, of all paths at once: ASCII, in lower case, each behind "/" and on a line of its own.
_SUSPECT_LINE: Final = re.compile(
    r'[<>:"|?*\\]|[. ](?:/|$)'
    r"|/(?:con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(?:[./]|$)",
    re.MULTILINE,
)
_UNSEEN: Final = {
    "Cf": "an invisible character",
    "Zl": "a line separator",
    "Zp": "a line separator",
}


class UnportableName(Validator):
    """Finds names that other systems refuse, change or misread.

    ## Why it matters

    A data set is copied, zipped, put on a share, unpacked by a colleague.  `a:b.jpg` and
    `con.jpg` cannot exist on Windows, `more./7.jpg` loses its dot there, a name in another
    encoding arrives as something else, and a newline or an escape sequence breaks lists of
    files and drives terminals.  The copy then has fewer pictures, and nobody is told.

    ## Example

        Dog/a:b.jpg: unportable-name: ':' is not allowed on Windows
        Cat/con.jpg: unportable-name: 'con.jpg' is the name of a device on Windows

    ## What to do

    Rename the file.  If labels or annotations refer to it by name, rename it there too.

    ## False alarms

    A data set that never leaves Linux has no trouble with most of these.  The limits: names
    above 143 bytes do not fit encrypted folders (eCryptfs, some network drives), paths above
    240 characters do not fit Windows below a folder of any length.  Both are options.
    """

    name: ClassVar[str] = "unportable-name"
    family: ClassVar[str] = "dataset"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW
    collective: ClassVar[bool] = True
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_name_bytes": (1, math.inf),
        "max_path_characters": (1, math.inf),
    }

    max_name_bytes: int = 143
    max_path_characters: int = 240

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find suspicious paths by one pattern, then say what is wrong with each."""
        import numpy as np

        samples = evidence.rows
        paths = samples["path"].tolist()
        # a character has up to four bytes
        longest = min(self.max_path_characters, self.max_name_bytes // 4)
        if max(map(len, paths), default=0) <= longest and _are_plain(paths):
            return ()
        suspect = [len(path) > longest or _SUSPECT.search(path) is not None for path in paths]
        rows = samples.where(np.array(suspect, dtype=np.bool_))
        reasons = [self._reason(path) for path in rows["path"]]
        found = np.array([bool(reason) for reason in reasons], dtype=bool)
        return self.findings(rows.where(found), [reason for reason in reasons if reason])

    def _reason(self, path: str) -> str:
        text = names.unescape(path)
        reasons: list[str] = []
        for part in text.split("/"):
            reasons += [reason for reason in self._reasons_of_part(part) if reason not in reasons]
        if len(text) > self.max_path_characters:
            reasons.append(
                f"the path has {len(text)} characters, more than {self.max_path_characters}"
            )
        return "; ".join(reasons)

    def _reasons_of_part(self, part: str) -> Iterable[str]:
        shown = names.escape(part)
        if not names.is_text(shown):
            yield "not UTF-8"
        for character in sorted(_FORBIDDEN & set(part)):
            yield (
                f"{character!r} is not allowed on Windows"
                if character != "\\"
                else ("a backslash, which separates folders on Windows")
            )
        categories = {unicodedata.category(character) for character in part}
        if "Cc" in categories:
            yield "a control character"
        yield from dict.fromkeys(_UNSEEN[c] for c in sorted(categories & _UNSEEN.keys()))
        if _DEVICES.match(part):
            yield f"{shown!r} is the name of a device on Windows"
        if part.endswith((".", " ")):
            last = "dot" if part[-1] == "." else "space"
            yield f"{shown!r} ends with a {last}, which Windows drops"
        size = len(part.encode("utf-8", "surrogateescape"))
        if size > self.max_name_bytes:
            yield f"a name of {size} bytes, more than {self.max_name_bytes}"


def _are_plain(paths: Iterable[str]) -> bool:
    """Tell of all paths at once that none of them is suspicious."""
    lines = "/" + "\n/".join(paths)
    return lines.isascii() and _SUSPECT_LINE.search(lines.lower()) is None
