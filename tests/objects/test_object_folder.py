"""The objects of a bucket are looked up and compared as the files of a folder are."""

import hashlib

import pytest

from catsclean.core.bucket_address import Address
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.objects import object_folder
from catsclean.objects.bucket_client import Bucket, Patience
from catsclean.objects.object_folder import AuditedBytes, KnownBytes, ObjectFolder
from catsclean.objects.object_keys import identity_of

SHA = hashlib.sha256(b"data").hexdigest()


@pytest.fixture
def make(bucket, tmp_path):
    for key, data in {"P/Cat/ä\\.jpg": b"data", "P/Cat/b/c.jpg": b"x", "P/d.jpg": b"data"}.items():
        bucket.put(key, data)

    def made(recorded=lambda _: None):
        client = Bucket(Address("s3", bucket.name, "P"), Patience(tries=0))
        known = KnownBytes(same_everywhere=True)
        return ObjectFolder(tmp_path, client, "P/", known, lambda: None, recorded)

    return made


@pytest.mark.parametrize("most", [0, 500])
def test_paths_are_found_one_by_one_or_in_a_listing(make, monkeypatch, most):
    monkeypatch.setattr(object_folder, "_MOST_LOOKED_UP", most)
    with make() as folder:
        asked = ["Cat/ä\\.jpg", "Cat/none.jpg", "d.jpg", "Cat"]
        assert folder.present(asked) == {"Cat/ä\\.jpg", "d.jpg"}


def test_a_path_that_nobody_may_look_at_may_be_there(make, moto, monkeypatch):
    monkeypatch.setattr(moto, "meddle", lambda *_: 403)
    with make() as folder:
        assert folder.present(["none.jpg"]) == {"none.jpg"}


def test_only_the_files_of_a_folder_itself_are_listed(make):
    with make() as folder:
        assert folder.files("Cat") == ["ä\\.jpg"]
        assert folder.files("") == ["d.jpg"]


def test_the_same_etag_is_read_once(make, moto):
    with make() as folder:
        moto.log.clear()
        assert folder.check("d.jpg", SHA).st_size == 4
        folder.check("Cat/ä\\.jpg", SHA, size=4)
        assert moto.count()["GET"] == 1


def test_what_the_audit_read_is_not_read_again_while_its_etag_stays(make, moto, bucket):
    etag = bucket.backend.get_object(bucket.name, "P/d.jpg").etag
    audited = AuditedBytes(identity_of(etag), SHA)
    with make({"d.jpg": audited}.get) as folder:
        moto.log.clear()
        folder.check("d.jpg", SHA)
        assert moto.count()["GET"] == 0
        bucket.put("P/d.jpg", b"else")
        with pytest.raises(NotAsRecordedError, match="its bytes differ"):
            folder.check("d.jpg", SHA)


@pytest.mark.parametrize(
    ("path", "size", "why"),
    [
        ("none.jpg", None, "is gone"),
        ("d.jpg", 5, "changed since the audit: 4 bytes, recorded 5"),
        ("../d.jpg", None, "is never opened: its key has a part"),
    ],
)
def test_a_file_that_is_not_as_recorded_is_refused(make, path, size, why):
    with make() as folder, pytest.raises(NotAsRecordedError, match=why):
        folder.check(path, SHA, size=size)


def test_an_etag_that_is_no_digest_counts_for_its_own_object_only():
    known = KnownBytes(same_everywhere=True)
    one = object_folder.StoredObject("P/a", 4, '"abc-2"', 0)
    known.note(one, SHA)
    assert known.of(one) == SHA
    assert known.of(one._replace(key="P/b")) == ""
