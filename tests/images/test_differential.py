"""The promise on structural mutants; ``python -m images.differential`` tries a million."""

import os

import pytest
from images import differential, mutants

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
pytest.importorskip("tensorflow", minversion="2.20")  # the first that reads WebP

# the mutants of a normal run; more come by hand
MUTANTS = 6_000


@pytest.fixture(scope="module")
def found():
    return differential.compare(MUTANTS, first=5_000_000)


def test_what_is_clean_tensorflow_decodes(found):
    assert found.clean_but_refused == 0, "\n".join(found.wrong)


def test_what_clean_would_move_tensorflow_refuses(found):
    assert found.dropped_but_decoded == 0, "\n".join(found.wrong)


def test_no_mutant_ends_the_process_that_reads_it(found):
    assert found.lost == []
    assert sum(found.table.values()) == MUTANTS


def test_the_sample_holds_every_answer_for_every_kind(found):
    for kind in mutants.KINDS:
        assert found.table[kind, "clean", "decodes"] > 50
        assert found.table[kind, "undecodable", "refuses"] > 30


def test_a_mutant_that_ends_its_judge_is_noted_and_the_next_one_is_judged(monkeypatch):
    def judge(data):
        if data == mutants.mutant("GIF", 0):
            os._exit(7)
        return "undecodable", ""

    monkeypatch.setattr(differential, "judge", judge)
    monkeypatch.setattr(differential, "ask", lambda _data: "refused")
    found = differential.compare(6)
    assert found.lost == ["GIF 0 exit code 7"]
    assert {kind for kind, _, _ in found.table} == set(mutants.KINDS) - {"GIF", "PNG"}


def test_a_wrong_clean_is_counted(monkeypatch):
    monkeypatch.setattr(differential, "judge", lambda _data: ("clean", ""))
    monkeypatch.setattr(differential, "ask", lambda _data: "refused")
    found = differential.compare(5)
    assert (found.clean_but_refused, len(found.wrong)) == (5, 5)
