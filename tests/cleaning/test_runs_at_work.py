import threading

import pytest

from catsclean import cleaning
from catsclean.cleaning import plan_cleaning
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.cleaning.runs_at_work import RunsAtWork
from catsclean.core.leftovers import JOURNAL
from catsclean.errors import StateError


class HeldUp:
    """A clean or an undo in a thread, which waits after its files have moved."""

    def __init__(self, work):
        self._reached, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=work, args=(self._wait,))

    def _wait(self, _done, _total):
        self._reached.set()
        assert self._go.wait(60)

    def __enter__(self):
        self._thread.start()
        assert self._reached.wait(60)

    def __exit__(self, *_):
        self._go.set()
        self._thread.join()


@pytest.fixture
def answer(audited):
    """Answer a question about a picture, as a review does."""
    journal, number = DecisionJournal(audited.state), iter(range(100))

    def call(*paths, action="keep"):
        answers = []
        for path in paths:
            decision = Decision(path, Action(action), audited.sha256(path), "review")
            answers.append(ReviewAnswer(path, (decision,)))
        return journal.save(f"entry-{next(number):03}", answers)

    return call


def test_a_clean_at_work_has_its_pictures(audited):
    audited.find("Cat/0.jpg", "zero-length").save()
    runs = RunsAtWork(audited.state)
    assert runs.moving() == {}
    plan = plan_cleaning(audited.root, keep=["Dog/0.jpg"], relabel={"Dog/1.jpg": "Cat"})
    with HeldUp(plan.apply):
        assert set(runs.moving()) == {"Cat/0.jpg", "Dog/0.jpg", "Dog/1.jpg", "Cat/1-2.jpg"}
    assert runs.moving() == {}
    with HeldUp(lambda progress: cleaning.undo(audited.root, progress=progress)):
        assert "Cat/0.jpg" in runs.moving()
    assert runs.moving() == {}


def test_a_clean_that_was_interrupted_has_them_until_a_command_completes_it(audited):
    audited.find("Cat/0.jpg", "zero-length").save()
    (run,) = {plan_cleaning(audited.root).apply().run}
    journal = audited.state.quarantine / run / JOURNAL
    journal.write_text(journal.read_text().replace('"state": "done"', '"state": "moving"'))
    runs = RunsAtWork(audited.state)
    assert runs.moving() == {"Cat/0.jpg": run}
    cleaning.recover(audited.root)
    assert runs.moving() == {}


def test_a_journal_that_cannot_be_read_holds_nothing_up(audited):
    audited.find("Cat/0.jpg", "zero-length").save()
    run = plan_cleaning(audited.root).apply().run
    (audited.state.quarantine / run / JOURNAL).write_text("{")
    assert RunsAtWork(audited.state).moving() == {}


def test_a_journal_is_read_again_only_if_it_changed(audited, monkeypatch):
    audited.find("Cat/0.jpg", "zero-length").save()
    plan_cleaning(audited.root).apply()
    runs, read = RunsAtWork(audited.state), []
    whole = runs._paths
    monkeypatch.setattr(runs, "_paths", lambda run: read.append(run) or whole(run))
    runs.moving()
    runs.moving()
    assert len(read) == 1
    cleaning.undo(audited.root)
    runs.moving()
    assert len(read) == 2


def test_an_answer_about_a_picture_that_is_being_moved_is_not_saved(audited, answer):
    audited.find("Cat/0.jpg", "zero-length").save()
    with HeldUp(plan_cleaning(audited.root).apply):
        saved = answer("Cat/0.jpg", "Dog/1.jpg")
        assert saved.held == {"Cat/0.jpg": "Cat/0.jpg"}
        assert [one.is_open for one in saved.answers] == [True, False]
    assert list(DecisionJournal(audited.state).read()) == ["Dog/1.jpg"]
    assert answer("Cat/0.jpg").held == {}


def test_an_answer_that_a_clean_carries_out_is_not_taken_back_meanwhile(audited, answer):
    audited.save()
    answer("Cat/0.jpg", action="quarantine")
    journal = DecisionJournal(audited.state)
    with HeldUp(plan_cleaning(audited.root).apply):
        saved = journal.save("entry-back", [ReviewAnswer("Cat/0.jpg")])
    assert saved.held
    assert not saved.answers[0].is_open


def test_an_entry_of_which_nothing_can_be_saved_is_none(audited, answer):
    audited.find("Cat/0.jpg", "zero-length").save()
    with HeldUp(plan_cleaning(audited.root).apply):
        answer("Cat/0.jpg")
        assert not audited.state.decision_journal.exists()


@pytest.mark.parametrize("back", [False, True])
def test_a_plan_is_not_carried_out_against_an_answer_that_came_after_it(audited, answer, back):
    audited.find("Cat/0.jpg", "zero-length").save()
    answer("Dog/1.jpg", action="quarantine")
    plan = plan_cleaning(audited.root)
    if back:
        DecisionJournal(audited.state).save("entry-back", [ReviewAnswer("Dog/1.jpg")])
    else:
        answer("Dog/1.jpg", action="keep")
    with pytest.raises(StateError, match=r"decided about Dog/1\.jpg after this was planned"):
        plan.apply()
    assert (audited.root / "Cat/0.jpg").exists()
    again = plan_cleaning(audited.root)
    assert [move.path for found in again.moves.values() for move in found] == ["Cat/0.jpg"]
    assert again.apply().moved == ("Cat/0.jpg",)


def test_answers_about_other_pictures_do_not_stop_a_plan(audited, answer):
    audited.find("Cat/0.jpg", "zero-length").save()
    plan = plan_cleaning(audited.root)
    answer("Dog/1.jpg")
    assert plan.apply().moved == ("Cat/0.jpg",)
    assert plan_cleaning(audited.root).decided == ("Dog/1.jpg",)


def test_an_answer_that_comes_while_a_clean_begins_waits_for_it(audited, answer, monkeypatch):
    audited.find("Cat/0.jpg", "zero-length").save()
    plan = plan_cleaning(audited.root)
    saved, threads = [], []
    write = cleaning.quarantine.Journal.write

    def write_late(journal, quarantine):
        if not threads:
            threads.append(threading.Thread(target=lambda: saved.append(answer("Cat/0.jpg"))))
            threads[0].start()
            threads[0].join(0.2)
        write(journal, quarantine)

    monkeypatch.setattr(cleaning.quarantine.Journal, "write", write_late)
    with HeldUp(plan.apply):
        threads[0].join()
    assert saved[0].held
