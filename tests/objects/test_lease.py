"""Only one command works on a state at a time, and a dead one does not block it for ever."""

import json
import time

import pytest

from catsclean.core.bucket_address import Address
from catsclean.errors import StateError
from catsclean.objects.bucket_client import Bucket
from catsclean.objects.lease import Lease

KEY = "P.catsclean/lock"


@pytest.fixture
def client(bucket):
    return Bucket(Address("s3", bucket.name, "P"))


def listed(client):
    return next((one for one in client.list("P.catsclean/") if one.key == KEY), None)


def test_the_second_command_is_told_who_works_there(client):
    first, second = Lease(client, KEY), Lease(client, KEY)
    first.take(listed(client))
    assert first.held
    for seen in (None, listed(client)):
        with pytest.raises(StateError, match=r"another catsclean \(.+@.+, pid \d+, since 20"):
            second.take(seen)
    first.check()
    first.release()
    assert not first.held
    second.take(listed(client))
    second.release()
    second.release()


def test_a_released_lock_is_an_empty_object(client, bucket):
    lease = Lease(client, KEY)
    lease.take(None)
    assert json.loads(bucket.get(KEY))["lease_s"] == 120
    lease.release()
    assert bucket.get(KEY) == b""


def test_it_is_renewed_while_its_process_lives(client, bucket):
    lease = Lease(client, KEY, lease_s=0.25)
    lease.take(None)
    until = time.monotonic() + 20
    while json.loads(bucket.get(KEY))["renewal"] < 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert json.loads(bucket.get(KEY))["renewal"] >= 2
    lease.check()
    lease.release()


def test_an_expired_lease_is_taken_over_and_the_former_holder_notices(client):
    dead = Lease(client, KEY, lease_s=0.01)
    dead._renew = lambda: None  # as a machine without power does
    dead.take(None)
    dead._thread.join()
    time.sleep(1.1)  # the bucket tells the time in whole seconds
    living = Lease(client, KEY)
    living.take(listed(client))
    Lease._renew.__get__(dead)()
    with pytest.raises(StateError, match="took over"):
        dead.check()
    dead.release()
    living.check()
    living.release()


def test_a_write_whose_answer_was_lost_is_recognised(client, monkeypatch):
    lease = Lease(client, KEY)
    put = client.put_new

    def repeated(key, data):
        put(key, data)
        return put(key, data)

    monkeypatch.setattr(client, "put_new", repeated)
    lease.take(None)
    assert lease.held
    lease.release()


@pytest.mark.parametrize("body", [b"nonsense", b"[1]", b'{"lease_s": "x"}'])
def test_a_lock_that_nobody_can_read_holds_for_the_usual_time(client, bucket, body):
    bucket.put(KEY, body)
    with pytest.raises(StateError, match="unknown"):
        Lease(client, KEY).take(listed(client))
