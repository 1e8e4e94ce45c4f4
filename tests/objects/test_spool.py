"""The spool brings files ahead of their readers, in bounded room, and always ends."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import buckets
import pytest

from catsclean.core import stand_ins
from catsclean.core.bucket_address import Address
from catsclean.core.evidence import Outcome
from catsclean.errors import DatasetError
from catsclean.objects import spool as spools
from catsclean.objects.bucket_client import Bucket, Patience
from catsclean.objects.spool import ListedObject, Spool

QUICK = Patience(connect_s=1, stall_s=0.3, request_s=1, tries=0, backoff_s=0.01)
MOST = 1000


class Listed:
    """The objects of a misbehaving server, as they were when it was made."""

    packed = False

    def file_of(self, path):
        return path

    def __init__(self, server):
        self.listed = {
            key.removeprefix("P/"): ListedObject(key, buckets.etag_of(data), len(data))
            for key, data in server.objects.items()
        }

    def find(self, path):
        return self.listed.get(path)


@pytest.fixture
def made(bad, tmp_path):
    """Return a function that makes a spool of what a server holds now."""
    root = tmp_path / "root"
    root.mkdir()
    opened = []

    def make(**settings):
        spool = Spool(Bucket(Address("s3", "any", "P"), QUICK), Listed(bad), root, **settings)
        opened.append(spool)
        stand_ins.register(root, "s3://any/P", spool)
        return root, spool

    yield make
    for spool in opened:
        spool.close()
    stand_ins.forget(root)
    names = {thread.name for thread in threading.enumerate()}
    assert "catsclean-spool" not in names


def files(root):
    """The files below a folder; other threads may remove some of them meanwhile."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            with suppress(FileNotFoundError):
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def fill(bad, count, size=10):
    paths = [f"{'CD'[n % 2]}/{n:03}.jpg" for n in range(count)]
    bad.objects |= {f"P/{path}": bytes([n]) * size for n, path in enumerate(paths)}
    return paths


def test_files_are_there_while_they_are_held(bad, made):
    paths = fill(bad, 10)
    root, _ = made()
    chunks = [range(4), range(4, 10)]
    with stand_ins.bringing(root, chunks, lambda n: (paths[n],), MOST) as brought:
        for chunk in chunks:
            brought.hold(chunk)
            there = files(root)
            assert all(there[paths[n]] == bytes([n]) * 10 for n in chunk)
            assert all(brought.absent(n) is None for n in chunk)
            brought.release(chunk)
    assert sorted(bad.log) == sorted(("GET", f"P/{path}") for path in paths)


def test_the_room_is_bounded_and_files_leave_with_their_folders(bad, made):
    paths = fill(bad, 60, size=100)
    root, _ = made(window_bytes=1000, threads=4)
    chunks = [range(n, n + 3) for n in range(0, 60, 3)]
    with stand_ins.bringing(root, chunks, lambda n: (paths[n],), MOST) as brought:
        for chunk in chunks:
            brought.hold(chunk)
            there = files(root)
            assert {paths[n] for n in chunk} <= there.keys()
            assert sum(map(len, there.values())) <= 1000
            brought.release(chunk)
    assert len(bad.log) == 60


def test_more_than_the_room_is_brought_if_a_chunk_needs_it(bad, made):
    paths = fill(bad, 6, size=100)
    root, _ = made(window_bytes=250, threads=2)
    with stand_ins.bringing(root, [range(6)], lambda n: (paths[n],), MOST) as brought:
        brought.hold(range(6))
        assert len(files(root)) == 6
        brought.release(range(6))
        brought.release(range(6))


def test_files_are_fetched_ahead_several_at_a_time_and_in_order(bad, made):
    paths = fill(bad, 24)
    for path in paths:
        bad.rules[f"P/{path}"] = buckets.Rule(waits_s=0.02)
    root, _ = made(threads=6)
    chunks = [range(n, n + 2) for n in range(0, 24, 2)]
    with stand_ins.bringing(root, chunks, lambda n: (paths[n],), MOST) as brought:
        brought.hold(chunks[0])
        for chunk in chunks[1:]:
            brought.hold(chunk)
    assert 1 < bad.most_at_once <= 6
    order = [paths.index(key.removeprefix("P/")) for _, key in bad.log]
    assert all(abs(place - number) < 8 for place, number in enumerate(order))


