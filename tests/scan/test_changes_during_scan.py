"""Files come, go, grow and are replaced while they are read; each verdict is true of real bytes."""

import hashlib
import random
import threading
from collections import defaultdict
from mmap import PAGESIZE

import pytest
from pictures import jpeg

from catsclean.core.arrow import with_text
from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.scan.discover import discover
from catsclean.scan.scan import gather

PICTURES = [jpeg(seed, (100 + 10 * seed, 90)) for seed in range(8)]
CHANGES = 1000


class Churn:
    """Changes files of a folder from a thread of its own and notes all that was ever in each."""

    def __init__(self, root, names, seed):
        self.root = root
        self.versions = defaultdict(set)
        self.changes = 0
        self.scanned = threading.Event()
        self._names = names
        self._chance = random.Random(seed)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()

    def note(self, name, data):
        self.versions[name].add(hashlib.sha256(data).hexdigest())

    def note_appended(self, name, before, more):
        """Note what a file holds while bytes are appended, which the system does page by page."""
        whole = before + more
        page = (len(before) // PAGESIZE + 1) * PAGESIZE
        for end in (*range(page, len(whole), PAGESIZE), len(whole)):
            self.note(name, whole[:end])

    def _run(self):
        acts = (self._replace, self._delete, self._grow, self._rewrite)
        while self.changes < CHANGES or not self.scanned.is_set():
            self._chance.choice(acts)(self._chance.choice(self._names))
            self.changes += 1
            self.scanned.wait(0.0005)

    def _replace(self, name):
        data = self._chance.choice(PICTURES)
        self.note(name, data)
        beside = self.root.parent / "incoming"
        beside.write_bytes(data)
        beside.replace(self.root / name)

    def _delete(self, name):
        (self.root / name).unlink(missing_ok=True)

    def _grow(self, name):
        path = self.root / name
        try:
            before = path.read_bytes()
        except FileNotFoundError:
            before = b""
        more = self._chance.randbytes(self._chance.randrange(1, 5000))
        self.note_appended(name, before, more)
        with path.open("ab") as file:
            file.write(more)

    def _rewrite(self, name):
        data = self._chance.choice(PICTURES)
        half = data[: len(data) // 2]
        self.note(name, b"")
        self.note_appended(name, b"", half)
        self.note_appended(name, half, data[len(half) :])
        with (self.root / name).open("wb", buffering=0) as file:
            file.write(half)
            file.write(data[len(half) :])


@pytest.mark.parametrize("seed", [1, 2])
def test_every_verdict_is_true_of_bytes_that_existed_or_says_that_the_file_changed(tmp_path, seed):
    root = tmp_path / "set"
    root.mkdir()
    names = [f"{number:04}.jpg" for number in range(600)]
    churn = Churn(root, names, seed)
    for number, name in enumerate(names):
        (root / name).write_bytes(PICTURES[number % 8])
        churn.note(name, PICTURES[number % 8])
    seen = 0
    with churn:
        try:
            done = False
            while not done:
                done = churn.changes >= CHANGES
                listing = discover(root)
                table = with_text(gather(root, listing, Limits(), [], workers=2, cache=None).table)
                for path, row in zip(listing.paths, table.to_pylist(), strict=True):
                    if row["outcome"] != Outcome.CHANGED:
                        assert row["sha256"] in churn.versions[path], (path, row["outcome"])
                        seen += 1
        finally:
            churn.scanned.set()
    assert churn.changes >= CHANGES
    assert seen
