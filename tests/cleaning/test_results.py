"""Results of cleaning print as one short line."""

from catsclean.cleaning import CleaningResult, Recovery, RunSummary, UndoResult
from catsclean.cleaning.journal import RunState
from catsclean.cleaning.run_counts import RunCounts

MANY = tuple(f"Cat/{number}.jpg" for number in range(2_000))
REFUSED = (("Cat/x.jpg", "it has changed"),)


def test_the_result_of_a_clean_prints_its_run_and_its_numbers():
    counts = RunCounts(set_aside=2_000, relabelled=1, kept=3)
    result = CleaningResult("20261130-1", MANY, REFUSED, kept=MANY[:3], counts=counts)
    numbers = "2,000 moved, 1 relabelled, 3 kept, 1 refused"
    assert repr(result) == f"<CleaningResult of run 20261130-1: {numbers}>"
    assert str(result) == repr(result)


def test_a_clean_without_work_prints_so():
    assert repr(CleaningResult(None, (), ())) == "<CleaningResult: nothing to do>"


def test_the_result_of_an_undo_prints_its_run_and_its_numbers():
    result = UndoResult("1", MANY, (), missing=REFUSED, others=(("2", MANY[:5]),))
    assert repr(result) == (
        "<UndoResult of run 1: 2,000 restored, 1 missing, 5 left in other runs>"
    )


def test_a_recovery_prints_a_sentence_and_is_short_inside_others():
    recovery = Recovery("1", RunState.MOVING, 7, REFUSED)
    assert str(recovery).startswith("The run 1 was interrupted")
    assert repr(recovery) == "<Recovery of run 1 (moving): 7 done, 1 refused>"


def test_a_run_of_the_log_prints_its_outcomes():
    counts = RunCounts(set_aside=2_000, kept=1)
    outcomes = {"moved": 1_999, "restored": 1}
    one = RunSummary("1", RunState.DONE, "2026-11-30", outcomes, {}, (), 1, (), MANY, counts=counts)
    assert repr(one) == "<RunSummary of run 1 (done): 2,000 moved, 1 kept, 1 restored>"


def test_one_label_that_is_revoked_is_one_label():
    one = UndoResult("20261130-1", (), (), revoked=("a.jpg",), relabelled=("b.jpg",))
    assert repr(one).endswith(": 1 label revoked, 1 decision to keep revoked>")
