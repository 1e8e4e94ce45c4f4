"""Vectors are kept by the digest of their file, and a damaged file costs only time."""

import hashlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catsclean.core.cache_files import write_bytes
from catsclean.scan import vector_cache
from catsclean.scan.vector_cache import VectorCache, part_file, write_vectors


def digest(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def vector(number, width=8):
    return np.full(width, number, np.float16).tobytes()


def fill(cache, numbers):
    cache.add([digest(number) for number in numbers], [vector(number) for number in numbers])


def test_saved_vectors_are_there_again(tmp_path):
    cache = VectorCache(tmp_path / "v")
    fill(cache, range(5))
    cache.save()
    again = VectorCache(tmp_path / "v")
    assert again.matrix([digest(3), digest(1)])[:, 0].tolist() == [3, 1]
    assert again.missing([digest(0), digest(9)]).tolist() == [False, True]


def test_without_a_folder_they_are_kept_in_memory(tmp_path):
    cache = VectorCache(None)
    fill(cache, range(3))
    assert cache.matrix([digest(2)])[0, 0] == 2
    assert not list(tmp_path.iterdir())


def test_many_parts_become_one(tmp_path):
    cache = VectorCache(tmp_path)
    for number in range(30):
        fill(cache, [number])
        cache.save()
    assert len(list(tmp_path.iterdir())) < 10
    again = VectorCache(tmp_path)
    assert again.matrix([digest(n) for n in range(30)])[:, 0].tolist() == list(range(30))


def test_a_file_that_another_machine_adds_meanwhile_is_left_alone(tmp_path):
    cache = VectorCache(tmp_path)
    write_vectors(part_file(tmp_path, "plan-000001"), [(bytes.fromhex(digest(77)), vector(77))])
    for number in range(30):
        fill(cache, [number])
        cache.save()
    again = VectorCache(tmp_path)
    assert again.matrix([digest(n) for n in (77, 29)])[:, 0].tolist() == [77, 29]


def test_a_vector_of_another_length_is_left_out(tmp_path):
    cache = VectorCache(tmp_path)
    fill(cache, [1])
    cache.add([digest(2)], [vector(2, width=4)])
    assert cache.missing([digest(1), digest(2)]).tolist() == [False, True]


def test_a_folder_that_cannot_be_written_costs_nothing_else(tmp_path):
    (tmp_path / "v").write_text("a file in the way")
    cache = VectorCache(tmp_path / "v")
    fill(cache, [1])
    cache.save()
    assert cache.matrix([digest(1)])[0, 0] == 1


@settings(max_examples=60)
@given(place=st.integers(0, 400), value=st.integers(0, 255), cut=st.integers(0, 400))
def test_a_damaged_file_counts_as_missing(tmp_path_factory, place, value, cut):
    folder = tmp_path_factory.mktemp("v")
    cache = VectorCache(folder)
    fill(cache, range(3))
    cache.save()
    [part] = folder.iterdir()
    whole = part.read_bytes()
    data = bytearray(whole)
    data[place % len(data)] = value
    data = data[: len(data) - cut % len(data)]
    part.write_bytes(data)
    damaged = VectorCache(folder)
    assert len(damaged) == (3 if data == whole else 0)
    fill(damaged, range(10, 12))
    assert damaged.matrix([digest(11)])[0, 0] == 11


@pytest.mark.parametrize(
    "foreign",
    [np.array([{"a": 1}], object), np.zeros(7),
     np.zeros(2, [("sha256", "u1", (32,)), ("vector", "<f8", (4,))])],
    ids=["objects", "numbers", "longer numbers"],
)  # fmt: skip
def test_a_foreign_file_counts_as_missing(tmp_path, foreign):
    made = io.BytesIO()
    np.save(made, foreign, allow_pickle=True)
    write_bytes(tmp_path / "part-1.npy", made.getvalue())
    assert len(VectorCache(tmp_path)) == 0


def test_vectors_are_saved_now_and_then_before_anybody_asks(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_cache, "_PART_SECONDS", -1)
    cache = VectorCache(tmp_path)
    fill(cache, [1])
    assert VectorCache(tmp_path).missing([digest(1)]).tolist() == [False]


def test_of_files_with_vectors_of_two_lengths_the_first_counts(tmp_path):
    rows = {width: [(bytes.fromhex(digest(width)), vector(1, width))] for width in (4, 8)}
    write_vectors(part_file(tmp_path, "1"), rows[4])
    write_vectors(part_file(tmp_path, "2"), rows[8])
    assert VectorCache(tmp_path).missing([digest(4), digest(8)]).tolist() == [False, True]


@pytest.mark.parametrize(
    "kind", [[("sha256", "u1", 32), ("vector", "<f4", 8)], [("sha256", "u1", 32)], "u1"]
)
def test_a_file_of_other_numbers_is_no_file_of_vectors(tmp_path, kind):
    np.save(part_file(tmp_path, "1"), np.zeros(2, np.dtype(kind)))
    assert len(VectorCache(tmp_path)) == 0
