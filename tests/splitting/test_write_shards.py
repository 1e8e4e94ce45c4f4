"""Tar shards: what is in them, what an audit makes of them, and that they appear whole or not."""

import errno
import os
import shutil
import signal
import tarfile

import faults
import pytest
from packed import files_of, make_parquet, make_tar, make_zip
from pictures import jpeg, make_dataset

import catsclean
from catsclean.core.manifest import Manifest
from catsclean.errors import SplitError, UsageError
from catsclean.splitting import split, write_shards
from catsclean.splitting.packed_pictures import PackedPictures

NAMING_THEIR_FOLDER = {"manifest.parquet", "manifest.csv", "croissant.json", "split.json"}


LABELS = ["Cat", "Dog"]


def shards_of(folder):
    return {name: data for name, data in files_of(folder).items() if name.endswith(".tar")}


def contents(folder):
    """Read the members of all shards: path of the shard and name → bytes."""
    found = {}
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as archive:
            for info in archive:
                found[f"{path.name}/{info.name}"] = archive.extractfile(info).read()
    return found


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    root = make_dataset(tmp_path_factory.mktemp("set") / "Pets", {"Cat": 8, "Dog": 8})
    (root / "Cat/copy.jpg").write_bytes((root / "Cat/1.jpg").read_bytes())
    (root / "Cat/empty.jpg").touch()
    return catsclean.audit(root, content=False)


@pytest.fixture
def halves(pets):
    return split(pets, {"val": 0.5})


def rewritten(path):
    """Write the members of a shard again with tarfile alone."""
    again = path.with_suffix(".again")
    with tarfile.open(path) as old, tarfile.open(again, "w", format=tarfile.PAX_FORMAT) as new:
        for info in old:
            made = tarfile.TarInfo(info.name)
            made.size = info.size
            new.addfile(made, old.extractfile(info))
    data = again.read_bytes()
    again.unlink()
    return data


def test_an_audit_of_shards_finds_their_labels_and_splits_and_no_leak(audited, tmp_path):
    parts = catsclean.split(audited, {"val": 0.25, "test": 0.25})
    written = parts.write_shards(tmp_path / "out", samples_per_shard=3)
    found = catsclean.audit(tmp_path / "out", content=False)
    expected = parts.manifest.table.dropna(subset="split")

    def rows(table):
        return sorted(table[["sha256", "label", "split"]].itertuples(index=False, name=None))

    assert rows(found.manifest.table) == rows(expected) == rows(written.manifest.table)
    assert list(found.manifest.table["path"]) == list(written.manifest.table["path"])
    assert found.leaks == ()
    assert {f.validator for f in found.findings} <= {"small-class", "exact-duplicate"}
    assert written.shards == len(shards_of(tmp_path / "out")) > 3


def test_hugging_face_reads_numbers_and_names_of_classes(audited, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "hf")
    datasets.disable_progress_bars()
    parts = catsclean.split(audited, {"val": 0.5})
    parts.write_shards(tmp_path / "out", samples_per_shard=5)
    files = {split: str(tmp_path / f"out/{split}-*.tar") for split in ("train", "val")}
    found = datasets.load_dataset("webdataset", data_files=files)
    table = parts.manifest.table.dropna(subset="split")
    for split_, rows in table.groupby("split"):
        assert sorted(found[split_]["label"]) == sorted(text.encode() for text in rows["label"])
        assert sorted(found[split_]["cls"]) == sorted(LABELS.index(text) for text in rows["label"])
        assert {picture.size for picture in found[split_]["jpg"]}


def test_a_shard_is_what_tarfile_would_write(halves, pets, tmp_path):
    written = halves.write_shards(tmp_path / "out", samples_per_shard=4)
    for path in (tmp_path / "out").glob("*.tar"):
        assert path.read_bytes() == rewritten(path)
    found = contents(tmp_path / "out")
    for row in written.manifest.table.itertuples():
        assert found.pop(row.path) == (pets.root / row.source_path).read_bytes()
        assert found.pop(row.path.replace(".jpg", ".label")) == row.label.encode()
        # loaders read a number there, and refuse a name
        assert found.pop(row.path.replace(".jpg", ".cls")) == str(LABELS.index(row.label)).encode()
    assert not found


