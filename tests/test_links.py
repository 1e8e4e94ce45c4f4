"""Links in a data set, from the audit to training: read only where the user allows it."""

import json
import os
import shutil
from pathlib import Path

import pictures
import pytest

import catsclean
from catsclean.core.evidence import Outcome
from catsclean.core.links import Reach
from catsclean.core.reading_errors import NotRegularError
from catsclean.errors import DatasetError, SplitError, SplitUsageError
from catsclean.images import read_file
from catsclean.scan.discover import discover

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")


@pytest.fixture
def linked(tmp_path):
    """Two classes of six links each, into a store beside the data set; one picture is empty."""
    root, store = tmp_path / "pets", tmp_path / "store"
    store.mkdir()
    for number in range(12):
        label = "Cat" if number < 6 else "Dog"
        blob = store / f"{number:02}blob"
        blob.write_bytes(b"" if number == 3 else pictures.jpeg(number, (96, 72)))
        (root / label).mkdir(parents=True, exist_ok=True)
        (root / label / f"{number}.jpg").symlink_to(os.path.relpath(blob, root / label))
    return root


def audit(root, **options):
    return catsclean.audit(root, select="file,duplicates,dataset,labels", **options)


def outcomes(found):
    return found.summary["outcomes"]


def snapshot(*folders):
    """Everything below some folders: bytes of files, texts of links."""
    return {
        str(path): path.readlink() if path.is_symlink() else path.read_bytes()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_pictures_that_are_links_are_not_read_unasked_and_that_is_incomplete(linked):
    found = audit(linked)
    assert outcomes(found) == {"link-not-read": 12}
    assert found.incomplete
    assert found.counts()["special-file"] == 12
    assert "12 files are links and were not read; --follow-links-to FOLDER" in repr_of(found)
    with pytest.raises(SplitUsageError, match=r"12 files are links.*Cat/0.jpg, Cat/1.jpg"):
        catsclean.split(found, {"val": 0.5})


def repr_of(found):
    from catsclean.reports.tally import incompleteness

    return incompleteness(found)


def test_one_link_among_files_is_enough_to_be_incomplete(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    (tmp_path / "outside.jpg").write_bytes(pictures.jpeg(99))
    (root / "Cat/l.jpg").symlink_to(tmp_path / "outside.jpg")
    assert repr_of(audit(root)).startswith("1 file is a link and was not read; --follow-links")


def test_a_link_that_is_no_picture_by_its_name_leaves_nothing_unread(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    (tmp_path / "notes.txt").write_text("x")
    (root / "Cat/notes.txt").symlink_to(tmp_path / "notes.txt")
    (root / "Cat/gone.jpg").symlink_to("nowhere.jpg")
    found = audit(root)
    assert not found.incomplete
    assert found.counts()["special-file"] == 2


def test_links_are_followed_into_a_folder_that_is_named_and_nowhere_else(linked, tmp_path):
    other = tmp_path / "private"
    other.mkdir()
    (other / "secret.jpg").write_bytes(pictures.jpeg(77))
    (linked / "Cat/secret.jpg").symlink_to(other / "secret.jpg")
    assert outcomes(audit(linked, follow_links=True)) == {"link-not-read": 13}
    found = audit(linked, follow_links_to=tmp_path / "store")
    assert outcomes(found) == {"decoded": 11, "empty": 1, "link-not-read": 1}
    rows = found.manifest.table.set_index("path")
    assert rows["sha256"].isna().sum() == 1
    assert rows.loc["Cat/secret.jpg", "status"] == "drop"
    assert found.counts()["zero-length"] == 1


def test_a_link_out_of_the_named_folder_is_not_followed_from_inside_of_it(linked, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(pictures.jpeg(77))
    (tmp_path / "store/hop").symlink_to(tmp_path / "secret.jpg")
    (linked / "Cat/hop.jpg").symlink_to(tmp_path / "store/hop")
    assert outcomes(audit(linked, follow_links_to=tmp_path / "store"))["link-not-read"] == 1


def test_links_within_the_data_set_are_followed_into_folders_that_are_not_listed(tmp_path):
    root = tmp_path / "pets"
    for number in range(6):
        blob = root / ".git/annex" / f"{number}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(pictures.jpeg(number))
        link = root / ("Cat" if number < 3 else "Dog") / f"{number}.jpg"
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    found = audit(root)
    assert outcomes(found) == {"link-not-read": 6}
    assert repr_of(found) == "6 files are links and were not read; --follow-links reads them"
    found = audit(root, follow_links=True)
    assert outcomes(found) == {"decoded": 6}
    assert not found.incomplete
    catsclean.split(root, {"val": 0.5}).write(tmp_path / "out", link="copy")
    assert sum(p.is_file() for p in (tmp_path / "out").rglob("*.jpg")) == 6


@pytest.mark.parametrize("follow", [False, True])
def test_a_link_to_a_picture_of_the_set_is_one_picture_with_two_names(tmp_path, follow):
    root = pictures.make_dataset(tmp_path / "set")
    (root / "Cat/again.jpg").symlink_to("0.jpg")
    found = audit(root, follow_links=follow)
    assert not found.incomplete
    assert found.counts().get("exact-duplicate") is None
    [finding] = [f for f in found.findings if f.validator == "linked-file"]
    assert (finding.path, finding.message) == ("Cat/again.jpg", "a link to Cat/0.jpg")
    assert finding.severity.value == "note"


def test_a_linked_class_folder_is_entered_on_request(tmp_path):
    store = pictures.make_dataset(tmp_path / "store")
    root = tmp_path / "pets"
    root.mkdir()
    for label in ("Cat", "Dog"):
        (root / label).symlink_to(store / label, target_is_directory=True)
    with pytest.raises(DatasetError, match=r"'Cat' is a link.*--follow-links-to FOLDER"):
        audit(root)
    found = audit(root, follow_links_to=[store])
    assert found.manifest.labels == ["Cat", "Dog"]
    assert outcomes(found) == {"decoded": 12}
    made = catsclean.split(found, {"val": 0.5})
    for mode in ("copy", "symlink"):
        written = made.write(tmp_path / mode, link=mode)
        assert sum(p.is_file() for p in written.folder.rglob("*.jpg")) == 12


def test_a_linked_folder_beside_others_is_not_passed_over_in_silence(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    store = pictures.make_dataset(tmp_path / "store", {"Bird": 2})
    (root / "Bird").symlink_to(store / "Bird", target_is_directory=True)
    found = audit(root)
    assert found.incomplete
    assert "1 folder is a link and was not entered" in repr_of(found)
    assert catsclean.load_audit(root).dataset.linked_folders == found.dataset.linked_folders
    with pytest.raises(SplitUsageError, match="Bird"):
        catsclean.split(root, {"val": 0.5})
    assert sorted(audit(root, follow_links_to=store).manifest.labels) == ["Bird", "Cat", "Dog"]


def test_loops_of_links_end(tmp_path):
    root = pictures.make_dataset(tmp_path / "set")
    store = tmp_path / "store"
    for name in "abcdef":
        (store / name).mkdir(parents=True)
        (store / name / "1.jpg").write_bytes(pictures.jpeg(ord(name)))
        for other in "abcdef":
            (store / name / f"to-{other}").symlink_to(store / other, target_is_directory=True)
    (root / "Cat/up").symlink_to(root, target_is_directory=True)
    (root / "Cat/store").symlink_to(store, target_is_directory=True)
    listing = discover(Reach(root, follow=True, folders=(store, tmp_path)))
    assert len(listing.paths) < 60
    reached = {path.rpartition("/")[2] for path in listing.paths}
    assert "1.jpg" in reached
    assert "Cat/up" in [folder for folder, _ in listing.skipped_folders]


def test_a_link_that_is_swapped_after_the_listing_is_not_followed_elsewhere(linked, tmp_path):
    reach = Reach(linked, follow=True, folders=(tmp_path / "store",))
    assert read_file.read_file(reach, "Cat/0.jpg", 10**6)[0]
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (linked / "Cat/0.jpg").unlink()
    (linked / "Cat/0.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(NotRegularError):
        read_file.read_file(reach, "Cat/0.jpg", 10**6)
    with read_file.FolderReader(reach) as reader, pytest.raises(NotRegularError):
        reader.read("Cat/0.jpg", 10**6)


def test_a_target_that_becomes_a_link_while_it_is_opened_is_refused(linked, tmp_path, monkeypatch):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/00blob").write_bytes(b"secret")
    reach = Reach(linked, follow=True, folders=(tmp_path,))
    locate = Reach.locate

    def swap(self, path):
        found = locate(self, path)
        shutil.move(tmp_path / "store", tmp_path / "moved")
        (tmp_path / "store").symlink_to(tmp_path / "secret", target_is_directory=True)
        return found

    monkeypatch.setattr(Reach, "locate", swap)
    with pytest.raises(NotRegularError):
        read_file.read_file(reach, "Cat/0.jpg", 10**6)


def test_a_clean_moves_the_link_and_undo_brings_it_back_exactly(linked, tmp_path):
    store = tmp_path / "store"
    before = snapshot(linked, store)
    times = os.lstat(linked / "Cat/3.jpg").st_mtime_ns
    audit(linked, follow_links_to=store)
    plan = catsclean.plan_cleaning(linked, follow_links_to=store)
    assert plan.apply().moved == ("Cat/3.jpg",)
    assert not os.path.lexists(linked / "Cat/3.jpg")
    assert (store / "03blob").read_bytes() == b""
    # the link can come back without leave to follow it
    assert catsclean.undo(linked).restored == ("Cat/3.jpg",)
    assert snapshot(linked, store) == before
    assert os.lstat(linked / "Cat/3.jpg").st_mtime_ns == times


def test_a_link_that_leads_elsewhere_since_the_audit_is_not_moved(linked, tmp_path):
    store = tmp_path / "store"
    audit(linked, follow_links_to=store)
    plan = catsclean.plan_cleaning(linked, follow_links_to=store)
    (linked / "Cat/3.jpg").unlink()
    (linked / "Cat/3.jpg").symlink_to(store / "05blob")
    [(path, why)] = plan.apply().refused
    assert path == "Cat/3.jpg"
    assert "changed since the audit" in why


def test_a_clean_without_leave_to_follow_leaves_links_alone(linked, tmp_path):
    audit(linked, follow_links_to=tmp_path / "store")
    [(_, why)] = catsclean.plan_cleaning(linked).apply().refused
    assert "--follow-links-to" in why


@pytest.mark.parametrize("newcomer", ["link", "file", "same bytes"])
def test_what_is_put_under_the_name_of_a_link_costs_no_link_of_an_interrupted_clean(
    linked, tmp_path, monkeypatch, newcomer
):
    from catsclean.cleaning import apply_and_revert

    store, path = tmp_path / "store", linked / "Cat/3.jpg"
    before = snapshot(linked, store)
    audit(linked, follow_links_to=store)
    move = apply_and_revert.move_files

    def die(*args, **named):
        move(*args, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(apply_and_revert, "move_files", die)
    with pytest.raises(KeyboardInterrupt):
        catsclean.plan_cleaning(linked, follow_links_to=store).apply()
    monkeypatch.setattr(apply_and_revert, "move_files", move)
    if newcomer == "link":
        path.symlink_to(store / "05blob")
    else:
        path.write_bytes(b"another picture" if newcomer == "file" else b"")
    assert catsclean.cleaning.recover(linked).refused == ()
    [run] = catsclean.cleaning_log(linked)
    assert run.outcomes == {"moved": 1}
    assert catsclean.undo(linked).refused == (
        ("Cat/3.jpg", "cannot be moved: another file is in its place"),
    )
    path.unlink()
    assert catsclean.undo(linked).restored == ("Cat/3.jpg",)
    assert snapshot(linked, store) == before


def test_a_file_in_a_linked_folder_is_never_moved(tmp_path):
    store = pictures.make_dataset(tmp_path / "store")
    (store / "Cat/empty.jpg").touch()
    root = tmp_path / "pets"
    root.mkdir()
    for label in ("Cat", "Dog"):
        (root / label).symlink_to(store / label, target_is_directory=True)
    before = snapshot(store)
    audit(root, follow_links_to=store)
    result = catsclean.plan_cleaning(root, follow_links_to=store).apply()
    assert result.moved == ()
    assert [path for path, _ in result.refused] == ["Cat/empty.jpg"]
    assert snapshot(store) == before


def test_an_interrupted_move_of_links_is_completed(linked, tmp_path, monkeypatch):
    from catsclean.core.safe_folder import Folder

    store = tmp_path / "store"
    before = snapshot(linked, store)
    audit(linked, follow_links_to=store)
    plan = catsclean.plan_cleaning(linked, follow_links_to=store)
    unlink = Folder.unlink

    def die(self, path):
        if path.endswith(".jpg"):
            raise KeyboardInterrupt
        unlink(self, path)

    monkeypatch.setattr(Folder, "unlink", die)
    with pytest.raises(KeyboardInterrupt):
        plan.apply()
    monkeypatch.setattr(Folder, "unlink", unlink)
    # a kill leaves both names; the next command needs no leave to go on
    assert catsclean.undo(linked).restored == ("Cat/3.jpg",)
    assert snapshot(linked, store) == before


def test_a_state_folder_cannot_let_links_lead_out(linked, tmp_path):
    audit(linked, follow_links_to=tmp_path / "store")
    stored = json.loads((tmp_path / "pets.catsclean/audit.json").read_text())
    assert stored["dataset"]["follow_links"] is True
    made = catsclean.split(linked, {"val": 0.5})
    with pytest.raises(SplitError, match="--follow-links-to"):
        made.write(tmp_path / "out", link="copy")
    assert not (tmp_path / "out").exists()
    made = catsclean.split(linked, {"val": 0.5}, follow_links_to=tmp_path / "store")
    made.write(tmp_path / "out", link="copy")
    copies = [p for p in (tmp_path / "out").rglob("*.jpg") if not p.is_symlink()]
    assert len(copies) == 11


def test_a_hard_link_cannot_be_made_of_a_link(linked, tmp_path):
    store = tmp_path / "store"
    audit(linked, follow_links_to=store)
    made = catsclean.split(linked, {"val": 0.5}, follow_links_to=store)
    with pytest.raises(SplitError, match="cannot hardlink from"):
        made.write(tmp_path / "out", link="hardlink")
    assert not (tmp_path / "out").exists()


def test_a_split_of_symbolic_links_is_audited_with_the_data_set_named(tmp_path):
    root = pictures.make_dataset(tmp_path / "pets")
    made = catsclean.split(audit(root), {"val": 0.5})
    made.write(tmp_path / "pets-split", link="symlink")
    found = audit(tmp_path / "pets-split", follow_links_to=root)
    assert not found.incomplete
    assert outcomes(found) == {"decoded": 12}
    assert found.dataset.layout == "splits"
    assert set(found.manifest.table["split"]) == {"train", "val"}


def test_folders_to_follow_into_must_be_there(linked, tmp_path):
    with pytest.raises(DatasetError, match=r"into a folder.*nowhere"):
        audit(linked, follow_links_to=tmp_path / "nowhere")


def test_a_link_is_picked_up_again_when_its_target_changes(linked, tmp_path):
    store = tmp_path / "store"
    audit(linked, follow_links_to=store)
    (store / "03blob").write_bytes(pictures.jpeg(500, (96, 72)))
    assert outcomes(audit(linked, follow_links_to=store)) == {"decoded": 12}


def test_a_link_to_a_pipe_is_never_opened(linked, tmp_path):
    os.mkfifo(tmp_path / "store/pipe")
    (linked / "Cat/pipe.jpg").symlink_to(tmp_path / "store/pipe")
    found = audit(linked, follow_links_to=tmp_path / "store")
    rows = found.evidence.samples.set_index("path")
    assert rows.loc["Cat/pipe.jpg", "outcome"] == Outcome.SPECIAL.value
    assert rows.loc["Cat/pipe.jpg", "outcome_detail"] == "a link to a named pipe, never opened"


@pytest.mark.parametrize(
    "name", [b"two\nlines", b"back\\slash", b"not-\xff\xfe-text", b"\\x41\\udcff", b"\x1b[31m"]
)
def test_a_link_with_an_odd_target_comes_back_exactly(tmp_path, name):
    root = pictures.make_dataset(tmp_path / "pets")
    blob = os.fsencode(tmp_path / "store") + b"/" + name
    (tmp_path / "store").mkdir()
    Path(os.fsdecode(blob)).touch()
    (root / "Cat/odd.jpg").symlink_to(os.fsdecode(b"../../store/" + name))
    audit(root, follow_links_to=tmp_path / "store")
    plan = catsclean.plan_cleaning(root, follow_links_to=tmp_path / "store")
    assert plan.apply().moved == ("Cat/odd.jpg",)
    assert catsclean.undo(root).restored == ("Cat/odd.jpg",)
    assert os.fsencode((root / "Cat/odd.jpg").readlink()) == b"../../store/" + name


def test_class_folders_of_links_into_a_pool_are_read_if_the_pool_is_left_out(tmp_path):
    root = pictures.make_dataset(tmp_path / "pets", {"pool": 6})
    for number in range(6):
        link = root / ("Cat" if number < 3 else "Dog") / f"{number}.jpg"
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(f"../pool/{number}.jpg")
    found = audit(root)
    assert outcomes(found) == {"decoded": 6, "linked": 6}
    other = [f for f in found.findings if f.validator == "linked-file"]
    assert {f.severity.value for f in other} == {"warning"}
    assert "which has another label" in other[0].message
    found = audit(root, follow_links=True, exclude="pool/")
    assert outcomes(found) == {"decoded": 6}
    assert found.manifest.labels == ["Cat", "Dog"]


def test_a_link_from_one_split_into_another_is_said(tmp_path):
    root = pictures.make_dataset(tmp_path / "pets/train").parent
    pictures.make_dataset(root / "val")
    (root / "val/Cat/again.jpg").symlink_to("../../train/Cat/0.jpg")
    [finding] = [f for f in audit(root).findings if f.path == "val/Cat/again.jpg"]
    assert finding.message == "a link to train/Cat/0.jpg, which has another split"


def test_a_copy_does_not_leave_when_the_other_is_a_link_to_it(tmp_path):
    root = pictures.make_dataset(tmp_path / "pets")
    data = (root / "Cat/0.jpg").read_bytes()
    (root / "Cat/a.jpg").write_bytes(data)
    audit(root, follow_links=True)
    plan = catsclean.plan_cleaning(root)
    [leaving] = [path for moves in plan.moves.values() for path in [m.path for m in moves]]
    keeper = "Cat/0.jpg" if leaving == "Cat/a.jpg" else "Cat/a.jpg"
    (root / keeper).unlink()
    (root / keeper).symlink_to(leaving.partition("/")[2])
    [(_, why)] = plan.apply().refused
    assert "is a link to a file that would leave" in why
    assert (root / leaving).read_bytes() == data
