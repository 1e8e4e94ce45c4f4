"""The files that code hosts read: the action, the hooks, the workflows and the forms."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pictures
import pytest
from patience import HANG_S

import catsclean
from catsclean.cli.commands import Commands
from catsclean.cli.environment import option_name
from catsclean.cli.settings_in_force import known_variables

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
    (own,) = [step["env"] for step in action["runs"]["steps"] if step.get("id") == "audit"]
    variables = {
        **{name: "" if "${{" in text else text for name, text in own.items()},
        "DATASET": "Pets", "REPORT": "report.html", **inputs,
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
@pytest.mark.parametrize("programs", ["bin", "Scripts"])
@pytest.mark.parametrize(
    ("asked", "extras", "installed"),
    [
        ("", "", "/the/action"),
        ("", "content", "/the/action[content]"),
        ("./mine", "content,heif", "./mine[content,heif]"),
        ("git+https://a/b", "content", "catsclean[content] @ git+https://a/b"),
    ],
)
def test_the_action_installs_its_own_checkout_unless_another_is_named(
    action, tmp_path, asked, extras, installed, programs
):
    """A `python3` that makes no environment, but one whose `python` says what it was given."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "python3").write_text(
        '#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\nmkdir -p "$3/$PROGRAMS"\n'
        'printf \'#!/bin/sh\\necho "$@" > "%s"\\n\' "$SAID" > "$3/$PROGRAMS/python"\n'
        'chmod +x "$3/$PROGRAMS/python"\n'
    )
    (folder / "python3").chmod(0o755)
    (script,) = [s["run"] for s in action["runs"]["steps"] if s["name"] == "Install catsclean"]
    environment = {
        **os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "VERSION": asked,
        "EXTRAS": extras, "ACTION": "/the/action", "RUNNER_TEMP": str(tmp_path / "runner"),
        "SAID": str(tmp_path / "said"), "PROGRAMS": programs,
    }  # fmt: skip
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, check=True)
    said = (tmp_path / "said").read_text()
    assert said == f"-m pip install --quiet --disable-pip-version-check {installed}\n"


def test_every_option_of_an_audit_is_an_input(action):
    """All but those that the action sets itself, and those that make another kind of output."""
    own = {
        "format", "json", "statistics", "output", "color", "verbose", "quiet", "no-progress",
        "only-new", "write-baseline", "engine", "address", "help",
    }  # fmt: skip
    audit = Commands(name="catsclean").get_command(None, "audit")
    options = {option_name(one) for one in audit.params if one.param_type_name == "option"}
    assert options - own <= action["inputs"].keys()
    assert set(own) <= options | {"help"}


def test_every_input_is_used_and_every_variable_is_one_of_catsclean(action):
    used = str(action["runs"])
    for name in action["inputs"]:
        assert f"inputs.{name} " in used, name
    variables = set(re.findall(r"CATSCLEAN_\w+", used))
    assert len(variables) > 20
    assert variables <= set(known_variables())


def test_an_input_is_an_option_of_the_audit(action, workspace):
    (workspace / "Pets" / "Cat" / "empty.jpg").write_bytes(b"")
    done = run_audit_step(action, workspace, CATSCLEAN_AUDIT_EXCLUDE="empty.jpg", REPORT="")
    assert done.returncode == 0, done.stderr
    done = run_audit_step(action, workspace, CATSCLEAN_AUDIT_LAYOUT="clases", REPORT="")
    assert done.returncode == 2
    assert "CATSCLEAN_AUDIT_LAYOUT" in done.stderr


@pytest.mark.skipif(not (ROOT / ".ci").is_dir(), reason="an sdist has no .ci")
def test_a_fresh_machine_gets_the_compiler_that_the_tests_need():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (programs,) = [line for line in script.splitlines() if line.startswith("for program in ")]
    assert programs.split()[3:6] == ["chromium", "strace", "gcc;"]


def test_no_input_is_pasted_into_a_script(action):
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_action_annotates_writes_the_page_and_fails_on_errors(action, workspace):
    (workspace / "Pets" / "Cat" / "empty.jpg").write_bytes(b"")
    done = run_audit_step(action, workspace, SARIF="out.sarif")
    assert done.returncode == 1, done.stderr
    assert (
        "::error title=catsclean%3A zero-length,file=Pets/Cat/empty.jpg::1 finding." in done.stdout
    )
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


