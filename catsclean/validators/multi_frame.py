"""The validator ``multi-frame``."""

from __future__ import annotations

from collections.abc import Iterable

from catsclean.core.evidence import Evidence
from catsclean.core.model import Finding, Fix, Severity
from catsclean.validators.base import Validator


class MultiFrame(Validator):
    """Find files that contain more than one picture.

    ## Why it matters

    For an animation, a photograph for 3D screens, or a fax of many pages, training code silently
    uses only the first picture, or it fails.  `tf.io.decode_image` returns four dimensions
    for an animated GIF unless you pass `expand_animations=False`, and refuses an animated WebP if
    you request three channels.  The first frame of an animation is often the worst: a title, or
    black.

    ## Example

        Dog/7.gif: multi-frame: a GIF with 24 pictures

    ## What to do

    Look at the first picture: if it matches the label, `catsclean fix --select multi-frame` keeps
    only that one.  If all of them are useful for training, save them all, and keep them in one
    split, because they are nearly the same picture.

    ## False alarms

    Phones add a depth map or a thumbnail as a second picture to a JPEG (MPO).  The first one is
    complete, and such a file works in training.  `mpo = false` leaves them out.
    """

    name = "multi-frame"
    family = "metadata"
    severity = Severity.WARNING
    fix = Fix.NONE
    repair = "first-frame"
    collective = True

    mpo: bool = True

    def judge(self, evidence: Evidence) -> Iterable[Finding]:
        """Find decoded files of two or more pictures."""
        pictures = evidence.decoded
        several = pictures["frames"] > 1
        if not self.mpo:
            several &= pictures["format"] != "JPEG"
        rows = pictures.where(several)
        messages = [
            f"{'an' if kind[:1] in 'AI' else 'a'} {kind} with {count:,} pictures"
            for kind, count in zip(rows["format"], rows["frames"], strict=True)
        ]
        return self.findings(rows, messages)
