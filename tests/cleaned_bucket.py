"""An audited data set in a bucket of its own, for tests that clean it, and what must hold then."""

import io
import json
import os
import shutil
from dataclasses import dataclass

import buckets
import pyarrow.parquet as pq
from pictures import jpeg

import catsclean
from catsclean import cleaning
from catsclean.objects import bucket_state

QUICK = {"content": False, "workers": 1}
DATA = "set/PetImages/"
STATE = "set/PetImages.catsclean/"
#: What a clean moves: by findings, by a decision, and along with its picture.
LEAVING = {"Cat/2.jpg", "Dog/copy.jpg", "Dog/copy.txt"}


@dataclass
class CleanedBucket:
    """A bucket with an audited data set, and the process that works on it.

    Attributes:
        server: The server.
        store: The bucket.
        audited: Its objects after the audit.
    """

    server: buckets.Server
    store: buckets.Store
    audited: dict[str, bytes]

    @property
    def url(self) -> str:
        return f"s3://{self.store.name}/{DATA.rstrip('/')}"

    @property
    def pictures(self) -> dict[str, bytes]:
        """The objects of the data set after the audit, by path."""
        return below(self.audited, DATA)

    def restart(self) -> None:
        """Begin as a new process: a killed one left nothing in memory; its lease has expired."""
        self.server.meddle = None
        bucket_state.close_all()
        if f"{STATE}lock" in self.store.all_keys():
            self.store.put(f"{STATE}lock", b"")

    def forget_machine(self) -> None:
        """Begin on another machine, which has no copy of the state."""
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)

    def restore(self, contents: dict[str, bytes] | None = None) -> None:
        """Bring the bucket back to what it was after the audit, or at another time."""
        self.restart()
        self.store.restore(self.audited if contents is None else contents)

    def clean(self):
        """Clean as a user does who decided about two pictures."""
        cleaning.recover(self.url)
        decided = {"quarantine": ["Cat/2.jpg"], "keep": ["Dog/1.jpg"]}
        return catsclean.plan_cleaning(self.url, **decided).apply()

    def undo(self):
        return catsclean.undo(self.url)

    def in_place(self) -> dict[str, bytes]:
        return below(self.store.contents(DATA), DATA)

    def aside(self) -> dict[str, bytes]:
        """What lies in the quarantine, by path."""
        found = self.store.contents(f"{STATE}quarantine/")
        return {
            key.partition("/files/")[2]: data for key, data in found.items() if "/files/" in key
        }

    def journals(self) -> list[dict]:
        found = self.store.contents(f"{STATE}quarantine/")
        return [json.loads(data) for key, data in found.items() if key.endswith("/journal.json")]

    def check_nothing_is_lost(self) -> None:
        """Check that each object is in its place or in the quarantine, with all of its bytes."""
        place, aside = self.in_place(), self.aside()
        for path, data in self.pictures.items():
            found = [side[path] for side in (place, aside) if path in side]
            assert found, f"lost {path}"
            assert all(one == data for one in found), f"other bytes in {path}"

    def check_cleaned(self) -> None:
        assert self.aside() == {p: d for p, d in self.pictures.items() if p in LEAVING}
        assert self.in_place() == {p: d for p, d in self.pictures.items() if p not in LEAVING}
        assert self.journals()[-1]["state"] == "done"
        assert b"Dog/1.jpg" in self.store.get(f"{STATE}kept.json")
        assert self.statuses()["Cat/2.jpg"] == "drop"

    def check_as_before(self) -> None:
        assert self.in_place() == self.pictures
        assert self.aside() == {}
        assert self.statuses()["Cat/2.jpg"] == "keep"

    def statuses(self) -> dict[str, str]:
        data = io.BytesIO(self.store.get(f"{STATE}manifest.parquet"))
        table = pq.read_table(data, columns=["path", "status"])
        return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def below(contents: dict[str, bytes], prefix: str) -> dict[str, bytes]:
    return {
        key.removeprefix(prefix): data for key, data in contents.items() if key.startswith(prefix)
    }


def make(server: buckets.Server) -> CleanedBucket:
    """Make a bucket with a data set, and audit it."""
    store = server.make()
    for label in ("Cat", "Dog"):
        for number in range(3):
            store.put(f"{DATA}{label}/{number}.jpg", jpeg(seed=number + 50 * (label == "Dog")))
    store.put(f"{DATA}Dog/copy.jpg", store.get(f"{DATA}Dog/0.jpg"))
    store.put(f"{DATA}Dog/copy.txt", b"a dog")
    store.restore(store.contents())
    catsclean.audit(f"s3://{store.name}/{DATA.rstrip('/')}", **QUICK)
    bucket_state.close_all()
    return CleanedBucket(server, store, store.contents())
