"""Headless Chromium for the tests of pages."""

import shutil
from contextlib import contextmanager

import pytest
from patience import HANG_S

# Playwright's own limits, 5 and 30 seconds, would fail on a slow machine
HANG_MS = 1_000 * HANG_S
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def launched():
    """Start the browser; the test that wants it skips where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        playwright.expect.set_options(timeout=HANG_MS)
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS), timeout=HANG_MS)
        yield browser
        browser.close()


def new_page(browser, **options):
    """Open a page in a context of its own, which tells what the page's policy refuses."""
    context = browser.new_context(**options)
    context.set_default_timeout(HANG_MS)
    context.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " event => console.error('csp: ' + event.violatedDirective));"
    )
    return context.new_page()