GITHUB = ROOT / ".github"
WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
FORMS = [path for path in sorted(GITHUB.glob("ISSUE_TEMPLATE/*.yml")) if path.stem != "config"]
needs_github = pytest.mark.skipif(not GITHUB.is_dir(), reason="an sdist has no .github")
CITATION = "https://citation-file-format.github.io/1.2.0/schema.json"
PINNED = re.compile(
    r"\./|(actions/[\w-]+@v\d+)|(pypa/gh-action-pypi-publish@release/v1)|[\w./-]+@[0-9a-f]{40}"
)


def load(path):
    """Read YAML; its 1.1 takes the key `on` for a boolean, and GitHub does not."""
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in found.items()}


def complaints(schema, document):
    kind = jsonschema.validators.validator_for(schema)
    return [error.message for error in kind(schema).iter_errors(document)]


def test_the_action_is_valid(action, schema_of):
    assert complaints(schema_of("github-action"), action) == []


@needs_github
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_valid(path, schema_of):
    workflow = load(path)
    for job in workflow["jobs"].values():  # the copy of the schema is older than this right
        job.get("permissions", {}).pop("attestations", None)
    assert complaints(schema_of("github-workflow"), workflow) == []


@needs_github
@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_valid(path, schema_of):
    assert complaints(schema_of("github-issue-forms"), load(path)) == []


@needs_github
def test_the_other_files_of_the_repository_are_valid(schema_of):
    config = load(GITHUB / "ISSUE_TEMPLATE" / "config.yml")
    assert complaints(schema_of("github-issue-config"), config) == []
    assert complaints(schema_of("dependabot-2.0"), load(GITHUB / "dependabot.yml")) == []
    assert {path.stem for path in FORMS} == {"wrong-finding", "missing-finding", "new-validator"}


def test_the_citation_is_valid_and_of_this_version(schema_of):
    citation = load(ROOT / "CITATION.cff")
    assert complaints(schema_of(CITATION), citation) == []
    assert citation["version"] == catsclean.__version__


@needs_github
def test_every_action_is_pinned():
    files = [*WORKFLOWS, ROOT / "action.yml"]
    used = [
        name
        for path in files
        for name in re.findall(r"uses: +(\S+)", path.read_text(encoding="utf-8"))
    ]
    assert len(used) > 10
    assert [name for name in used if not PINNED.match(name)] == []


@needs_github
def test_no_workflow_has_more_rights_than_it_needs():
    """The rights of a workflow are to read; a job that needs more says so itself."""
    wider = {}
    for path in WORKFLOWS:
        workflow = load(path)
        assert workflow["permissions"] == {"contents": "read"}, path.name
        wider[path.stem] = {
            name: job["permissions"]
            for name, job in workflow["jobs"].items()
            if "permissions" in job
        }
    assert wider == {
        "tests": {},
        "docs": {"deploy": {"pages": "write", "id-token": "write"}},
        "release": {
            "pypi": {"id-token": "write"},
            "github": {"contents": "write", "id-token": "write", "attestations": "write"},
        },
    }


@needs_github
def test_no_workflow_pastes_what_others_wrote_into_a_script():
    for path in WORKFLOWS:
        for job in load(path)["jobs"].values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")


@needs_github
def test_the_tests_run_on_three_systems_and_every_python_that_is_supported():
    matrix = load(GITHUB / "workflows/tests.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert [name.partition("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [f"Programming Language :: Python :: {one}" for one in matrix["python"]] == [
        one for one in project["classifiers"] if re.search(r":: 3\.\d+$", one)
    ]


@needs_github
def test_nothing_is_published_without_being_built_and_checked_first():
    jobs = load(GITHUB / "workflows/release.yml")["jobs"]
    assert (jobs["pypi"]["needs"], jobs["github"]["needs"]) == ("build", "pypi")
    assert "python3 dev.py release" in [step.get("run") for step in jobs["build"]["steps"]]
    assert "secrets." not in (GITHUB / "workflows/release.yml").read_text(encoding="utf-8")
