"""``catsclean plan`` and ``catsclean task``: what they print, and with which code they end."""

import os

import pytest
from embedders import make_colours
from pictures import make_dataset


@pytest.fixture
def pets(tmp_path):
    root = make_dataset(tmp_path / "pets", {"Cat": 5, "Dog": 5})
    for path in root.rglob("*.jpg"):
        os.utime(path, (1e9, 1e9))  # what is younger than the clock's grain is read again
    return root


def test_a_plan_says_what_to_run_next(run, pets):
    done = run("plan", "pets", "--task-files", "4")
    assert (done.returncode, done.stderr) == (0, "")
    first, task, audit = done.stdout.splitlines()
    assert first.startswith("Planned 3 tasks: 10 files, ")
    command, _, meaning = task.strip().partition("   ")
    assert meaning.strip() == "run one, NUMBER from 0 to 2"
    assert audit.startswith("  catsclean audit pets   ")
    for number in range(3):
        _, *words = command.replace("NUMBER", str(number)).split()
        done = run(*words)
        read = 4 if number < 2 else 2
        assert done.stdout == f"Task {number} of 3: read {read} files.\n"
    assert run(*words).stdout == "Task 2 of 3: was done before.\n"
    assert run("plan", "pets").stdout.startswith("Nothing to read, 10 files known already.\n")
    assert run("plan", "pets", "--quiet").stdout == "\t0\n"
    assert run("audit", "pets", "--select", "file").stderr == "10 files, no findings.\n"


def test_scripts_get_the_plan_and_the_number_of_its_tasks(run, pets):
    path, number = run("plan", "pets", "--task-files", "3", "--quiet").stdout.strip().split("\t")
    assert number == "4"
    # two jobs share four tasks
    assert run("task", path, "1", "--every", "2").stdout == (
        "Task 1 of 4: read 3 files.\nTask 3 of 4: read 1 file.\n"
    )
    assert run("task", path, "0", "--every", "2", "-q").stdout == ""
    assert run("task", path, "9", "--every", "2").returncode == 0
    assert run("audit", "pets", "--select", "file").stderr == "10 files, no findings.\n"


def test_an_audit_says_which_tasks_have_not_run(run, pets):
    path = run("plan", "pets", "--task-files", "3", "-q").stdout.partition("\t")[0]
    run("task", path, "2")
    done = run("audit", "pets", "--select", "file")
    name = path.rpartition("/")[2]
    assert done.stderr.splitlines()[0] == (
        f"3 of 4 tasks of the plan {name} have not run. The audit reads their files itself."
    )


def test_options_and_settings_that_change_the_evidence_are_part_of_the_plan(run, pets, tmp_path):
    (tmp_path / "catsclean.toml").write_text('exclude = ["Cat/"]\nmax-pixels = 1000\n')
    path = run("plan", "pets", "-q").stdout.partition("\t")[0]
    assert run("task", path, "0").stdout == "Task 0 of 1: read 5 files.\n"
    done = run("audit", "pets", "--select", "file", "--max-pixels", "2000")
    assert "was made with max_pixels=1,000 (this audit: 2,000)" in done.stderr
    assert "was made with" not in run("audit", "pets", "--select", "file").stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("task", "nowhere.arrow", "0"), "there is no plan here"),
        (("task", "pets/Cat/0.jpg", "0"), "this is not a plan of this version of catsclean"),
        (("plan", "nowhere"), "no such folder"),
        (("plan", "pets", "--task-files", "0"), "--task-files"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(run, pets, words, message):
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_a_task_that_is_not_there_is_code_2(run, pets):
    path = run("plan", "pets", "-q").stdout.partition("\t")[0]
    done = run("task", path, "1")
    assert done.returncode == 2
    assert "there is no such task. Received: 1. The tasks: from 0 to 0." in done.stderr


def test_a_plan_examines_content_as_the_audit_with_these_settings_does(run, tmp_path):
    make_colours(tmp_path / "colours", 30)
    for path in (tmp_path / "colours").rglob("*.jpg"):
        os.utime(path, (1e9, 1e9))
    (tmp_path / "catsclean.toml").write_text('select = ["file"]\n')
    assert "--embedder" not in run("plan", "colours").stdout  # these checks need no content
    (tmp_path / "catsclean.toml").write_text("content = false\n")
    assert "--embedder" not in run("plan", "colours").stdout
    done = run("plan", "colours", "--embedder", "odd")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no embedder is named 'odd'" in done.stderr
    path = run("plan", "colours", "-q").stdout.partition("\t")[0]
    done = run("task", path, "0", "--embedder", "lite0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the plan examines no content" in done.stderr
