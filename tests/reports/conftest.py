"""Fixtures of the reports' tests: audits, and a browser."""

from pathlib import Path

import audits
import pytest
from chromium import new_page


@pytest.fixture
def hostile(tmp_path):
    """An audit of pictures whose names are hostile."""
    return audits.hostile_audit(tmp_path / "set")


class Visit:
    """A page that was opened, and everything that it complained of or asked for."""

    def __init__(self, page, path):
        self.page = page
        self.complaints = []
        self.requests = []
        self._listeners = {
            "console": lambda message: self.complaints.append(message.text),
            "pageerror": lambda error: self.complaints.append(str(error)),
            "dialog": self._refuse,
            "request": lambda request: self.requests.append(request.url),
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)
        page.goto(Path(path).resolve().as_uri())

    def _refuse(self, dialog):
        if dialog.type != "beforeunload":
            self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def end(self):
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    @property
    def foreign_requests(self):
        """Requests other than for the page itself and for what is within it."""
        return [
            url
            for url in self.requests
            if not url.startswith("data:")
            and not url.startswith(("blob:", self.page.url.split("#")[0]))
        ]


class Tab:
    """A page in which one test after another opens its document.

    A new one costs half a second of processor time.  Between two tests it is empty, and as it was
    when it was new.
    """

    def __init__(self, browser):
        self._browser = browser
        self._page = None
        self._visit = None

    @property
    def is_free(self):
        return self._visit is None

    def visit(self, path, viewport):
        if self._page is None:
            self._page = new_page(self._browser, viewport=viewport)
        self._page.set_viewport_size(viewport)
        self._visit = Visit(self._page, path)
        return self._visit

    def clear(self):
        if self._visit is None:
            return
        page, visit = self._page, self._visit
        self._page = self._visit = None
        if page.is_closed():
            page.context.close()
            return
        visit.end()
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.emulate_media(media="null")
        page.mouse.move(0, 0)
        page.on("dialog", accept)  # the document may ask whether it may be left
        page.goto("about:blank")
        page.remove_listener("dialog", accept)
        self._page = page


def accept(dialog):
    dialog.accept()


@pytest.fixture(scope="session")
def tab(browser):
    return Tab(browser)


@pytest.fixture
def visit(browser, tab):
    """Open a page of the disk; one that wants more than a viewport gets a context of its own."""
    pages = []

    def open_page(path, **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        if tab.is_free and options.keys() == {"viewport"}:
            return tab.visit(path, options["viewport"])
        pages.append(new_page(browser, **options))
        return Visit(pages[-1], path)

    yield open_page
    for page in pages:
        page.context.close()
    tab.clear()
