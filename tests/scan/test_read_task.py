"""A task says of its files what an audit would, wherever it runs."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from embedders import MeanColours
from hypothesis import given
from hypothesis import strategies as st
from pictures import jpeg, make_dataset

from catsclean.core.limits import Limits
from catsclean.errors import DatasetError, UsageError
from catsclean.scan import read_task as module
from catsclean.scan.cache import fingerprint
from catsclean.scan.discover import discover
from catsclean.scan.embedding import VECTOR, VECTOR_FAILURE
from catsclean.scan.read_task import (
    ReadTask,
    check_present,
    check_versions,
    cut_tasks,
    read_on_engine,
    read_task,
    versions_of,
)
from catsclean.scan.scan import gather


@given(
    st.lists(st.integers(0, 400), max_size=200),
    st.integers(1, 30),
    st.integers(1, 1_000),
)
def test_tasks_cover_every_file_once_and_stay_within_the_limits(sizes, most_files, most_bytes):
    tasks = cut_tasks(sizes, most_files, most_bytes)
    assert [row for task in tasks for row in task] == list(range(len(sizes)))
    for task in tasks:
        assert 1 <= len(task) <= most_files
        assert len(task) == 1 or sum(sizes[row] for row in task) <= most_bytes


def test_no_task_is_larger_than_asked_and_most_are_full():
    assert [len(task) for task in cut_tasks([1] * 25_000)] == [10_000, 10_000, 5_000]
    assert [len(task) for task in cut_tasks([100_000_000] * 5)] == [2, 2, 1]


def task_of(root, **changed):
    listing = discover(root)
    task = ReadTask(root, listing.paths, listing.sizes_bytes, Limits(), (), "")
    return replace(task, fingerprint=fingerprint(Limits(), []), **changed)


def test_a_task_gives_the_rows_of_an_audit_in_its_order(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 20, "Dog": 21})
    (root / "Cat" / "cut.jpg").write_bytes(jpeg(3)[:900])
    (root / "Dog" / "empty.jpg").touch()
    answer = read_task(task_of(root))
    gathered = gather(root, discover(root), Limits(), [], workers=2, cache=None)
    # unknown numbers are NaN, which equal nothing
    rows = repr(gathered.table.drop(["recorded_sha256"]).to_pylist())
    assert repr(answer.table.to_pylist()) == rows
    assert (answer.sources == -1).all()
    half = read_task(task_of(root).part(range(10, 30)))
    assert repr(half.table.to_pylist()) == repr(answer.table.to_pylist()[10:30])


def test_a_machine_without_the_data_set_commits_nothing(tmp_path):
    root = make_dataset(tmp_path / "set")
    with pytest.raises(DatasetError, match="none of the 12 files of this task can be read"):
        read_task(replace(task_of(root), root=tmp_path / "elsewhere"))


def test_a_single_file_that_is_gone_is_no_reason_to_fail(tmp_path):
    root = make_dataset(tmp_path / "set")
    task = task_of(root)
    (root / "Cat" / "0.jpg").unlink()
    outcomes = np.array(read_task(task).table.column("outcome").to_pylist())
    assert (outcomes == "changed").sum() == 1


def test_a_machine_with_other_versions_reads_nothing(tmp_path):
    root = make_dataset(tmp_path / "set")
    with pytest.raises(UsageError, match="other versions or extras"):
        read_task(task_of(root, limits=Limits(max_pixels=1000)))


def test_a_task_tells_its_progress_and_keeps_the_vectors_of_its_pictures(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 3})
    seen = []
    answer = read_task(task_of(root, embedder=MeanColours()), lambda *told: seen.append(told))
    assert seen[-1] == (3, 3)
    assert answer.vectors["sha256"] == [
        hashlib.sha256((root / f"Cat/{number}.jpg").read_bytes()).hexdigest() for number in range(3)
    ]
    assert all(answer.vectors[VECTOR])
    assert answer.vectors[VECTOR_FAILURE] == [""] * 3


def test_an_engine_reads_each_file_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LEAST_FILES", 2)
    root = make_dataset(tmp_path / "set", {"Cat": 5})
    with ThreadPoolExecutor(1) as engine:
        found = dict(read_on_engine(engine, task_of(root)))
    assert sorted(found, key=lambda files: files.start) == [range(2), range(2, 4), range(4, 5)]
    assert [len(answer.table) for answer in found.values()] == [len(files) for files in found]


def test_a_data_set_is_here_if_one_of_its_files_can_be_opened(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 1})
    (root / "empty.jpg").touch()
    check_present(root, ["gone.jpg", "Cat/0.jpg"])
    check_present(root, ["empty.jpg"])
    with pytest.raises(DatasetError, match=r"none of the 2 files of this task can be read.*/set'"):
        check_present(root, ["gone.jpg", r"Cat\q.jpg"])


def test_other_versions_than_those_that_made_a_task_are_refused():
    here = versions_of(Limits())
    check_versions(here, here)
    assert versions_of(Limits(max_bytes=5)) != here
    with pytest.raises(UsageError, match="other versions or extras"):
        check_versions("elsewhere", here)
