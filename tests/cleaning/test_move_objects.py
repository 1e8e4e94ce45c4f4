"""Move objects of a bucket whatever lies under their old and new keys by then."""

import hashlib

import pytest
from cleaned_bucket import DATA, STATE

from catsclean.cleaning.move import Job
from catsclean.cleaning.move_objects import ObjectRoute, move_objects
from catsclean.cleaning.open_quarantine import open_quarantine
from catsclean.core.safe_folder import NotAsRecordedError
from catsclean.objects import bucket_state

PICTURE, ASIDE = "Cat/2.jpg", "20260101-000000/files/Cat/2.jpg"
OTHER = b"another picture"
KEYS = {PICTURE: f"{DATA}{PICTURE}", ASIDE: f"{STATE}quarantine/{ASIDE}"}


@pytest.fixture(scope="module")
def opened(there):
    """The data set and the quarantine, opened as a clean does it."""
    there.restore()
    with open_quarantine(bucket_state.open_data_set(there.url, writes=True)) as folders:
        yield folders
    there.restore()


@pytest.fixture
def move(there, opened):
    """Move a picture aside or back; give why it stays, and the bytes under both keys."""
    for key in KEYS.values():
        there.store.delete(key)
    there.store.put(KEYS[PICTURE], there.pictures[PICTURE])

    def call(*, returns=False, before=None):
        data, quarantine = opened
        picture = there.pictures[PICTURE]
        places = (ASIDE, PICTURE) if returns else (PICTURE, ASIDE)
        job = Job(*places, hashlib.sha256(picture).hexdigest(), len(picture))
        route = (quarantine, data) if returns else (data, quarantine)
        (outcome,) = move_objects([job], ObjectRoute(*route, returns), before=before)
        left = set(there.store.all_keys())
        held = [there.store.get(key) if key in left else None for key in KEYS.values()]
        return outcome.reason, *held

    yield call
    there.server.meddle = None


def refuse(_):
    raise NotAsRecordedError("stays, as its original has changed")


def put(there, path, data):
    there.store.put(KEYS[path], data)


def test_an_object_that_is_nowhere_is_gone(there, move):
    there.store.delete(KEYS[PICTURE])
    assert move() == ("is gone", None, None)


def test_what_lies_in_the_quarantine_alone_with_other_bytes_is_left_for_undo(there, move):
    there.store.delete(KEYS[PICTURE])
    put(there, ASIDE, OTHER)
    assert move() == ("", None, OTHER)


def test_a_copy_of_an_object_that_may_not_leave_any_more_goes(there, move):
    put(there, ASIDE, there.pictures[PICTURE])
    why = "stays, as its original has changed"
    assert move(before=refuse) == (why, there.pictures[PICTURE], None)


def test_a_copy_counts_as_moved_if_somebody_put_other_bytes_under_the_old_key(there, move):
    put(there, ASIDE, there.pictures[PICTURE])
    put(there, PICTURE, OTHER)
    assert move() == ("", OTHER, there.pictures[PICTURE])


def test_an_object_that_is_back_stays_whatever_took_its_key_in_the_quarantine(there, move):
    put(there, ASIDE, OTHER)
    why, *held = move(returns=True)
    assert "its bytes differ" in why or "recorded" in why
    assert held == [there.pictures[PICTURE], OTHER]


def test_an_object_that_goes_before_it_is_copied_is_gone(there, move):
    def go(method, where):
        if method == "COPY" and where.endswith(PICTURE):
            there.store.delete(KEYS[PICTURE])
            return 404  # as S3 does; the server of the tests speaks of a condition
        return None

    there.server.meddle = go
    assert move() == ("is gone", None, None)


def test_an_object_that_is_back_and_cannot_be_deleted_from_the_quarantine_is_back(there, move):
    there.store.delete(KEYS[PICTURE])
    put(there, ASIDE, there.pictures[PICTURE])
    there.server.meddle = lambda method, _: 403 if method == "DELETE" else None
    assert move(returns=True) == ("", there.pictures[PICTURE], there.pictures[PICTURE])
