"""What a plan announces, a clean reports, the log lists and an undo takes back adds up."""

import shutil

import pictures
import pytest

from catsclean.auditing.audit import audit
from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.cleaning.journal import Decided, Entry
from catsclean.cleaning.run_counts import RunCounts, words_of_revoked
from catsclean.reports.plan_lines import RUN_COLUMNS, run_row, undone

SHA = "a1" * 32


def entry(path, **more):
    return Entry(path, SHA, 1, ["decision"], **more)


@pytest.fixture
def pets(tmp_path):
    """An audited set with a copy, which a clean takes, and files beside two pictures."""
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 4, "Dog": 3})
    shutil.copy(root / "Dog/0.jpg", root / "Dog/copy.jpg")
    for picture in ("Dog/copy", "Cat/1"):
        (root / f"{picture}.txt").write_text("beside")
    audit(root, workers=1, content=False)
    return root


def cleaned(root):
    """Set a picture aside, give two another label, keep one; say what was planned, and done."""
    plan = plan_cleaning(root, relabel={"Cat/1.jpg": "Dog", "Cat/2.jpg": "Dog"}, keep=["Cat/0.jpg"])
    return plan, plan.apply()


def test_files_labels_and_decisions_are_counted_apart():
    decided = [
        Decided("Dog/1.jpg", SHA, "Dog"),
        Decided("3.jpg", SHA, "Dog"),
        Decided("4.jpg", SHA),
    ]
    entries = [
        entry("Cat/0.jpg"),
        entry("Cat/0.txt", owner="Cat/0.jpg"),
        entry("Cat/1.jpg", target="Dog/1.jpg"),
        entry("Cat/1.txt", target="Dog/1.txt", owner="Cat/1.jpg"),
        entry("Cat/2.png", target="Cat/2.jpg"),
    ]
    assert RunCounts.of(entries, decided) == RunCounts(
        set_aside=2, set_aside_along=1, repaired=1, relabelled=2, changed_along=1, kept=1
    )


def test_a_picture_that_goes_to_another_class_is_relabelled_though_its_label_is_known_already():
    assert RunCounts.of([entry("Cat/1.jpg", target="Dog/1.jpg")], []) == RunCounts(relabelled=1)


def test_the_plan_the_clean_and_the_log_say_the_same_numbers(pets):
    plan, done = cleaned(pets)
    (run,) = cleaning_log(pets)
    assert plan.counts == done.counts == RunCounts(2, 1, 0, 2, 1, 1)
    assert repr(plan).endswith("2 to move, 2 to relabel, 1 to keep by decision, 1 kept back>")
    assert done.counts.in_words() == [
        "2 files (1 of them a sidecar file) moved to quarantine",
        "2 pictures relabelled",
        "1 sidecar file moved along",
        "1 decision to keep recorded",
    ]
    assert (len(done.relabelled), done.kept) == (2, ("Cat/0.jpg",))
    assert (run.counts, dict(run.labels)) == (plan.counts, dict.fromkeys(done.relabelled, "Dog"))
    shown = dict(zip(RUN_COLUMNS, run_row(run), strict=True))
    assert [shown[name] for name in RUN_COLUMNS[3:8]] == ["2", "0", "2", "1", "1"]
    numbers = "2 moved, 2 relabelled, 1 moved along, 1 kept"
    assert repr(done) == f"<CleaningResult of run {run.run}: {numbers}>"
    assert repr(run) == f"<RunSummary of run {run.run} (done): {numbers}>"


def test_a_picture_with_another_label_is_not_said_to_be_kept(pets):
    shutil.copy(pets / "Cat/2.jpg", pets / "Cat/again.jpg")
    audit(pets, workers=1, content=False)
    plan_cleaning(pets, relabel={"Cat/2.jpg": "Dog"}).apply()
    run = cleaning_log(pets)[-1].run
    audit(pets, workers=1, content=False)
    why = {one.path: one.why for one in plan_cleaning(pets).kept_back}
    assert why["Dog/again-2.jpg" if "Dog/again-2.jpg" in why else "Dog/again.jpg"] == (
        f"decided: relabel Dog, in run {run}"
    )


def test_an_undo_takes_back_as_much_as_was_done(pets):
    _, done = cleaned(pets)
    back = undo(pets)
    assert undone(back) == [
        "5 files restored", "2 corrected labels revoked", "1 decision to keep revoked",
    ]  # fmt: skip
    assert (sorted(back.relabelled), back.revoked) == (
        ["Dog/1-2.jpg", "Dog/2-2.jpg"],
        ("Cat/0.jpg",),
    )
    (run,) = cleaning_log(pets)
    assert (run.counts.in_words(), run.outcomes) == (done.counts.in_words(), {"restored": 5})


def test_what_an_undo_revoked_is_not_counted_again_by_the_one_that_ends_it(pets):
    cleaned(pets)
    (pets / "Cat/1.jpg").write_bytes(b"in the way")
    first = undo(pets)
    assert (len(first.restored), len(first.relabelled), len(first.revoked)) == (4, 1, 1)
    (pets / "Cat/1.jpg").unlink()
    second = undo(pets)
    assert (len(second.restored), len(second.relabelled), len(second.revoked)) == (1, 1, 0)


def test_a_run_that_only_keeps_is_completed_in_these_words(pets, monkeypatch):
    plan = plan_cleaning(pets, keep=["Cat/0.jpg"], select=[])
    with monkeypatch.context() as patched:
        patched.setattr("catsclean.cleaning.apply_and_revert.change_kept", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            plan.apply()
    assert str(recover(pets)).endswith("it is complete now: 1 decision to keep recorded.")


def _interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("labels", "kept", "words"),
    [
        (0, 0, []),
        (1, 0, ["1 corrected label revoked"]),
        (0, 2, ["2 decisions to keep revoked"]),
        (2, 1, ["2 corrected labels revoked", "1 decision to keep revoked"]),
    ],
)
def test_new_labels_and_decisions_to_keep_are_not_mixed(labels, kept, words):
    assert words_of_revoked(labels, kept) == words
