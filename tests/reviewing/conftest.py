"""The review of a small practice folder, and its pages in a browser."""

import chromium
import pytest
import review_pages

import catsclean
from catsclean.reviewing.session import Review


@pytest.fixture
def review(data_set):
    return Review(catsclean.load_audit(data_set))


@pytest.fixture
def at_work(data_set):
    """The review of the practice folder, and its server."""
    with review_pages.served(review_pages.loaded(data_set)) as (review, server):
        yield review, server


@pytest.fixture(scope="session")
def review_tab(browser):
    """A page in which one test after another opens its review: a new one costs half a second."""
    page = chromium.new_page(browser, viewport=review_pages.VIEWPORT)
    yield page
    page.context.close()


@pytest.fixture
def sit_down(browser, review_tab):
    """Open a page of a review."""
    desks = []

    def open_desk(server, at="", **options):
        if options or any(desk.page is review_tab for desk in desks):
            page = chromium.new_page(browser, **{"viewport": review_pages.VIEWPORT, **options})
        else:
            page = review_tab
        desks.append(review_pages.Desk(page, server.address, at))
        return desks[-1]

    yield open_desk
    for desk in desks:
        if desk.page is review_tab:
            desk.leave()
        else:
            desk.page.context.close()
