"""The example report: a practice data set, audited when the site is built."""

from __future__ import annotations

import contextlib
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import catsclean

#: Where the report lies on the site.
PLACE: Final = "example-report/report.html"
#: Where it is shown in docs/example-report.md.
MARK: Final = "<!-- the example report -->"
_FRAME: Final = """\
<a href="report.html">Open it alone.</a>

<iframe src="report.html" title="An example report of catsclean" loading="lazy"></iframe>
"""
_PICTURES: Final = 60


def render_frame() -> str:
    """Return the part of a page that shows the report."""
    return _FRAME


@cache
def render() -> bytes:
    """Return the page of an audit of a practice data set."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        catsclean.make_practice("PetImages", count=_PICTURES)
        report = Path("report.html")
        catsclean.audit("PetImages").save_html(report)
        return report.read_bytes()
