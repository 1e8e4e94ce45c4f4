import threading
import time

import packed
import pytest
from pictures import make_dataset

import catsclean
from catsclean import cleaning
from catsclean.cleaning.decision_journal import DecisionJournal, ReviewAnswer
from catsclean.cleaning.decisions import Action, Decision
from catsclean.core.state import StateFolder
from catsclean.errors import StateError
from catsclean.reviewing.refusals import BusyWorkError, RefusedRequestError, StalePlanError
from catsclean.reviewing.work import PageWork


@pytest.fixture
def ended():
    return threading.Event()


@pytest.fixture
def work(data_set, ended):
    return PageWork(StateFolder.of(data_set), ended.set)


def wait(work):
    while work.job.running:
        time.sleep(0.01)
    return work.status()


def files_of(folder):
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


def test_a_clean_does_what_its_plan_showed(work, data_set, ended):
    before, plan = files_of(data_set), work.plan()
    assert plan["moves"] > 0
    work.clean(plan["id"])
    status = wait(work)
    assert ended.is_set()
    assert not status["failed"]
    assert f"{plan['moves']} files moved to quarantine." in status["said"]
    assert len(files_of(data_set)) == len(before) - plan["moves"]


def test_a_plan_that_has_changed_is_not_carried_out(work, data_set):
    plan = work.plan()
    cleaning.plan_cleaning(data_set).apply()
    before = files_of(data_set)
    with pytest.raises(StalePlanError):
        work.clean(plan["id"])
    assert files_of(data_set) == before


def test_undo_brings_the_files_back(work, data_set):
    before = files_of(data_set)
    work.clean(work.plan()["id"])
    wait(work)
    work.undo()
    assert not wait(work)["failed"]
    assert files_of(data_set) == before


def test_what_cannot_be_undone_is_explained(work):
    work.undo()
    status = wait(work)
    assert status["failed"]
    assert status["said"]


def test_a_split_is_written_beside_the_data_set(work, data_set):
    work.clean(work.plan()["id"])
    wait(work)
    work.split(0.2, 0, "practice-split")
    status = wait(work)
    assert not status["failed"], status
    assert (data_set.with_name("practice-split") / "val" / "Cat").is_dir()


def test_the_name_of_a_split_is_free_and_a_taken_one_is_refused_in_words_of_the_page(
    work, data_set
):
    first = work.plan()["split_name"]
    assert first == f"{data_set.name}-split"
    data_set.with_name(first).mkdir()
    second = work.plan()["split_name"]
    assert second == f"{first}-2"
    with pytest.raises(RefusedRequestError, match=f"choose another name, such as {second}$"):
        work.split(0.2, 0, first)
    work.split(0.2, 0, second)
    assert not wait(work)["failed"]
    assert work.plan()["split_name"] == f"{first}-3"


def test_a_page_sends_nobody_to_a_command_for_what_it_can_do_itself(work, data_set):
    audit = catsclean.load_audit(data_set)
    table = audit.manifest.table.set_index("path")
    path = next(f.path for f in audit.findings if f.validator == "odd-size")
    decision = Decision(path, Action.QUARANTINE, table.loc[path, "sha256"], "review")
    DecisionJournal(audit.state).save("entry-01", [ReviewAnswer("any", (decision,))])
    work.split(0.2, 0, "parts")
    said = wait(work)["said"]
    assert any(one.endswith("split: carry them out above, and split again.") for one in said)


def test_an_error_on_a_page_names_no_options(tmp_path):
    audit = catsclean.audit(make_dataset(tmp_path / "set", {"Cat": 1, "Dog": 1}), content=False)
    work = PageWork(audit.state, lambda: None)
    work.split(0.5, 0.4, "parts")
    status = wait(work)
    assert status["failed"]
    assert "group only exact copies, or audit again" in status["said"][0]


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden", "a/b", "../x", "/tmp/x", "a\\b", "con", "a\0b"]
)
def test_a_split_is_written_nowhere_else(work, name):
    with pytest.raises(RefusedRequestError):
        work.split(0.2, 0, name)


@pytest.mark.parametrize(
    ("val", "test"), [(0, 0), (1, 0), (-0.1, 0.5), (0.5, 0.5), (float("nan"), 0)]
)
def test_shares_that_leave_nothing_are_refused(work, val, test):
    with pytest.raises(RefusedRequestError):
        work.split(val, test, "practice-split")


def test_one_thing_is_done_at_a_time(work, data_set):
    lock = StateFolder.of(data_set).lock()
    with lock:
        work.split(0.2, 0, "practice-split")
        try:
            with pytest.raises(BusyWorkError):
                work.undo()
        except StateError:  # the split ended before
            pass
    wait(work)


def test_the_log_names_the_newest_clean_first(work):
    work.clean(work.plan()["id"])
    wait(work)
    (run,) = work.log()
    assert run["outcomes"]["moved"] > 0


def test_answers_about_an_archive_are_recorded_and_nothing_moves(tmp_path):
    pictures = make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})
    archive = tmp_path / "pets.zip"
    packed.make_zip(archive, packed.files_of(pictures))
    audit = catsclean.audit(archive, content=False)
    path, sha256 = next(zip(*(audit.manifest.table[c] for c in ("path", "sha256")), strict=True))
    decision = Decision(path, Action.QUARANTINE, sha256, "review")
    DecisionJournal(audit.state).save("entry-01", [ReviewAnswer("any", (decision,))])
    work, before = PageWork(audit.state, lambda: None), archive.read_bytes()
    plan = work.plan()
    assert (plan["recorded"], plan["left_out"]) == (True, 1)
    work.clean(plan["id"])
    assert wait(work)["said"] == ["1 decision recorded."]
    assert archive.read_bytes() == before
    assert work.plan()["left_out"] == 0
    split = catsclean.split(archive, {"val": 0.5})
    row = split.manifest.table.set_index("path").loc[path]
    assert row["status"] == "drop"


@pytest.fixture
def to_fix(data_set):
    """Leave a picture to fix, as a review does."""
    audit = catsclean.load_audit(data_set)
    path = next(f.path for f in audit.findings if f.validator == "wrong-extension")
    sha256 = audit.manifest.table.set_index("path").loc[path, "sha256"]
    decision = Decision(path, Action.FIX, sha256, "review")
    DecisionJournal(audit.state).save("entry-01", [ReviewAnswer("any", (decision,))])
    return path


def test_a_repair_does_what_was_shown_and_nothing_else(work, data_set, to_fix):
    before = files_of(data_set)
    assert work.plan()["fixes"] == 1
    shown = work.repairs()
    assert [one["path"] for one in shown["files"]] == [to_fix]
    assert files_of(data_set) == before
    work.fix(shown["id"])
    assert wait(work)["said"] == ["1 file repaired."]
    assert before - files_of(data_set) == {to_fix}
    assert work.plan()["fixes"] == work.repairs()["repairs"] == 0
    work.undo()
    wait(work)
    assert files_of(data_set) == before
    assert work.plan()["fixes"] == 1


def test_a_repair_that_has_changed_is_not_made(work, data_set, to_fix):
    before = files_of(data_set)
    work.fix("0" * 16)
    assert "have changed since they were shown" in wait(work)["said"][0]
    assert to_fix in before == files_of(data_set)
