"""A bucket is listed as a folder is: every object is a row, and none is opened."""

import buckets
import pytest

from catsclean.core.bucket_address import Address
from catsclean.core.evidence import Outcome
from catsclean.core.path_patterns import exclusion
from catsclean.errors import DatasetError
from catsclean.objects import bucket_state
from catsclean.objects.bucket_state import OpenBucket
from catsclean.objects.object_keys import path_of_hostile
from catsclean.scan.list_bucket import list_bucket


@pytest.fixture
def bucket(moto, monkeypatch, tmp_path):
    buckets.use(monkeypatch, moto.url)
    return moto.make()


@pytest.fixture
def opened(bucket):
    found = OpenBucket(Address("s3", bucket.name, "P"))
    yield found
    found.close()


def test_objects_are_rows_sorted_by_path(bucket, opened, moto):
    for number, key in enumerate(["Dog/1.jpg", "Cat/2.jpg", "Cat/ä\\.jpg", "Cat-1.jpg", "0.jpg"]):
        bucket.put(f"P/{key}", b"x" * number)
    bucket.put("P-other/1.jpg", b"x")
    moto.log.clear()
    listing = list_bucket(opened)
    assert listing.paths == ["0.jpg", "Cat-1.jpg", "Cat/2.jpg", "Cat/ä\\\\.jpg", "Dog/1.jpg"]
    assert listing.folders_of == ["", "", "Cat", "Cat", "Dog"]
    assert list(listing.sizes_bytes) == [4, 3, 1, 2, 0]
    assert listing.folders == ["Cat", "Dog"]
    assert set(listing.links) == {1}
    assert min(listing.mtimes_ns) > 1e18
    assert listing.presets == {}
    assert [method for method, _ in moto.log] == ["LIST"]
    found = opened.find("Cat/ä\\\\.jpg")
    assert found == ("P/Cat/ä\\.jpg", buckets.etag_of(b"xx"), 2)
    assert opened.find("Cat/none.jpg") is None


def test_the_bytes_of_an_object_and_not_its_place_make_its_identity(bucket, opened):
    for key, data in {"1.jpg": b"a", "2.jpg": b"a", "3.jpg": b"b"}.items():
        bucket.put(f"P/{key}", data)
    one, same, other = list_bucket(opened).inodes
    assert one == same != other


def test_markers_of_folders_are_folders(bucket, opened):
    for key in ["P/", "P/Cat/", "P/Cat/1.jpg", "P/Empty/"]:
        bucket.put(key, b"x" if key.endswith("jpg") else b"")
    bucket.put("P/nothing", b"")
    listing = list_bucket(opened)
    assert listing.paths == ["Cat/1.jpg", "nothing"]
    assert listing.folders == ["Cat", "Empty"]


HOSTILE = {
    "odd/../x.jpg": "'.' or '..'",
    "a//b.jpg": "an empty part",
    "/abs.jpg": "begins with a slash",
    "./c.jpg": "'.' or '..'",
    "tab\there.jpg": "control character",
    "Cat/real/": "ends in a slash",
    "y" * 300 + ".jpg": "of more than 255 bytes",
}


def test_hostile_keys_are_rows_that_are_never_opened(bucket, opened):
    pytest.importorskip("s3fs", reason="needs s3fs, which lists what obstore refuses")
    for key in ["Cat/1.jpg", "Cat/", *HOSTILE]:
        bucket.put(f"P/{key}", b"" if key == "Cat/" else b"xyz")
    listing = list_bucket(opened)
    assert len(listing.paths) == 1 + len(HOSTILE)
    assert listing.folders == ["Cat"]
    shown = {path: listing.presets.get(row) for row, path in enumerate(listing.paths)}
    assert shown.pop("Cat/1.jpg") is None
    for key, reason in HOSTILE.items():
        outcome, detail = shown.pop(path_of_hostile(key))
        assert reason in detail
        assert detail.endswith("so it is never opened")
        assert outcome == Outcome.UNREADABLE
        assert opened.find(path_of_hostile(key)) is None
    assert not shown
    assert opened.find("Cat/1.jpg") is not None


def test_a_hostile_key_that_the_user_leaves_out_is_no_row(bucket, opened):
    pytest.importorskip("s3fs", reason="needs s3fs, which lists what obstore refuses")
    for key in ("Cat/1.jpg", "raw//2.jpg", "tab\there.txt"):
        bucket.put(f"P/{key}", b"x")
    listing = list_bucket(opened, exclusion("raw/**"))
    assert listing.excluded == 1
    outcomes = {listing.paths[row]: outcome for row, (outcome, _) in listing.presets.items()}
    # a key without the extension of a picture leaves no picture unread
    assert outcomes == {path_of_hostile("tab\there.txt"): Outcome.SPECIAL}
    assert "Cat/1.jpg" in listing.paths


