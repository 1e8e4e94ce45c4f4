"""What a run meets rarely: damaged journals, strange names, calls that fail, links."""

import errno
import hashlib
import json
import os
import shutil

import pytest
from disk_calls import counted

from catsclean.auditing.kept_view import read_kept
from catsclean.cleaning import (
    interrupted_run,
    plan_cleaning,
    record_decisions,
    undo,
    verify_quarantine,
)
from catsclean.cleaning import journal as journals
from catsclean.cleaning.following import follow
from catsclean.cleaning.free_names import FreeNames
from catsclean.cleaning.journal import Entry, Journal
from catsclean.cleaning.move import Job, Route, move_files
from catsclean.cleaning.runs_at_work import RunsAtWork
from catsclean.cleaning.selection import KeptBack
from catsclean.core.safe_folder import Folder, NotAsRecordedError
from catsclean.core.state import StateFolder
from catsclean.errors import CatscleanError, DatasetError, ManifestError, StateError

LEAVING = "Cat/1.jpg"


@pytest.fixture
def cleaned(make, tmp_path):
    """Return a data set with one picture in the quarantine."""
    audited = make(tmp_path, 3).find(LEAVING, "truncated").save()
    plan_cleaning(audited.root).apply()
    return audited


@pytest.fixture
def quarantine(cleaned):
    with Folder(cleaned.state.quarantine) as folder:
        yield folder


def run_of(cleaned):
    [run] = [path.name for path in cleaned.state.quarantine.iterdir()]
    return run


# journals


def test_a_giant_journal_is_not_read(cleaned, quarantine, monkeypatch):
    monkeypatch.setattr(journals, "_MAX_BYTES", 100)
    with pytest.raises(StateError, match="it is too large"):
        Journal.read(quarantine, run_of(cleaned))


def test_a_journal_that_is_a_link_is_not_read(cleaned, quarantine, tmp_path):
    place = cleaned.state.quarantine / run_of(cleaned) / "journal.json"
    place.rename(tmp_path / "elsewhere.json")
    place.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(StateError, match="is a link now"):
        Journal.read(quarantine, run_of(cleaned))


def test_of_links_in_a_quarantine_none_is_a_run(cleaned, quarantine, tmp_path):
    run = run_of(cleaned)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/journal.json").touch()
    (cleaned.state.quarantine / "20200101-000000").symlink_to(tmp_path / "elsewhere")
    assert journals.runs(quarantine) == [run]
    assert journals.unrecorded(quarantine) == []


def test_only_a_folder_with_files_is_a_run_whose_journal_is_missing(cleaned, quarantine):
    (cleaned.state.quarantine / "20200101-000000").mkdir()
    (cleaned.state.quarantine / "20200102-000000/files/Cat").mkdir(parents=True)
    assert journals.unrecorded(quarantine) == ["20200102-000000"]


def test_a_run_gets_a_name_that_nothing_has(quarantine, monkeypatch):
    first, second = journals.new_run(quarantine), journals.new_run(quarantine)
    assert first != second
    monkeypatch.setattr(Folder, "lstat", lambda *_: "something")
    with pytest.raises(StateError, match="10,000 cleans within one second"):
        journals.new_run(quarantine)


def test_journals_in_folders_of_other_names_hold_nothing_up(cleaned):
    (cleaned.state.quarantine / "notes").mkdir()
    (cleaned.state.quarantine / "notes/journal.json").write_text("{}")
    assert RunsAtWork(cleaned.state).moving() == {}


# what is in the quarantine


def test_a_link_in_the_quarantine_is_compared_by_its_text(tmp_path):
    from catsclean.cleaning.verify_quarantine import _compare

    entry = Entry(LEAVING, "0" * 64, 1, ["linked-file"], link="../real.jpg")
    (tmp_path / "run/files/Cat").mkdir(parents=True)
    place = tmp_path / entry.place("run")
    with Folder(tmp_path) as folder:
        place.symlink_to("../real.jpg")
        assert _compare(folder, "run", entry) == ""
        place.unlink()
        place.symlink_to("../other.jpg")
        assert _compare(folder, "run", entry) == "is another link"


def test_a_picture_that_goes_while_it_is_read_is_named(cleaned):
    def gone(name):
        return errno.ENOENT if name == "1.jpg" else 0

    with counted(failing={"open": gone}):
        [(path, _, why)] = verify_quarantine(cleaned.root).lost
    assert path == LEAVING
    assert why


# names


def test_a_name_without_an_extension_gets_its_number_at_the_end(tmp_path):
    (tmp_path / "Cat").mkdir()
    (tmp_path / "Cat/.jpg").touch()
    with Folder(tmp_path) as data:
        assert FreeNames(data, []).find("Cat/.jpg") == "Cat/.jpg-2"


