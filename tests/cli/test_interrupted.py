"""Ctrl-C: the message says what was done, and how to go on or back."""

import shutil
from contextlib import contextmanager

import pytest
from pictures import make_dataset

import catsclean
from catsclean.cleaning import apply_and_revert, interrupted_run
from catsclean.cli import StoppedError
from catsclean.cli.interrupted import telling_what_changed
from catsclean.core import state
from catsclean.splitting import target_folder


@pytest.fixture
def pets(tmp_path):
    """An audited set with three copies, which a clean takes."""
    root = make_dataset(tmp_path / "Pets", {"Cat": 4, "Dog": 4})
    for number in range(3):
        shutil.copy(root / f"Dog/{number}.jpg", root / f"Dog/copy{number}.jpg")
    catsclean.audit(root, content=False, workers=1)
    return root


@contextmanager
def interrupted_after_two_files():
    """Let Ctrl-C come when two files are moved."""

    def count(self, more):
        self._done += more
        if self._done == 2:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(apply_and_revert, "BATCH", 1)
        patched.setattr(apply_and_revert._Count, "__call__", count)
        yield


def interrupt(*_, **__):
    raise KeyboardInterrupt


def test_a_clean_says_how_many_files_it_moved_and_how_to_complete_or_revert_it(pets, run):
    with interrupted_after_two_files():
        done = run("clean", "Pets", "--apply")
    name = interrupted_run(state.locate(pets))
    assert done.returncode == 130
    assert done.stderr == (
        f"catsclean: interrupted while run {name} was under way: 2 of 3 files moved. The same"
        " command completes the run; catsclean undo Pets reverts it.\n"
    )
    assert "complete now: 3 files moved to quarantine" in run("clean", "Pets").stdout


def test_an_undo_says_how_many_files_are_back(pets, run):
    catsclean.plan_cleaning(pets).apply()
    with interrupted_after_two_files():
        done = run("undo", "Pets")
    assert "was being reverted: 2 of 3 files restored. The same command continues" in done.stderr
    assert "3 files restored" in run("undo", "Pets").stdout


@pytest.mark.parametrize(
    ("command", "what"), [("clean", "catsclean.plan_cleaning"), ("fix", "catsclean.plan_repairs")]
)
@pytest.mark.usefixtures("pets")
def test_before_anything_is_done_the_message_says_so(run, monkeypatch, command, what):
    monkeypatch.setattr(what, interrupt)
    done = run(command, "Pets", "--apply")
    assert done.returncode == 130
    assert done.stderr == (
        "catsclean: interrupted before any file was changed. Run the same command again.\n"
    )


def test_after_a_run_was_completed_the_log_is_named(pets, run, monkeypatch):
    monkeypatch.setattr("catsclean.cli.clean_command._show_result", interrupt)
    done = run("clean", "Pets", "--apply")
    assert done.stderr == ("catsclean: interrupted. See what was done: catsclean log Pets\n")
    assert not (pets / "Dog/copy0.jpg").exists()


def test_a_journal_that_cannot_be_trusted_leads_to_the_log(pets, run, monkeypatch):
    catsclean.plan_cleaning(pets).apply()
    (journal,) = (pets.with_name("Pets.catsclean") / "quarantine").glob("*/journal.json")

    def break_it(*_, **__):
        journal.write_text("{")
        raise KeyboardInterrupt

    monkeypatch.setattr("catsclean.undo", break_it)
    assert "See what was done: catsclean log Pets" in run("undo", "Pets").stderr


@pytest.mark.parametrize(
    ("where", "what", "said"),
    [
        (
            target_folder,
            "replace_name",
            "what is written lies in {part}. Run the same command again to continue; the next",
        ),
        (catsclean.splitting.Split, "save", "{target} is written, but not recorded. Run"),
        (catsclean.splitting.Split, "write", "nothing is written. Run the same command again."),
    ],
)
def test_a_split_says_what_lies_where_it_is_written(pets, run, monkeypatch, where, what, said):
    target, part = pets.with_name("Pets-split"), pets.with_name(".Pets-split.catsclean-part")
    with monkeypatch.context() as patched:
        patched.setattr(where, what, interrupt)
        done = run("split", "Pets", "--val", "0.5", "--exclude-review")
    assert done.returncode == 130
    assert f"interrupted; {said.format(part=part, target=target)}" in done.stderr
    assert run("split", "Pets", "--val", "0.5", "--exclude-review").returncode == 0
    assert (target.is_dir(), part.exists()) == (True, False)


def test_after_an_interrupt_a_bucket_is_not_asked_what_was_done(pets, monkeypatch):
    monkeypatch.setattr("catsclean.objects.bucket_state.is_in_bucket", lambda _: True)
    monkeypatch.setattr("catsclean.cleaning.journals_now", None)
    with (
        pytest.raises(StoppedError, match=r"^interrupted\. See what was done: catsclean log "),
        telling_what_changed(state.locate(pets)),
    ):
        raise KeyboardInterrupt
