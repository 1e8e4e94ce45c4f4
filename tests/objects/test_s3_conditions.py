"""The server decides whether an object is copied or deleted, and says which version it hid."""

import sys

import pytest

from catsclean.core.bucket_address import Address
from catsclean.errors import MissingExtraError
from catsclean.objects import s3_conditions
from catsclean.objects.bucket_client import (
    Bucket,
    ConditionError,
    MissingObjectError,
    Patience,
    RefusedError,
)


@pytest.fixture
def client(bucket):
    bucket.put("P/a", b"data")
    return Bucket(Address("s3", bucket.name, "P"), Patience(tries=0))


def test_an_unchanged_object_is_copied_and_deleted(client, bucket):
    found = client.find("P/a")
    client.copy_same(found, "Q/ä b")
    assert bucket.get("Q/ä b") == b"data"
    assert client.delete_same(found) == ""
    assert bucket.all_keys() == ["Q/ä b"]


def test_a_changed_object_is_neither_copied_nor_deleted(client, bucket):
    found = client.find("P/a")
    bucket.put("P/a", b"other")
    with pytest.raises(ConditionError):
        client.copy_same(found, "Q/a")
    with pytest.raises(ConditionError):
        client.delete_same(found)
    assert bucket.contents() == {"P/a": b"other"}


def test_a_key_that_is_taken_is_not_overwritten(client, bucket):
    bucket.put("Q/a", b"other")
    with pytest.raises(ConditionError):
        client.copy_same(client.find("P/a"), "Q/a")
    assert bucket.get("Q/a") == b"other"


def test_an_object_that_is_gone_is_missing(client, bucket):
    found = client.find("P/a")
    bucket.delete("P/a")
    with pytest.raises(MissingObjectError):
        client.delete_same(found)


def test_the_delete_marker_of_a_bucket_with_versions_is_returned(client, bucket):
    bucket.keep_versions()
    bucket.put("P/a", b"new")
    found = client.find("P/a")
    marker = client.delete_same(found)
    assert bucket.versions("P/a")[-2:] == [(found.version, b"new"), (marker, None)]


def test_without_credentials_it_says_so(client, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nothing")
    found = client.find("P/a")
    with pytest.raises(RefusedError, match="no credentials were found"):
        client.delete_same(found)


def test_without_a_signature_none_is_made(client, bucket, monkeypatch):
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    client.copy_same(client.find("P/a"), "Q/a")
    assert bucket.get("Q/a") == b"data"


def test_the_region_is_that_of_the_other_client(monkeypatch):
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert s3_conditions._make_client(1, 1, 0).meta.region_name == "eu-north-1"


def test_without_botocore_it_says_what_to_install(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(MissingExtraError, match=r"botocore.*\[cloud\]"):
        client.delete_same(client.find("P/a"))