def test_the_same_call_writes_the_same_bytes(halves, pets, tmp_path):
    halves.write_shards(tmp_path / "one")
    for path in pets.root.rglob("*.jpg"):
        os.utime(path, (0, 0))  # as a copy of the data set elsewhere
    halves.write_shards(tmp_path / "two")
    assert shards_of(tmp_path / "one") == shards_of(tmp_path / "two")
    halves.write_shards(tmp_path / "three", seed=1)
    assert shards_of(tmp_path / "one") != shards_of(tmp_path / "three")


def test_descriptions_lie_beside_the_shards(halves, tmp_path):
    written = halves.write_shards(tmp_path / "out")
    for name in ("manifest.parquet", "manifest.csv"):
        table = Manifest.load(tmp_path / "out" / name, tmp_path / "out").table
        assert list(table["path"]) == list(written.manifest.table["path"])
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "train-000000.tar", "val-000000.tar", *NAMING_THEIR_FOLDER,
    }  # fmt: skip


def test_sidecar_files_go_along_and_label_files_do_not(halves, pets, tmp_path):
    (pets.root / "Cat/0.txt").write_text("a caption")
    (pets.root / "Cat/0.jpg.json").write_text("{}")
    (pets.root / "Cat/0.cls").write_text("Dog")
    written = halves.write_shards(tmp_path / "out", sidecars=[".txt", ".json", ".cls"])
    assert written.sidecars == 2
    [place] = written.manifest.table.query("source_path == 'Cat/0.jpg'")["path"]
    found = contents(tmp_path / "out")
    stem = place.removesuffix(".jpg")
    assert {name.removeprefix(stem): data for name, data in found.items() if stem in name} == {
        ".jpg": (pets.root / "Cat/0.jpg").read_bytes(),
        ".cls": b"0",
        ".label": b"Cat",
        ".txt": b"a caption",
        ".jpg.json": b"{}",
    }
    assert halves.write_shards(tmp_path / "bare", sidecars=[]).sidecars == 0


def as_webdataset(files, place):
    packed = {}
    for name, data in files.items():
        key = name.replace("/", "_").removesuffix(".jpg")
        packed |= {f"{key}.jpg": data, f"{key}.cls": name[:3].encode(), f"{key}.json": b"{}"}
    return make_tar(place / "in.tar", packed)


def as_zip(files, place):
    return make_zip(place / "in.zip", files)


def as_parquet(files, place):
    # the rows lie in another order than their names
    rows = sorted(files.items(), reverse=True)
    labels = [["Cat", "Dog"].index(name[:3]) for name, _ in rows]
    return make_parquet(place / "in.parquet", rows, labels, ["Cat", "Dog"])


@pytest.mark.parametrize("pack", [as_webdataset, as_zip, as_parquet])
def test_shards_are_written_from_containers(audited, tmp_path, pack):
    files = {name: data for name, data in files_of(audited.root).items() if data}
    packed = pack(files, tmp_path)
    before = packed.read_bytes()
    parts = catsclean.split(catsclean.audit(packed, content=False), {"val": 0.5})
    written = parts.write_shards(tmp_path / "out", samples_per_shard=5)
    found = contents(tmp_path / "out")
    table = written.manifest.table
    for row in table.itertuples():
        assert found[row.path.replace(".jpg", ".label")] == row.label.encode()
    # of two exact copies, one is dropped
    assert sorted(found[path] for path in table["path"]) == sorted(set(files.values()))
    beside = sum(name.endswith(".json") for name in found)
    assert beside == written.sidecars == (len(table) if pack is as_webdataset else 0)
    assert packed.read_bytes() == before
    assert parts.write_shards(tmp_path / "out", samples_per_shard=5).reused


