"""The client reads what was listed, writes under a condition, and shows no secret."""

import traceback

import buckets
import pytest

from catsclean.core.bucket_address import Address
from catsclean.objects.bucket_client import (
    Bucket,
    BusyError,
    ConditionError,
    HostileKeyError,
    Mark,
    MissingObjectError,
    ObjectError,
    Patience,
    RefusedError,
    TooManyBytesError,
)

QUICK = Patience(connect_s=1, stall_s=0.3, request_s=1, tries=1, backoff_s=0.01)


def client(name, patience=QUICK):
    return Bucket(Address("s3", name, "P"), patience)


def test_objects_are_listed_with_size_etag_and_time(bucket):
    bucket.put("P/Cat/1.jpg", b"meow")
    bucket.put("Other/1.jpg", b"x")
    [one] = client(bucket.name).list("P/")
    assert (one.key, one.size_bytes) == ("P/Cat/1.jpg", 4)
    assert one.etag == buckets.etag_of(b"meow")
    assert one.modified_ns > 1e18


def test_an_object_is_read_if_it_is_the_one_that_was_listed(bucket):
    bucket.put("P/1.jpg", b"meow")
    own = client(bucket.name)
    [one] = own.list("P/")
    assert bytes(own.get(one.key, one.etag, 4)) == b"meow"
    bucket.put("P/1.jpg", b"woof")
    with pytest.raises(ConditionError):
        own.get(one.key, one.etag, 4)
    bucket.delete("P/1.jpg")
    with pytest.raises(MissingObjectError):
        own.get(one.key, one.etag, 4)


def test_a_write_under_a_condition_is_refused_if_somebody_else_wrote(bucket):
    own = client(bucket.name)
    mark = own.put_new("S/lock", b"1")
    with pytest.raises(ConditionError):
        own.put_new("S/lock", b"2")
    newer = own.put_same("S/lock", b"3", mark)
    with pytest.raises(ConditionError):
        own.put_same("S/lock", b"4", mark)
    data, same = own.read("S/lock", 100)
    assert (bytes(data), same) == (b"3", newer)
    with pytest.raises(TooManyBytesError):
        own.read("S/lock", 0)
    assert own.exists("S/lock")
    own.delete("S/lock")
    own.delete("S/lock")
    assert not own.exists("S/lock")
    with pytest.raises(ConditionError):
        own.put_same("S/lock", b"5", newer)


def test_an_object_is_written_to_a_file_piece_by_piece(bucket, tmp_path):
    bucket.put("S/a", b"x" * 100_000)
    own = client(bucket.name)
    own.fetch("S/a", Mark(buckets.etag_of(b"x" * 100_000)), tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"x" * 100_000
    with pytest.raises(ConditionError):
        own.fetch("S/a", Mark('"other"'), tmp_path / "a")
    with pytest.raises(MissingObjectError):
        own.fetch("S/none", Mark(""), tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        own.fetch("S/a", Mark(""), tmp_path / "no/folder")


@pytest.mark.parametrize("key", ["P/odd/../x.jpg", "P/a//b.jpg"])
def test_a_hostile_key_is_told_from_other_failures(bucket, key):
    bucket.put(key, b"x")
    with pytest.raises(HostileKeyError):
        list(client(bucket.name).list("P/"))


def test_a_missing_bucket_is_missing(bucket):
    with pytest.raises(MissingObjectError):
        list(client("no-such-bucket-here").list("P/"))


FAILURES = [
    (buckets.Rule(403), RefusedError),
    (buckets.Rule(401), RefusedError),
    (buckets.Rule(404), MissingObjectError),
    (buckets.Rule(500), BusyError),
    (buckets.Rule(503), BusyError),
    (buckets.Rule(400), ObjectError),
    (buckets.Rule(sends=3), BusyError),
    (buckets.Rule(waits_s=0.8), BusyError),
    (buckets.Rule(data=b"quite other bytes"), ConditionError),
    (buckets.Rule(data=b"me"), ConditionError),
    (buckets.Rule(data=b"WOOF", etag='"other"'), ConditionError),
]


@pytest.mark.parametrize(
    ("rule", "kind"), FAILURES, ids=lambda one: getattr(one, "__name__", str(one))
)
def test_a_bad_answer_ends_in_an_error_that_shows_no_secret(bad, rule, kind):
    bad.objects["P/1.jpg"] = b"meow"
    bad.rules["P/1.jpg"] = rule
    with pytest.raises(kind) as caught:
        client("any").get("P/1.jpg", buckets.etag_of(b"meow"), 4)
    shown = "".join(traceback.format_exception(caught.value))
    assert buckets.SECRET not in shown
    assert buckets.KEY_ID not in shown
    assert "http://" not in caught.value.reason


@pytest.mark.parametrize("rule", [buckets.Rule(500, times=1), buckets.Rule(503, times=1)])
def test_a_failure_that_passes_is_not_noticed(bad, rule):
    bad.objects["P/1.jpg"] = b"meow"
    bad.rules["P/1.jpg"] = rule
    assert bytes(client("any").get("P/1.jpg", "", 4)) == b"meow"
    assert len(bad.log) == 2


def test_a_bucket_that_refuses_to_list_says_so(bad):
    bad.rules[""] = buckets.Rule(403)
    with pytest.raises(RefusedError, match="status 403"):
        list(client("any").list("P/"))


def test_nobody_listens(monkeypatch):
    pytest.importorskip("obstore", reason="needs the extra cloud (obstore)")
    buckets.use(monkeypatch, f"http://127.0.0.1:{buckets.free_port()}")
    with pytest.raises(BusyError):
        client("any").get("P/1.jpg", "", 4)


def test_an_unencrypted_endpoint_must_be_allowed(monkeypatch):
    pytest.importorskip("obstore", reason="needs the extra cloud (obstore)")
    buckets.use(monkeypatch, f"http://127.0.0.1:{buckets.free_port()}")
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(RefusedError, match="AWS_ALLOW_HTTP"):
        client("any").get("P/1.jpg", "", 4)
