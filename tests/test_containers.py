"""One set of pictures in a folder, in tar shards, a zip archive and Parquet: the same verdicts."""

import os
import re
import tarfile
import zipfile

import pytest
from packed import files_of, make_parquet, make_tar, make_zip
from pictures import jpeg, make_dataset

import catsclean
from catsclean.errors import DatasetError, UsageError

PREFIX = re.compile(r"(shard-\d+\.(tar|parquet)/|PetImages/)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make a small set with something of everything that lies within files."""
    root = make_dataset(tmp_path_factory.mktemp("set") / "PetImages", {"Cat": 7, "Dog": 7})
    (root / "Cat/empty.jpg").touch()
    (root / "Cat/cut.jpg").write_bytes(jpeg(50)[:900])
    (root / "Cat/copy.jpg").write_bytes((root / "Cat/1.jpg").read_bytes())
    (root / "Dog/conflict.jpg").write_bytes((root / "Cat/2.jpg").read_bytes())
    (root / "Dog/text.jpg").write_text("not a picture")
    (root / "Dog/[bold]x.jpg").write_bytes(jpeg(60))
    return root


def halves(folder):
    files = files_of(folder)
    names = sorted(files)
    return [{name: files[name] for name in names[start::2]} for start in (0, 1)]


def as_tar(folder, place):
    for number, files in enumerate(halves(folder)):
        make_tar(place / f"shards/shard-{number:06d}.tar", files)
    return place / "shards"


def as_webdataset(folder, place):
    for number, files in enumerate(halves(folder)):
        packed = {}
        for name, data in files.items():
            packed[name.replace("/", "_")] = data
            packed[name.replace("/", "_").partition(".")[0] + ".cls"] = name[:3].encode()
        make_tar(place / f"shards/shard-{number:06d}.tar", packed)
    return place / "shards"


def as_zip(folder, place):
    return make_zip(
        place / "all.zip", {f"PetImages/{name}": data for name, data in files_of(folder).items()}
    )


def as_parquet(folder, place):
    for number, files in enumerate(halves(folder)):
        labels = [["Cat", "Dog"].index(name[:3]) for name in files]
        path = place / f"tables/shard-{number:05d}.parquet"
        make_parquet(path, files.items(), labels, ["Cat", "Dog"])
    return place / "tables"


FORMS = {"tar": as_tar, "zip": as_zip, "parquet": as_parquet}


def aged(packed):
    """Make containers old enough for their times to be trusted."""
    for path in packed.iterdir() if packed.is_dir() else [packed]:
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return packed


def plain(text):
    return PREFIX.sub("", text or "")


def findings_of(audit):
    return sorted(
        (f.validator, plain(f.path), plain(f.message), f.fix.value, sorted(map(plain, f.related)))
        for f in audit.findings
    )


def rows_of(audit):
    table = audit.manifest.table.drop(columns=["mtime_ns"]).astype(object)
    table["path"] = table["path"].map(plain)
    table = table.sort_values("path", ignore_index=True)
    return table.where(table.notna(), None).to_dict("list")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("form", FORMS)
def test_verdicts_are_those_of_the_folder(folder, tmp_path, form, workers):
    expected = catsclean.audit(folder, save=False, cache=False, content=False)
    packed = FORMS[form](folder, tmp_path)
    found = catsclean.audit(packed, save=False, cache=False, content=False, workers=workers)
    assert findings_of(found) == findings_of(expected)
    assert rows_of(found) == rows_of(expected)


def test_labels_beside_pictures_are_the_labels(folder, tmp_path):
    audit = catsclean.audit(as_webdataset(folder, tmp_path), save=False, cache=False, content=False)
    assert audit.dataset.labels == ["Cat", "Dog"]
    assert audit.dataset.label_source.kind == "container"
    assert set(audit.manifest.table["path"].str.endswith(".cls")) == {False}


def test_an_unchanged_container_is_not_read_again(folder, tmp_path):
    packed = aged(as_tar(folder, tmp_path))
    catsclean.audit(packed, content=False)
    again = catsclean.audit(packed, content=False)
    assert again.summary["files_read"] == 0


def test_a_changed_shard_alone_is_read_again(folder, tmp_path):
    packed = aged(as_tar(folder, tmp_path))
    first = catsclean.audit(packed, content=False)
    make_tar(packed / "shard-000001.tar", {"Cat/new.jpg": jpeg(99)})
    again = catsclean.audit(packed, content=False)
    assert again.summary["files_read"] == 1
    assert len(again.manifest) < len(first.manifest)


def test_nothing_is_written_into_a_container_or_its_folder(folder, tmp_path):
    packed = as_tar(folder, tmp_path)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in packed.iterdir()}
    audit = catsclean.audit(packed, content=False)
    catsclean.split(audit, {"train": 0.5, "val": 0.5}).write(tmp_path / "out")
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in packed.iterdir()}
    assert after == before


