"""A folder beside its manifest: what is as it was published, and what is not."""

import io
import os
import shutil
import tarfile

import pytest
from packed import files_of, make_parquet, make_tar, make_zip
from pictures import draw

import catsclean
from catsclean.core.manifest import Manifest
from catsclean.errors import ManifestError, UsageError


@pytest.fixture(scope="module")
def published_once(tmp_path_factory):
    """A split as somebody publishes it: train and val, with its manifest."""
    home = tmp_path_factory.mktemp("published")
    for number in range(12):
        for label, start in (("Cat", 0), ("Dog", 100)):
            place = home / "Pets" / label / f"{number}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            draw(start + number).save(place)
    (home / "Pets/Cat/0.txt").write_text("a caption")
    audit = catsclean.audit(home / "Pets", ignore="content")
    catsclean.split(audit, {"val": 0.25}, seed=0).write(home / "published")
    return home / "published"


@pytest.fixture
def published(published_once, tmp_path):
    return shutil.copytree(published_once, tmp_path / "downloaded")


def verified(folder, *arguments):
    return catsclean.verify(folder / "manifest.parquet", *arguments)


def problems(folder):
    return [(one.kind, one.path) for one in verified(folder).problems]


def first(folder, pattern):
    return min(folder.glob(pattern))


def test_what_nobody_touched_is_sound(published):
    found = verified(published)
    assert (found.is_sound, found.whole, found.problems) == (True, 24, ())
    assert found.folder == published


def test_a_flipped_bit_is_found(published):
    picture = first(published, "train/Cat/*.jpg")
    data = bytearray(picture.read_bytes())
    data[-20] ^= 1
    picture.write_bytes(bytes(data))
    assert problems(published) == [("changed", picture.relative_to(published).as_posix())]


def test_a_missing_and_an_unknown_file_are_found(published):
    gone = first(published, "val/Dog/*.jpg")
    gone.unlink()
    (published / "train/Dog/mine.jpg").write_bytes(b"mine")
    assert problems(published) == [
        ("missing", gone.relative_to(published).as_posix()),
        ("unknown", "train/Dog/mine.jpg"),
    ]


def test_a_picture_under_another_label_or_in_another_split_is_misplaced(published):
    cat = first(published, "train/Cat/*.jpg")
    cat.rename(published / "train/Dog/cat.jpg")
    val = first(published, "val/Dog/*.jpg")
    val.rename(published / "train/Dog/val.jpg")
    found = verified(published).problems
    assert [(one.kind, one.path, one.why) for one in found] == [
        ("misplaced", "train/Dog/cat.jpg", f"its place is {cat.relative_to(published).as_posix()}"),
        ("misplaced", "train/Dog/val.jpg", f"its place is {val.relative_to(published).as_posix()}"),
    ]


def test_a_copy_of_a_training_picture_in_validation_is_a_leak(tmp_path):
    root = tmp_path / "Pets"
    for split, numbers in (("train", range(6)), ("val", (5, 7, 8, 9))):
        for number in numbers:
            for label, start in (("Cat", 0), ("Dog", 100)):
                place = root / split / label / f"{number}.jpg"
                place.parent.mkdir(parents=True, exist_ok=True)
                draw(start + number).save(place)
    audit = catsclean.audit(root, ignore="content", layout="splits")
    table = audit.manifest.table.copy()
    table["split"], table["status"] = table["path"].str.split("/").str[0], "keep"
    manifest = audit.manifest.with_table(table)
    leaks = [one for one in catsclean.verify(manifest).problems if one.kind == "leak"]
    assert {one.path for one in leaks} == {
        f"{split}/{label}/5.jpg" for split in ("train", "val") for label in ("Cat", "Dog")
    }
    assert "a copy is in val: val/Cat/5.jpg" in {one.why.partition(", ")[2] for one in leaks}


def test_the_data_set_of_an_audit_is_verified_by_its_manifest(published_once):
    root = published_once.with_name("Pets")
    state = root.with_name("Pets.catsclean")
    found = catsclean.verify(state / "manifest.parquet")
    assert (found.folder, found.is_sound, found.whole) == (root, True, 24)