def test_a_part_of_a_chunk_may_be_held_again_after_a_crash(bad, made):
    paths = fill(bad, 4)
    root, _ = made()
    with stand_ins.bringing(root, [range(4)], lambda n: (paths[n],), MOST) as brought:
        brought.hold(range(4))
        brought.hold(range(1, 2))
        brought.release(range(1, 2))
        assert set(paths) - {paths[1]} <= files(root).keys()
        brought.hold(range(2, 4))
        brought.release(range(2, 4))
        brought.release(range(1))
    assert len(bad.log) == 4


def test_a_file_that_several_need_is_fetched_once(bad, made):
    paths = fill(bad, 5)
    root, _ = made()
    pairs = [(paths[0], path) for path in paths[1:]]
    chunks = [range(n, n + 1) for n in range(4)]
    with stand_ins.bringing(root, chunks, lambda n: pairs[n], MOST) as brought:
        for chunk in chunks:
            brought.hold(chunk)
            assert set(pairs[chunk.start]) <= files(root).keys()
            brought.release(chunk)
    assert len(bad.log) == 5


ABSENT = {
    "403.jpg": (buckets.Rule(403), Outcome.UNREADABLE, "the bucket refuses access (status 403)"),
    "404.jpg": (None, Outcome.CHANGED, "since the bucket was listed: no such object (status 404)"),
    "500.jpg": (buckets.Rule(500), Outcome.UNREADABLE, "the bucket fails (status 500)"),
    "503.jpg": (buckets.Rule(503), Outcome.UNREADABLE, "the bucket fails (status 503)"),
    "slow.jpg": (buckets.Rule(waits_s=0.7), Outcome.UNREADABLE, "the connection failed"),
    "cut.jpg": (buckets.Rule(sends=2), Outcome.UNREADABLE, "cut short"),
    "other.jpg": (buckets.Rule(data=b"other"), Outcome.CHANGED, "since the bucket was listed"),
}  # fmt: skip


def test_what_cannot_be_brought_has_a_reason_and_stops_nothing(bad, made):
    paths = [*ABSENT, "good.jpg", "empty.jpg", "large.jpg", "gone.jpg", "x" * 255 + "/a.jpg"]
    bad.objects |= {f"P/{path}": b"meow" for path in paths}
    bad.objects |= {"P/empty.jpg": b"", "P/large.jpg": b"x" * (MOST + 1)}
    root, spool = made()
    bad.rules = {f"P/{path}": rule for path, (rule, *_) in ABSENT.items() if rule}
    del bad.objects["P/404.jpg"]
    spool._source.listed.pop("gone.jpg")
    with stand_ins.bringing(root, [range(len(paths))], lambda n: (paths[n],), MOST) as brought:
        brought.hold(range(len(paths)))
        absences = {path: brought.absent(n) for n, path in enumerate(paths)}
        assert files(root) == {"good.jpg": b"meow", "empty.jpg": b"", paths[-1]: b"meow"}
    for path, (_, outcome, detail) in ABSENT.items():
        assert absences[path].outcome == outcome
        assert detail in absences[path].detail
    assert absences["large.jpg"] == (
        Outcome.OVER_LIMIT,
        "1,001 bytes, limit 1,000 bytes (--max-bytes)",
    )
    assert absences["gone.jpg"].outcome == Outcome.CHANGED
    asked = {key for _, key in bad.log}
    assert not asked & {"P/empty.jpg", "P/large.jpg", "P/gone.jpg"}


def test_a_bucket_that_is_gone_ends_everything_with_one_error(bad, made):
    paths = fill(bad, 200)
    bad.rules = {f"P/{path}": buckets.Rule(500) for path in paths}
    root, _ = made()
    chunks = [range(n, n + 10) for n in range(0, 200, 10)]

    def read():
        with stand_ins.bringing(root, chunks, lambda n: (paths[n],), MOST) as brought:
            for chunk in chunks:
                brought.hold(chunk)
                brought.release(chunk)

    with pytest.raises(DatasetError, match=r"cannot read 's3://any/P': 20 requests in a row"):
        read()
    assert len(bad.log) < 100
    bad.rules = {}
    read()  # the bucket is back


def test_refused_objects_alone_do_not_end_everything(bad, made):
    paths = fill(bad, 60)
    bad.rules = {f"P/{path}": buckets.Rule(403) for path in paths}
    root, _ = made()
    with stand_ins.bringing(root, [range(60)], lambda n: (paths[n],), MOST) as brought:
        brought.hold(range(60))
        assert all(brought.absent(n) for n in range(60))


