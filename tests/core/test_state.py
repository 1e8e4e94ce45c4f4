"""The state folder: beside the data set, one writer at a time, whole files only."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from catsclean.core.files import replacing
from catsclean.core.state import StateFolder, find_audited
from catsclean.errors import DatasetError, StateError, UsageError


@pytest.fixture
def state(tmp_path):
    (tmp_path / "set").mkdir()
    return StateFolder.of(tmp_path / "set")


def test_it_lies_beside_the_data_set(state, tmp_path):
    assert state.path == tmp_path / "set.catsclean"


def test_it_may_not_lie_inside(state):
    with pytest.raises(DatasetError, match="inside the data set"):
        StateFolder.of(state.root, state.root / "state")


def test_a_second_holder_is_told_the_pid_of_the_first(state):
    code = (
        "import sys; from catsclean.core.state import StateFolder\n"
        "try:\n with StateFolder.of(sys.argv[1]).lock(): pass\n"
        "except Exception as e: print(e)"
    )
    with state.lock():
        done = subprocess.run(
            [sys.executable, "-c", code, state.root], capture_output=True, text=True, check=True
        )
    assert f"pid {os.getpid()}" in done.stdout


def test_a_summary_of_a_newer_version_is_refused(state):
    state.create()
    (state.path / "audit.json").write_text(json.dumps({"schema_version": 99}))
    with pytest.raises(StateError, match="newer catsclean"):
        state.read_summary()


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": "1"}'])
def test_a_damaged_summary_is_refused(state, text):
    state.create()
    (state.path / "audit.json").write_text(text)
    with pytest.raises(StateError):
        state.read_summary()


def test_the_one_audited_data_set_below_a_folder_is_found(state, tmp_path):
    state.create()
    (state.path / "audit.json").write_text("{}")
    assert find_audited(tmp_path) == state


def test_none_or_several_audited_data_sets_are_bad_usage(state, tmp_path):
    with pytest.raises(UsageError, match="no audited data set"):
        find_audited(tmp_path)
    for name in ("set", "other"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / f"{name}.catsclean").mkdir()
        (tmp_path / f"{name}.catsclean" / "audit.json").write_text("{}")
    with pytest.raises(UsageError, match="other, set"):
        find_audited(tmp_path)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "file"
    target.write_text("before")

    def fail_half_way():
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_table_in_place_of_a_folder_is_named_by_its_type():
    table = pd.DataFrame({"path": ["Cat/0.jpg", "Cat/1.jpg"]})
    with pytest.raises(DatasetError, match=r"no folder given\. Received: a DataFrame\."):
        StateFolder.of(table)
