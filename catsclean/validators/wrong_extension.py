"""The validator ``wrong-extension``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from catsclean.evidence import Outcome
from catsclean.model import Finding, Fix, Severity
from catsclean.reading.formats import EXTENSIONS
from catsclean.validators.base import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catsclean.evidence import Evidence


class WrongExtension(Validator):
    """Finds pictures of one format that carry the ending of another.

    ## Why it matters

    `tf.io.decode_image` goes by content and takes them, `tf.io.decode_jpeg` on a BMP called
    `.jpg` does not, and neither do many C++ loaders and labelling tools.  A GIF behind a `.jpg`
    gives `tf.io.decode_image` a fourth dimension unless `expand_animations=False` is passed.
    The Kaggle cats and dogs have them in every thousand: 4 GIFs and 14 BMPs in the first 2,000
    pictures.

    ## Example

        Cat/140.jpg: wrong-extension: a GIF, called .jpg

    ## What to do

    Rename the file, or convert it: both are cheap, and nothing is lost.  Or leave it, if
    everything that you use goes by content: catsclean's own reader and trainer do.

    ## False alarms

    None known: the first bytes decide.  An ending that stands for no picture format (`.dat`, or
    none at all) is not reported here, but by `skipped-by-keras`.
    """

    name: ClassVar[str] = "wrong-extension"
    family: ClassVar[str] = "file"
    severity: ClassVar[Severity] = Severity.WARNING
    fix: ClassVar[Fix] = Fix.REVIEW

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find pictures whose ending stands for another format than their content."""
        import numpy as np

        samples = evidence.samples
        known = samples["outcome"].isin([Outcome.DECODED.value, Outcome.UNSUPPORTED.value])
        rows = samples[known & (samples["format"] != "")]
        names = rows["path"].str.rsplit("/", n=1).str[-1]
        endings = names.str.extract(r"(\.[^.]*)$", expand=False).fillna("").str.lower()
        pairs = zip(endings, rows["format"], strict=True)
        wrong = np.array(
            [ending in EXTENSIONS and kind not in EXTENSIONS[ending] for ending, kind in pairs],
            dtype=bool,
        )
        found = rows[wrong]
        messages = [
            f"a {kind}, called {ending}"
            for kind, ending in zip(found["format"], endings[wrong], strict=True)
        ]
        return self.findings(found, messages)
