"""The validator ``skipped-by-keras``."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from catsclean.core.evidence import Evidence, Outcome
from catsclean.core.model import Finding, Fix, Severity
from catsclean.images.formats.sniff import KERAS_EXTENSIONS
from catsclean.validators.base import Validator


class SkippedByKeras(Validator):
    """Find good pictures that Keras' folder loader skips because of their extension.

    ## Why it matters

    `keras.utils.image_dataset_from_directory` lists only `.bmp`, `.gif`, `.jpeg`, `.jpg` and
    `.png`.  It silently skips a `.webp` or a `.jfif` (the extension that Windows gives a JPEG saved
    from a browser), although TensorFlow can decode both.  If one class was scraped and
    the other photographed, the classes become unequal.

    ## Example

        Cat/404.webp: skipped-by-keras: Keras' folder loader does not list .webp

    ## What to do

    `catsclean fix --for keras` renames `.jfif` and `.jpe` to `.jpg`, and converts `.webp`.  Or load
    a list of files, as `catsclean.training.dataset` does, which recognises them by content.

    ## False alarms

    If you never use that loader, ignore this validator.  Pictures that TensorFlow
    refuses anyway (TIFF, AVIF) are `unsupported-by-tensorflow` and not reported again.
    """

    name = "skipped-by-keras"
    family = "dataset"
    severity = Severity.WARNING
    fix = Fix.REVIEW
    repair = "make-loadable"
    repair_for = ("keras",)
    collective = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded pictures, good for TensorFlow, with an ending that is not on Keras' list."""
        samples, tails = evidence.rows, evidence.tails.tolist()
        unlisted = {tail for tail in set(tails) if tail.lower() not in KERAS_EXTENSIONS}
        if not unlisted:
            return ()
        good = (samples["outcome"] == Outcome.DECODED.value) & (samples["tensorflow_refuses"] == "")
        rows = samples.where(good & np.array([tail in unlisted for tail in tails], dtype=np.bool_))
        endings = [_ending(path.rpartition("/")[2].lower()) for path in rows["path"]]
        messages = [
            f"Keras' folder loader does not list {ending or 'names without an extension'}"
            for ending in endings
        ]
        return self.findings(rows, messages)


def _ending(name: str) -> str:
    """Return the extension of a name with its dot; empty if it has none, or starts with it."""
    dot = name.rfind(".")
    return name[dot:] if dot > 0 else ""
