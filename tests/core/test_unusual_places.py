"""Folders and files that fail, belong to others or were left behind: what is done with them."""

import errno
import json
import os
import stat
from pathlib import Path
from unittest import mock

import pytest
from disk_calls import counted
from pictures import make_dataset

from catsclean.auditing.audit import audit
from catsclean.core import files, leftovers, name_calls
from catsclean.core.belonging import check_belonging
from catsclean.core.file_facts import set_mode
from catsclean.core.files import make_whole
from catsclean.core.leftovers import (
    claim,
    note_unfinished_split,
    remove_leftovers,
    remove_unfinished_split,
)
from catsclean.core.line_log import LineLog
from catsclean.core.links import Reach, allowed_folders
from catsclean.core.name_calls import replace_name
from catsclean.core.safe_folder import Folder
from catsclean.core.state import StateFolder, find_audited, locate
from catsclean.errors import CatscleanError, DatasetError, StateError, UsageError


def failing(code, *names):
    """Let calls fail whose first argument ends with one of some names."""
    return lambda name: code if str(name).endswith(names) else 0


def test_a_closed_folder_opens_nothing(tmp_path):
    folder = Folder(tmp_path)
    folder.close()
    with pytest.raises(OSError, match="the folder is closed"):
        folder.names()


def test_the_path_of_a_file_is_given_only_below_folders_that_are_no_links(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with Folder(tmp_path) as folder:
        assert folder.native("real/1.jpg") == str(tmp_path / "real/1.jpg")
        with pytest.raises(OSError, match=r"symbolic|directory"):
            folder.native("link/1.jpg")


def test_permissions_are_set_by_path_as_well(tmp_path):
    (tmp_path / "1.jpg").touch()
    set_mode(str(tmp_path / "1.jpg"), 0o640)
    assert stat.S_IMODE((tmp_path / "1.jpg").stat().st_mode) == 0o640


def test_an_error_whose_truth_cannot_be_seen_is_an_error(tmp_path):
    (tmp_path / "old").touch()
    real = os.stat
    with counted() as _, mock.patch.object(os, "replace", side_effect=OSError(errno.EIO, "lost")):
        seen = iter([real(tmp_path / "old", follow_symlinks=False)])

        def stat_once(*_, **__):
            for one in seen:
                return one
            raise OSError(errno.EIO, "the server is gone")

        with (
            mock.patch.object(os, "stat", stat_once),
            pytest.raises(OSError, match="lost"),
        ):
            replace_name(str(tmp_path / "old"), str(tmp_path / "new"))
    assert (tmp_path / "old").exists()


def test_a_system_without_the_rename_that_never_replaces_says_so(tmp_path, monkeypatch):
    (tmp_path / "old").touch()
    monkeypatch.setattr(name_calls.ctypes, "CDLL", lambda *_, **__: object())
    with Folder(tmp_path) as folder, pytest.raises(OSError, match="this system has no rename"):
        name_calls.rename_to_free("old", folder.handle(), "new", folder.handle())
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_disk_that_fills_up_without_hard_links_leaves_no_half_file(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    def fill(source, stream):
        stream.write(source.read(3))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(files.shutil, "copyfileobj", fill)
    with pytest.raises(OSError, match="No space"), make_whole(tmp_path / "file") as temporary:
        temporary.write_bytes(b"content")
    assert not list(tmp_path.iterdir())


def test_a_line_that_does_not_fit_on_the_disk_leaves_the_lines_before_it(tmp_path):
    log = LineLog(tmp_path / "log")
    log.append([b"one\n"], 0)
    with (
        counted(failing={"fsync": lambda _: errno.ENOSPC}),
        pytest.raises(OSError, match="No space"),
    ):
        log.append([b"two\n"], 4)
    assert (tmp_path / "log").read_bytes() == b"one\n"


def test_a_log_that_another_process_holds_for_long_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setattr("catsclean.core.line_log._LOCK_SECONDS", 0.05)
    with LineLog(tmp_path / "log").lock():
        other = LineLog(tmp_path / "log")
        with pytest.raises(StateError, match="another process has been saving"), other.lock():
            pass


def test_a_link_that_leads_nowhere_has_no_target(tmp_path):
    (tmp_path / "Pets").mkdir()
    (tmp_path / "Pets/gone.jpg").symlink_to("nothing.jpg")
    reach = Reach(tmp_path / "Pets", follow=True, folders=allowed_folders([tmp_path]))
    assert reach.locate("gone.jpg") is None
    assert allowed_folders([tmp_path, tmp_path]) == (tmp_path.resolve(),)


# what killed commands left


@pytest.fixture
def unfinished(tmp_path):
    """Give a state folder that names the unfinished folder of a split, and this folder."""
    part = tmp_path / ".out.catsclean-part"
    part.mkdir()
    (part / "split.json").write_text(json.dumps({"kind": "catsclean-split"}))
    state = tmp_path / "state"
    state.mkdir()
    note_unfinished_split(state, part)
    return state, part


def test_an_unfinished_split_that_a_process_works_on_stays(unfinished):
    state, part = unfinished
    with Folder(part) as other:
        assert claim(other.handle())
        remove_unfinished_split(state)
    assert part.is_dir()
    remove_unfinished_split(state)
    assert not part.exists()
    assert not list(state.iterdir())


def test_the_record_of_a_split_that_is_gone_goes(unfinished):
    state, part = unfinished
    (part / "split.json").unlink()
    part.rmdir()
    remove_unfinished_split(state)
    assert not list(state.iterdir())


def test_a_folder_whose_mark_cannot_be_read_is_not_removed(unfinished):
    state, part = unfinished
    (part / "split.json").write_text("{")
    remove_unfinished_split(state)
    assert part.is_dir()


def test_a_split_under_way_may_be_left_alone(unfinished):
    state, part = unfinished
    remove_leftovers(state, unfinished_split=False)
    assert part.is_dir()


def test_a_file_system_without_locks_lets_everybody_work(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with Folder(tmp_path) as folder:
        assert claim(folder.handle())
    assert claim(str(tmp_path))


def test_of_a_quarantine_only_runs_without_a_journal_are_removed(tmp_path):
    quarantine = tmp_path / "quarantine"
    for run in ("20260101-000000", "20260102-000000-2", "notes"):
        (quarantine / run).mkdir(parents=True)
    one, other = sorted(path for path in quarantine.iterdir() if leftovers.RUN.fullmatch(path.name))
    (one / leftovers.MADE / "Cat").mkdir(parents=True)
    (one / leftovers.MADE / "Cat/1.jpg").write_bytes(b"made")
    (one / "files").mkdir()
    (other / leftovers.JOURNAL).touch()
    (quarantine / "notes/mine").touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in quarantine.iterdir()) == [other.name, "notes"]


def test_a_run_of_another_catsclean_without_files_is_removed(tmp_path):
    run = tmp_path / "quarantine" / "20260101-000000"
    run.mkdir(parents=True)
    assert leftovers.RUN.fullmatch(run.name)
    remove_leftovers(tmp_path)
    assert not run.exists()


def test_files_beside_the_folders_of_runs_stay(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/notes.txt").touch()
    remove_leftovers(tmp_path)
    assert (tmp_path / "runs/notes.txt").exists()


# state folders


@pytest.fixture
def audited(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 2, "Dog": 2})
    audit(root, workers=1, content=False)
    return root


def test_the_root_folder_wants_a_state_folder_of_its_own():
    with pytest.raises(DatasetError, match="has no folder beside it"):
        StateFolder.of(Path("/"))


def test_a_folder_inside_an_audited_data_set_gets_no_state_folder(audited):
    with pytest.raises(UsageError, match="'Cat' is a part of the audited data set 'Pets'"):
        StateFolder.of(audited / "Cat").refuse_inside_audited()
    StateFolder.of(audited / "Cat", audited.parent / "apart").refuse_inside_audited()


def test_a_folder_that_the_audit_took_for_a_set_of_its_own_may_have_one(audited):
    summary = audited.with_name("Pets.catsclean") / "audit.json"
    summary.write_text(json.dumps(json.loads(summary.read_text()) | {"several_sets": ["Cat"]}))
    StateFolder.of(audited / "Cat").refuse_inside_audited()


def test_the_audited_data_set_around_the_working_folder_is_found(audited, monkeypatch):
    assert find_audited(audited / "Cat").root == audited
    monkeypatch.chdir(audited)
    assert locate(follow_links_to=[audited.parent]).follow_links_to == (audited.parent,)


def test_state_folders_without_a_data_set_are_not_found(audited):
    audited.rename(audited.with_name("Elsewhere"))
    with pytest.raises(UsageError, match="no audited data set around or below"):
        find_audited(audited.parent)


@pytest.mark.parametrize(
    "call",
    [
        lambda state: state.exists(state.manifest),
        lambda state: state.read_summary(),
        lambda state: find_audited(state.root.parent),
    ],
    ids=["a file", "the summary", "the search"],
)
def test_a_state_folder_that_nobody_may_read_is_one_clear_error(audited, call):
    state = StateFolder.of(audited)
    denied = PermissionError(errno.EACCES, "Permission denied")
    with (
        mock.patch.object(Path, "lstat", side_effect=denied),
        mock.patch.object(Path, "read_text", side_effect=denied),
        mock.patch.object(Path, "exists", return_value=True),
        pytest.raises(StateError, match="cannot read the state folder"),
    ):
        call(state)


def test_a_file_where_the_state_folder_should_be_is_one_clear_error(tmp_path):
    (tmp_path / "Pets").mkdir()
    (tmp_path / "Pets.catsclean").touch()
    with pytest.raises(StateError, match="cannot make the state folder"):
        StateFolder.of(tmp_path / "Pets").create()


def test_tables_of_others_are_not_replaced_unless_a_catsclean_was_there(tmp_path):
    (tmp_path / "Pets").mkdir()
    state = StateFolder.of(tmp_path / "Pets", tmp_path / "apart")
    (tmp_path / "apart").mkdir()
    state.refuse_to_replace()
    (tmp_path / "apart/manifest.csv").write_text("mine")
    with pytest.raises(StateError, match="was not written by catsclean"):
        state.refuse_to_replace()
    (tmp_path / "apart/lock").touch()
    state.refuse_to_replace()


def test_who_holds_a_state_folder_may_be_unknown(audited):
    state = StateFolder.of(audited)
    with state.lock():
        (state.path / "lock.pid").unlink()
        with pytest.raises(StateError, match=r"another catsclean \(pid unknown\)"), state.lock():
            pass


def test_a_state_folder_that_cannot_be_locked_is_one_clear_error(audited):
    state = StateFolder.of(audited)
    with (
        counted(failing={"open": failing(errno.ENOSPC, "lock")}),
        pytest.raises(StateError, match="cannot write to the state folder"),
        state.lock(),
    ):
        pass


def test_a_state_folder_belongs_to_the_moved_data_set_and_to_no_other(audited, tmp_path):
    state = audited.with_name("Pets.catsclean")
    state.rename(tmp_path / "apart")
    other = make_dataset(tmp_path / "Other", {"Cat": 3})
    with pytest.raises(StateError, match="belongs to another data set"):
        StateFolder.of(other, tmp_path / "apart")
    (tmp_path / "again").symlink_to(audited)
    check_belonging(tmp_path / "again", tmp_path / "apart")
    audited.rename(tmp_path / "Renamed")
    assert StateFolder.of(tmp_path / "Renamed", tmp_path / "apart").root == tmp_path / "Renamed"


def test_a_folder_in_the_place_of_the_old_one_is_judged_by_its_files(audited, tmp_path):
    audited.with_name("Pets.catsclean").rename(tmp_path / "apart")
    audited.rename(tmp_path / "Renamed")
    make_dataset(tmp_path / "Pets", {"Cow": 2})
    assert StateFolder.of(tmp_path / "Renamed", tmp_path / "apart").root == tmp_path / "Renamed"


def test_a_disk_is_not_written_to_as_if_it_were_a_file(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.touch()
    of_disk = os.stat_result((stat.S_IFBLK | 0o600, *target.stat()[1:]))
    monkeypatch.setattr(Path, "stat", lambda *_, **__: of_disk)
    with pytest.raises(CatscleanError, match="this is a disk, not a file"):
        files._may_be_replaced(target, lambda _: True, "Received: 'report.html'.")


def test_a_lock_that_cannot_be_released_fails_no_command(audited, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    state = StateFolder.of(audited)
    with state.lock():
        monkeypatch.setattr("filelock.BaseFileLock.release", fail)
    assert state.exists(state.manifest)


def test_leftovers_in_a_state_folder_that_cannot_be_written_stay(audited, monkeypatch):
    state = StateFolder.of(audited)
    left = state.path / f".audit.json.x{files.TEMPORARY}"
    left.touch()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_, **__: False)
        state.remove_leftovers()
    assert left.exists()
    state.remove_leftovers()
    assert not left.exists()


def test_a_manifest_that_nobody_may_read_is_one_clear_error(audited, tmp_path):
    with (
        mock.patch(
            "catsclean.core.belonging.arrow_file", side_effect=PermissionError(13, "denied")
        ),
        pytest.raises(StateError, match="cannot read the state folder"),
    ):
        check_belonging(tmp_path / "Other", audited.with_name("Pets.catsclean"))