def test_a_container_in_a_bucket_is_listed_without_reading_it_and_told_if_it_is_gone(bucket, moto):
    bucket.put("all.zip", b"not read")
    opened = OpenBucket(Address("s3", bucket.name, "all.zip"))
    moto.log.clear()
    listing = list_bucket(opened)
    assert (listing.paths, list(listing.sizes_bytes)) == ([""], [8])
    assert [method for method, _ in moto.log] == ["HEAD"]
    bucket.delete("all.zip")
    with pytest.raises(DatasetError, match=r"the object is gone. Received: .*all\.zip'"):
        list_bucket(opened)
    opened.close()


def test_an_empty_object_that_the_bucket_refuses_to_tell_from_a_folder_is_a_file(monkeypatch):
    with buckets.misbehaving() as (server, url):
        buckets.use(monkeypatch, url)
        server.objects["P/1.jpg"] = b"x"
        server.objects["P/nothing"] = b""
        server.rules["P/nothing"] = buckets.Rule(403)
        found = OpenBucket(Address("s3", "any", "P"))
        listing = list_bucket(found)
        assert (listing.paths, listing.folders) == (["1.jpg", "nothing"], [])
        found.close()


def test_two_keys_that_are_listed_alike_are_one_row_that_is_never_opened(bucket, opened):
    for key, data in {"Cat/1.jpg": b"x", "Cat/1.jpg/": b"other", "Cat/2.jpg": b"y"}.items():
        bucket.put(f"P/{key}", data)
    listing = list_bucket(opened)
    assert listing.paths == ["Cat/1.jpg", "Cat/2.jpg"]
    assert list(listing.presets) == [0]
    assert "last slash" in listing.presets[0][1]
    assert opened.find("Cat/2.jpg") == ("P/Cat/2.jpg", buckets.etag_of(b"y"), 1)


def test_rows_that_have_to_be_sorted_keep_their_etags(monkeypatch):
    with buckets.misbehaving() as (server, url):
        buckets.use(monkeypatch, url)
        # escaped, a backslash comes after all letters that are shown as they are
        for number, key in enumerate(["a\\b.jpg", "a\u00ad.jpg", "az.jpg", "b.jpg"]):
            server.objects[f"P/{key}"] = b"x" * number
        server.etags["P/b.jpg"] = '"0123-7"'
        found = OpenBucket(Address("s3", "any", "P"))
        listing = list_bucket(found)
        assert listing.paths == sorted(listing.paths)
        for number, path in enumerate(["a\\\\b.jpg", "a\\xad.jpg", "az.jpg"]):
            assert found.find(path)[1:] == (buckets.etag_of(b"x" * number), number)
        assert found.find("b.jpg")[1] == '"0123-7"'
        found.close()


def test_a_key_that_is_also_a_folder_is_never_opened(bucket, opened):
    for key in ["P/Cat", "P/Cat/1.jpg"]:
        bucket.put(key, b"x")
    listing = list_bucket(opened)
    assert listing.paths == ["Cat", "Cat/1.jpg"]
    assert "folder of other keys" in listing.presets[0][1]


def test_patterns_and_closed_folders_leave_objects_out(bucket, opened):
    for key in [
        "Cat/1.jpg",
        "raw/2.jpg",
        "raw/in/3.jpg",
        "Cat/4_mask.png",
        ".git/5",
        "P.catsclean/6",
    ]:
        bucket.put(f"P/{key}", b"x")
    listing = list_bucket(opened, exclusion(["raw/", "*_mask.png"]))
    assert listing.paths == ["Cat/1.jpg"]
    assert listing.folders == ["Cat"]
    assert listing.excluded == 2
    assert sorted(folder for folder, _ in listing.skipped_folders) == [".git", "P.catsclean"]


def test_an_empty_place_says_so(bucket, opened):
    with pytest.raises(DatasetError, match=r"no object lies there.*/P'"):
        list_bucket(opened)


def test_a_bucket_that_refuses_to_list_says_so(monkeypatch):
    with buckets.misbehaving() as (server, url):
        buckets.use(monkeypatch, url)
        server.rules[""] = buckets.Rule(403)
        found = OpenBucket(Address("s3", "any", "P"))
        with pytest.raises(DatasetError, match=r"cannot list 's3://any/P': the bucket refuses"):
            list_bucket(found)
        found.close()


def test_a_bucket_that_is_not_there_says_so(moto, monkeypatch):
    buckets.use(monkeypatch, moto.url)
    found = OpenBucket(Address("s3", "no-such-bucket", "P"))
    with pytest.raises(DatasetError, match="there is no bucket 's3://no-such-bucket'"):
        list_bucket(found)
    found.close()


def test_many_objects_need_one_request_a_thousand(bucket, opened, moto):
    for number in range(2100):
        bucket.put(f"P/{number}.jpg", b"x")
    moto.log.clear()
    assert len(list_bucket(opened).paths) == 2100
    assert [method for method, _ in moto.log] == ["LIST"] * 3


def test_an_open_bucket_is_found_by_its_stand_in(opened):
    assert bucket_state.open_bucket_of(opened.root) is None  # this one was made by hand
