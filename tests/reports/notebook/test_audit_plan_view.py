"""The plan of an audit in a notebook."""

import re

import audits
import pytest

import catsclean
from catsclean.reports.notebook import render_notebook


@pytest.fixture
def root(tmp_path):
    for n in range(3):
        audits.write_jpeg(tmp_path / f"Pets/Cat/{n}.jpg", n)
    return tmp_path / "Pets"


def test_it_counts_the_tasks_and_those_that_are_done(root):
    plan = catsclean.plan_audit(root, task_files=2)
    assert 'aria-label="done 0%"' in render_notebook(plan)
    assert "2 tasks &#183; 3 files to read" in render_notebook(plan)
    catsclean.run_task(plan, 0)
    assert 'aria-label="done 50%"' in render_notebook(plan)


def test_its_calls_work_as_they_stand(root):
    plan = catsclean.plan_audit(root)
    calls = re.findall(r"<code>([^<]*)</code>", render_notebook(plan))
    done = [eval(call, {"plan": plan, "catsclean": catsclean}) for call in calls]
    assert done[0].files == len(done[1].manifest) == 3


def test_a_plan_with_nothing_to_read_says_so(root):
    catsclean.audit(root, workers=1)
    for path in root.rglob("*.jpg"):
        path.touch()  # younger files are read again
    import os

    for path in root.rglob("*.jpg"):
        os.utime(path, (1e9, 1e9))
    catsclean.audit(root, workers=1)
    assert "nothing to read" in render_notebook(catsclean.plan_audit(root))
