"""The files that other people's CI reads: the action, the hooks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pictures
import pytest
from patience import HANG_S

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def action():
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.fixture
def workspace(tmp_path):
    """A runner's folders, with this catsclean where the action installs its own."""
    folder = tmp_path / "runner" / "catsclean" / "bin"
    folder.mkdir(parents=True)
    program = folder / "catsclean"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m catsclean "$@"\n')
    program.chmod(0o755)
    pictures.make_dataset(tmp_path / "Pets")
    return tmp_path


def run_audit_step(action, workspace, **inputs):
    (script,) = [step["run"] for step in action["runs"]["steps"] if step.get("id") == "audit"]
    variables = {
        "DATASET": "Pets", "FAIL_ON": "error", "SELECT": "", "IGNORE": "", "BASELINE": "",
        "REPORT": "report.html", "SARIF": "", "STATE": "", **inputs,
    }  # fmt: skip
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "RUNNER_TEMP": str(workspace / "runner"),
        "GITHUB_OUTPUT": str(workspace / "output"),
        "GITHUB_STEP_SUMMARY": str(workspace / "summary"), **variables,
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], cwd=workspace, env=environment,
        capture_output=True, text=True, timeout=HANG_S, check=False,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(("asked", "installed"), [("", "/the/action"), ("./mine", "./mine")])
def test_the_action_installs_its_own_checkout_unless_another_is_named(
    action, tmp_path, asked, installed
):
    """A `python3` that makes no environment but one with a `pip` that says what it was given."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python3").write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"\n'
        'printf \'#!/bin/sh\\necho "$@" > "%s"\\n\' "$SAID" > "$3/bin/pip"\n'
        'chmod +x "$3/bin/pip"\n'
    )
    (programs / "python3").chmod(0o755)
    (script,) = [s["run"] for s in action["runs"]["steps"] if s["name"] == "Install catsclean"]
    environment = {
        **os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "VERSION": asked,
        "ACTION": "/the/action", "RUNNER_TEMP": str(tmp_path / "runner"),
        "SAID": str(tmp_path / "said"),
    }  # fmt: skip
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, check=True)
    assert (tmp_path / "said").read_text() == f"install --quiet {installed}\n"


@pytest.mark.skipif(not (ROOT / ".ci").is_dir(), reason="an sdist has no .ci")
def test_a_fresh_machine_gets_the_compiler_that_the_tests_need():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (programs,) = [line for line in script.splitlines() if line.startswith("for program in ")]
    assert programs.split()[3:6] == ["chromium", "strace", "gcc;"]


def test_no_input_is_pasted_into_a_script(action):
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_action_annotates_writes_the_page_and_fails_on_errors(action, workspace):
    (workspace / "Pets" / "Cat" / "empty.jpg").write_bytes(b"")
    done = run_audit_step(action, workspace, SARIF="out.sarif")
    assert done.returncode == 1, done.stderr
    assert "::error title=catsclean%3A zero-length::1 finding. Cat/empty.jpg" in done.stdout
    assert "zero&#45;length" in (workspace / "summary").read_text(encoding="utf-8")
    assert (workspace / "output").read_text() == "exit-code=1\n"
    assert (workspace / "report.html").stat().st_size > 10_000
    assert '"version": "2.1.0"' in (workspace / "out.sarif").read_text()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_action_passes_a_hostile_input_on_as_it_is(action, workspace):
    done = run_audit_step(action, workspace, DATASET="$(touch pwned); touch pwned #")
    assert done.returncode == 2
    assert not (workspace / "pwned").exists()


def test_the_hook_checks_the_files_of_a_commit_and_nothing_else(workspace):
    yaml = pytest.importorskip("yaml")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (workspace / "Pets" / "Cat" / "empty.jpg").write_bytes(b"")
    command = [sys.executable, "-m", *hook["entry"].split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(*files):
        return subprocess.run(
            [*command, *files], cwd=workspace, env=environment, capture_output=True, text=True,
            timeout=HANG_S, check=False,
        )  # fmt: skip

    assert run("Pets/Cat/0.jpg", "Pets/Dog/0.jpg").returncode == 0
    done = run("Pets/Cat/0.jpg", "Pets/Cat/empty.jpg")
    assert done.returncode == 1
    assert done.stdout.startswith("Pets/Cat/empty.jpg: zero-length: ")
    assert sorted(path.name for path in workspace.iterdir()) == ["Pets", "runner"]