def test_a_csv_is_about_the_files_beside_it_or_in_the_folder_that_is_named(published, tmp_path):
    assert catsclean.verify(published / "manifest.csv").whole == 24
    moved = shutil.move(published / "manifest.csv", tmp_path / "elsewhere.csv")
    assert catsclean.verify(moved, published).whole == 24


def test_a_csv_says_no_worse_than_the_parquet_beside_it_where_its_files_are(published_once):
    state = published_once.parent / "Pets.catsclean"
    for name in ("manifest.csv", "manifest.parquet", ""):
        found = catsclean.verify(state / name)
        assert (found.folder, found.whole) == (published_once.parent / "Pets", 24)


def test_a_state_folder_that_moved_with_its_data_set_is_about_what_is_beside_it(
    published_once, tmp_path
):
    for name in ("Pets", "Pets.catsclean"):
        shutil.copytree(published_once.parent / name, tmp_path / "old" / name)
    shutil.move(tmp_path / "old", tmp_path / "new")
    for name in ("manifest.csv", "manifest.parquet"):
        found = catsclean.verify(tmp_path / "new/Pets.catsclean" / name)
        assert (found.folder, found.whole) == (tmp_path / "new/Pets", 24)


def test_a_csv_alone_asks_for_the_folder(published, tmp_path):
    alone = tmp_path / "downloads/manifest.csv"
    alone.parent.mkdir()
    shutil.move(published / "manifest.csv", alone)
    with pytest.raises(UsageError, match=r"none of them is beside it.* Name the folder, too"):
        catsclean.verify(alone)


@pytest.mark.parametrize("saved", [False, True])
def test_every_copy_that_lies_in_two_split_folders_is_a_leak(tmp_path, saved):
    places = ("train/Cat", "train/Dog", "test/Cat", "test/Dog")
    for number, place in enumerate(f"{split}/{n}.jpg" for split in places for n in range(5)):
        (tmp_path / "Own" / place).parent.mkdir(parents=True, exist_ok=True)
        draw(number).save(tmp_path / "Own" / place)
    shutil.copy(tmp_path / "Own/train/Cat/0.jpg", tmp_path / "Own/test/Cat/copy.jpg")
    for place in ("train/Cat/cut.jpg", "test/Dog/cut.jpg"):  # no loader can read these
        (tmp_path / "Own" / place).write_bytes(b"")
    audit = catsclean.audit(tmp_path / "Own", workers=1, content=False)
    if saved:  # a split of its own does not move a file
        catsclean.split(audit, keep_split=True).save()
    assert (audit.state.manifest.exists(), len(audit.leaks)) == (True, 1)
    found = catsclean.verify(audit.state.manifest).problems
    assert [(one.kind, one.path) for one in found] == [
        ("leak", "test/Cat/copy.jpg"),
        ("leak", "train/Cat/0.jpg"),
    ]


def test_what_systems_and_splits_leave_is_passed_over(published):
    (published / "train/Cat/.DS_Store").write_bytes(b"x")
    (published / "__MACOSX").mkdir()
    (published / "__MACOSX/._0.jpg").write_bytes(b"x")
    assert verified(published).is_sound


def test_what_an_audit_ignores_is_named_and_is_not_a_problem(published):
    (published / "README.md").write_text("# Pets")
    (published / "train/notes.txt").write_text("mine")
    (published / "train/nothing").touch()
    found = verified(published)
    assert (found.is_sound, found.problems) == (True, ())
    assert found.ignored == ("README.md", "train/notes.txt", "train/nothing")
    audit = catsclean.audit(published, content=False, workers=1)
    assert set(found.ignored) <= set(audit.dataset.other_files)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mine.txt", None),  # a picture that only its content tells
        ("mine", None),
        ("mine.JPG", b"mine"),
        ("mine.png", b""),
        ("mine.tiff", b"version https://git-lfs.github.com/spec/v1\n"),
        ("mine.zip", b"PK\3\4"),
        ("mine.tar", b"mine"),
    ],
)
def test_what_may_be_a_picture_that_nobody_knows_is_unknown_whatever_its_name(
    published, name, data
):
    if data is None:
        draw(77).save(published / "train/mine.jpg")
        data = (published / "train/mine.jpg").read_bytes()
        (published / "train/mine.jpg").unlink()
    (published / "train" / name).write_bytes(data)
    found = verified(published)
    assert [(one.kind, one.path) for one in found.problems] == [("unknown", f"train/{name}")]
    assert (found.is_sound, found.ignored) == (False, ())


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_with_the_name_of_a_text_is_unknown_and_not_read(published, tmp_path):
    (tmp_path / "secret.txt").write_text("mine")
    (published / "notes.txt").symlink_to(tmp_path / "secret.txt")
    assert problems(published) == [("unknown", "notes.txt")]


