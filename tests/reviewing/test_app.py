"""The application of a review, beside its answers, which have tests of their own."""

import time

from patience import HANG_S

from catsclean import load_audit
from catsclean.reviewing.app import make_app
from catsclean.reviewing.server.picture_service import PictureService
from catsclean.reviewing.server.serving import serving
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork


def test_the_pictures_of_the_first_question_are_made_before_a_browser_asks(data_set, tmp_path):
    audit = load_audit(data_set)
    review = Review(audit)
    pictures = PictureService(audit.dataset.reach, tmp_path / "thumbnails.sqlite", readers=1)
    with serving(make_app(review, PageWork(audit.state, lambda: None), pictures)):
        wanted = len({one.facts.sample.sha256 for one in review.first_open().pictures})
        until = time.monotonic() + HANG_S
        while pictures.made < wanted and time.monotonic() < until:
            time.sleep(0.02)
    assert pictures.made == wanted
