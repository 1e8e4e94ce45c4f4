"""Files that belong to a picture by their name go along with it into a split."""

import hashlib

import pytest

from catsclean.core.manifest import Manifest
from catsclean.errors import SplitError, UsageError
from catsclean.splitting import split
from catsclean.splitting.write import write_split


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.fixture
def boxed(pets):
    """Every picture has boxes; some have more beside them."""
    for path in pets.table["path"]:
        target = pets.root / path
        target.with_suffix(".txt").write_bytes(f"boxes of {path}".encode())
    (pets.root / "Cat/0.jpg.json").write_bytes(b"json of Cat/0")
    (pets.root / "Cat/classes.txt").write_bytes(b"no picture's")
    return pets


@pytest.mark.parametrize("link", ["copy", "hardlink", "symlink", "auto"])
def test_each_sidecar_file_lies_beside_its_picture(boxed, tmp_path, link):
    written = split(boxed, {"val": 0.5}).write(tmp_path / "out", link)
    found = tree(tmp_path / "out")
    table = written.manifest.table
    for place, source in zip(table["path"], table["source_path"], strict=True):
        assert found[place.replace(".jpg", ".txt")] == f"boxes of {source}".encode()
    assert written.sidecars == 13
    assert written.warnings == ()
    assert b"json of Cat/0" in found.values()
    assert b"no picture's" not in found.values()
    assert len(table) == 12


def test_a_split_with_sidecar_files_is_recognised_and_a_changed_one_is_not(boxed, tmp_path):
    halves = split(boxed, {"val": 0.5})
    halves.write(tmp_path / "out", "copy")
    again = halves.write(tmp_path / "out", "copy")
    assert again.reused
    assert again.sidecars == 13
    victim = next((tmp_path / "out").rglob("*.txt"))
    victim.unlink()
    with pytest.raises(SplitError, match=r"1 missing: '.*\.txt'"):
        halves.write(tmp_path / "out", "copy")


def test_a_sidecar_file_follows_the_name_that_its_picture_got(pets, table_of, tmp_path):
    rows = []
    for name in ("CON", "a:b", ".dot", "x.jfif"):
        path = f"Cat/{name}" + (".jpg" if "." not in name[1:] else "")
        (pets.root / path).write_bytes(name.encode())
        (pets.root / path).with_suffix(".txt").write_bytes(name.encode())
        rows.append({"path": path, "sha256": hashlib.sha256(name.encode()).hexdigest()})
    rows += [{"path": path, "sha256": sha256} for path, sha256 in zip(
        pets.table["path"], pets.table["sha256"], strict=True)]  # fmt: skip
    halves = split(Manifest(table_of(rows), pets.root), {"val": 0.5})
    found = tree(halves.write(tmp_path / "out").folder)
    for place, data in found.items():
        if place.endswith(".txt"):
            assert found[place.removesuffix(".txt") + ".jpg"] == data
    assert sum(place.endswith(".txt") for place in found) == 4


def test_a_sidecar_file_of_several_pictures_is_left_out_in_one_line(boxed, table_of, tmp_path):
    (boxed.root / "Cat/1.png").write_bytes(b"another picture")
    written = split(boxed, {"val": 0.5}).write(tmp_path / "out")
    (line,) = written.warnings
    assert line == (
        "1 sidecar file is left out, such as 'Cat/1.txt': several pictures have its name"
    )
    assert written.sidecars == 12


def test_two_files_of_one_name_from_two_folders_do_not_overwrite_each_other(
    boxed, table_of, tmp_path
):
    rows = []
    for part, ending in (("train", "jpg"), ("test", "png")):
        path = f"{part}/Cat/1.{ending}"
        (boxed.root / path).parent.mkdir(parents=True)
        (boxed.root / path).write_bytes(path.encode())
        (boxed.root / path).with_suffix(".txt").write_bytes(path.encode())
        digest = hashlib.sha256(path.encode()).hexdigest()
        rows.append({"path": path, "label": "Cat", "sha256": digest, "split": "train"})
    written = write_split(Manifest(table_of(rows), boxed.root), tmp_path / "out")
    found = tree(tmp_path / "out")
    assert found["train/Cat/1.txt"] == b"test/Cat/1.png"
    assert len(written.warnings) == 1
    assert "left out" in written.warnings[0]


def test_a_sidecar_file_that_loaders_take_for_a_table_is_left_out(pets, table_of, tmp_path):
    (pets.root / "Cat/metadata.jpg").write_bytes(b"picture")
    (pets.root / "Cat/metadata.csv").write_bytes(b"a,b")
    rows = [{"path": "Cat/metadata.jpg", "sha256": hashlib.sha256(b"picture").hexdigest()}]
    rows[0]["split"] = "train"
    written = write_split(Manifest(table_of(rows), pets.root), tmp_path / "out")
    assert not (tmp_path / "out/train/Cat/metadata.csv").exists()
    assert "a table of the whole folder" in written.warnings[0]


def test_no_sidecar_files_go_along_if_none_are_wanted(boxed, tmp_path):
    written = split(boxed, {"val": 0.5}).write(tmp_path / "out", sidecars=())
    assert written.sidecars == 0
    assert not list((tmp_path / "out").rglob("*.txt"))
    with pytest.raises(UsageError, match="extension"):
        split(boxed, {"val": 0.5}).write(tmp_path / "other", sidecars=["txt"])
