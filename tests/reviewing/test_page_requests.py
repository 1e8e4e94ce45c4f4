"""What a page may ask for, whichever way it asks."""

import pytest

from catsclean.reviewing.page_requests import PageRequests
from catsclean.reviewing.server.picture_service import PictureService
from catsclean.reviewing.work import PageWork


@pytest.fixture
def requests(review):
    return PageRequests(review, PageWork(review.audit.state, lambda: None))


def test_only_what_has_a_name_can_be_read_or_changed(requests):
    assert requests.read("summary", {}).status == 200
    for path in ("", "nothing", "summary/more", "questions", "answers", "../summary"):
        assert requests.read(path, {}).status in {400, 404}
    for path in ("", "nothing", "summary", "clean/more"):
        assert requests.change(path, {}).status == 404


@pytest.mark.parametrize(
    "text", ["-1", "1.0", "1e3", "x", " 1", "1" * 5_000, "99999999999999999", "\u0661"]
)
def test_a_number_is_a_number_from_0_up(requests, text):
    for path, name in (("changes", "journal"), ("pictures", "from"), ("about", "rows")):
        assert requests.read(path, {name: text}).status == 400


def test_a_picture_is_named_by_size_row_and_digest(requests, review):
    pictures = PictureService(review.audit.root, readers=1)
    one = review.browser.picture(0)
    making = requests.picture(pictures, "p/160/0", one["digest"])
    assert making is not None
    making.close()
    for path in (
        "p/161/0",
        "p/160/-1",
        "p/160",
        "p/160/0/0",
        "x/160/0",
        f"p/160/{10**30}",
        "a/0/0",
    ):
        assert requests.picture(pictures, path, one["digest"]) is None
    assert requests.picture(pictures, "p/160/0", "0" * 16) is None
