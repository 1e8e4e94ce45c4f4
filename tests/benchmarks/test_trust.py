"""The measuring of docs/trust.md: its mutants, its tests of a mutant, its page."""

import ast
import json
import os
import socket
import subprocess
import sys

import pytest

from benchmarks.trust import (
    fuzzing_figures,
    mutants,
    mutation,
    mutation_figures,
    mutation_groups,
    page,
    results,
    uncovered,
)
from benchmarks.trust.mutation_session import KILLED, SURVIVED, TIMED_OUT, UNREACHED, Trial, fate_of

MODULE = "catsclean/core/groups.py"
needs_fork = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and pidfd")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def test_the_page_is_made_of_the_figures():
    written = results.RECORD.with_suffix(".md").read_text(encoding="utf-8")
    assert written == page.write(results.read())


def test_security_has_the_figures():
    written = results.SECURITY.read_text(encoding="utf-8")
    assert written == page.with_figures(written, results.read())


def test_the_figures_have_every_target_that_is_fuzzed():
    assert results.read()["fuzzing"]["targets"].keys() == set(
        fuzzing_figures.targets_of_the_tests()
    )


def test_each_mutant_is_a_program_that_differs_in_one_place():
    original = ast.dump(ast.parse((mutants.REPOSITORY / MODULE).read_text(encoding="utf-8")))
    found = mutants.mutants_of(MODULE)
    assert len({one.name for one in found}) == len(found) > 20
    texts = {ast.dump(mutants.mutated(MODULE, one.number)) for one in found}
    assert original not in texts
    for one in found:
        compile(mutants.mutated(MODULE, one.number), MODULE, "exec")


def test_arguments_that_are_the_same_do_not_change_places(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("def take(table, a, b):\n    return table.get(a, a) or table.get(a, b)\n")
    swapped = [one.name for one in mutants.mutants_of(str(file)) if "get(b, a)" in one.name]
    assert len(swapped) == 1
    assert not any("→ `table.get(a, a)`" in one.name for one in mutants.mutants_of(str(file)))


def test_a_sample_depends_on_names_alone():
    few, more = mutants.sample(MODULE, 5), mutants.sample(MODULE, 10)
    assert {one.name for one in few} < {one.name for one in more}
    assert mutants.sample(MODULE, 5, "another seed") != few


def test_what_does_not_count_is_a_mutant_with_a_reason():
    known = mutation_groups.equivalent_mutants()
    paths = {name.partition(": ")[0] for name in known}
    there = {one.name for path in paths for one in mutants.mutants_of(path)}
    assert known.keys() <= there
    assert all(reason.endswith(".") for reason in known.values())


@needs_fork
@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (lambda: "", SURVIVED),
        (lambda: "a test", KILLED),
        (lambda: sys.exit(3), KILLED),
        (lambda: os.kill(os.getpid(), 9), KILLED),
        (lambda: os.kill(os.getpid(), 26), TIMED_OUT),
        (lambda: 1 / 0, KILLED),
    ],
)
def test_a_mutant_is_noticed_by_a_test_that_fails_or_never_ends(attempt, outcome):
    mutant = mutants.mutants_of(MODULE)[0]
    assert fate_of(Trial(mutant, ("a test",), 0.1, (0.1,)), attempt).outcome == outcome


def test_a_mutant_that_no_test_reaches_is_not_noticed():
    mutant = mutants.mutants_of(MODULE)[0]
    fate = fate_of(Trial(mutant, (), 0.0, ()), lambda: "never called")
    assert fate.outcome == UNREACHED


def test_mutants_that_change_nothing_do_not_count(monkeypatch):
    monkeypatch.setattr(mutation_groups, "equivalent_mutants", lambda: {"b": "Says the same."})
    outcomes = {"a": SURVIVED, "b": SURVIVED, "c": KILLED, "d": TIMED_OUT, "e": KILLED}
    fates = [{"mutant": name, "outcome": o, "path": "x.py"} for name, o in outcomes.items()]
    found = mutation_figures.figures(fates)
    assert (found["noticed"], found["left"], found["score"]) == (3, ["a"], 0.75)
    assert found["modules"]["x.py"]["equivalent"] == 1


@pytest.fixture
def measured(tmp_path):
    """Write a module that no test could reach whole."""
    (tmp_path / "x.py").write_text(
        "def f():\n"  # 1
        "    if windows:\n"  # 2
        "        g()\n"  # 3
        "\n"
        "        return 1\n"  # 5
        "    try:\n"  # 6
        "        h()\n"  # 7
        "    except OSError:\n"  # 8
        "        pass\n"  # 9
        "    except ValueError:\n"  # 10
        "        pass\n"  # 11
    )
    return tmp_path


MISSING = {"x.py": {"lines": [3, 5, 9, 11], "branches": [[2, 3], [7, -1]]}}


def test_an_exception_explains_its_lines_their_block_and_their_branches(measured):
    known = {
        "x.py": [
            {"code": "if windows:", "why": "Runs on Windows."},
            {"code": "except OSError:\npass", "why": "A race."},
        ]
    }
    found = uncovered.explain(MISSING, known, measured)
    assert found == {
        "missing": {"x.py": {"lines": [11], "branches": [[7, -1]]}},
        "explained": {"x.py": {"lines": [3, 5, 9], "branches": [[2, 3]]}},
        "stale": [],
    }


