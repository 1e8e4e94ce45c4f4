import contextlib
import hashlib
import json
import os
import stat
import subprocess
import sys

import pytest

from catsclean.auditing.kept_view import change_kept, read_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.cleaning import cleaning_log, interrupted_run, plan_cleaning, recover, undo
from catsclean.cleaning.journal import Entry, Made
from catsclean.cleaning.quarantine import carry_out
from catsclean.core.model import Fix
from catsclean.errors import CatscleanError, CleaningError, ManifestError, StateError, UsageError


@pytest.fixture
def flawed(audited):
    audited.find("Cat/0.jpg", "zero-length").find("Cat/1.jpg", "truncated")
    audited.find("Dog/0.jpg", "undecodable").find("Dog/3.jpg", "blurry", Fix.REVIEW)
    return audited.save()


def test_clean_moves_and_undo_restores_exactly(flawed, read_tree):
    before, inode = read_tree(flawed.root), (flawed.root / "Cat/0.jpg").stat().st_ino
    result = plan_cleaning(flawed.root).apply()
    assert result.moved == ("Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg")
    assert read_tree(flawed.root).keys() == before.keys() - set(result.moved)
    kept = flawed.state.quarantine / result.run / "files"
    assert read_tree(kept) == {path: before[path] for path in result.moved}
    assert undo(flawed.root).restored == result.moved
    assert read_tree(flawed.root) == before
    assert (flawed.root / "Cat/0.jpg").stat().st_ino == inode
    assert not list(kept.iterdir())


def test_a_dry_run_changes_nothing(flawed, read_tree):
    before = read_tree(flawed.root.parent)
    plan_cleaning(flawed.root)
    assert read_tree(flawed.root.parent) == before


def test_a_second_clean_finds_nothing_more_to_move(flawed):
    plan_cleaning(flawed.root).apply()
    plan = plan_cleaning(flawed.root)
    assert plan.count == 0
    assert plan.apply().run is None


def test_a_plan_that_is_applied_again_does_nothing_and_says_so(flawed, read_tree, tmp_path):
    before, statuses = read_tree(flawed.root), flawed.statuses()
    decisions = flawed.decide(tmp_path, [flawed.entry("Dog/3.jpg", "keep")])
    plan = plan_cleaning(flawed.root, decisions)
    first = plan.apply()
    again = plan.apply()
    assert (again.run, again.moved) == (None, ())
    assert again.refused == tuple(
        (path, f"is gone: set aside already, by run {first.run}") for path in first.moved
    )
    assert (again.planned, again.unaccounted) == (3, 0)
    assert [run.run for run in cleaning_log(flawed.root)] == [first.run]
    assert undo(flawed.root).restored == first.moved
    assert read_tree(flawed.root) == before
    assert flawed.statuses() == statuses


def test_a_plan_can_be_applied_again_after_an_undo(flawed, read_tree):
    plan = plan_cleaning(flawed.root)
    first = plan.apply()
    undo(flawed.root)
    assert plan.apply().moved == first.moved
    assert not read_tree(flawed.root).keys() & set(first.moved)


def test_what_is_gone_before_the_move_is_no_part_of_the_run(flawed):
    plan = plan_cleaning(flawed.root)
    (flawed.root / "Cat/1.jpg").unlink()
    assert plan.apply().refused == (("Cat/1.jpg", "is gone"),)
    (run,) = cleaning_log(flawed.root)
    assert (run.outcomes, run.refused) == ({"moved": 2}, ())


def test_undo_passes_over_a_run_whose_files_are_no_longer_in_the_quarantine(flawed):
    first = plan_cleaning(flawed.root, select=["zero-length"]).apply()
    second = plan_cleaning(flawed.root, select=["truncated"]).apply()
    (flawed.state.quarantine / second.run / "files/Cat/1.jpg").unlink()
    assert undo(flawed.root).restored == first.moved
    again = undo(flawed.root)
    assert (again.restored, again.refused, again.unaccounted) == ((), (), 0)
    assert [path for path, _ in again.missing] == ["Cat/1.jpg"]


