"""The validator ``wrong-extension``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.images.formats.sniff import ending_of, is_wrong_ending
from catsclean.validators.base import Validator


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
    everything that you use goes by content: catsclean's own reader and trainer do.  Setting it
    aside is the wrong cure: it takes a good picture out of the set.

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
        samples = evidence.rows
        known = samples.is_in("outcome", [Outcome.DECODED.value, Outcome.UNSUPPORTED.value])
        tails, kinds = evidence.tails, samples["format"]
        wrong = np.zeros(len(samples), np.bool_)
        # few endings, many paths
        for tail, kind in set(zip(tails.tolist(), kinds.tolist(), strict=True)):
            if kind and is_wrong_ending(ending_of(tail), kind):
                wrong |= (tails == tail) & (kinds == kind)
        found = samples.where(known & wrong)
        messages = [
            f"a {kind}, called {ending_of(path)}"
            for path, kind in zip(found["path"], found["format"], strict=True)
        ]
        return self.findings(found, messages)
