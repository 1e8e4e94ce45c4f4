"""The plan of an audit: what is left of it, and what becomes of it if nothing is to be read."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pictures import make_dataset

import catsclean
from catsclean.core.limits import Limits
from catsclean.errors import StateError, UsageError
from catsclean.scan.audit_plan import AuditPlan, describe_plans, load_plan
from catsclean.scan.cache import METADATA_KEY


@pytest.fixture
def plan(tmp_path):
    return catsclean.plan_audit(make_dataset(tmp_path / "set", {"Cat": 3}), content=False)


def test_a_plan_without_anything_to_read_has_no_tasks_and_no_file(tmp_path):
    nothing = AuditPlan(None, tmp_path, tasks=0, files=0, bytes=0, known=3)
    assert (nothing.id, nothing.count_done()) == ("", 0)
    with pytest.raises(UsageError, match="The tasks: none, nothing is to be read"):
        nothing.files_of(0)


def test_a_plan_says_which_of_its_tasks_have_run(plan):
    assert (plan.tasks, plan.count_done()) == (1, 0)
    catsclean.run_task(plan, 0)
    assert plan.count_done() == 1
    assert describe_plans(plan.cache, Limits()) == []


def test_the_same_plan_again_is_the_same_file(plan):
    assert catsclean.plan_audit(plan.root, content=False).path == plan.path
    assert load_plan(plan.path) == plan


def test_a_task_that_is_not_in_the_plan_is_refused(plan):
    with pytest.raises(UsageError, match=r"Received: 1\. The tasks: from 0 to 0"):
        plan.files_of(1)


def test_a_damaged_plan_is_told_to_who_runs_it_and_not_to_who_audits(plan):
    plan.path.write_bytes(plan.path.read_bytes()[:-400])
    with pytest.raises(StateError, match="the plan cannot be read"):
        plan.files_of(0)
    assert describe_plans(plan.cache, Limits()) == []


def test_a_plan_that_does_not_say_how_many_tasks_it_has_is_not_told_of(plan):
    header = {"fingerprint": plan.fingerprint, "tasks": "many"}
    schema = pa.schema([("path", pa.string())], {METADATA_KEY: json.dumps(header).encode()})
    with plan.path.open("wb") as stream, pa.ipc.new_file(stream, schema):
        pass
    assert describe_plans(plan.cache, Limits()) == []
    with pytest.raises(UsageError, match="this is not a plan of this version"):
        load_plan(plan.path)


@pytest.mark.parametrize("name", ["other.arrow", "plan-0123456789abcdef.arrow"])
def test_a_file_that_is_no_plan_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"no plan")
    with pytest.raises(UsageError, match="this is not a plan of this version"):
        load_plan(tmp_path / name)
    with pytest.raises(UsageError, match="there is no plan here"):
        load_plan(Path(tmp_path, "gone.arrow"))
