"""State folders that each release has written are read, resumed and undone by today's code."""

import os
import shutil
import tarfile
from pathlib import Path

import pytest

import catsclean
from catsclean import cleaning, load_audit
from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning.journal import RunState
from catsclean.core.state import StateFolder
from catsclean.reviewing.session import Review

HERE = Path(__file__).parent
ARCHIVES = sorted(HERE.glob("*.tar.xz"))
pytestmark = pytest.mark.skipif(os.name == "nt", reason="they were written on a system with links")


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def unpacked(request, tmp_path_factory):
    """One release's state folders, by kind."""
    folder = tmp_path_factory.mktemp("states")
    with tarfile.open(request.param) as packed:
        packed.extractall(folder, filter="tar")
    return folder


@pytest.fixture
def state_of(unpacked, tmp_path):
    """Give the data set of a kind, with its state folder beside it."""

    def of(kind):
        shutil.copytree(unpacked / kind, tmp_path / kind, symlinks=True)
        root = tmp_path / kind / "Pets"
        _link_again(unpacked / kind, tmp_path / kind)
        return root

    return of


@pytest.fixture
def untouched(unpacked):
    """What the data set held before anything was cleaned or repaired."""
    return tree(unpacked / "audited" / "Pets")


def _link_again(source, target):
    """Make names of one file names of one file again: a move that was cut short has two."""
    names = {}
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.stat().st_nlink > 1:
            first = names.setdefault(path.stat().st_ino, path)
            if first is not path:
                copy = target / path.relative_to(source)
                copy.unlink()
                copy.hardlink_to(target / first.relative_to(source))


def tree(root):
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in root.rglob("*")
        if path.is_file()
    }


def statuses(audit):
    table = audit.manifest.table
    return dict(zip(table["path"], table["status"], strict=True))


def test_this_version_has_an_archive():
    assert f"{catsclean.__version__}.tar.xz" in {path.name for path in ARCHIVES}, (
        "run `PYTHONPATH=.:tests python tests/states/make_states.py`"
    )


def test_an_audit_is_loaded_and_done_again_with_the_same_result(state_of):
    root = state_of("audited")
    loaded = load_audit(root)
    again = catsclean.audit(root, workers=1, content=False)
    assert statuses(loaded) == statuses(again)
    assert loaded.counts() == again.counts()


def test_an_audit_that_was_cut_short_is_resumed(state_of):
    root, whole = state_of("half-audited"), state_of("audited")
    parts = list(StateFolder.of(root).cache.glob("part-*"))
    assert parts
    resumed = catsclean.audit(root, workers=1, content=False)
    assert statuses(resumed) == statuses(load_audit(whole))
    assert not [part for part in parts if part.exists()]


@pytest.mark.parametrize("kind", ["cleaned", "half-cleaned", "half-undone", "repaired", "decided"])
def test_an_undo_brings_everything_back(state_of, untouched, kind):
    root = state_of(kind)
    (run,) = cleaning.cleaning_log(root)
    assert run.state is not RunState.UNDONE
    cleaning.undo(root)
    assert tree(root) == untouched
    assert not list(StateFolder.of(root).quarantine.glob("*/files/*"))


def test_a_clean_that_was_cut_short_is_completed(state_of):
    root, cleaned = state_of("half-cleaned"), state_of("cleaned")
    cleaning.recover(root)
    assert tree(root) == tree(cleaned)
    assert [one.state.value for one in cleaning.cleaning_log(root)] == ["done"]


def test_a_split_is_made_again_as_it_was(state_of):
    root = state_of("split-recorded")
    before = load_audit(root).manifest.table
    again = catsclean.split(root, {"val": 0.3})
    now = again.manifest.table
    assert dict(zip(before["path"], before["split"].astype(str), strict=True)) == dict(
        zip(now["path"], now["split"].astype(str), strict=True)
    )
    assert set(before["split"].dropna()) == {"train", "val"}


def test_a_decision_to_keep_is_known(state_of):
    root = state_of("decided")
    assert "Cat/1.jpg" in read_kept(StateFolder.of(root))


def test_the_answers_of_a_review_are_known_and_carried_out(state_of):
    root = state_of("reviewed")
    review = Review(load_audit(root))
    answered = [
        question
        for queue in review.summary()["queues"]
        for question in review.questions(queue["key"], 0, 100)["questions"]
        if question["answer"]
    ]
    assert len(answered) >= 6
    result = cleaning.plan_cleaning(root).apply()
    assert "Cat/cut.jpg" in result.moved
