import csv
import dataclasses
import errno
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from packed import make_zip
from pictures import jpeg

from catsclean.core.manifest import Manifest
from catsclean.errors import SplitError, UsageError
from catsclean.splitting import linking, split, write
from catsclean.splitting.places import find_places


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.fixture
def halves(pets):
    return split(pets, {"val": 0.5})


@pytest.mark.parametrize("mode", ["hardlink", "symlink", "copy", "auto"])
def test_labelled_folders_hold_the_pictures(halves, pets, tmp_path, mode):
    written = halves.write(tmp_path / "out", mode)
    table = halves.manifest.table
    pictures = {p: data for p, data in tree(tmp_path / "out").items() if p.endswith(".jpg")}
    assert pictures == {
        f"{row.split}/{row.path}": (pets.root / row.path).read_bytes() for row in table.itertuples()
    }
    one = tmp_path / "out" / written.manifest.table["path"][0]
    source = pets.root / written.manifest.table["source_path"][0]
    assert one.is_symlink() == (mode == "symlink")
    assert one.samefile(source) == (mode in {"hardlink", "symlink"})
    assert one.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert not list(tmp_path.glob(".*"))


def test_the_manifest_beside_it_describes_it(halves, tmp_path):
    written = halves.write(tmp_path / "out")
    for name in ("manifest.parquet", "manifest.csv"):
        manifest = Manifest.load(tmp_path / "out" / name, tmp_path / "out")
        assert list(manifest.table["path"]) == list(written.manifest.table["path"])
        assert all(manifest.native_path(p).is_file() for p in manifest.table["path"])
        assert set(manifest.table["split"]) == {"train", "val"}


def assert_is_on_disk(written, out):
    assert written.folder == written.manifest.root == out
    on_disk = Manifest.load(out / "manifest.parquet", out)
    pd.testing.assert_frame_equal(written.manifest.table, on_disk.table, check_dtype=False)


def test_the_returned_manifest_is_the_one_on_disk(halves, tmp_path):
    assert_is_on_disk(halves.write(tmp_path / "out", "symlink"), tmp_path / "out")


def test_the_manifest_of_a_split_that_is_used_again_is_the_one_on_disk(halves, tmp_path):
    halves.write(tmp_path / "out", "symlink")
    assert_is_on_disk(halves.write(tmp_path / "out", "symlink"), tmp_path / "out")


def test_each_picture_that_is_in_its_place_is_reported(halves, tmp_path):
    calls = []
    halves.write(tmp_path / "out", progress=lambda *numbers: calls.append(numbers))
    assert calls == [(number, 12) for number in range(1, 13)]


def test_dropped_samples_never_go_in(pets, tmp_path):
    table = pets.table.copy()
    result = split(pets, {"val": 0.5})
    table = result.manifest.table.copy()
    table.loc[0, "status"] = "drop"  # dropped after the split was made
    write.write_split(pets.with_table(table), tmp_path / "out")
    assert len([p for p in tree(tmp_path / "out") if p.endswith(".jpg")]) == 11