def test_a_container_is_read_from_start_to_end(audited, tmp_path, monkeypatch):
    files = {name: data for name, data in files_of(audited.root).items() if data}
    packed = as_parquet(files, tmp_path)
    parts = catsclean.split(catsclean.audit(packed, content=False), {"val": 0.5})
    read = []
    opening = PackedPictures.open
    monkeypatch.setattr(
        PackedPictures, "open", lambda self, path: read.append(path) or opening(self, path)
    )
    parts.write_shards(tmp_path / "out", samples_per_shard=3)
    assert len(read) > 10
    assert read == sorted(read, reverse=True)  # so lie the rows of this table


def test_a_sidecar_file_of_several_pictures_goes_along_with_each(tmp_path):
    files = {
        "a.jpg": jpeg(1), "a.mask.jpg": jpeg(2), "a.cls": b"Cat", "a.txt": b"both",
        "b.jpg": jpeg(3), "b.cls": b"Dog", "b.npy": b"array",
    }  # fmt: skip
    parts = catsclean.split(
        catsclean.audit(make_tar(tmp_path / "in.tar", files), content=False), {"val": 1}
    )
    parts.write_shards(tmp_path / "out")
    found = list(contents(tmp_path / "out").values())
    assert found.count(b"both") == 2
    assert found.count(b"array") == 1
    parts.write_shards(tmp_path / "text", sidecars=[".txt"])
    assert b"array" not in contents(tmp_path / "text").values()


def test_the_same_split_is_used_again_and_a_changed_one_refused(halves, tmp_path):
    out = tmp_path / "out"
    first = halves.write_shards(out, samples_per_shard=4)
    assert not first.reused
    again = halves.write_shards(out, samples_per_shard=4)
    assert again.reused
    assert again.copied_bytes == 0
    assert again.shards == first.shards
    os.utime(out / "train-000000.tar", (0, 0))  # then its bytes are compared
    assert halves.write_shards(out, samples_per_shard=4).reused
    for position in (0, 700, -1):
        data = bytearray((out / "train-000000.tar").read_bytes())
        data[position] ^= 1
        (out / "train-000000.tar").write_bytes(data)
        with pytest.raises(SplitError, match=r"1 changed: 'train-000000.tar'"):
            halves.write_shards(out, samples_per_shard=4)
        data[position] ^= 1
        (out / "train-000000.tar").write_bytes(data)
    (out / "train-000099.tar").touch()
    with pytest.raises(SplitError, match=r"1 added: 'train-000099.tar'"):
        halves.write_shards(out, samples_per_shard=4)
    (out / "train-000000.tar").unlink()
    with pytest.raises(SplitError, match=r"1 missing: 'train-000000.tar'"):
        halves.check_shards(out, samples_per_shard=4)


def test_nothing_that_is_there_is_overwritten(halves, pets, tmp_path):
    halves.write(tmp_path / "folders")
    halves.write_shards(tmp_path / "shards")
    before = files_of(tmp_path)
    for call in (
        lambda: halves.write_shards(tmp_path / "folders"),
        lambda: halves.write_shards(tmp_path / "shards", samples_per_shard=2),
        lambda: halves.write_shards(tmp_path / "shards", seed=1),
        lambda: halves.write(tmp_path / "shards"),
    ):
        with pytest.raises(SplitError, match="so it is not overwritten"):
            call()
    with pytest.raises(UsageError, match="must not be inside its data set"):
        halves.write_shards(pets.root / "out")
    assert files_of(tmp_path) == before