def test_where_every_name_is_taken_a_file_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("catsclean.cleaning.free_names._MOST_TRIES", 3)
    (tmp_path / "Cat").mkdir()
    for name in ("1.jpg", "1-2.jpg"):
        (tmp_path / "Cat" / name).touch()
    with (
        Folder(tmp_path) as data,
        pytest.raises(NotAsRecordedError, match="every name like it is taken"),
    ):
        FreeNames(data, []).find("Cat/1.jpg")


def test_a_sidecar_file_that_cannot_follow_stays_and_says_why(tmp_path):
    (tmp_path / "Cat").mkdir()
    (tmp_path / "Dog").mkdir()
    for path in ("Cat/1.jpg", "Cat/1.png", "Cat/1.txt", "Cat/2.jpg", "Cat/2.txt", "Dog/2.txt",
                 "Cat/3.jpg", "Cat/3.txt"):  # fmt: skip
        (tmp_path / path).write_text(path)
    moved = {f"Cat/{number}.jpg": f"Dog/{number}.jpg" for number in (1, 2, 3)}
    with Folder(tmp_path) as data:
        found = follow(data, {**moved, "Cat/1.png": "Dog/1.png"}, frozenset({".txt"}),
                       FreeNames(data, []))  # fmt: skip
    assert {one.path: getattr(one, "why", None) for one in found} == {
        "Cat/1.txt": "belongs to several pictures of its name",
        "Cat/2.txt": "stays: another file is named Dog/2.txt",
        "Cat/3.txt": None,
    }
    assert isinstance(found[0], KeptBack)


# calls that fail


@pytest.fixture
def route(tmp_path):
    """Give two folders, one with a picture, and the job to move it."""
    (tmp_path / "data/Cat").mkdir(parents=True)
    (tmp_path / "aside").mkdir()
    (tmp_path / "data/Cat/1.jpg").write_bytes(b"picture")
    job = Job(LEAVING, LEAVING, hashlib.sha256(b"picture").hexdigest(), 7)
    with Folder(tmp_path / "data") as data, Folder(tmp_path / "aside") as aside:
        yield job, Route(data, aside, data)


def test_where_the_old_name_cannot_be_seen_a_file_with_a_new_one_stops_the_run(route, tmp_path):
    job, between = route
    (tmp_path / "aside/Cat").mkdir()
    os.link(tmp_path / "data/Cat/1.jpg", tmp_path / "aside/Cat/1.jpg")
    seen = []

    def unseen(name):
        if name == "1.jpg":
            seen.append(name)
        return errno.EACCES if name == "1.jpg" and len(seen) == 1 else 0

    with counted(failing={"stat": unseen}), pytest.raises(OSError, match="Permission denied"):
        move_files([job], between)
    assert (tmp_path / "data/Cat/1.jpg").read_bytes() == b"picture"
    assert (tmp_path / "aside/Cat/1.jpg").read_bytes() == b"picture"


def test_a_file_of_which_nothing_can_be_seen_any_more_stops_the_run(route, tmp_path):
    job, between = route
    linked = []

    def lost(_):
        linked.append(1)
        return errno.ECONNRESET

    def blind(_):
        return errno.ECONNRESET if linked else 0

    with (
        counted(failing={"link": lost, "stat": blind}),
        pytest.raises(OSError, match="Connection reset"),
    ):
        move_files([job], between)
    assert (tmp_path / "data/Cat/1.jpg").read_bytes() == b"picture"


def test_another_file_under_the_old_name_is_left_alone_though_the_call_fails(
    route, tmp_path, monkeypatch
):
    job, between = route
    real = os.unlink

    def replace_and_fail(name, **more):
        if name != "1.jpg":
            return real(name, **more)
        (tmp_path / "new").write_bytes(b"new picture")
        (tmp_path / "new").replace(tmp_path / "data/Cat/1.jpg")
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "unlink", replace_and_fail)
    assert move_files([job], between) == [""]
    assert (tmp_path / "data/Cat/1.jpg").read_bytes() == b"new picture"
    assert (tmp_path / "aside/Cat/1.jpg").read_bytes() == b"picture"


def test_a_link_moves_without_a_last_check(route, tmp_path):
    _, between = route
    (tmp_path / "data/Cat/link.jpg").symlink_to("1.jpg")
    digest = hashlib.sha256(b"picture").hexdigest()
    data = Folder(tmp_path / "data", reach_of(tmp_path / "data"))
    job = Job("Cat/link.jpg", "Cat/link.jpg", digest, 7, link="1.jpg")
    with data:
        assert move_files([job], Route(data, between.target, data)) == [""]
    assert (tmp_path / "aside/Cat/link.jpg").readlink().name == "1.jpg"
    assert (tmp_path / "data/Cat/1.jpg").read_bytes() == b"picture"


