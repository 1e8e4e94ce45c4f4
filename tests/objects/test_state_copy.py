"""The state in the bucket counts; the copy here follows it, and changes are written back."""

import pytest

from catsclean.core.bucket_address import Address
from catsclean.errors import StateError
from catsclean.objects.bucket_client import Bucket
from catsclean.objects.state_copy import StateCopy

PREFIX = "P.catsclean/"


@pytest.fixture
def copies(bucket, tmp_path):
    """Return a function that makes the copy of one of two machines."""
    client = Bucket(Address("s3", bucket.name, "P"))

    def make(machine="a"):
        return StateCopy(client, PREFIX, tmp_path / machine / "P.catsclean")

    return make


def update(copy):
    copy.update(copy.list_remote())


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(copy, **contents):
    for name, data in contents.items():
        path = copy.folder / name.replace("__", "/").replace("_json", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def test_what_one_machine_writes_the_other_reads(copies):
    one, other = copies("a"), copies("b")
    write(one, audit_json=b"1", cache__pairs=b"2")
    one.write_back()
    update(other)
    assert files(other.folder) == {"audit.json": b"1", "cache/pairs": b"2"}
    write(other, audit_json=b"3")
    (other.folder / "cache/pairs").unlink()
    other.write_back()
    update(one)
    assert files(one.folder) == {"audit.json": b"3"}


def test_only_what_changed_is_written_and_the_summary_last(copies, moto, bucket):
    one = copies()
    write(one, audit_json=b"1", manifest=b"2", zebra=b"3")
    one.write_back()
    moto.log.clear()
    write(one, audit_json=b"4", zebra=b"5")
    one.write_back()
    assert [path for _, path in moto.log] == [
        f"/{bucket.name}/{PREFIX}zebra", f"/{bucket.name}/{PREFIX}audit.json",
    ]  # fmt: skip
    moto.log.clear()
    one.write_back()
    update(one)
    assert [method for method, _ in moto.log] == ["LIST"]


def test_what_another_command_changed_meanwhile_is_not_replaced(copies, bucket):
    one = copies()
    write(one, audit_json=b"1", manifest=b"1")
    one.write_back()
    bucket.put(f"{PREFIX}manifest", b"theirs")
    write(one, audit_json=b"2", manifest=b"2")
    with pytest.raises(StateError, match="another command changed manifest"):
        one.write_back()
    assert bucket.get(f"{PREFIX}manifest") == b"theirs"
    assert bucket.get(f"{PREFIX}audit.json") == b"1"
    update(one)
    assert files(one.folder) == {"audit.json": b"1", "manifest": b"theirs"}


def test_after_a_kill_before_writing_back_only_the_cache_is_ahead(copies):
    one = copies()
    write(one, audit_json=b"1", cache__a=b"1")
    one.write_back()
    write(one, audit_json=b"2", findings=b"2", cache__a=b"2", cache__b=b"2")  # and then the kill
    update(one)
    assert files(one.folder) == {"audit.json": b"1", "cache/a": b"2", "cache/b": b"2"}
    one.write_back()
    other = copies("b")
    update(other)
    assert files(other.folder) == files(one.folder)


def test_a_state_that_was_deleted_in_the_bucket_is_deleted_here(copies, bucket):
    one = copies()
    write(one, audit_json=b"1", cache__a=b"1")
    one.write_back()
    for key in bucket.all_keys():
        bucket.delete(key)
    update(one)
    assert files(one.folder) == {}


def test_a_damaged_index_costs_time_and_nothing_else(copies):
    one = copies()
    write(one, audit_json=b"1")
    one.write_back()
    one._index.write_text('{"audit.json": 3}')
    update(one)
    assert files(one.folder) == {"audit.json": b"1"}
    write(one, audit_json=b"2")
    one.write_back()


STRANGE = ["x y", ".hidden", "a/.b", "quarantine/1/x", "runs/1/model", "a/b/c/d/e", "ä", "-rf"]


@pytest.mark.parametrize("name", STRANGE)
def test_a_key_that_catsclean_does_not_write_is_left_alone(copies, bucket, name):
    bucket.put(f"{PREFIX}{name}", b"x")
    one = copies()
    update(one)
    assert not one.folder.exists() or files(one.folder) == {}
    write(one, audit_json=b"1")
    one.write_back()
    assert bucket.get(f"{PREFIX}{name}") == b"x"


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_small_pictures_are_neither_written_back_nor_removed(copies, bucket, ending):
    one = copies()
    write(one, audit_json=b"1")
    (one.folder / "cache").mkdir()
    pictures = one.folder / f"cache/thumbnails.sqlite{ending}"
    pictures.write_bytes(b"many megabytes")
    one.write_back()
    assert f"{PREFIX}cache/{pictures.name}" not in bucket.all_keys()
    update(one)
    assert pictures.read_bytes() == b"many megabytes"


def test_a_hostile_key_in_the_state_is_refused(copies, bucket, tmp_path):
    bucket.put(f"{PREFIX}../../escaped", b"x")
    with pytest.raises(StateError, match="did not write"):
        update(copies())
    assert not list(tmp_path.rglob("escaped"))


def test_tables_of_others_are_not_replaced(copies, bucket):
    bucket.put(f"{PREFIX}manifest.csv", b"theirs")
    one = copies()
    with pytest.raises(StateError, match=r"manifest\.csv in .* was not written by catsclean"):
        one.refuse_to_replace(one.list_remote(), ["audit.json", "manifest.csv"])
    bucket.put(f"{PREFIX}lock", b"")
    one.refuse_to_replace(one.list_remote(), ["audit.json", "manifest.csv"])


def test_a_bucket_that_may_not_be_written_says_what_to_do(bad, tmp_path):
    import buckets

    from catsclean.objects.bucket_client import Patience

    client = Bucket(Address("s3", "any", "P"), Patience(tries=0))
    copy = StateCopy(client, PREFIX, tmp_path / "P.catsclean")
    bad.rules[f"{PREFIX}audit.json"] = buckets.Rule(403)
    write(copy, audit_json=b"1")
    with pytest.raises(StateError, match=r"refuses access \(status 403\).*--state-dir"):
        copy.write_back()
