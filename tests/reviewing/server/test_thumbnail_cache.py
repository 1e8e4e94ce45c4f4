"""Whatever happens to the file of small pictures, the worst is that they are made again."""

import os
import sqlite3
import threading
from contextlib import closing

import pytest

from catsclean.core.state import StateFolder
from catsclean.reviewing.server.thumbnail_cache import ThumbnailCache
from catsclean.scan.cache import Cache

BODY = b"RIFF....WEBP" * 100


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "thumbnails.sqlite"


@pytest.fixture
def cache(path):
    cache = ThumbnailCache(path)
    yield cache
    cache.close()


def test_a_picture_is_found_by_its_digest_and_size(cache):
    cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) == BODY
    assert cache.get("aa", 320) is None
    assert cache.get("ab", 160) is None


def test_it_is_still_there_after_a_restart(cache, path):
    cache.put("aa", 160, BODY)
    cache.close()
    assert ThumbnailCache(path).get("aa", 160) == BODY


def test_a_second_picture_takes_the_place_of_the_first(cache):
    cache.put("aa", 160, b"old")
    cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) == BODY


def test_the_oldest_leave_when_it_is_full(path):
    cache = ThumbnailCache(path, most_bytes=200_000)
    for number in range(300):
        cache.put(f"{number:03}", 160, bytes([number % 256]) * 4_000)
    kept = [number for number in range(300) if cache.get(f"{number:03}", 160)]
    assert kept == list(range(300 - len(kept), 300))
    assert 20 < len(kept) < 50
    cache.close()
    assert path.stat().st_size < 300_000


def test_a_picture_that_is_larger_than_the_cache_is_not_kept(path):
    cache = ThumbnailCache(path, most_bytes=50_000)
    cache.put("aa", 160, bytes(200_000))
    assert cache.get("aa", 160) is None


def test_two_may_use_one_file(cache, path):
    other = ThumbnailCache(path)
    for number in range(20):
        (cache if number % 2 else other).put(str(number), 160, BODY)
    assert all(one.get(str(number), 160) for one in (cache, other) for number in range(20))
    other.close()


def test_threads_of_several_services_lose_nothing(path):
    def store(first):
        cache = ThumbnailCache(path)
        for number in range(first, first + 20):
            cache.put(str(number), 160, BODY)
        cache.close()

    threads = [threading.Thread(target=store, args=(first,)) for first in (0, 20, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache = ThumbnailCache(path)
    assert all(cache.get(str(number), 160) for number in range(60))


@pytest.mark.parametrize(
    "garbage", [b"", b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 8000]
)
def test_a_file_that_is_no_database_is_replaced(path, garbage):
    path.parent.mkdir()
    path.write_bytes(garbage)
    cache = ThumbnailCache(path)
    for _ in range(2):  # the first call may only find the damage
        cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) == BODY


def test_damage_shows_no_wrong_picture(cache, path):
    for number in range(200):
        cache.put(str(number), 160, bytes([number]) * 3_000)
    cache.close()
    data = bytearray(path.read_bytes())
    for place in range(5_000, len(data), 7_000):
        data[place : place + 50] = bytes(50)
    path.write_bytes(data)
    cache = ThumbnailCache(path)
    for number in range(200):
        assert cache.get(str(number), 160) in {None, bytes([number]) * 3_000}
    cache.put("aa", 160, BODY)
    cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) == BODY


def test_a_picture_under_another_digest_is_not_shown(cache, path):
    cache.put("aa", 160, BODY)
    cache.close()
    with sqlite3.connect(path) as database:
        database.execute("update pictures set key = replace(key, 'aa', 'bb')")
    database.close()
    assert ThumbnailCache(path).get("bb", 160) is None


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_a_deleted_file_is_made_again(cache, path, ending):
    cache.put("aa", 160, BODY)
    path.with_name(path.name + ending).unlink()
    cache.put("bb", 160, BODY)
    assert cache.get("bb", 160) == BODY
    assert path.is_file()


def test_a_deleted_folder_is_made_again(cache, path):
    cache.put("aa", 160, BODY)
    for one in path.parent.iterdir():
        one.unlink()
    path.parent.rmdir()
    cache.put("bb", 160, BODY)
    assert cache.get("bb", 160) == BODY


def test_without_a_state_folder_nothing_is_kept_and_no_folder_made(tmp_path):
    cache = ThumbnailCache(tmp_path / "gone" / "cache" / "thumbnails.sqlite")
    cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) is None
    assert not (tmp_path / "gone").exists()


def test_a_link_in_its_place_is_not_followed(path, tmp_path):
    path.parent.mkdir()
    target = tmp_path / "precious"
    for data in (b"precious", None):
        target.unlink(missing_ok=True)
        if data is not None:
            target.write_bytes(data)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        cache = ThumbnailCache(path)
        cache.put("aa", 160, BODY)
        assert cache.get("aa", 160) is None
        assert (target.read_bytes() if target.exists() else None) == data


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_something_else_in_its_place_stays(path, make):
    path.parent.mkdir()
    make(path)
    cache = ThumbnailCache(path)
    cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) is None
    assert path.exists()
    assert not path.is_file()


def test_a_database_of_others_runs_nothing(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("create table other (key text, checksum integer, body blob)")
        database.execute("create view pictures as select key, checksum, body from other")
    database.close()
    cache = ThumbnailCache(path)
    cache.put("aa", 160, BODY)
    assert cache.get("aa", 160) is None


def test_a_lock_that_is_not_given_up_only_costs_time(cache, path, monkeypatch):
    monkeypatch.setattr("catsclean.reviewing.server.thumbnail_cache._LOCKED_S", 0.05)
    cache.put("aa", 160, BODY)
    cache.close()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("begin immediate")
        cache.put("bb", 160, BODY)
        assert cache.get("bb", 160) is None
        other.execute("rollback")
    other.close()
    cache.put("bb", 160, BODY)
    assert cache.get("aa", 160) == cache.get("bb", 160) == BODY


def test_clearing_the_cache_of_a_data_set_deletes_it(tmp_path):
    (tmp_path / "Pets").mkdir()
    state = StateFolder.of(tmp_path / "Pets")
    state.path.mkdir()
    with closing(ThumbnailCache(state.thumbnails)) as cache:
        cache.put("aa", 160, BODY)
        assert Cache(state.cache, "").size_bytes() > len(BODY)
        Cache(state.cache, "").clear()
        assert list(state.cache.iterdir()) == []
        assert cache.get("aa", 160) is None
