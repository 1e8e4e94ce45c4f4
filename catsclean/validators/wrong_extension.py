"""The validator ``wrong-extension``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.images.formats.sniff import ending_of, is_wrong_ending
from catsclean.validators.base import Validator


class WrongExtension(Validator):
    """Find pictures whose extension belongs to another format.

    ## Why it matters

    `tf.io.decode_image` looks at the content and decodes them. `tf.io.decode_jpeg` fails on a BMP
    called `.jpg`, and so do many C++ loaders and labelling tools.  A GIF called `.jpg`
    gives `tf.io.decode_image` a fourth dimension unless `expand_animations=False` is passed.
    The Kaggle cats and dogs have 4 such GIFs and 14 BMPs in the first 2,000 pictures.

    ## Example

        Cat/140.jpg: wrong-extension: a GIF with the extension .jpg

    ## What to do

    `catsclean fix --select wrong-extension` renames the file, which loses nothing.  Without
    `--select` it repairs the other findings about the file, too: a GIF with a palette becomes a
    PNG.  Or leave it, if all your tools recognise formats by content, as catsclean's own reader and
    trainer do.  Don't set it aside: that would remove a good picture from the set.

    ## False alarms

    None known: the first bytes decide.  An extension of no picture format (`.dat`, or
    none at all) is reported by `skipped-by-keras` instead.
    """

    name = "wrong-extension"
    family = "file"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    repair = "correct-extension"

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
            f"a {kind} with the extension {ending_of(path)}"
            for path, kind in zip(found["path"], found["format"], strict=True)
        ]
        return self.findings(found, messages)