def test_one_file_is_brought_by_whoever_reads_it(bad, made):
    bad.objects["P/Cat/1.jpg"] = b"meow"
    root, _ = made()
    for _ in range(2):
        with stand_ins.holding(root, "Cat/1.jpg", MOST) as absence:
            assert absence is None
            assert files(root) == {"Cat/1.jpg": b"meow"}
    assert len(bad.log) == 1
    with stand_ins.holding(root, "Cat/2.jpg", MOST) as absence:
        assert absence.outcome == Outcome.CHANGED


def test_nothing_is_written_after_the_end(bad, made):
    paths = fill(bad, 8)
    for path in paths:
        bad.rules[f"P/{path}"] = buckets.Rule(waits_s=0.2)
    root, spool = made()
    with stand_ins.bringing(root, [range(8)], lambda n: (paths[n],), MOST):
        while not bad.log:
            pass
        spool.close()
        assert files(root) == {}


def test_a_file_that_is_already_there_is_not_written_through(bad, made, tmp_path):
    bad.objects["P/1.jpg"] = b"meow"
    root, _ = made()
    (tmp_path / "other").write_bytes(b"precious")
    (root / "1.jpg").symlink_to(tmp_path / "other")
    with stand_ins.holding(root, "1.jpg", MOST) as absence:
        assert absence.outcome == Outcome.UNREADABLE
    assert (tmp_path / "other").read_bytes() == b"precious"


def test_a_real_folder_needs_nothing(tmp_path):
    with stand_ins.bringing(tmp_path, [range(1)], lambda _n: ("1.jpg",), MOST) as brought:
        brought.hold(range(1))
        brought.release(range(1))
        assert brought.absent(0) is None
    with stand_ins.holding(tmp_path, "1.jpg", MOST) as absence:
        assert absence is None
    assert stand_ins.shown(tmp_path) == str(tmp_path)
    assert spools.WINDOW_BYTES == 256 * 2**20


class Packed(Listed):
    """Objects that are containers: a sample ``0.tar/a.jpg`` lies in ``0.tar``."""

    packed = True

    def file_of(self, path):
        return path.partition("/")[0]


@pytest.fixture
def packed(bad, tmp_path):
    """A spool of three containers of 400 bytes; two of them fit."""
    root = tmp_path / "root"
    root.mkdir()
    for number in range(3):
        bad.objects[f"P/{number}.tar"] = bytes([number]) * 400
    spool = Spool(Bucket(Address("s3", "any", "P"), QUICK), Packed(bad), root, window_bytes=900)
    stand_ins.register(root, "s3://any/P", spool)
    yield root
    spool.close()
    stand_ins.forget(root)


def test_the_container_of_a_sample_is_brought_whatever_its_size(packed):
    with stand_ins.holding(packed, "1.tar/Cat/a.jpg", 10) as absence:
        assert absence is None
        assert (packed / "1.tar").read_bytes() == b"\1" * 400


def test_a_container_stays_while_samples_of_it_are_to_come(bad, packed):
    samples = [f"{number}.tar/{n}.jpg" for number in range(3) for n in range(6)]
    chunks = [range(start, start + 2) for start in range(0, 18, 2)]
    with stand_ins.bringing(packed, chunks, lambda n: (samples[n],), MOST) as brought:
        for chunk in chunks:
            brought.hold(chunk)
            assert (packed / samples[chunk.start].partition("/")[0]).stat().st_size == 400
            assert sum(path.stat().st_size for path in packed.iterdir()) <= 1200
            brought.release(chunk)
            time.sleep(0.03)  # the threads that fetch ahead look for room now
    assert sorted(key for _, key in bad.log) == ["P/0.tar", "P/1.tar", "P/2.tar"]


def test_containers_that_are_needed_in_turn_make_room_for_each_other(bad, packed):
    samples = [f"{n % 3}.tar/{n}.jpg" for n in range(9)]
    chunks = [range(n, n + 1) for n in range(9)]
    with stand_ins.bringing(packed, chunks, lambda n: (samples[n],), MOST) as brought:
        for chunk in chunks:
            brought.hold(chunk)
            assert brought.absent(chunk.start) is None
            assert len(list(packed.iterdir())) <= 3
            brought.release(chunk)
