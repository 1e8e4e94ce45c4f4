"""The measuring of docs/trust.md: its mutants, its tests of a mutant, its page."""

import ast
import os
import sys

import pytest

from benchmarks.trust import mutants, mutation_figures, mutation_groups, page, results
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