@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_nothing_that_is_there_is_overwritten(halves, tmp_path, there):
    out = tmp_path / "out"
    if there == "file":
        out.write_text("mine")
    elif there == "folder":
        out.mkdir()
        (out / "mine").write_text("mine")
    else:
        out.symlink_to(tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(SplitError, match="so it is not overwritten"):
        halves.write(out)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_the_very_same_split_is_recognised(halves, pets, tmp_path):
    assert not halves.write(tmp_path / "out").reused
    assert halves.write(tmp_path / "out").reused
    with pytest.raises(SplitError, match="exists and is not this split"):
        split(pets, {"val": 0.5}, seed=1).write(tmp_path / "out")


@pytest.mark.parametrize("mode", ["hardlink", "symlink", "copy"])
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("a class", "6 missing: 'train/Cat/"),
        ("a picture", "1 missing: 'train/"),
        ("another picture", "1 changed: 'train/"),
        ("a stranger", "1 added: 'val/Cat/mine.jpg'"),
        ("the manifest", "1 changed: 'manifest.csv'"),
        ("the columns", "1 missing: 'val/metadata.csv'"),
    ],
)
def test_a_written_split_that_is_not_whole_any_more_is_refused(pets, tmp_path, mode, harm, said):
    pets = pets.with_table(pets.table.assign(owner="me"))
    halves = split(pets, {"val": 6})
    out = tmp_path / "out"
    written = halves.write(out, mode)
    if harm == "a class":
        table = halves.manifest.table.assign(split="train")
        out = tmp_path / "all"
        halves = dataclasses.replace(halves, manifest=pets.with_table(table))
        halves.write(out, mode)
        shutil.rmtree(out / "train/Cat")
    one = out / next(p for p in written.manifest.table["path"] if p.startswith("train/"))
    if harm.endswith("picture"):
        one.unlink()
    if harm == "another picture":
        one.write_bytes(b"other" * 20)
    elif harm == "a stranger":
        (out / "val/Cat/mine.jpg").write_bytes(b"mine")
    elif harm == "the manifest":
        (out / "manifest.csv").write_text("")
    elif harm == "the columns":
        (out / "val/metadata.csv").unlink()
    before = tree(out)
    with pytest.raises(SplitError, match="has changed since it was written") as caught:
        halves.write(out, mode)
    assert said in str(caught.value)
    assert tree(out) == before


def test_a_link_of_a_written_split_that_leads_nowhere_is_named(halves, pets, tmp_path):
    halves.write(tmp_path / "out", "symlink")
    (pets.root / "Cat/0.jpg").unlink()
    with pytest.raises(SplitError, match=r"1 changed: '(train|val)/Cat/0\.jpg'"):
        halves.write(tmp_path / "out", "symlink")


def test_what_a_system_leaves_in_a_written_split_is_no_change(halves, tmp_path):
    halves.write(tmp_path / "out", "copy")
    (tmp_path / "out/train/.DS_Store").write_bytes(b"x")
    for path in (tmp_path / "out/train").rglob("*.jpg"):
        os.utime(path)
    assert halves.write(tmp_path / "out", "copy").reused


@pytest.mark.parametrize("folder", ["Pets/out", "Pets", "."])
def test_a_split_inside_its_data_set_is_refused(halves, tmp_path, folder):
    with pytest.raises(UsageError, match="inside its data set"):
        halves.write(tmp_path / folder)


def test_an_unknown_kind_of_link_is_refused(halves, tmp_path):
    with pytest.raises(UsageError, match="Known: auto, reflink"):
        halves.write(tmp_path / "out", "teleport")


def test_a_program_that_changes_a_picture_of_a_default_split_leaves_the_original_alone(
    halves, pets, tmp_path
):
    before = tree(pets.root)
    halves.write(tmp_path / "out")
    for picture in (tmp_path / "out").rglob("*.jpg"):
        with picture.open("r+b") as stream:  # in place, as some JPEG repairs do
            stream.write(b"repaired")
    assert tree(pets.root) == before


def pretend_auto(folder):
    marker = folder / "split.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"link": "auto"}))


def test_hard_links_of_a_split_that_was_cut_short_are_made_copies(
    halves, pets, tmp_path, monkeypatch
):
    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(write, "write_descriptions", stop)
        with pytest.raises(KeyboardInterrupt):
            halves.write(tmp_path / "out", "hardlink")
    pretend_auto(tmp_path / ".out.catsclean-part")
    before = tree(pets.root)
    halves.write(tmp_path / "out")
    made = Manifest.load(tmp_path / "out" / "manifest.parquet", tmp_path / "out").table
    for path, source in zip(made["path"], made["source_path"], strict=True):
        assert not (tmp_path / "out" / path).samefile(pets.root / source)
    assert tree(pets.root) == before