def test_the_manifest_follows_clean_and_undo(flawed):
    before = flawed.statuses()
    plan_cleaning(flawed.root, unsafe=True).apply()
    assert before["Dog/3.jpg"] == "review"
    assert flawed.statuses()["Dog/3.jpg"] == "drop"
    undo(flawed.root)
    assert flawed.statuses() == before


def test_a_decision_to_keep_is_written_into_the_manifest(flawed, tmp_path):
    entry = flawed.entry("Dog/3.jpg", "keep")
    plan_cleaning(flawed.root, flawed.decide(tmp_path, [entry])).apply()
    assert flawed.statuses()["Dog/3.jpg"] == "keep"
    undo(flawed.root)
    assert flawed.statuses()["Dog/3.jpg"] == "review"


def test_a_class_folder_leaves_with_its_last_file_and_comes_back(make, tmp_path):
    audited = make(tmp_path, 1).find("Cat/0.jpg", "zero-length").save()
    plan_cleaning(audited.root).apply()
    assert not (audited.root / "Cat").exists()
    undo(audited.root)
    assert (audited.root / "Cat/0.jpg").is_file()


def change(path):
    path.write_bytes(b"other bytes, as many as there were before"[: path.stat().st_size])


def replace_by_link(path):
    path.rename(path.with_suffix(".old"))
    path.symlink_to(path.with_suffix(".old"))


def replace_by_fifo(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (change, "changed since the audit"),
        (os.unlink, "is gone"),
        (replace_by_link, "is a link now"),
        (replace_by_fifo, "is not a regular file"),
    ],
)
def test_a_file_that_is_another_by_now_is_named_and_the_rest_done(flawed, harm, reason):
    plan = plan_cleaning(flawed.root)
    harm(flawed.root / "Cat/1.jpg")
    result = plan.apply()
    assert result.moved == ("Cat/0.jpg", "Dog/0.jpg")
    (refused,) = result.refused
    assert refused[0] == "Cat/1.jpg"
    assert reason in refused[1]


def test_a_link_where_a_class_folder_was_leads_nowhere(flawed, read_tree):
    plan = plan_cleaning(flawed.root)
    elsewhere = flawed.root.parent / "elsewhere"
    (flawed.root / "Cat").rename(elsewhere)
    (flawed.root / "Cat").symlink_to(elsewhere)
    before = read_tree(elsewhere)
    result = plan.apply()
    assert result.moved == ("Dog/0.jpg",)
    assert [path for path, _ in result.refused] == ["Cat/0.jpg", "Cat/1.jpg"]
    assert read_tree(elsewhere) == before


def test_a_copy_stays_when_the_one_to_keep_is_gone(audited):
    for path in ("Cat/0.jpg", "Cat/1.jpg"):
        audited.files[path] = b"same"
        (audited.root / path).write_bytes(b"same")
    audited.find("Cat/1.jpg", "exact-duplicate", related=("Cat/0.jpg",)).save()
    plan = plan_cleaning(audited.root)
    (audited.root / "Cat/0.jpg").unlink()
    result = plan.apply()
    assert result.moved == ()
    assert "the copy to keep, Cat/0.jpg, is gone" in result.refused[0][1]


def test_undo_never_overwrites_and_can_be_repeated(flawed, read_tree):
    before = read_tree(flawed.root)
    run = plan_cleaning(flawed.root).apply().run
    (flawed.root / "Cat/0.jpg").write_bytes(b"new")
    result = undo(flawed.root)
    assert result.restored == ("Cat/1.jpg", "Dog/0.jpg")
    assert "another file is in its place" in result.refused[0][1]
    assert (flawed.root / "Cat/0.jpg").read_bytes() == b"new"
    (flawed.root / "Cat/0.jpg").unlink()
    assert undo(flawed.root, run).refused == ()
    assert read_tree(flawed.root) == before


def test_undo_takes_the_run_that_was_named(flawed):
    first = plan_cleaning(flawed.root, select=["zero-length"]).apply().run
    second = plan_cleaning(flawed.root, select=["truncated"]).apply().run
    assert undo(flawed.root, first).restored == ("Cat/0.jpg",)
    assert undo(flawed.root).run == second


