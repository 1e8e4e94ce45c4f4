"""Evidence of unchanged files comes from the cache, of all others from the files."""

import os
import time

import pytest
from pictures import jpeg, make_dataset

from catsclean.reading.discover import discover
from catsclean.reading.limits import Limits
from catsclean.scan.cache import Cache, fingerprint
from catsclean.scan.gather import gather


@pytest.fixture
def dataset(tmp_path):
    root = make_dataset(tmp_path / "set")
    age(root)
    return root


def age(root, seconds=3600):
    """Make files older than the clock's grain, within which the cache trusts no time."""
    then = time.time() - seconds
    for path in root.rglob("*.jpg"):
        os.utime(path, (then, then))


def scan(root, **options):
    cache = Cache(root.with_name("state") / "cache", fingerprint(Limits(), []))
    return gather(root, discover(root), Limits(), [], workers=1, cache=cache, **options)


def test_unchanged_files_are_not_read_again(dataset):
    first = scan(dataset)
    second = scan(dataset)
    assert (first.read, first.reused) == (12, 0)
    assert (second.read, second.reused) == (0, 12)
    assert second.table.drop(["recorded_sha256"]).equals(first.table.drop(["recorded_sha256"]))


def test_a_changed_and_a_new_file_are_read(dataset):
    scan(dataset)
    (dataset / "Cat" / "0.jpg").write_bytes(jpeg(99))
    (dataset / "Cat" / "new.jpg").write_bytes(jpeg(100))
    again = scan(dataset)
    assert (again.read, again.reused) == (2, 11)


def test_a_removed_file_leaves_the_rest_reused(dataset):
    scan(dataset)
    (dataset / "Cat" / "0.jpg").unlink()
    again = scan(dataset)
    assert (again.read, again.reused) == (0, 11)


def test_a_file_changed_just_before_the_scan_is_read_again(dataset):
    (dataset / "Cat" / "0.jpg").write_bytes(jpeg(99))
    scan(dataset)
    assert scan(dataset).read == 1


@pytest.mark.parametrize("damage", [b"", b"ARROW1 nonsense", None])
def test_a_damaged_cache_is_as_good_as_none(dataset, damage):
    scan(dataset)
    path = dataset.with_name("state") / "cache" / "evidence.arrow"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage is None else damage)
    assert scan(dataset).read == 12


def test_a_cache_of_another_version_is_as_good_as_none(dataset, monkeypatch):
    scan(dataset)
    monkeypatch.setattr("catsclean.scan.cache.VERSION", 1)
    assert scan(dataset).read == 12


def test_other_limits_read_every_file_again(dataset):
    scan(dataset)
    limits = Limits(max_pixels=1000)
    cache = Cache(dataset.with_name("state") / "cache", fingerprint(limits, []))
    assert gather(dataset, discover(dataset), limits, [], workers=1, cache=cache).read == 12


def test_verify_reads_every_file_and_shows_what_the_last_audit_read(dataset):
    scan(dataset)
    path = dataset / "Dog" / "3.jpg"
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert scan(dataset).read == 0
    table = scan(dataset, verify=True).table
    differing = [
        new != old
        for new, old in zip(
            table.column("sha256").to_pylist(),
            table.column("recorded_sha256").to_pylist(),
            strict=True,
        )
    ]
    assert sum(differing) == 1


def test_an_interrupted_scan_is_taken_up_where_it_stopped(dataset):
    class StopError(Exception):
        pass

    calls = []

    def stop_in_the_middle(progress):
        calls.append(progress)
        if progress.done_files > 4:
            raise StopError

    with pytest.raises(StopError):
        scan(dataset, progress=stop_in_the_middle)
    again = scan(dataset)
    assert again.reused > 0
    assert again.reused + again.read == 12
    assert not list((dataset.with_name("state") / "cache").glob("part-*"))


def test_progress_ends_at_the_totals(dataset):
    seen = []
    scan(dataset, progress=seen.append)
    last = seen[-1]
    assert (last.done_files, last.done_bytes) == (last.total_files, last.total_bytes)
    assert last.total_files == 12