def reach_of(root):
    from catsclean.core.links import Reach

    return Reach(root, follow=True)


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_a_folder_of_a_run_that_cannot_be_removed_stops_the_undo_which_then_goes_on(cleaned, code):
    fail = {"rmdir": lambda name: code if name == "Cat" else 0}
    with counted(failing=fail), pytest.raises(CatscleanError):
        undo(cleaned.root)
    assert (cleaned.root / LEAVING).read_bytes() == cleaned.files[LEAVING]
    undo(cleaned.root)
    assert not list(cleaned.state.quarantine.glob("*/files/*"))


def test_decisions_about_a_data_set_that_was_never_audited_are_refused(tmp_path):
    (tmp_path / "Pets").mkdir()
    with pytest.raises(DatasetError, match="audit"):
        record_decisions(StateFolder.of(tmp_path / "Pets"), {})


def test_a_clean_whose_pictures_are_all_gone_leaves_no_run(make, tmp_path):
    audited = make(tmp_path, 3).find(LEAVING, "truncated").save()
    plan = plan_cleaning(audited.root)
    assert repr(plan) == "<CleaningPlan for 'Pets': 1 to move, 0 kept back>"
    (audited.root / LEAVING).unlink()
    result = plan.apply()
    assert result.run is None
    assert not list(audited.state.quarantine.iterdir())


def test_files_whose_journal_was_removed_are_named(cleaned):
    (cleaned.state.quarantine / run_of(cleaned) / "journal.json").unlink()
    with pytest.raises(StateError, match=r"Cat|files"):
        undo(cleaned.root)
    assert list(cleaned.state.quarantine.glob("*/files/Cat/1.jpg"))


def test_a_data_set_without_runs_has_none_that_was_interrupted(make, tmp_path):
    assert interrupted_run(make(tmp_path, 2).save().state) is None


# folders that cannot be opened


def test_a_data_set_that_is_gone_is_named(cleaned):
    shutil.rmtree(cleaned.root)
    with pytest.raises(StateError, match=r"cannot open the folder '.*': No such file"):
        undo(cleaned.state)


def test_a_data_set_that_is_a_link_by_now_is_not_opened(cleaned, tmp_path):
    cleaned.root.rename(tmp_path / "elsewhere")
    cleaned.root.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError, match="is a link"):
        undo(cleaned.state)


def test_a_quarantine_that_is_a_link_by_now_is_not_opened(cleaned, tmp_path):
    cleaned.state.quarantine.rename(tmp_path / "elsewhere")
    cleaned.state.quarantine.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError, match=r"the quarantine '.*' is a link"):
        undo(cleaned.state)


def test_files_in_a_folder_of_the_quarantine_that_is_a_link_by_now_wait_for_it(cleaned, tmp_path):
    files = cleaned.state.quarantine / run_of(cleaned) / "files"
    files.rename(tmp_path / "elsewhere")
    files.symlink_to(tmp_path / "elsewhere")
    result = undo(cleaned.state)
    assert (result.restored, (tmp_path / "elsewhere" / LEAVING).exists()) == ((), True)
    files.unlink()
    (tmp_path / "elsewhere").rename(files)
    assert undo(cleaned.state).restored == (LEAVING,)


def test_an_undo_that_meets_a_damaged_manifest_goes_on_after_the_next_audit(cleaned):
    run = plan_cleaning(cleaned.root, quarantine=["Dog/1.jpg"]).apply().run
    cleaned.state.manifest.write_bytes(b"no table")
    with pytest.raises(ManifestError):
        undo(cleaned.root)
    assert (cleaned.root / "Dog/1.jpg").exists()
    (cleaned.root / LEAVING).write_bytes(cleaned.files[LEAVING])
    cleaned.save()
    assert interrupted_run(cleaned.state) == run
    assert undo(cleaned.root).restored == ("Dog/1.jpg",)
    assert interrupted_run(cleaned.state) is None


def note_in_audit(cleaned, **facts):
    place = cleaned.state.path / "audit.json"
    summary = json.loads(place.read_text())
    summary["dataset"] |= facts
    place.write_text(json.dumps(summary))


def test_labels_of_an_unknown_source_count_as_those_of_folders(cleaned):
    note_in_audit(cleaned, label_source={"kind": "of a later version"})
    plan = plan_cleaning(cleaned.root, relabel={"Cat/0.jpg": "Fox"}, select=[])
    assert [one.target for one in plan.relabels] == ["Fox/0.jpg"]


def test_a_decision_stands_again_though_the_journal_of_its_run_is_gone(cleaned):
    note_in_audit(cleaned, layout="flat")  # else the picture would move, and the decision with it
    first = plan_cleaning(cleaned.root, keep=["Cat/0.jpg"], select=[]).apply().run
    before = read_kept(cleaned.state)
    plan_cleaning(cleaned.root, relabel={"Cat/0.jpg": "Dog"}, select=[]).apply()
    assert read_kept(cleaned.state) != before
    shutil.rmtree(cleaned.state.quarantine / first)
    undo(cleaned.root)
    assert read_kept(cleaned.state) == before
