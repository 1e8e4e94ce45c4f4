"""The plan of an audit: what is left of it, and what becomes of it if nothing is to be read."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pictures import make_dataset

import catsclean
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.core.limits import Limits
from catsclean.errors import DatasetError, StateError, UsageError
from catsclean.scan.audit_plan import AuditPlan, describe_plans, load_plan
from catsclean.scan.cache import METADATA_KEY, Cache


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
    with writing_tables(plan.path, schema):
        pass
    assert describe_plans(plan.cache, Limits()) == []
    with pytest.raises(UsageError, match="this is not a plan of this version"):
        load_plan(plan.path)


def test_tasks_that_have_not_run_are_told_of(plan):
    [said] = describe_plans(plan.cache, Limits())
    assert said.startswith(f"1 of 1 task of the plan {plan.path.name} have not run.")


def test_a_plan_with_other_limits_or_versions_is_told_of(plan):
    other = Cache(plan.path.parent, "other settings")
    [said] = describe_plans(other, Limits(max_bytes=5_000))
    limits = f"max_bytes={Limits().max_bytes:,} (this audit: 5,000)"
    assert f"{plan.path.name} was made with {limits}. The audit cannot use" in said
    [said] = describe_plans(other, Limits())
    assert "was made with other versions or extras of catsclean" in said


def rewritten(plan, **changed):
    """Write a plan whose header says something else; return its file."""
    table = read_table(plan.path)
    header = json.loads(table.schema.metadata[METADATA_KEY]) | changed
    table = table.replace_schema_metadata({METADATA_KEY: json.dumps(header).encode()})
    with writing_tables(plan.path, table.schema) as writer:
        writer.write_table(table)
    return plan.path


@pytest.mark.parametrize(
    "changed",
    [{"tasks": float("inf")}, {"files": None}, {"limits": {"max_bytes": -1}}, {"limits": {"x": 1}},
     {"follow_links_to": 7}],
)  # fmt: skip
def test_a_plan_with_a_damaged_header_is_told_in_one_line(plan, changed):
    with pytest.raises(StateError, match="the plan cannot be read"):
        load_plan(rewritten(plan, **changed))


def test_a_plan_is_read_with_the_folders_that_it_was_made_with(plan, tmp_path):
    path = rewritten(plan, follow_links_to=[str(tmp_path / "a b")])
    with pytest.raises(UsageError, match=r"Use these options: --follow-links-to '.*/a b'\."):
        load_plan(path)
    assert load_plan(path, (tmp_path / "a b",)).follow_links_to == (tmp_path / "a b",)
    with pytest.raises(UsageError, match="Use these options: none"):
        load_plan(rewritten(plan, follow_links_to=[]), (tmp_path,))


def test_a_plan_without_its_data_set_says_where_to_mount_it(plan):
    plan.root.rename(plan.root.with_name("elsewhere"))
    with pytest.raises(DatasetError, match=r"the data set of the plan is not here.*Mount it"):
        load_plan(plan.path)


def test_a_plan_finds_its_data_set_beside_it_wherever_both_were_moved(plan, tmp_path):
    (tmp_path / "moved").mkdir()
    for name in (plan.root.name, plan.path.parents[1].name):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    found = load_plan(tmp_path / "moved" / plan.path.relative_to(tmp_path))
    assert found.root == tmp_path / "moved" / plan.root.name


@pytest.mark.parametrize("name", ["other.arrow", "plan-0123456789abcdef.arrow"])
def test_a_file_that_is_no_plan_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"no plan")
    with pytest.raises(UsageError, match="this is not a plan of this version"):
        load_plan(tmp_path / name)
    with pytest.raises(UsageError, match="there is no plan here"):
        load_plan(Path(tmp_path, "gone.arrow"))
