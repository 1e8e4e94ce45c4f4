"""How far a run came that Ctrl-C cut short."""

import shutil

import pictures
import pytest

from catsclean.auditing.audit import audit
from catsclean.cleaning import apply_and_revert, plan_cleaning
from catsclean.cleaning.cut_short import CutShort, journals_now
from catsclean.cleaning.journal import RunState


@pytest.fixture
def audited(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 3})
    for number in range(3):
        shutil.copy(root / f"Dog/{number}.jpg", root / f"Dog/copy{number}.jpg")
    return audit(root, content=False, workers=1)


def test_a_set_that_was_never_cleaned_has_no_such_run(audited):
    assert (CutShort.find(audited.state), journals_now(audited.state)) == (None, frozenset())


def test_a_complete_run_is_not_cut_short_but_changes_what_the_journals_say(audited):
    plan_cleaning(audited).apply()
    ((run, time),) = journals_now(audited.state)
    assert (CutShort.find(audited.state), time > 0, len(run)) == (None, True, 15)


def test_a_return_of_some_files_counts_only_these(audited, monkeypatch):
    run = plan_cleaning(audited).apply().run

    def count(self, more):
        self._done += more
        raise KeyboardInterrupt

    plan = plan_cleaning(audited, keep=["Dog/copy0.jpg", "Dog/copy1.jpg"], select=[])
    with monkeypatch.context() as patched:
        patched.setattr(apply_and_revert, "BATCH", 1)
        patched.setattr(apply_and_revert._Count, "__call__", count)
        with pytest.raises(KeyboardInterrupt):
            plan.apply()
    assert CutShort.find(audited.state) == CutShort(run, RunState.RETURNING, 1, 2)