def test_undo_does_not_count_what_came_back_alone_before(flawed):
    run = plan_cleaning(flawed.root).apply().run
    assert plan_cleaning(flawed.root, keep=["Cat/1.jpg"]).apply().returned == ("Cat/1.jpg",)
    result = undo(flawed.root, run)
    assert (result.restored, result.moved) == (("Cat/0.jpg", "Dog/0.jpg"), 2)


def edit_journal(audited, run, **values):
    path = audited.state.quarantine / run / "journal.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_an_undo_that_goes_on_counts_what_came_back_before_it_was_cut_short(flawed):
    run = plan_cleaning(flawed.root).apply().run
    plan_cleaning(flawed.root, keep=["Cat/1.jpg"]).apply()
    edit_journal(flawed, run, state="undoing")
    assert undo(flawed.root).restored == ("Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg")


def test_an_undo_that_completes_a_return_counts_what_comes_back_with_it(flawed):
    run = plan_cleaning(flawed.root).apply().run
    path = flawed.state.quarantine / run / "journal.json"
    document = json.loads(path.read_text()) | {"state": "returning"}
    document["entries"][1]["outcome"] = "returning"
    path.write_text(json.dumps(document))
    assert undo(flawed.root).restored == ("Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg")


def test_a_run_that_was_cut_short_is_named_until_it_is_completed(flawed):
    assert interrupted_run(flawed.state) is None
    run = plan_cleaning(flawed.root).apply().run
    assert interrupted_run(flawed.state) is None
    edit_journal(flawed, run, state="moving")
    assert interrupted_run(flawed.state) == run
    assert recover(flawed.root).run == run
    assert interrupted_run(flawed.state) is None


def test_where_nothing_was_cleaned_nothing_is_recovered_or_made(flawed):
    before = sorted(flawed.root.parent.rglob("*"))
    assert recover(flawed.root) is None
    assert sorted(flawed.root.parent.rglob("*")) == before


def test_undo_restores_a_decision_to_leave_a_picture_out(flawed):
    left_out = Kept("Dog/3.jpg", flawed.sha256("Dog/3.jpg"), "", left_out=True)
    change_kept(flawed.state, lambda _: {"Dog/3.jpg": left_out}, "before")
    plan_cleaning(flawed.root, keep=["Dog/3.jpg"], select=[]).apply()
    assert not read_kept(flawed.state)["Dog/3.jpg"].left_out
    undo(flawed.root)
    assert read_kept(flawed.state) == {"Dog/3.jpg": left_out}


def test_of_new_labels_only_those_of_files_that_arrived_are_recorded(flawed):
    plan = plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Fox", "Dog/2.jpg": "Fox"}, select=[])
    (flawed.root / "Dog/1.jpg").unlink()
    result = plan.apply()
    assert result.changed == (("Dog/2.jpg", "Fox/2.jpg"),)
    assert result.relabelled == tuple(read_kept(flawed.state)) == ("Fox/2.jpg",)


def test_an_undo_of_new_labels_that_the_last_audit_led_to_leaves_nothing_unknown(flawed):
    plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Fox"}, select=[]).apply()
    undo(flawed.root)
    assert plan_cleaning(flawed.root).came_back == ()


def test_a_name_that_was_taken_since_the_plan_is_said_and_the_file_stays(flawed):
    plan = plan_cleaning(flawed.root, relabel={"Dog/1.jpg": "Fox"}, select=[])
    (flawed.root / "Fox").mkdir()
    (flawed.root / "Fox/1.jpg").write_bytes(b"mine")
    why = "cannot move to Fox/1.jpg: another file has this name"
    assert plan.apply().refused == (("Dog/1.jpg", why),)
    assert (flawed.root / "Fox/1.jpg").read_bytes() == b"mine"
    assert (flawed.root / "Dog/1.jpg").read_bytes() == flawed.files["Dog/1.jpg"]


