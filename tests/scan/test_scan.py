"""Evidence of unchanged files comes from the cache, of all others from the files."""

import hashlib
import importlib
import os
import shutil
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import pictures
import pytest
from embedders import MeanColours, make_colours
from pictures import jpeg, make_dataset

from catsclean.core import spilled_columns, stored_table
from catsclean.core.limits import Limits
from catsclean.core.stored_table import StoredTable, whole_table
from catsclean.scan import reuse
from catsclean.scan.cache import Cache, fingerprint
from catsclean.scan.discover import discover
from catsclean.scan.picture_vectors import FEWEST_PICTURES, Vectors
from catsclean.scan.scan import Progress, gather


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


def scan(root, *, workers=1, **options):
    cache = Cache(root.with_name("state") / "cache", fingerprint(Limits(), []))
    return gather(root, discover(root), Limits(), [], workers=workers, cache=cache, **options)


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


def test_files_with_other_times_and_the_same_bytes_are_read_but_not_decoded(dataset):
    first = scan(dataset)
    age(dataset, seconds=7200)
    again = scan(dataset)
    assert (again.read, again.recognised, again.reused) == (12, 12, 0)
    assert_same(again, first)
    assert scan(dataset).reused == 12


def test_a_copy_of_the_whole_set_is_recognised_in_spite_of_its_inodes(dataset):
    first = scan(dataset)
    copy = shutil.copytree(dataset, dataset.with_name("copy"))
    shutil.rmtree(dataset)
    copy.rename(dataset)
    assert_same(scan(dataset), first)
    age(dataset)
    shutil.copytree(dataset, dataset.with_name("copy"), copy_function=shutil.copy)
    shutil.rmtree(dataset)
    dataset.with_name("copy").rename(dataset)
    assert scan(dataset).recognised == 12


def test_files_that_were_changed_just_before_the_first_scan_are_recognised(dataset):
    for path in dataset.rglob("*.jpg"):
        path.touch()
    scan(dataset)
    assert scan(dataset).recognised == 12


def test_a_file_of_the_same_size_with_other_bytes_is_decoded(dataset):
    path = dataset / "Cat" / "0.jpg"
    pixels = pictures.encode(pictures.draw(51), "BMP"), pictures.encode(pictures.draw(52), "BMP")
    path.write_bytes(pixels[0])
    first = scan(dataset)
    path.write_bytes(pixels[1])
    age(dataset, seconds=7200)
    again = scan(dataset)
    assert (again.read, again.recognised) == (12, 11)
    assert column(again, "phash64")[0] != column(first, "phash64")[0]
    assert column(again, "sha256")[0] == hashlib.sha256(pixels[1]).digest()


@pytest.mark.parametrize("name", ["Cat/renamed.jpg", "Dog/moved.JPG", "Cat/0.png", "Thumbs.db"])
def test_a_picture_under_another_name_is_not_decoded_again(dataset, name):
    scan(dataset)
    (dataset / "Cat" / "0.jpg").rename(dataset / name)
    again = scan(dataset)
    assert (again.read, again.recognised, again.reused) == (1, 1, 11)
    assert_same(again, fresh(dataset))


@pytest.mark.parametrize("new", ["b.jpg", "b.txt", "b.gif", "desktop.ini", "._b.png"])
def test_what_a_name_decides_is_decided_again_after_a_rename(tmp_path, new):
    root = tmp_path / "set"
    for data in (b"%PDF-1.4 page", b"", b"just text", b"\xff\xd8\xff\xe0 cut"):
        for old in ("a.jpg", "a.txt", "a", "Thumbs.db", "._a.jpg"):
            folder = root / f"{old} {len(data)}"
            folder.mkdir(parents=True)
            (folder / old).write_bytes(data)
    scan(root)
    for path in list(root.rglob("*")):
        if path.is_file():
            path.rename(path.with_name(new))
    assert_same(scan(root), fresh(root))


def test_names_exchanged_between_files_of_one_size_give_each_its_own_evidence(tmp_path):
    root = tmp_path / "set"
    root.mkdir()
    for number in range(9):
        (root / f"{number}.bmp").write_bytes(pictures.encode(pictures.draw(number), "BMP"))
    scan(root)
    for number in range(9):
        (root / f"{number}.bmp").rename(root / f"new-{(number * 4 + 1) % 9}.bmp")
    again = scan(root)
    assert_same(again, fresh(root))
    assert again.recognised > 0


def test_verify_decodes_every_file_again(dataset):
    scan(dataset)
    age(dataset, seconds=7200)
    assert scan(dataset, verify=True).recognised == 0


def test_an_interrupted_scan_keeps_what_it_recognised(dataset):
    scan(dataset)
    age(dataset, seconds=7200)

    class StopError(Exception):
        pass

    def stop_in_the_middle(progress):
        if progress.done_files > 4:
            raise StopError

    with pytest.raises(StopError):
        scan(dataset, progress=stop_in_the_middle)
    again = scan(dataset)
    assert again.reused > 0
    assert_same(again, fresh(dataset))