def test_a_larger_file_than_an_audit_reads_is_unknown(published, monkeypatch):
    (published / "film.mp4").write_bytes(b"x" * 2_000)
    monkeypatch.setattr("catsclean.auditing.file_digests._READ_BYTES", 1_999)
    assert problems(published) == [("unknown", "film.mp4")]
    monkeypatch.setattr("catsclean.auditing.file_digests._READ_BYTES", 2_000)
    assert verified(published).ignored == ("film.mp4",)


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_in_the_place_of_a_picture_is_not_followed(published, tmp_path):
    picture = first(published, "val/Cat/*.jpg")
    target = tmp_path / "target.jpg"
    shutil.move(picture, target)
    picture.symlink_to(target)
    ((kind, path),) = problems(published)
    assert (kind, path) == ("unread", picture.relative_to(published).as_posix())


def test_a_folder_that_does_not_exist_and_a_damaged_manifest_are_refused(published, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        verified(published, tmp_path / "nowhere")
    (published / "manifest.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(ManifestError):
        verified(published)


def test_its_progress_counts_the_files(published):
    told = []
    catsclean.verify(published / "manifest.parquet", progress=lambda *now: told.append(now))
    assert told[-1] == (24, 24)


@pytest.fixture
def shards(published_once, tmp_path):
    """The same split as tar shards."""
    audit = catsclean.load_audit(published_once.with_name("Pets"))
    return catsclean.split(audit, {"val": 0.25}, seed=0).write_shards(tmp_path / "shards").folder


def test_tar_shards_are_read_as_their_manifest_lists_them(shards):
    found = verified(shards)
    assert (found.is_sound, found.whole, found.folder) == (True, 24, shards)


def test_a_changed_and_a_missing_member_of_a_shard_are_found(shards):
    shard = shards / "train-000000.tar"
    data = bytearray(shard.read_bytes())
    at = data.find(b"\xff\xda") + 40  # the pixels of the first picture
    data[at] ^= 1
    shard.write_bytes(bytes(data))
    (shards / "val-000000.tar").unlink()
    kinds = [kind for kind, _ in problems(shards)]
    assert kinds == ["missing"] * 6 + ["changed"]


def test_a_shard_that_is_cut_is_named_with_what_it_lost(shards):
    shard = shards / "train-000000.tar"
    shard.write_bytes(shard.read_bytes()[: shard.stat().st_size // 2])
    found = problems(shards)
    assert ("unread", "train-000000.tar") in found
    assert sum(kind == "missing" for kind, _ in found) > 3


def members_of(shard):
    with tarfile.open(shard) as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}


def changed_shard(shards, changes):
    """Write a shard again with other members; None removes one."""
    path = shards / "train-000000.tar"
    files = {name: data for name, data in (members_of(path) | changes).items() if data is not None}
    make_tar(path, files)
    return path


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({".cls": b"7"}, "its .cls says 7; the number of {label} is {number}"),
        ({".cls": b"Bird"}, "its .cls says Bird; the number of {label} is {number}"),
        ({".cls": b""}, "its .cls says no label; the number of {label} is {number}"),
        ({".cls": None}, "its .cls is missing; the manifest says {label}"),
        ({".label": None}, "its .label is missing; the manifest says {label}"),
        ({".label": b"Bird"}, "its .label says Bird; the manifest says {label}"),
        ({".LABEL": b"Bird"}, "its .label says Bird; the manifest says {label}"),
    ],
)
def test_each_label_in_a_shard_has_to_agree_with_the_manifest(shards, changes, why):
    files = members_of(shards / "train-000000.tar")
    label, number = files["000000003.label"].decode(), files["000000003.cls"].decode()
    changed_shard(shards, {f"000000003{ending}": data for ending, data in changes.items()})
    (found,) = verified(shards).problems
    assert (found.kind, found.path) == ("relabelled", "train-000000.tar/000000003.jpg")
    assert found.why == why.format(label=label, number=number)


def test_numbers_of_two_classes_that_are_swapped_throughout_are_found(shards):
    for shard in shards.glob("*.tar"):
        files = members_of(shard)
        numbers = {name: data for name, data in files.items() if name.endswith(".cls")}
        swapped = {name: b"1" if data == b"0" else b"0" for name, data in numbers.items()}
        make_tar(shard, files | swapped)
    assert [one.kind for one in verified(shards).problems] == ["relabelled"] * 24


@pytest.mark.parametrize(
    "name", ["strange.cls", "000000003.exe", "999999999.label", "999999999.jpg", "notes/read.me"]
)
def test_a_member_of_a_shard_that_the_manifest_does_not_know_is_named(shards, name):
    changed_shard(shards, {name: b"0"})
    assert problems(shards) == [("unknown", f"train-000000.tar/{name}")]


def test_a_second_label_file_of_the_same_name_is_unknown(shards):
    path = shards / "train-000000.tar"
    files = members_of(path)
    with tarfile.open(path, "w") as archive:
        for name, data in [("000000003.cls", b"7"), *files.items()]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    ((kind, where),) = problems(shards)
    assert (kind, where.partition("@")[0]) == ("unknown", "train-000000.tar/000000003.cls")


@pytest.fixture
def foreign(published_once, tmp_path):
    """Shards as somebody else writes them: numbers in an order of their own, and arrays."""
    files = {}
    for at, (path, data) in enumerate(files_of(published_once.with_name("Pets")).items()):
        if path.endswith(".jpg"):
            label = path.partition("/")[0]
            number = b"12" if label == "Cat" else b"5"
            files |= {f"{at}.jpg": data, f"{at}.label": label.encode(), f"{at}.cls": number}
            files[f"{at}.npy"] = b"array"
    return make_tar(tmp_path / "foreign.tar", files)


def test_the_number_of_a_label_is_the_one_that_most_of_its_pictures_have(foreign):
    manifest = audited_archive(foreign)
    assert catsclean.verify(manifest).is_sound
    make_tar(foreign, members_of(foreign) | {"3.cls": b"5"})
    (wrong,) = catsclean.verify(manifest, foreign).problems
    assert (wrong.kind, wrong.path) == ("relabelled", "3.jpg")
    assert wrong.why == "its .cls says 5; the number of Cat is 12"


def test_annotations_beside_the_pictures_of_shards_are_passed_over(foreign, tmp_path):
    audit = catsclean.audit(foreign, content=False, workers=1)
    written = catsclean.split(audit, {"val": 0.25}).write_shards(tmp_path / "written")
    assert written.sidecars == 24
    assert written.verify().is_sound


def audited_archive(path):
    catsclean.audit(path, content=False, workers=1)
    return path.with_name(f"{path.name}.catsclean") / "manifest.parquet"


def test_an_archive_is_verified_by_the_manifest_of_its_audit(published_once, tmp_path):
    path = make_zip(tmp_path / "pets.zip", files_of(published_once.with_name("Pets")))
    manifest = audited_archive(path)
    found = catsclean.verify(manifest)
    assert (found.is_sound, found.whole, found.folder) == (True, 24, path)
    files = files_of(published_once.with_name("Pets"))
    files["Cat/1.jpg"] = files["Cat/2.jpg"]
    make_zip(path, files)
    assert [one.kind for one in catsclean.verify(manifest, path).problems] == ["changed"]


def test_a_table_that_records_another_label_is_found(published_once, tmp_path):
    folder = published_once.with_name("Pets")
    rows = [(path.name, path.read_bytes()) for path in sorted((folder / "Cat").glob("*.jpg"))]
    path = make_parquet(tmp_path / "pets.parquet", rows, [0, 1] * 6, ["Cat", "Dog"])
    manifest = audited_archive(path)
    assert catsclean.verify(manifest).is_sound
    make_parquet(path, rows, [1, 1, *[0, 1] * 5], ["Cat", "Dog"])
    (wrong,) = catsclean.verify(manifest, path).problems
    assert (wrong.kind, wrong.why) == ("relabelled", "labelled Dog; the manifest says Cat")


def test_an_archive_of_other_things_beside_the_pictures_is_an_unknown_file(published, tmp_path):
    make_tar(published / "train/notes.tar", {"a.jpg": b"x"})
    assert problems(published) == [("unknown", "train/notes.tar")]


def test_a_copy_of_a_validation_picture_among_those_for_training_is_a_leak(published):
    val = first(published, "val/Dog/*.jpg")
    train = first(published, "train/Dog/*.jpg")
    shutil.copy(val, published / "train/Dog/copy.jpg")
    shutil.copy(val, train)
    here, there = (one.relative_to(published).as_posix() for one in (train, val))
    found = verified(published).problems
    assert [(one.kind, one.path) for one in found] == [
        ("changed", here),
        *(("leak", path) for path in sorted([here, "train/Dog/copy.jpg"])),
    ]
    assert found[0].why == f"has the bytes of {there}"
    assert {one.why for one in found[1:]} == {f"is in train, a copy is in val: {there}"}


def test_a_picture_that_was_moved_over_another_is_missing_and_the_other_changed(published):
    val = first(published, "val/Dog/*.jpg")  # a cat has a caption, which would be left alone
    train = first(published, "train/Cat/*.jpg")
    val.replace(train)
    here, gone = (one.relative_to(published).as_posix() for one in (train, val))
    found = verified(published)
    assert [(one.kind, one.path, one.why) for one in found.problems] == [
        ("missing", gone, "is not there"),
        ("changed", here, f"has the bytes of {gone}"),
    ]
    assert (found.is_sound, found.whole) == (False, 22)


def test_two_pictures_that_changed_places_are_no_leak(published):
    val, train = first(published, "val/Cat/*.jpg"), first(published, "train/Cat/*.jpg")
    old = val.read_bytes()
    val.write_bytes(train.read_bytes())
    train.write_bytes(old)
    assert [kind for kind, _ in problems(published)] == ["changed", "changed"]


def test_a_picture_that_takes_one_of_its_group_to_another_split_is_a_leak(published):
    gone, member = sorted(published.glob("val/Dog/*.jpg"))[:2]
    paths = [one.relative_to(published).as_posix() for one in (gone, member)]
    manifest = Manifest.load(published / "manifest.parquet")
    table = manifest.table.copy()
    table.loc[table["path"].isin(paths), "group"] = "twins"
    gone.replace(published / "train/Dog/moved.jpg")
    found = catsclean.verify(manifest.with_table(table), published).problems
    assert [(one.kind, one.path, one.why) for one in found] == [
        ("misplaced", "train/Dog/moved.jpg", f"its place is {paths[0]}"),
        ("leak", "train/Dog/moved.jpg", f"is in train, a copy is in val: {paths[1]}"),
    ]


def test_a_leak_of_the_manifest_whose_copy_is_gone_is_none(published):
    train, val = first(published, "train/Dog/*.jpg"), first(published, "val/Dog/*.jpg")
    paths = [one.relative_to(published).as_posix() for one in (train, val)]
    manifest = Manifest.load(published / "manifest.parquet")
    table = manifest.table.copy()
    table.loc[table["path"].isin(paths), "group"] = "twins"
    leaky = manifest.with_table(table)
    assert [one.kind for one in catsclean.verify(leaky, published).problems] == ["leak"] * 2
    val.unlink()
    assert [one.kind for one in catsclean.verify(leaky, published).problems] == ["missing"]


def test_a_copy_within_a_split_is_an_unknown_file(published):
    shutil.copy(first(published, "train/Dog/*.jpg"), published / "train/Dog/copy.jpg")
    assert problems(published) == [("unknown", "train/Dog/copy.jpg")]


def test_the_folder_of_a_split_stands_for_its_manifest(published, tmp_path):
    assert catsclean.verify(published).whole == 24
    with pytest.raises(UsageError, match="no manifest in this folder"):
        catsclean.verify(tmp_path)