@pytest.mark.parametrize("form", FORMS)
def test_a_split_of_containers_is_that_of_the_folder(folder, tmp_path, form):
    written = []
    for root in (folder, FORMS[form](folder, tmp_path)):
        audit = catsclean.audit(root, content=False, state_dir=tmp_path / f"{root.name}.state")
        split = catsclean.split(audit, {"train": 0.5, "val": 0.5})
        written.append(files_of(split.write(tmp_path / f"{root.name}-out").folder))
    expected, found = (
        sorted(data for name, data in files.items() if name.endswith(".jpg")) for files in written
    )
    assert found == expected
    again = split.write(tmp_path / f"{root.name}-out")
    assert again.reused


@pytest.mark.parametrize("link", ["hardlink", "symlink", "reflink"])
def test_pictures_in_containers_are_never_linked(folder, tmp_path, link):
    audit = catsclean.audit(as_zip(folder, tmp_path), content=False)
    split = catsclean.split(audit, {"train": 0.5, "val": 0.5})
    with pytest.raises(UsageError, match="can only be copied"):
        split.write(tmp_path / "out", link)


def test_a_container_that_changed_since_the_audit_is_not_split(folder, tmp_path):
    packed = as_zip(folder, tmp_path)
    split = catsclean.split(catsclean.audit(packed, content=False), {"train": 0.5, "val": 0.5})
    make_zip(packed, {f"PetImages/{name}": jpeg(77) for name in files_of(folder)})
    with pytest.raises(catsclean.errors.SplitError, match="do not match the audit"):
        split.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("plan", [catsclean.plan_cleaning, catsclean.plan_repairs])
def test_pictures_in_containers_are_never_moved(folder, tmp_path, plan):
    packed = as_zip(folder, tmp_path)
    audit = catsclean.audit(packed, content=False)
    for given in (audit, packed):
        with pytest.raises(UsageError, match="where catsclean moves and changes nothing"):
            plan(given)


def test_the_report_shows_pictures_from_containers(folder, tmp_path):
    audit = catsclean.audit(as_tar(folder, tmp_path), content=False)
    audit.save_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/") > 2


def test_several_folders_are_refused(folder, tmp_path):
    with pytest.raises(DatasetError, match="several paths must be containers"):
        catsclean.audit([folder, tmp_path])


def test_a_damaged_shard_makes_the_audit_incomplete(folder, tmp_path):
    packed = as_tar(folder, tmp_path)
    (packed / "shard-000002.tar").write_bytes(b"damaged" * 100)
    audit = catsclean.audit(packed, content=False)
    assert audit.incomplete
    assert [f.path for f in audit.findings if f.validator == "unreadable"] == ["shard-000002.tar"]


def test_a_picture_that_does_not_unpack_costs_one_finding(folder, tmp_path):
    packed = as_zip(folder, tmp_path)
    with zipfile.ZipFile(packed) as archive:
        info = archive.getinfo("PetImages/Cat/0.jpg")
    data = bytearray(packed.read_bytes())
    data[info.header_offset + 60 : info.header_offset + 90] = b"\xff" * 30
    packed.write_bytes(data)
    audit = catsclean.audit(packed, content=False)
    unreadable = [f.path for f in audit.findings if f.validator == "unreadable"]
    assert unreadable == ["PetImages/Cat/0.jpg"]


def test_hostile_names_in_a_container_reach_no_file(tmp_path):
    link = tarfile.TarInfo("Cat/passwd.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    names = ["../up.jpg", "/root.jpg", "Cat/../../up.jpg", "Cat/\x1b[31m.jpg"]
    packed = make_tar(tmp_path / "in/a.tar", {name: jpeg(n) for n, name in enumerate(names)}, link)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    audit = catsclean.audit(packed, content=False, save=False, cache=False)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    special = {f.path for f in audit.findings if f.validator == "special-file"}
    assert special == {"(..)/up.jpg", "(root)/root.jpg", "Cat/(..)/(..)/up.jpg", "Cat/passwd.jpg"}


def test_a_single_picture_can_be_read_wherever_it_lies(folder, tmp_path):
    expected = (folder / "Cat/1.jpg").read_bytes()
    for root, path in (
        (folder, "Cat/1.jpg"),
        (as_zip(folder, tmp_path), "PetImages/Cat/1.jpg"),
    ):
        audit = catsclean.audit(root, save=False, cache=False, content=False)
        assert audit.read_bytes(path) == expected
        with pytest.raises(UsageError, match="no such sample"):
            audit.read_bytes("../x.jpg")


@pytest.mark.parametrize("form", FORMS)
def test_copies_in_containers_are_found(folder, tmp_path, form):
    groups = catsclean.find_duplicates(FORMS[form](folder, tmp_path))
    names = {frozenset(plain(member) for member in group.members) for group in groups}
    assert frozenset({"Cat/1.jpg", "Cat/copy.jpg"}) in names