def test_an_exception_of_a_line_that_tests_reach_is_about_its_branches_alone(measured):
    missing = {"x.py": {"lines": [5], "branches": [[2, 6], [3, 5]]}}
    known = {"x.py": [{"code": "if windows:", "why": "Never on Linux."}]}
    found = uncovered.explain(missing, known, measured)
    assert found["explained"] == {"x.py": {"lines": [], "branches": [[2, 6]]}}
    assert found["missing"] == {"x.py": {"lines": [5], "branches": [[3, 5]]}}


@pytest.mark.parametrize(
    "code",
    ["h()", "pass", "if linux:"],
    ids=["reached", "in two places", "not there any more"],
)
def test_an_exception_that_explains_nothing_is_stale(measured, code):
    missing = {"x.py": {"lines": [9, 11], "branches": []}}
    found = uncovered.explain(missing, {"x.py": [{"code": code, "why": "A race."}]}, measured)
    assert found == {"missing": missing, "explained": {}, "stale": [f"x.py: {code}"]}


def test_the_page_tells_what_is_explained_from_what_is_not():
    part = {
        "missing": {"catsclean/core/x.py": {"lines": [1], "branches": [[1, 2], [2, 3]]}},
        "explained": {"catsclean/core/y.py": {"lines": [4, 5, 6], "branches": []}},
        "stale": ["catsclean/core/y.py: a\nb"],
    }
    written = page.unreached(part)
    assert "3 lines and 0 branches that no test reaches are exceptions with a reason" in written
    assert (
        "no test reaches 1 lines and 2 branches, by file (lines, branches): `core/x.py` (1, 2)."
        in written
    )
    assert "- `catsclean/core/y.py: a b`" in written


def test_each_exception_is_about_one_place_of_the_code_with_a_reason():
    for file, entries in uncovered.exceptions().items():
        for entry in entries:
            assert any(uncovered.places(entry["code"], mutants.REPOSITORY / file)), entry["code"]
            assert entry["why"].endswith(".")


IN_A_FORK = """
import os, sys
from benchmarks.trust.coverage_reports import Reporter
reporter = Reporter(sys.argv[1])
reporter.start()
reporter.report_from_forks()
if (child := os.fork()) == 0:
    import catsclean.core.text
    os._exit(7)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@needs_fork
def test_a_fork_that_leaves_past_all_handlers_says_what_it_covered(tmp_path):
    pytest.importorskip("coverage")  # of the group trust
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reports:
        reports.bind(str(tmp_path / "reports"))
        command = [sys.executable, "-c", IN_A_FORK, str(tmp_path / "reports")]
        assert subprocess.run(command, cwd=mutants.REPOSITORY, check=False).returncode == 7
        reports.setblocking(False)
        assert str(mutants.REPOSITORY / "catsclean/core/text.py") in json.loads(reports.recv(2**20))


IN_AN_AUDIT_HOOK = """
import sys
from benchmarks.trust.coverage_reports import Reporter
reporter = Reporter(sys.argv[1])
reporter.start()
code = "def hook(event, _):\\n    if event == 'asked':\\n        heard.append(event)"
names = {"heard": []}
exec(compile(code, sys.argv[2], "exec"), names)
sys.addaudithook(names["hook"])
sys.audit("asked")
reporter.send()
sys.exit(7 if names["heard"] else 1)
"""


@needs_fork
def test_what_an_audit_hook_runs_is_measured_as_well(tmp_path):
    pytest.importorskip("coverage")  # of the group trust
    file = str(mutants.REPOSITORY / "catsclean/core/text.py")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reports:
        reports.bind(str(tmp_path / "reports"))
        command = [sys.executable, "-c", IN_AN_AUDIT_HOOK, str(tmp_path / "reports"), file]
        assert subprocess.run(command, cwd=mutants.REPOSITORY, check=False).returncode == 7
        reports.setblocking(False)
        assert [2, 3] in json.loads(reports.recv(2**20))[file]


def found_in(test, *, imported):
    """What a run of one test reaches, and what collecting it imports."""
    return {
        "arcs": {mutation.COLLECTING: {"x.py": imported}, test: {"y.py": [[1, 2]]}},
        "seconds": {test: 1.0}, "cpu": {test: 1.0}, "failed": [],
    }  # fmt: skip


def test_what_modules_do_when_they_are_imported_is_kept_from_run_to_run(tmp_path, monkeypatch):
    answers = [found_in("tests/test_a.py::a", imported=[[1, 2]])]
    answers.append(found_in("tests/test_b.py::b", imported=[[2, 3], [1, 2]]))
    asked = []
    monkeypatch.setattr(mutation, "REPOSITORY", tmp_path)
    monkeypatch.setattr(
        mutation, "map_tests", lambda tests: [asked.append(tests), answers.pop(0)][1]
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").touch()
    os.utime(tmp_path / "tests/test_a.py", (1e9, 1e9))
    group = mutation.Group((), ("tests",), marks="tensorflow")
    mutation.map_newer(group, tmp_path / ".trust/map.json")
    (tmp_path / "tests/test_b.py").touch()
    os.utime(tmp_path / "tests/test_b.py", (3e9, 3e9))
    found = mutation.map_newer(group, tmp_path / ".trust/map.json")
    assert asked == [
        ["tests/test_a.py", "-m", "tensorflow"],
        ["tests/test_b.py", "-m", "tensorflow"],
    ]
    assert found["arcs"].pop(mutation.COLLECTING) == {"x.py": [(1, 2), (2, 3)]}
    assert set(found["arcs"]) == {"tests/test_a.py::a", "tests/test_b.py::b"}