def test_a_picture_that_changed_since_the_audit_is_named_and_nothing_written(
    halves, pets, tmp_path
):
    victim = pets.root / "Cat/0.jpg"
    victim.write_bytes(victim.read_bytes()[::-1])
    for call in (halves.check_shards, halves.write_shards):
        with pytest.raises(SplitError, match=r"Cat/0\.jpg changed since the audit"):
            call(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["Pets"]


@pytest.mark.parametrize(
    "change", [lambda data: data[::-1], lambda data: data[:-1], lambda data: data * 2]
)
def test_a_picture_that_changes_while_shards_are_written_is_named(
    halves, pets, tmp_path, monkeypatch, change
):
    monkeypatch.setattr(write_shards, "check_sources", lambda *_: None)
    victim = pets.root / "Cat/0.jpg"
    victim.write_bytes(change(victim.read_bytes()))
    with pytest.raises(SplitError, match=r"Cat/0\.jpg changed since the audit"):
        halves.write_shards(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["Pets"]


def test_a_container_that_changed_since_the_audit_is_not_written(audited, tmp_path):
    files = {name: data for name, data in files_of(audited.root).items() if data}
    packed = make_tar(tmp_path / "in/a.tar", files)
    parts = catsclean.split(catsclean.audit(packed, content=False), {"val": 0.5})
    make_tar(packed, {name: jpeg(77) for name in files})
    with pytest.raises(SplitError, match="changed since the audit: its bytes differ"):
        parts.write_shards(tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))


def test_a_full_disk_is_noticed_before_anything_is_copied(halves, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(write_shards, "_fill", lambda *_: pytest.fail("copied"))
    with pytest.raises(SplitError, match=r"Nothing of it remains. Free some space first"):
        halves.write_shards(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["Pets"]


def test_a_file_system_that_reserves_no_space_will_do(halves, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    halves.write_shards(tmp_path / "one")
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    halves.write_shards(tmp_path / "two")
    assert shards_of(tmp_path / "one") == shards_of(tmp_path / "two")


def test_more_shards_than_can_be_open_at_once_are_written(halves, tmp_path, monkeypatch):
    halves.write_shards(tmp_path / "one", samples_per_shard=1)
    monkeypatch.setattr(write_shards, "_MOST_OPEN", 2)
    halves.write_shards(tmp_path / "two", bytes_per_shard=1)
    assert len(shards_of(tmp_path / "one")) == 12
    assert shards_of(tmp_path / "one") == shards_of(tmp_path / "two")


@pytest.mark.parametrize("number", [0, -1, 2.5, "3", True])
@pytest.mark.parametrize("name", ["samples_per_shard", "bytes_per_shard"])
def test_limits_of_shards_are_whole_numbers(halves, tmp_path, name, number):
    with pytest.raises(UsageError, match=f"{name} must be a whole number"):
        halves.write_shards(tmp_path / "out", **{name: number})


def test_progress_counts_the_files(halves, tmp_path):
    seen = []
    halves.write_shards(tmp_path / "out", lambda *numbers: seen.append(numbers))
    assert seen == [(number, 12) for number in range(1, 13)]


def write(parts, out, fault):
    fault()
    parts.write_shards(out, samples_per_shard=2)


@pytest.fixture
def few(pets):
    keep = pets.table["path"].isin(["Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg", "Dog/1.jpg"])
    return split(pets.with_table(pets.table[keep].reset_index(drop=True)), {"val": 0.5})


def is_whole(out, wanted):
    found = files_of(out)
    return found.keys() == wanted.keys() and all(
        found[name] == wanted[name] for name in wanted.keys() - NAMING_THEIR_FOLDER
    )


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_kill_at_any_step_leaves_nothing_or_all_and_the_same_call_completes(few, tmp_path):
    few.write_shards(tmp_path / "whole", samples_per_shard=2)
    wanted = files_of(tmp_path / "whole")
    for number in range(1000):
        out = tmp_path / "out"
        code = faults.in_child(write, few, out, lambda n=number: faults.kill_at(n))
        assert code in {0, -signal.SIGKILL}
        assert not out.exists() or is_whole(out, wanted)
        few.write_shards(out, samples_per_shard=2)
        assert is_whole(out, wanted)
        assert not list(tmp_path.glob(".out*"))
        shutil.rmtree(out)
        if code == 0:
            break
    assert number > 30


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_full_disk_leaves_nothing_and_the_same_call_completes(few, tmp_path):
    few.write_shards(tmp_path / "whole", samples_per_shard=2)
    wanted = files_of(tmp_path / "whole")
    for number in range(1000):
        out = tmp_path / "out"
        code = faults.in_child(
            faults.full_disk_is_told, write, few, out, lambda n=number: faults.fill_disk_at(n)
        )
        assert code in {0, 2}, f"no clear message at {number}"
        assert not out.exists() or is_whole(out, wanted)
        few.write_shards(out, samples_per_shard=2)
        assert is_whole(out, wanted)
        shutil.rmtree(out)
        if code == 0:
            break
    assert number > 10
