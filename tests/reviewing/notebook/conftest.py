"""The practice folder in cells."""

import chromium
import pytest
from cells import Cell, CellPage

import catsclean
from catsclean.reviewing.notebook.background_pictures import close_all

VIEWPORT = {"width": 1200, "height": 900}


@pytest.fixture
def cell(data_set):
    pytest.importorskip("anywidget", reason="needs the extra `notebook`")
    yield Cell(catsclean.load_audit(data_set))
    close_all()


@pytest.fixture
def show(browser):
    """Open cells on one page."""
    pages = []

    def open_page(*cells, **options):
        pages.append(chromium.new_page(browser, **{"viewport": VIEWPORT, **options}))
        return CellPage(pages[-1], *cells)

    yield open_page
    for page in pages:
        page.context.close()
