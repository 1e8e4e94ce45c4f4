"""The review of a data set, served as its owner gets it, and opened in a browser."""

import json
from contextlib import contextmanager
from urllib.parse import urlsplit

from chromium import HANG_MS

import catsclean
from catsclean.cleaning.journal import Entry, Journal, MoveOutcome, RunState
from catsclean.core.safe_folder import Folder
from catsclean.reviewing.app import make_app
from catsclean.reviewing.server.picture_service import PictureService
from catsclean.reviewing.server.serving import serving
from catsclean.reviewing.session import Review
from catsclean.reviewing.work import PageWork

VIEWPORT = {"width": 1280, "height": 800}


@contextmanager
def served(audit, **options):
    """Serve the review of an audit; yield the review and the server."""
    review = Review(audit)
    work = PageWork(audit.state, lambda: None)
    pictures = PictureService(audit.dataset.reach, readers=1)
    with serving(make_app(review, work, pictures), **options) as server:
        yield review, server


def loaded(folder):
    return catsclean.load_audit(folder)


class Desk:
    """A page of a review, with what it complained of and asked for."""

    def __init__(self, page, address, at=""):
        self.page = page
        self.address = address
        self.complaints, self.requests, self.posted = [], [], []
        self._listeners = {
            "console": self._hear,
            "pageerror": lambda error: self.complaints.append(str(error)),
            "request": self._note,
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)
        page.goto(address)
        page.wait_for_selector("main:not([aria-busy]) h1", state="attached")
        page.evaluate("sessionStorage.clear()")  # another test may have had the same port
        if at:
            self.go(at)

    def leave(self):
        """Leave the page as it was when it was new, for another test."""
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.on("dialog", _accept)  # the page may ask whether it may be left
        self.page.goto("about:blank")
        self.page.remove_listener("dialog", _accept)

    def _hear(self, message):
        # a picture that cannot be shown is answered with 404, and so is what an audit does not have
        if "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _note(self, request):
        self.requests.append(request.url)
        if request.method == "POST":
            self.posted.append(json.loads(request.post_data))

    @property
    def foreign_requests(self):
        home = urlsplit(self.address).netloc
        return [one for one in self.requests if urlsplit(one).netloc != home]

    def go(self, hash_):
        self.page.evaluate(
            "hash => location.hash === hash || new Promise(done => {"
            " addEventListener('popstate', () => done(true), { once: true }); location.hash = hash; })",
            hash_,
        )
        self.page.wait_for_selector("main[aria-busy]", state="detached")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def heading(self):
        return self.page.inner_text("main h1")

    def wait_for(self, selector, text):
        self.page.locator(selector, has_text=text).first.wait_for(timeout=HANG_MS)

    def wait_until_saved(self, number=1):
        self.wait_for("#saved", f"{number} decided, all saved")


def _accept(dialog):
    dialog.accept()


def standing(review):
    """The answers on the disk, by question, as another process would read them."""
    path = review.audit.state.decision_journal
    found = {}
    lines = path.read_text().splitlines() if path.exists() else []
    for line in lines:
        for answer in json.loads(line)["answers"]:
            found[answer["question"]] = answer
    return {key: one for key, one in found.items() if one["decisions"]}


@contextmanager
def cleaning_elsewhere(review, path):
    """Have the run on the disk that another process would have while it cleans a picture."""
    state = review.audit.state
    state.quarantine.mkdir(exist_ok=True)
    row = review.audit.manifest.table.set_index("path").loc[path]
    entry = Entry(path, row["sha256"], int(row["size_bytes"]), ["decision"])
    journal = Journal("20260101-000000", state.root.name, entries=[entry])
    with Folder(state.quarantine) as quarantine:
        quarantine.handle(journal.run, create=True)
        journal.write(quarantine)
        yield
        entry.outcome, journal.state = MoveOutcome.REFUSED, RunState.DONE
        journal.write(quarantine)


def actions(answer):
    return {one["path"]: one.get("label") or one["action"] for one in answer["decisions"]}


def questions_of(review, queue):
    return review.questions(queue, 0, 100)["questions"]


def waiting(review):
    queues = review.summary()["queues"]
    return [one for one in queues if not one["by_itself"] and not one["repairs"]]
