"""What a run and its undo leave behind: folders, rows, decisions, counts."""

import errno
import hashlib
import json
import os
import stat
import sys

import disk_calls
import pytest

from catsclean.auditing.kept_view import change_kept, read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import cleaning_log, plan_cleaning, recover, undo
from catsclean.cleaning.journal import Entry, Made
from catsclean.cleaning.quarantine import carry_out
from catsclean.core.model import Fix
from catsclean.errors import CleaningError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this needs openat")


@pytest.fixture
def flawed(make, tmp_path):
    audited = make(tmp_path, 3)
    for path in ("Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg"):
        audited.find(path, "truncated")
    return audited.find("Dog/0.jpg", "blurry", Fix.REVIEW).save()


def outcomes(audited):
    return [one.outcomes for one in cleaning_log(audited.root)]


def test_progress_is_told_up_to_the_last_file(flawed):
    told = []
    plan_cleaning(flawed.root).apply(lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {3}
    told.clear()
    undo(flawed.root, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_emptied_folder_leaves_and_comes_back_as_it_was(flawed):
    folder = flawed.root / "Cat"
    folder.chmod(0o750)
    os.utime(folder, ns=(10**18, 10**18))
    result = plan_cleaning(flawed.root).apply()
    assert result.emptied == ("Cat",)
    assert not folder.exists()
    back = undo(flawed.root)
    assert sorted(back.restored) == ["Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert folder.stat().st_mtime_ns == 10**18


def test_a_folder_that_cannot_be_made_at_first_comes_back_as_it_was(flawed):
    (flawed.root / "Cat").chmod(0o750)
    plan_cleaning(flawed.root).apply()
    tries = [errno.EACCES]
    failing = {"mkdir": lambda name: tries.pop() if name == "Cat" and tries else 0}
    with disk_calls.counted(failing=failing):
        undo(flawed.root)
    assert not tries
    assert stat.S_IMODE((flawed.root / "Cat").stat().st_mode) == 0o750


def test_a_refused_file_keeps_its_status_and_the_others_change(flawed):
    plan = plan_cleaning(flawed.root, quarantine=["Dog/0.jpg"])
    (flawed.root / "Dog/0.jpg").write_bytes(b"somebody has changed it")
    before = flawed.statuses()
    result = plan.apply()
    assert [path for path, _ in result.refused] == ["Dog/0.jpg"]
    assert flawed.statuses()["Dog/0.jpg"] == before["Dog/0.jpg"] == "review"


def test_a_file_that_is_refused_during_the_run_keeps_its_status(flawed, monkeypatch):
    from catsclean.cleaning import apply_and_revert
    from catsclean.core.safe_folder import NotAsRecordedError

    real = apply_and_revert._BeforeMove.__call__

    def refusing(self, job):
        if job.source == "Dog/0.jpg":
            raise NotAsRecordedError("stays")
        real(self, job)

    monkeypatch.setattr(apply_and_revert._BeforeMove, "__call__", refusing)
    result = plan_cleaning(flawed.root, quarantine=["Dog/0.jpg"]).apply()
    assert result.refused == (("Dog/0.jpg", "stays"),)
    assert flawed.statuses()["Dog/0.jpg"] == "review"
    assert flawed.statuses()["Cat/0.jpg"] == "drop"
    assert outcomes(flawed) == [{"moved": 3, "refused": 1}]


def test_a_folder_that_a_run_makes_goes_with_its_undo(flawed):
    result = plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Bird"}).apply()
    assert (flawed.root / "Bird/1.jpg").read_bytes() == flawed.files["Dog/1.jpg"]
    assert len(result.changed) == 1
    undo(flawed.root)
    assert not (flawed.root / "Bird").exists()
    assert (flawed.root / "Dog/1.jpg").exists()


def test_a_folder_that_a_run_makes_for_nothing_is_removed(flawed, monkeypatch):
    from catsclean.cleaning import apply_and_revert
    from catsclean.core.safe_folder import NotAsRecordedError

    def refusing(_self, _job):
        # by now, the folder of the new label may have been made
        (flawed.root / "Bird").mkdir(exist_ok=True)
        raise NotAsRecordedError("stays")

    monkeypatch.setattr(apply_and_revert._BeforeMove, "__call__", refusing)
    plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Bird"}).apply()
    assert not (flawed.root / "Bird").exists()


def test_a_file_that_a_later_run_moved_waits_for_the_undo_of_that_run(flawed, read_tree):
    before = read_tree(flawed.root)
    first = plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Bird"}).apply().run
    second = plan_cleaning(flawed.root, quarantine=["Bird/1.jpg"]).apply().run
    result = undo(flawed.root, run=first)
    assert result.refused == (
        ("Dog/1.jpg", f"Bird/1.jpg was moved by run {second}: undo that run first"),
    )
    assert not (flawed.root / "Dog/1.jpg").exists()
    undo(flawed.root, run=second)
    undo(flawed.root, run=first)
    assert read_tree(flawed.root) == before


def test_a_file_that_was_missing_and_that_a_later_run_moved_waits_for_that_run(flawed, tmp_path):
    first = plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Bird"}).apply().run
    (flawed.root / "Bird/1.jpg").rename(tmp_path / "away")
    assert [path for path, _ in undo(flawed.root, run=first).missing] == ["Dog/1.jpg"]
    (flawed.root / "Bird").mkdir()
    (tmp_path / "away").rename(flawed.root / "Bird/1.jpg")
    second = plan_cleaning(flawed.root, quarantine=["Bird/1.jpg"]).apply().run
    result = undo(flawed.root, run=first)
    why = f"Bird/1.jpg was moved by run {second}: undo that run first"
    assert (result.refused, result.missing) == ((("Dog/1.jpg", why),), ())


def test_a_file_that_was_to_come_back_alone_and_did_not_can_still_be_undone(flawed):
    run = plan_cleaning(flawed.root).apply().run
    plan = plan_cleaning(flawed.root, keep=["Cat/1.jpg"], select=[])
    (flawed.root / "Cat").mkdir()
    (flawed.root / "Cat/1.jpg").write_bytes(b"a new picture")
    result = plan.apply()
    assert result.returned == ()
    assert "another file is in its place" in dict(result.refused)["Cat/1.jpg"]
    assert outcomes(flawed) == [{"moved": 3}]
    (flawed.root / "Cat/1.jpg").unlink()
    assert undo(flawed.root, run=run).restored == ("Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg")


@pytest.mark.parametrize("cut_short", [False, True])
def test_files_wait_while_a_file_stands_in_the_place_of_their_folder(flawed, read_tree, cut_short):
    before = read_tree(flawed.root)
    run = plan_cleaning(flawed.root).apply().run
    (flawed.root / "Cat").write_bytes(b"a file where a folder was")
    if cut_short:  # after the folders to be made were noted, and before they were made
        journal = flawed.state.quarantine / run / "journal.json"
        document = json.loads(journal.read_text()) | {"state": "undoing"}
        document["folders"][0]["outcome"] = "returning"
        journal.write_text(json.dumps(document))
    result = undo(flawed.root)
    assert result.restored == ()
    assert [path for path, _ in result.refused] == ["Cat/0.jpg", "Cat/1.jpg", "Cat/2.jpg"]
    assert (flawed.root / "Cat").read_bytes() == b"a file where a folder was"
    (flawed.root / "Cat").unlink()
    undo(flawed.root, run=run)
    assert read_tree(flawed.root) == before


@pytest.mark.parametrize("other", ["a link", "a file", "a folder of somebody else's"])
def test_undo_waits_for_a_folder_that_it_made_and_that_is_another_by_now(
    flawed, read_tree, tmp_path, other
):
    before = read_tree(flawed.root)
    plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Bird"}, select=[]).apply()
    (flawed.root / "Bird").rename(tmp_path / "Bird")
    if other == "a link":
        (flawed.root / "Bird").symlink_to(tmp_path / "Bird")
    elif other == "a file":
        (flawed.root / "Bird").write_bytes(b"mine")
    else:
        (flawed.root / "Bird").mkdir()
        (flawed.root / "Bird/2.jpg").write_bytes(b"mine")
    first = undo(flawed.root)
    assert first.restored == ()
    assert [path for path, _ in (*first.refused, *first.missing)] == ["Dog/1.jpg"]
    if other == "a folder of somebody else's":
        (flawed.root / "Bird/2.jpg").unlink()
        (flawed.root / "Bird").rmdir()
    else:
        (flawed.root / "Bird").unlink()
    (tmp_path / "Bird").rename(flawed.root / "Bird")
    assert undo(flawed.root).restored == ("Dog/1.jpg",)
    assert read_tree(flawed.root) == before
    assert not (flawed.root / "Bird").exists()


def test_an_undo_leaves_no_folders_in_the_quarantine(make, tmp_path):
    audited = make(tmp_path, 2)
    (audited.root / "Cat/deeper").mkdir()
    audited.files["Cat/deeper/9.jpg"] = b"deeper"
    (audited.root / "Cat/deeper/9.jpg").write_bytes(b"deeper")
    audited.find("Cat/deeper/9.jpg", "truncated").find("Dog/0.jpg", "truncated").save()
    run = plan_cleaning(audited.root).apply().run
    undo(audited.root)
    assert list((audited.state.quarantine / run / "files").iterdir()) == []


def test_a_sidecar_file_leaves_after_its_picture(flawed):
    (flawed.root / "Cat/0.txt").write_bytes(b"a caption")
    result = plan_cleaning(flawed.root).apply()
    assert "Cat/0.txt" in result.moved
    assert outcomes(flawed) == [{"moved": 4}]


@pytest.fixture
def with_copy(make, tmp_path):
    audited = make(tmp_path, 3)
    audited.files["Dog/0.jpg"] = audited.files["Dog/1.jpg"]
    (audited.root / "Dog/0.jpg").write_bytes(audited.files["Dog/1.jpg"])
    audited.find("Dog/0.jpg", "exact-duplicate", related=("Dog/1.jpg",)).save()
    return audited


def test_a_copy_leaves_while_its_original_is_there(with_copy):
    assert plan_cleaning(with_copy.root).apply().moved == ("Dog/0.jpg",)


def test_a_copy_stays_if_its_original_is_a_link_to_it_by_now(with_copy):
    summary = with_copy.state.path / "audit.json"
    document = json.loads(summary.read_text())
    document["dataset"]["follow_links"] = True
    summary.write_text(json.dumps(document))
    plan = plan_cleaning(with_copy.root)
    (with_copy.root / "Dog/1.jpg").unlink()
    (with_copy.root / "Dog/1.jpg").symlink_to("0.jpg")
    ((path, why),) = plan.apply().refused
    assert (path, why.rpartition(", ")[2]) == ("Dog/0.jpg", "is a link to a file that would leave")
    assert (with_copy.root / "Dog/1.jpg").read_bytes() == with_copy.files["Dog/1.jpg"]


def test_a_decision_about_a_picture_follows_its_repair_and_the_undo(flawed):
    old = Kept("Dog/1.jpg", flawed.sha256("Dog/1.jpg"), "")
    change_kept(flawed.state, lambda _: {old.path: old}, "before")
    new = hashlib.sha256(b"repaired").hexdigest()
    made = Made("Dog/1.jpg", new, len(b"repaired"))
    entry = Entry(old.path, old.sha256, len(flawed.files[old.path]), ["x"], made=made)
    carry_out(flawed.state, [entry], (), seen=0, prepare=lambda _: [(old.path, b"repaired")])
    assert read_kept(flawed.state)[old.path].sha256 == new
    assert undo(flawed.root).restored == (old.path,)
    assert read_kept(flawed.state) == {old.path: old}


def test_a_file_whose_place_is_taken_stays_in_the_quarantine_and_comes_back_later(flawed):
    plan_cleaning(flawed.root).apply()
    (flawed.root / "Cat").mkdir()
    (flawed.root / "Cat/1.jpg").write_bytes(b"a new picture")
    result = undo(flawed.root)
    assert [path for path, _ in result.refused] == ["Cat/1.jpg"]
    assert outcomes(flawed) == [{"moved": 1, "restored": 2}]
    (flawed.root / "Cat/1.jpg").unlink()
    assert undo(flawed.root).restored == ("Cat/1.jpg",)
    assert outcomes(flawed) == [{"restored": 3}]
    assert (flawed.root / "Cat/1.jpg").read_bytes() == flawed.files["Cat/1.jpg"]


def test_a_new_label_takes_no_name_that_waits_in_the_quarantine(make, tmp_path, read_tree):
    audited = make(tmp_path, 3).save()
    before = read_tree(audited.root)
    plan_cleaning(audited.root, quarantine=["Dog/1.jpg"]).apply()
    result = plan_cleaning(audited.root, relabel={"Cat/1.jpg": "Dog"}).apply()
    assert result.changed == (("Cat/1.jpg", "Dog/1-2.jpg"),)
    undo(audited.root)
    undo(audited.root)
    assert read_tree(audited.root) == before


def test_a_copy_stays_unless_its_original_is_there_with_its_bytes(make, tmp_path):
    audited = make(tmp_path, 3)
    audited.find("Dog/0.jpg", "exact-duplicate", related=("Dog/1.jpg",))
    audited.find("Dog/2.jpg", "exact-duplicate", related=("Dog/1.jpg",)).save()
    plan = plan_cleaning(audited.root)
    assert sum(map(len, plan.moves.values())) == 2
    (audited.root / "Dog/1.jpg").write_bytes(b"no longer what it was")
    result = plan.apply()
    assert not result.moved
    for path, why in result.refused:
        assert path in {"Dog/0.jpg", "Dog/2.jpg"}
        assert why.startswith("stays, because the copy to keep, Dog/1.jpg, changed since the audit")


def test_a_file_that_changed_before_a_run_that_was_cut_short_moved_it_stays(flawed, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    plan = plan_cleaning(flawed.root)
    with monkeypatch.context() as patch:
        patch.setattr("catsclean.cleaning.quarantine.forward", stop)
        with pytest.raises(KeyboardInterrupt):
            plan.apply()
    (flawed.root / "Cat/1.jpg").write_bytes(b"drawn over")
    result = undo(flawed.root)
    assert [path for path, _ in result.refused] == ["Cat/1.jpg"]
    assert (flawed.root / "Cat/1.jpg").read_bytes() == b"drawn over"
    assert outcomes(flawed) == [{"refused": 1, "restored": 2}]


def test_a_folder_that_cannot_be_removed_again_is_told_and_the_next_undo_removes_it(flawed):
    plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Bird"}, select=[]).apply()
    refusing = {"rmdir": lambda name: errno.EBUSY if name == "Bird" else 0}
    with disk_calls.counted(failing=refusing), pytest.raises(CleaningError, match="busy"):
        undo(flawed.root)
    assert (flawed.root / "Dog/1.jpg").exists()
    recover(flawed.root)
    assert not (flawed.root / "Bird").exists()
