"""``catsclean.review``: serve the review of a data set to a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from catsclean.auditing.result import Audit
from catsclean.auditing.save import load_audit
from catsclean.core.arguments import checked
from catsclean.core.links import Folders
from catsclean.core.state import StateFolder
from catsclean.reviewing.server.extra import require_extra
from catsclean.reviewing.server.serving import Served, serving
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork


class ServedReview:
    """A review that a browser can open.

    Attributes:
        address: What to open; it holds a token that lets its owner in.
        host: The address that is listened at.
        port: The port that is listened at.
    """

    def __init__(self, served: Served, review: Review) -> None:
        self.address, self.host, self.port = served.address, served.host, served.port
        self._served = served
        self._review = review

    def wait(self) -> None:
        """Wait until somebody ends the server, or presses Ctrl-C.

        Raises:
            KeyboardInterrupt: On Ctrl-C.
        """
        self._served.wait()

    @property
    def decided(self) -> int:
        """Number of questions that are answered, in this review and those before.

        Those whose answers were carried out are not asked any more, nor counted.
        """
        return sum(queue["answered"] for queue in self._review.summary()["queues"])

    @property
    def carried_out(self) -> int:
        """Number of questions whose answers a clean or a repair has carried out."""
        self._review.summary()
        return self._review.carried_out.number


@contextmanager
@checked
def review(
    audit: Audit | StateFolder | str | os.PathLike[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    state_dir: str | os.PathLike[str] | None = None,
    follow_links_to: Folders = None,
) -> Iterator[ServedReview]:
    """Serve the questions of an audit to a browser while the block runs.

    Every answer is saved when it is given; :func:`plan_cleaning` plans what was answered.

    Args:
        audit: An audit, or the data set (its last audit is read).
        host: Where to listen; other machines reach anything but the default, without encryption.
        port: The port; 0: a free one.
        state_dir: The state folder, if it is not beside the data set.
        follow_links_to: Folders outside the data set that links may lead into.

    Yields:
        The address to open.

    Raises:
        MissingExtraError: The extra ``review`` is not installed.
        DatasetError: The data set was never audited.
        ManifestError: Manifest or findings cannot be trusted.
        StateError: The decisions of earlier reviews are damaged.
        UsageError: The port is taken.
    """
    require_extra()
    from catsclean.reviewing.app import make_app
    from catsclean.reviewing.server.picture_service import PictureService

    if not isinstance(audit, Audit):
        audit = load_audit(audit, state_dir, follow_links_to=follow_links_to)
    session = Review(audit)
    pictures = PictureService(audit.dataset.reach, audit.state.thumbnails)
    work = PageWork(audit.state, lambda: None)
    with serving(make_app(session, work, pictures), host=host, port=port) as served:
        yield ServedReview(served, session)