def test_a_split_of_hard_links_is_not_taken_for_a_default_one(halves, tmp_path):
    halves.write(tmp_path / "out", "hardlink")
    pretend_auto(tmp_path / "out")
    with pytest.raises(SplitError, match="not this split"):
        halves.write(tmp_path / "out")


def test_the_bytes_that_copies_take_are_counted(halves, pets, tmp_path):
    sizes = sum(len(data) for data in tree(pets.root).values())
    assert halves.write(tmp_path / "copies", "copy").copied_bytes == sizes
    assert halves.write(tmp_path / "links", "hardlink").copied_bytes == 0
    assert halves.write(tmp_path / "copies", "copy").copied_bytes == 0  # reused


def test_auto_copies_where_there_are_no_links(halves, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EXDEV, "other device")

    monkeypatch.setattr(os, "link", refuse)
    assert halves.write(tmp_path / "out").link in {"copy", "reflink"}
    with pytest.raises(SplitError, match="Choose another --link"):
        halves.write(tmp_path / "other", "hardlink")
    assert not (tmp_path / "other").exists()


def test_a_copy_works_where_the_kernel_cannot_copy(halves, pets, tmp_path, monkeypatch):
    def refuse(*args):
        raise OSError(errno.EXDEV, "other device")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    halves.write(tmp_path / "out", "copy")
    assert len([p for p in tree(tmp_path / "out") if p.endswith(".jpg")]) == 12


@pytest.mark.parametrize("harm", ["change", "delete", "link"])
def test_a_picture_that_changed_is_named_and_nothing_is_written(halves, pets, tmp_path, harm):
    path = pets.root / "Cat/0.jpg"
    if harm == "change":
        path.write_bytes(b"other")
    else:
        path.unlink()
    if harm == "link":
        path.symlink_to(pets.root / "Cat/1.jpg")
    there = set(tmp_path.iterdir())
    with pytest.raises(SplitError, match=r"Cat/0\.jpg.*Nothing was written"):
        halves.write(tmp_path / "deep" / "deeper" / "out")
    assert set(tmp_path.iterdir()) == there


