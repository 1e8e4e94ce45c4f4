"""A review in a cell of a notebook: the same questions and modules as those of the page.

anywidget is loaded where a review is shown, and nowhere else.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from catsclean.auditing.result import Audit
from catsclean.core.install_command import missing_extra

if TYPE_CHECKING:
    from catsclean.reviewing.notebook.review_widget import ReviewWidget


def review_in_cell(audit: Audit) -> ReviewWidget:
    """Return the questions of an audit as a widget.

    Args:
        audit: The audit.

    Raises:
        MissingExtraError: The extra ``notebook`` is not installed.
        StateError: The decisions of earlier reviews are damaged.
    """
    if find_spec("anywidget") is None:
        raise missing_extra("a review in a notebook needs its extra", "notebook")
    from catsclean.reviewing.notebook.review_widget import ReviewWidget

    return ReviewWidget(audit)