@pytest.mark.parametrize(("content_only", "recognised"), [(False, 0), (True, 1)])
def test_only_a_validator_of_contents_leaves_a_renamed_file_uninspected(
    dataset, tmp_path, monkeypatch, content_only, recognised
):
    (tmp_path / "naming.py").write_text(
        textwrap.dedent(f"""
            from catsclean.validators.base import Validator

            class Naming(Validator):
                name = "naming"
                columns = {{"named": ""}}
                content_only = {content_only}

                def inspect(self, image):
                    return {{"named": image.path}}
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "naming", raising=False)
    naming = importlib.import_module("naming").Naming()
    cache = Cache(tmp_path / "cache", fingerprint(Limits(), [naming]))

    def scan_once():
        return gather(dataset, discover(dataset), Limits(), [naming], workers=1, cache=cache)

    scan_once()
    (dataset / "Cat" / "0.jpg").rename(dataset / "Cat" / "other.jpg")
    again = scan_once()
    assert again.recognised == recognised
    assert ("Cat/other.jpg" in column(again, "named")) is not content_only
    age(dataset, seconds=7200)
    assert scan_once().recognised == 12


def fresh(root):
    return gather(root, discover(root), Limits(), [], workers=1, cache=None)


def assert_same(one, other):
    """Assert that two scans gave the same evidence in every column; unknown numbers are NaN."""
    assert one.table.schema.equals(other.table.schema)
    assert one.table.to_pandas().equals(other.table.to_pandas())


def column(gathered, name):
    return gathered.table.column(name).to_pylist()


@pytest.mark.parametrize(
    ("progress", "description", "counted"),
    [
        ({}, "reading", (1, 4, "files")),
        ({"examines": True}, "reading and examining", (1, 4, "files")),
        ({"stage": "comparing", "examines": True}, "comparing", (3, 6, "pairs")),
        ({"stage": "embedding"}, "examining content", (1, 4, "files")),
        ({"stage": "judging"}, "judging content", (50, 100, "%")),
        ({"stage": "inspecting"}, "inspecting", (1, 4, "files")),
    ],
)
def test_progress_says_what_is_done_and_how_much_of_it(progress, description, counted):
    found = Progress(1, 4, 10, 40, done_pairs=3, total_pairs=6, percent=50, **progress)
    assert (found.description, found.counted) == (description, counted)


def test_an_engine_reads_what_workers_would_and_their_vectors_are_kept(tmp_path):
    root = make_colours(tmp_path / "set", count=FEWEST_PICTURES // 2)
    found, vectors = [], [Vectors(MeanColours(), None) for _ in range(2)]
    with ThreadPoolExecutor(1) as executor:
        for engine, own in zip((None, executor), vectors, strict=True):
            found.append(
                gather(
                    root, discover(root), Limits(), [], workers=1, cache=None, engine=engine,
                    vectors=own,
                )
            )  # fmt: skip
    here, there = found
    assert (here.workers, there.workers) == (1, 0)
    assert repr(there.table.to_pylist()) == repr(here.table.to_pylist())
    digests = [digest.hex() for digest in here.table.column("sha256").to_pylist()]
    assert vectors[1].have(digests).all()
    assert (vectors[0].matrix(digests) == vectors[1].matrix(digests)).all()


def test_an_engine_reads_without_vectors(dataset):
    with ThreadPoolExecutor(1) as engine:
        assert scan(dataset, engine=engine).read == 12
    assert scan(dataset).reused == 12


def test_verify_without_a_last_audit_has_nothing_to_compare_with(dataset):
    assert set(scan(dataset, verify=True).table.column("recorded_sha256").to_pylist()) == {""}


@pytest.mark.parametrize("full", [False, True], ids=["saved", "the disk is full"])
@pytest.mark.parametrize("spilled", [False, True], ids=["in memory", "in a file"])
@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_evidence_is_the_same_wherever_it_lies(dataset, monkeypatch, large, spilled, full):
    expected = scan(dataset).table.to_pylist()
    shutil.rmtree(dataset.with_name("state"))
    if spilled:
        monkeypatch.setattr(spilled_columns, "LEAST_ROWS", 0)
    if large:
        monkeypatch.setattr(stored_table, "_SMALLEST_BYTES", 0)

    def fail(*_):
        raise OSError(28, "No space left on device")

    if full:
        monkeypatch.setattr(Cache, "save", fail)
    table = scan(dataset).table
    assert isinstance(table, StoredTable) == (large and not full)
    assert repr(whole_table(table).to_pylist()) == repr(expected)
    if not full:  # all of it comes from the cache now
        again = scan(dataset)
        assert (again.read, repr(whole_table(again.table).to_pylist())) == (0, repr(expected))


@pytest.mark.parametrize("large", [False, True])
def test_files_of_a_large_data_set_are_found_by_their_last_row(dataset, monkeypatch, large):
    first = scan(dataset)
    monkeypatch.setattr(reuse, "_FEW_ROWS", 0)
    if large:
        monkeypatch.setattr(reuse, "is_large_text", lambda _column: True)
    (dataset / "Cat" / "0.jpg").unlink()
    (dataset / "Cat" / "new.jpg").write_bytes(jpeg(100))
    again = scan(dataset)
    assert (first.read, again.read, again.reused) == (12, 1, 11)


def test_as_many_workers_are_started_as_pay_off_for_what_is_not_known(dataset):
    scan(dataset)
    age(dataset, seconds=7200)
    again = scan(dataset, workers=None)
    assert (again.read, again.recognised, again.workers) == (12, 12, 1)