def test_a_check_refuses_a_picture_that_changed_and_writes_nothing(halves, pets, tmp_path):
    write.check_split(halves.manifest, tmp_path / "out")
    (pets.root / "Cat/0.jpg").write_bytes(b"other")
    with pytest.raises(SplitError, match=r"Cat/0\.jpg.*Nothing was written"):
        write.check_split(halves.manifest, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["Pets"]


def test_a_check_accepts_the_same_split_and_refuses_it_once_it_has_changed(halves, tmp_path):
    halves.write(tmp_path / "out")
    write.check_split(halves.manifest, tmp_path / "out")
    next((tmp_path / "out/train").rglob("*.jpg")).unlink()
    with pytest.raises(SplitError, match=r"has changed since it was written: 1 missing"):
        write.check_split(halves.manifest, tmp_path / "out")


@pytest.mark.parametrize("found", ["another file", "nothing"])
def test_a_hard_link_to_anything_but_the_checked_picture_is_removed(
    halves, pets, tmp_path, monkeypatch, found
):
    link = os.link

    def late(old, new, **folders):
        if found == "another file":
            (tmp_path / "other").write_bytes(b"other")
            (tmp_path / "other").replace(pets.root / "Cat/0.jpg")
            link(old, new, **folders)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(SplitError, match=r"Cat/0\.jpg was replaced while it was linked"):
        halves.write(tmp_path / "out", "hardlink")
    assert [path.name for path in tmp_path.iterdir()] == ["Pets"]


@pytest.fixture
def packed(table_of, tmp_path):
    """Two cats and two dogs in an archive, and their split."""
    files = {f"{label}/{n}.jpg": jpeg(n) for label in ("Cat", "Dog") for n in (1, 2)}
    rows = [
        {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
        for path, data in files.items()
    ]
    root = make_zip(tmp_path / "Pets.zip", files)
    return files, split(Manifest(table_of(rows), root), {"val": 0.5})


@pytest.mark.parametrize("mode", ["auto", "copy"])
def test_pictures_in_an_archive_are_copied(packed, tmp_path, mode):
    files, halves = packed
    write.check_split(halves.manifest, tmp_path / "out", mode)
    written = halves.write(tmp_path / "out", mode)
    assert (written.link, written.copied_bytes) == ("copy", sum(map(len, files.values())))
    table = written.manifest.table
    for path, source in zip(table["path"], table["source_path"], strict=True):
        assert (tmp_path / "out" / path).read_bytes() == files[source]


@pytest.mark.parametrize("mode", ["hardlink", "symlink", "reflink"])
@pytest.mark.parametrize("call", [write.write_split, write.check_split])
def test_pictures_in_an_archive_are_not_linked(packed, tmp_path, mode, call):
    with pytest.raises(UsageError, match=f"in an archive can only be copied. Received: '{mode}'"):
        call(packed[1].manifest, tmp_path / "out", mode)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def synced(monkeypatch):
    """What is written to the disk: inodes, and the word "all"."""
    calls, fsync = [], os.fsync

    def record(descriptor):
        calls.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    monkeypatch.setattr(os, "sync", lambda: calls.append("all"), raising=False)
    return calls


def last_synced(synced, path):
    return len(synced) - synced[::-1].index(path.stat().st_ino)


@pytest.mark.skipif(os.name == "nt", reason="a folder has no fsync there")
def test_every_copy_reaches_the_disk_and_then_the_folders_above_it(halves, tmp_path, synced):
    out = tmp_path / "out"
    halves.write(out, "copy")
    assert "all" not in synced
    for picture in out.rglob("*.jpg"):
        above = [folder for folder in picture.parents if folder.is_relative_to(out)]
        assert min(last_synced(synced, folder) for folder in above) > last_synced(synced, picture)


@pytest.mark.skipif(os.name == "nt", reason="a folder has no fsync there")
@pytest.mark.parametrize(("most", "at_once"), [(11, True), (12, False)])
def test_many_copies_reach_the_disk_at_once_before_their_folders(
    halves, tmp_path, synced, monkeypatch, most, at_once
):
    monkeypatch.setattr(write, "_FSYNC_EACH", most)
    halves.write(tmp_path / "out", "copy")
    pictures = {path.stat().st_ino for path in (tmp_path / "out").rglob("*.jpg")}
    folders = {path.stat().st_ino for path in (tmp_path / "out").glob("*/*/")}
    assert synced.count("all") == at_once
    assert pictures.isdisjoint(synced) is at_once
    if at_once:
        assert folders <= set(synced[synced.index("all") :])


def test_a_touched_picture_is_judged_by_its_bytes(halves, pets, tmp_path):
    os.utime(pets.root / "Cat/0.jpg")
    halves.write(tmp_path / "out")


def test_a_link_where_a_class_folder_was_is_not_followed(halves, pets, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (pets.root / "Cat").rename(elsewhere)
    (pets.root / "Cat").symlink_to(elsewhere)
    with pytest.raises(SplitError, match="is reached through a link"):
        halves.write(tmp_path / "out")


def test_a_planted_link_where_the_split_is_made_is_refused(halves, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / ".out.catsclean-part").symlink_to(elsewhere)
    with pytest.raises(SplitError, match="exists and is not an interrupted split"):
        halves.write(tmp_path / "out")
    assert not list(elsewhere.iterdir())


def test_a_folder_of_somebody_else_is_not_removed(halves, tmp_path):
    part = tmp_path / ".out.catsclean-part"
    part.mkdir()
    (part / "mine").write_text("mine")
    with pytest.raises(SplitError, match="exists and is not an interrupted split"):
        halves.write(tmp_path / "out")
    assert (part / "mine").read_text() == "mine"


def test_what_another_split_left_is_begun_anew(halves, pets, tmp_path, monkeypatch):
    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "write_descriptions", stop)
    with pytest.raises(KeyboardInterrupt):
        halves.write(tmp_path / "out", "copy")
    monkeypatch.undo()
    assert len(tree(tmp_path / ".out.catsclean-part")) == 13
    split(pets, {"val": 0.5}, seed=1).write(tmp_path / "out", "copy")
    assert len([p for p in tree(tmp_path / "out") if p.endswith(".jpg")]) == 12


def test_a_half_copied_picture_of_a_former_call_is_made_again(halves, tmp_path, monkeypatch):
    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "write_descriptions", stop)
    with pytest.raises(KeyboardInterrupt):
        halves.write(tmp_path / "out", "copy")
    monkeypatch.undo()
    part = tmp_path / ".out.catsclean-part"
    victim = next(p for p in sorted(part.rglob("*.jpg")))
    victim.write_bytes(bytes(victim.stat().st_size))  # what a power cut may leave
    (victim.parent / linking.PART).write_bytes(b"half")
    copied = []
    kernel = os.copy_file_range
    monkeypatch.setattr(
        os, "copy_file_range", lambda *a: copied.append(os.fstat(a[1]).st_size) or kernel(*a)
    )
    halves.write(tmp_path / "out", "copy")
    assert copied.count(0) == 1  # one picture was copied, the other eleven were found
    written = Manifest.load(tmp_path / "out" / "manifest.parquet").table
    for path, source in zip(written["path"], written["source_path"], strict=True):
        assert (tmp_path / "out" / path).read_bytes() == (tmp_path / "Pets" / source).read_bytes()
    assert not [p for p in tree(tmp_path / "out") if p.endswith(".part")]


@pytest.mark.parametrize("mode", ["hardlink", "symlink", "copy"])
def test_what_an_interrupted_call_made_is_used_and_the_rest_is_made(
    halves, pets, tmp_path, monkeypatch, mode
):
    def stop(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(write, "write_descriptions", stop)
        with pytest.raises(KeyboardInterrupt):
            halves.write(tmp_path / "out", mode)
    part = tmp_path / ".out.catsclean-part"
    missing, wrong, link, *whole = sorted(part.rglob("*.jpg"))
    made = {path.relative_to(part): path.lstat().st_ino for path in whole}
    for path in (missing, wrong, link):
        path.unlink()
    wrong.write_bytes(b"wrong")
    link.symlink_to(pets.root)
    halves.write(tmp_path / "out", mode)
    out = tmp_path / "out"
    table = Manifest.load(out / "manifest.parquet", out).table
    for path, source in zip(table["path"], table["source_path"], strict=True):
        assert (out / path).read_bytes() == (pets.root / source).read_bytes()
        assert (out / path).is_symlink() == (mode == "symlink")
    assert {path: (out / path).lstat().st_ino for path in made} == made


def place(table_of, rows):
    table = table_of([{"split": "train", "label": "Cat"} | row for row in rows])
    return find_places(table)


def test_names_and_deeper_folders_are_kept(table_of):
    rows = [{"path": "Cat/a/b/1.jpg"}, {"path": "Cat/1.jpg"}, {"path": "train/Cat/x.jpg"}]
    assert place(table_of, rows) == ["train/Cat/a/b/1.jpg", "train/Cat/1.jpg", "train/Cat/x.jpg"]


def test_pictures_of_one_name_from_two_split_folders_get_two_names(table_of):
    found = place(table_of, [{"path": "train/Cat/1.jpg"}, {"path": "val/Cat/1.jpg"}])
    assert found[0] == "train/Cat/1.jpg"
    assert found[1].startswith("train/Cat/1-")
    assert len(set(found)) == 2


@pytest.mark.parametrize(
    "name",
    [
        "CON.jpg", "nul", "com1.JPG", "a:b.jpg", "a?.jpg", "trailing. ", "=cmd().jpg", "-x.jpg",
        r"\x1b[31m.jpg", r"\udcff.jpg", "x" * 250 + ".jpg", "metadata.csv", r"a\\b.jpg", ".x.jpg",
    ],
)  # fmt: skip
def test_names_that_some_system_refuses_are_replaced(table_of, name):
    (found,) = place(table_of, [{"path": f"Cat/{name}"}])
    last = found.rpartition("/")[2]
    assert len(last.encode()) <= 255
    assert last.isprintable()
    assert not set(last) & set('<>:"/\\|?*')
    assert last[0] not in "=+-@ ."
    assert last[-1] not in ". "
    assert last.split(".")[0].lower() not in {"con", "nul", "com1"}


def test_names_that_differ_in_case_or_composition_only_get_marks(table_of):
    rows = [
        {"path": f"Cat/{n}"}
        for n in ("A.jpg", "a.jpg", "\u00e9.jpg", "e\u0301.jpg", "ß.jpg", "SS.jpg")
    ]
    found = place(table_of, rows)
    assert len({p.casefold() for p in found}) == 6


def test_classes_that_differ_in_case_only_stay_apart(table_of):
    found = place(table_of, [{"path": "Cat/1.jpg"}, {"path": "cat/1.jpg", "label": "cat"}])
    folders = {p.split("/")[1].casefold() for p in found}
    assert len(folders) == 2


@pytest.mark.parametrize("label", ["../../x", "/etc", "..", ".", "", "a/b", "CON"])
def test_a_hostile_label_stays_inside(table_of, label):
    (found,) = place(table_of, [{"path": "Cat/1.jpg", "label": label}])
    parts = found.split("/")
    assert parts[0] == "train"
    assert not {"", ".", ".."} & set(parts)


def test_an_extension_that_keras_skips_gets_the_right_one_added(table_of):
    rows = [{"path": "Cat/1.jfif"}, {"path": "Cat/2", "format": "PNG"}, {"path": "Cat/3.JPG"}]
    assert [p.rpartition("/")[2] for p in place(table_of, rows)] == ["1.jfif.jpg", "2.png", "3.JPG"]


@pytest.mark.parametrize("folder", [".hidden", "__odd", "__", "deep/__odd", "deep/.hidden"])
def test_folders_that_hugging_face_leaves_out_get_another_name(table_of, folder):
    (found,) = place(table_of, [{"path": f"Cat/{folder}/1.jpg"}])
    assert not [part for part in found.split("/") if part.startswith((".", "__"))]
    (found,) = place(table_of, [{"path": f"{folder}/1.jpg", "label": folder.rpartition("/")[2]}])
    assert not [part for part in found.split("/") if part.startswith((".", "__"))]


def test_no_metadata_is_written_where_there_is_nothing_but_the_labels(halves, tmp_path):
    halves.write(tmp_path / "out")
    assert not list((tmp_path / "out").rglob("metadata.csv"))


def test_metadata_has_the_columns_of_the_user_and_no_labels(pets, tmp_path):
    table = pets.table.assign(
        patient=[f"p{i % 5}" for i in range(len(pets.table))],
        weight=[None, *range(1, len(pets.table))],
        mask_file_name="none.png",
        nothing=None,
    )
    written = split(pets.with_table(table), {"val": 0.5}, group_by="patient").write(
        tmp_path / "out"
    )
    source = dict(zip(table["path"], table["patient"], strict=True))
    place = dict(
        zip(written.manifest.table["path"], written.manifest.table["source_path"], strict=True)
    )
    for name in ("train", "val"):
        folder = tmp_path / "out" / name
        with (folder / "metadata.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert {tuple(row) for row in rows} == {("file_name", "patient", "weight")}
        assert {row["file_name"] for row in rows} == {p for p in tree(folder) if p.endswith(".jpg")}
        assert all(row["patient"] == source[place[f"{name}/{row['file_name']}"]] for row in rows)


def real_pictures(pets):
    """Make the files real pictures, as the readers of other tools want them."""
    from PIL import Image

    table = pets.table.copy()
    for row, path in enumerate(table["path"]):
        Image.new("RGB", (8, 8), (row * 20, 0, 0)).save(pets.root / path)
        stat = (pets.root / path).stat()
        table.loc[row, ["size_bytes", "mtime_ns"]] = stat.st_size, stat.st_mtime_ns
    return pets.with_table(table)


DOCS = Path(__file__).parents[2] / "docs/splitting.md"


def documented(words):
    """Give the fenced Python of docs/splitting.md that has some words in it."""
    (found,) = [
        block
        for block in re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
        if words in block
    ]
    return found


@pytest.fixture
def hugging_face(tmp_path, monkeypatch):
    """Hugging Face's `datasets`, offline, with its cache in a folder of the test."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "hf")
    datasets.disable_progress_bars()
    monkeypatch.chdir(tmp_path)
    return datasets


WORDS = (
    "train station",
    "test_drive",
    "valley-",
    "dev ",
    "testing",
    "eval.",
    "plain",
    "a [1]",
    "{0}",
)


def write_with_words(pets, table_of, tmp_path, **more):
    """Write a split whose file and folder names hold the words that Hugging Face looks for."""
    from PIL import Image

    rows = []
    for number, word in enumerate(WORDS * 4):
        label = ("locomotive", "test bench", "__odd")[number % 3]
        path = f"{label}/{'.' * (number == 5)}{word}{number}.jpg"
        (pets.root / path).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (number * 6, 0, 0)).save(pets.root / path)
        status = (pets.root / path).stat()
        digest = hashlib.sha256((pets.root / path).read_bytes()).hexdigest()
        rows.append({"path": path, "label": label, "sha256": digest, **more})
        rows[-1] |= {"size_bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
    result = split(Manifest(table_of(rows), pets.root), {"val": 0.5})
    return result.write(tmp_path / "PetImages-split").manifest.table


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("more", [{}, {"owner": "me"}])
def test_the_documented_lines_for_hugging_face_read_every_picture(
    pets, table_of, tmp_path, hugging_face, more
):
    table = write_with_words(pets, table_of, tmp_path, **more)
    names = {}
    exec(documented("load_dataset"), names)
    for name in ("train", "val"):
        rows, found = table[table["split"] == name], names["pictures"][name]
        assert found.num_rows == len(rows) > 0
        assert isinstance(found.features["label"], hugging_face.ClassLabel)
        assert len(found.features["label"].names) == 3
        folders = [path.split("/")[1] for path in rows["path"]]
        labels = [found.features["label"].int2str(label) for label in found["label"]]
        assert sorted(labels) == sorted(folders)


@pytest.mark.filterwarnings("default")
def test_the_documented_lines_read_folders_below_class_folders(pets, tmp_path, hugging_face):
    split(real_pictures(pets), {"val": 2}).write(tmp_path / "PetImages-split")
    names = {}
    exec(documented("Dataset.from_dict"), names)
    found = names["train"]
    assert found.num_rows == 10
    assert found.features["label"].names == ["Cat", "Dog"]
    assert found[0]["image"].size == (8, 8)


@pytest.mark.filterwarnings("default")
@pytest.mark.tensorflow
def test_the_documented_line_for_keras_reads_every_picture(pets, table_of, tmp_path, monkeypatch):
    pytest.importorskip("tensorflow")
    table = write_with_words(pets, table_of, tmp_path)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(documented("image_dataset_from_directory"), names)
    read = sum(len(labels) for _, labels in names["train"])
    assert read == (table["split"] == "train").sum()


@pytest.mark.filterwarnings("default")
def test_croissant_describes_it(halves, tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant")
    written = halves.write(tmp_path / "out")
    dataset = mlcroissant.Dataset(jsonld=str(tmp_path / "out" / "croissant.json"))
    assert not dataset.metadata.issues.errors
    rows = list(dataset.records("pictures"))
    assert len(rows) == 12
    assert {row["pictures/path"].decode() for row in rows} == set(written.manifest.table["path"])


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("default")
def test_keras_reads_it(pets, tmp_path):
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    split(real_pictures(pets), {"val": 0.5}).write(tmp_path / "out")
    for name in ("train", "val"):
        found = keras.utils.image_dataset_from_directory(
            tmp_path / "out" / name, image_size=(8, 8), verbose=False
        )
        assert found.class_names == ["Cat", "Dog"]
        assert sum(len(labels) for _, labels in found) == 6


def test_files_are_the_same_for_any_order_of_rows(halves, pets, tmp_path):
    halves.write(tmp_path / "one")
    turned = pets.with_table(pets.table.iloc[::-1])
    split(turned, {"val": 0.5}).write(tmp_path / "two")
    assert tree(tmp_path / "one").keys() == tree(tmp_path / "two").keys()


def test_a_really_full_disk_leaves_nothing(pets, tmp_path):
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("needs root to mount a small disk")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        table = pets.table.copy()
        for row, path in enumerate(table["path"]):
            (pets.root / path).write_bytes(bytes([row]) * 400_000)
            import hashlib

            table.loc[row, "sha256"] = hashlib.sha256(bytes([row]) * 400_000).hexdigest()
        halves = split(pets.with_table(table), {"val": 0.5})
        with pytest.raises(SplitError, match=r"No space left on device(?s:.*)Free some space"):
            halves.write(disk / "out")
        assert not list(disk.iterdir())
        subprocess.run([mount, "-o", "remount,size=16m", disk], check=True)
        assert halves.write(disk / "out").link == "copy"
        assert len([p for p in tree(disk / "out") if p.endswith(".jpg")]) == 12
    finally:
        subprocess.run(["umount", disk], check=True)


def test_user_columns_go_with_the_manifest(pets, tmp_path):
    table = pets.table.assign(patient=pd.array(list("pppqqq") * 2, dtype="string"))
    written = split(pets.with_table(table), {"val": 0.5}, group_by="patient").write(tmp_path / "o")
    assert set(Manifest.load(tmp_path / "o" / "manifest.parquet").table["patient"]) == {"p", "q"}
    assert written.manifest.table["source_path"].notna().all()


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_a_picture_that_cannot_be_opened_to_be_made_durable_is_one_clear_error(
    halves, tmp_path, monkeypatch, code
):
    real = os.open

    def failing(path, flags, *args, **kwargs):
        folder = kwargs.get("dir_fd")
        made = str(path).endswith(".jpg") and folder is not None
        if made and "catsclean-part" in os.readlink(f"/proc/self/fd/{folder}"):  # noqa: PTH115
            raise OSError(code, os.strerror(code))
        return real(path, flags, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", failing)
        with pytest.raises(SplitError, match="Nothing of it remains"):
            halves.write(tmp_path / "out", "copy")
    assert not list(tmp_path.glob("*out*"))


def test_an_unfinished_folder_that_cannot_be_removed_is_named(halves, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", lambda *_, **__: None)
        patched.setattr("catsclean.splitting.write.write_descriptions", _full)
        with pytest.raises(SplitError, match=r"unfinished folder '.*catsclean-part' could not"):
            halves.write(tmp_path / "out", "copy")
    halves.write(tmp_path / "out", "copy")
    assert not (tmp_path / ".out.catsclean-part").exists()


def _full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_system_that_says_it_copied_and_did_not_makes_no_empty_picture(
    halves, tmp_path, monkeypatch
):
    monkeypatch.setattr("catsclean.splitting.linking._clone", lambda *_: None)
    with pytest.raises(SplitError):
        halves.write(tmp_path / "out", "reflink")
    assert not (tmp_path / "out").exists()