@pytest.mark.parametrize(("since", "recorded"), [("Cat", ("Dog/3.jpg",)), ("Fox", ())])
def test_a_keep_replaces_only_the_label_that_it_was_planned_against(flawed, since, recorded):
    def decide(label):
        one = Kept("Dog/3.jpg", flawed.sha256("Dog/3.jpg"), "", label)
        change_kept(flawed.state, lambda _: {one.path: one}, f"before-{label}")

    decide("Cat")  # which is not its label any more
    plan = plan_cleaning(flawed.root, keep=["Dog/3.jpg"], select=[])
    assert plan.decided == ("Dog/3.jpg",)
    if since != "Cat":
        decide(since)
    assert plan.apply().kept == recorded


def test_a_repaired_file_takes_the_place_of_its_original_each_time_a_plan_is_applied(flawed):
    path, original = "Dog/1.jpg", flawed.files["Dog/1.jpg"]
    (flawed.root / path).chmod(0o640)
    made = Made(path, hashlib.sha256(b"repaired").hexdigest(), len(b"repaired"))
    entry = Entry(path, flawed.sha256(path), len(original), ["x"], made=made)
    beside = Entry("Dog/2.jpg", flawed.sha256("Dog/2.jpg"), len(flawed.files["Dog/2.jpg"]), ["x"])
    asked = []

    def prepare(wanted):
        asked.append(list(wanted))
        return [(path, b"repaired")]

    for _ in range(2):
        result = carry_out(flawed.state, [entry, beside], (), seen=0, prepare=prepare)
        assert (result.changed, result.moved) == (((path, path),), ("Dog/2.jpg",))
        assert (flawed.root / path).read_bytes() == b"repaired"
        assert stat.S_IMODE((flawed.root / path).stat().st_mode) == 0o640
        held = flawed.state.quarantine / result.run / "files" / path
        assert held.read_bytes() == original
        assert undo(flawed.root).restored == (path, "Dog/2.jpg")
        assert (flawed.root / path).read_bytes() == original
    assert asked == [[path], [path]]


def test_a_folder_comes_back_as_it_was_with_a_file_that_comes_back_alone(make, tmp_path):
    audited = make(tmp_path, 2).find("Cat/0.jpg", "zero-length").find("Cat/1.jpg", "truncated")
    (audited.save().root / "Cat").chmod(0o750)
    plan_cleaning(audited.root).apply()
    assert not (audited.root / "Cat").exists()
    plan_cleaning(audited.root, keep=["Cat/0.jpg"]).apply()
    assert (audited.root / "Cat").stat().st_mode & 0o777 == 0o750


def test_undo_says_when_there_is_nothing_to_undo(flawed):
    with pytest.raises(UsageError, match="never cleaned"):
        undo(flawed.root)
    run = plan_cleaning(flawed.root).apply().run
    with pytest.raises(UsageError, match=f"Known: {run}"):
        undo(flawed.root, "../../etc")
    undo(flawed.root)
    with pytest.raises(UsageError, match="every file is back"):
        undo(flawed.root)
    with pytest.raises(UsageError, match="back already"):
        undo(flawed.root, run)


def test_the_log_tells_what_became_of_every_run(flawed):
    assert cleaning_log(flawed.root) == ()
    first = plan_cleaning(flawed.root, select=["zero-length"]).apply().run
    plan_cleaning(flawed.root).apply()
    undo(flawed.root, first)
    one, two = cleaning_log(flawed.root)
    assert (one.run, one.state, one.outcomes) == (first, "undone", {"restored": 1})
    assert (two.state, two.outcomes) == ("done", {"moved": 2})
    assert two.validators == {"truncated": 1, "undecodable": 1}


def test_names_of_any_bytes_are_moved_and_restored(audited, read_tree):
    native = "Cat/\x1b[31m\n\udcff.jpg"
    escaped = r"Cat/\x1b[31m\x0a\udcff.jpg"
    (audited.root / native).write_bytes(b"x")
    audited.find(escaped, "system-junk").save()
    before = read_tree(audited.root)
    assert plan_cleaning(audited.root).apply().moved == (escaped,)
    undo(audited.root)
    assert read_tree(audited.root) == before


