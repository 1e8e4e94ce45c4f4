"""A small practice folder with planted defects, audited once, and copied for each test."""

import shutil

import chromium
import pytest
import review_pages

import catsclean
from catsclean.reviewing.session import Review
from catsclean.testing.practice import make_practice


@pytest.fixture(scope="session")
def audited_practice(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review") / "practice"
    make_practice(folder, count=60, seed=3)
    for pipe in (one for one in folder.rglob("*") if one.is_fifo()):
        pipe.unlink()  # it cannot be copied
    catsclean.audit(folder, content=False)
    return folder


@pytest.fixture
def data_set(audited_practice, tmp_path):
    """A folder of one's own, with its state folder."""
    folder = tmp_path / "practice"
    shutil.copytree(audited_practice, folder, symlinks=True)
    state = audited_practice.with_name("practice.catsclean")
    shutil.copytree(state, tmp_path / state.name)
    return folder


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
