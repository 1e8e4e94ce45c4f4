"""The examples for clusters do what they say, here on one machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pictures import make_dataset

TASKS = 3
EXAMPLES = Path(__file__).parents[1] / "examples" / "clusters"
# runs the wrapped command at once, once for each index of an array
SBATCH = """#!/bin/bash
last=0 parsable= wrap=
for word in "$@"; do
  case $word in
    --array=0-*) last=${word#--array=0-} ;;
    --parsable) parsable=yes ;;
  esac
  wrap=$word
done
for index in $(seq 0 "$last"); do
  SLURM_ARRAY_TASK_ID=$index bash -euc "$wrap" >>"$SBATCH_LOG" 2>&1 || echo "failed $index" >>"$SBATCH_LOG"
done
[ -z "$parsable" ] || echo 17
"""
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@pytest.fixture
def pets(tmp_path):
    root = make_dataset(tmp_path / "PetImages", {"Cat": 6, "Dog": 6})
    for path in root.rglob("*.jpg"):
        os.utime(path, (1e9, 1e9))  # what is younger than the clock's grain is read again
    return root


@pytest.fixture
def environment(tmp_path):
    """Environment variables with which `catsclean` is this one, with small tasks."""
    programs = tmp_path / "bin"
    programs.mkdir()
    small = (
        f'[ "$1" = plan ] && set -- "$@" --task-files 5\nexec "{sys.executable}" -m catsclean "$@"'
    )
    for name, text in (("catsclean", f"#!/bin/bash\n{small}\n"), ("sbatch", SBATCH)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    python_path = str(Path(__file__).parents[1])
    log = str(tmp_path / "log")
    return {**os.environ, "PATH": path, "PYTHONPATH": python_path, "SBATCH_LOG": log}


def summary(pets):
    return json.loads((pets.with_name("PetImages.catsclean") / "audit.json").read_text())


def test_a_slurm_array_reads_everything_and_the_audit_judges(pets, environment, tmp_path):
    command = ["bash", str(EXAMPLES / "slurm.sh"), str(pets), "2"]
    subprocess.run(command, env=environment, check=True)
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "Task 0 of 3",
        "Task 2 of 3",
        "Task 1 of 3",
    ]
    assert (summary(pets)["files_read"], summary(pets)["files_reused"]) == (0, 12)
    # once more: nothing is left to be read
    subprocess.run(command, env=environment, check=True)
    assert "Task" not in "".join((tmp_path / "log").read_text().splitlines()[len(lines) :])


def test_an_indexed_job_reads_everything_and_the_audit_judges(pets, environment, tmp_path):
    text = (EXAMPLES / "kubernetes.yaml").read_text()
    jobs = list(yaml.safe_load_all(text))
    assert [job["metadata"]["labels"]["step"] for job in jobs] == ["plan", "tasks", "audit"]
    for job in jobs:
        [container] = job["spec"]["template"]["spec"]["containers"]
        program, option, script = container["command"]
        for index in range(min(job["spec"].get("completions", 1), TASKS + 1)):
            subprocess.run(
                [program, option, script.replace("/data/", f"{tmp_path}/")],
                env={**environment, "JOB_COMPLETION_INDEX": str(index)},
                check=True,
                stdout=subprocess.DEVNULL,
            )
    assert f"--every {jobs[1]['spec']['completions']}" in text
    assert (summary(pets)["files_read"], summary(pets)["files_reused"]) == (0, 12)