def test_a_second_command_at_once_is_refused_with_the_pid(flawed):
    with (
        flawed.state.lock(),
        pytest.raises(StateError, match=f"pid {os.getpid()}"),
    ):
        plan_cleaning(flawed.root).apply()


def test_a_state_folder_that_is_a_link_is_not_written_to(flawed, tmp_path, read_tree):
    plan = plan_cleaning(flawed.root)
    elsewhere = tmp_path / "elsewhere"
    flawed.state.path.rename(elsewhere)
    flawed.state.path.symlink_to(elsewhere)
    before = read_tree(tmp_path)
    with pytest.raises(StateError, match="is a link"):
        plan.apply()
    assert read_tree(tmp_path) == before


@pytest.mark.parametrize("name", ["quarantine", "manifest.parquet"])
def test_links_planted_in_the_state_folder_lead_nowhere(flawed, tmp_path, read_tree, name):
    plan = plan_cleaning(flawed.root, unsafe=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    target = flawed.state.path / name
    if target.exists():
        target.rename(outside / name)
        target.symlink_to(outside / name)
    else:
        target.symlink_to(outside)
    before = read_tree(outside)
    if name == "quarantine":
        with pytest.raises((StateError, CleaningError)):
            plan.apply()
    else:
        plan.apply()
        assert not target.is_symlink()  # replaced, not written through
    assert read_tree(outside) == before


@pytest.mark.parametrize(
    "harm",
    [
        {"path": "../../x"},
        {"path": "/etc/passwd"},
        {"path": 7},
        {"sha256": "0"},
        {"size_bytes": "1"},
        {"outcome": "deleted"},
        {"keeper": "../x"},
        {"validators": None},
    ],
)
def test_a_journal_that_somebody_else_wrote_is_refused(flawed, harm, read_tree):
    run = plan_cleaning(flawed.root).apply().run
    journal = flawed.state.quarantine / run / "journal.json"
    document = json.loads(journal.read_text())
    document["entries"][0] |= harm
    document["state"] = "moving"
    journal.write_text(json.dumps(document))
    before = read_tree(flawed.root.parent)
    for command in (recover, undo):
        with pytest.raises(StateError, match=f"journal of run {run}"):
            command(flawed.root)
    ours = {"Pets.catsclean/lock", "Pets.catsclean/lock.pid"}
    after = read_tree(flawed.root.parent)
    assert {k: v for k, v in after.items() if k not in ours} == {
        k: v for k, v in before.items() if k not in ours
    }


def test_a_manifest_that_vanished_does_not_stop_an_undo(flawed, read_tree):
    before = read_tree(flawed.root)
    plan_cleaning(flawed.root, unsafe=True).apply()
    flawed.state.manifest.unlink()
    undo(flawed.root)
    assert read_tree(flawed.root) == before


def test_a_hostile_manifest_is_refused_by_its_row(flawed):
    import pandas as pd

    table = pd.read_parquet(flawed.state.manifest)
    table.loc[2, "path"] = "../outside.jpg"
    table.to_parquet(flawed.state.manifest)
    with pytest.raises(ManifestError, match="row 3"):
        plan_cleaning(flawed.root)


def test_the_holder_may_be_another_process(flawed):
    code = (
        "import sys; from catsclean.core.state import StateFolder\n"
        "with StateFolder.of(sys.argv[1]).lock(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(flawed.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout.readline().strip() == "held"
            with pytest.raises(StateError, match=f"pid {holder.pid}"):
                undo_or_clean(flawed)
        finally:
            holder.kill()


def undo_or_clean(flawed):
    plan_cleaning(flawed.root).apply()


@pytest.mark.parametrize("name", ["lock", "lock.pid"])
def test_a_link_planted_as_a_lock_is_not_written_through(flawed, tmp_path, name):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (flawed.state.path / name).unlink(missing_ok=True)
    (flawed.state.path / name).symlink_to(victim)
    with contextlib.suppress(CatscleanError):
        plan_cleaning(flawed.root).apply()
    assert victim.read_text() == "precious"
