"""Tables that come out as the last audit wrote them are left alone, and no others are."""

import os

import pytest
from pictures import make_dataset

import catsclean

TABLES = ("manifest.parquet", "manifest.csv", "findings.parquet", "findings.csv")


@pytest.fixture
def root(tmp_path):
    root = make_dataset(tmp_path / "set")
    (root / "Cat" / "empty.jpg").touch()
    return root


def inodes(state):
    """A file that is written takes the place of the one before, under a number of its own."""
    return [(state.path / name).stat().st_ino for name in TABLES]


def all_written(before, after):
    return all(old != new for old, new in zip(before, after, strict=True))


def test_what_is_the_same_is_not_written_again(root):
    before = inodes(catsclean.audit(root).state)
    assert inodes(catsclean.audit(root).state) == before


def test_what_differs_is_written(root):
    first = catsclean.audit(root)
    before = inodes(first.state)
    (root / "Dog" / "0.jpg").write_bytes(b"")
    second = catsclean.audit(root)
    assert all_written(before, inodes(second.state))
    assert catsclean.load_audit(root).findings == second.findings


def test_a_change_of_findings_alone_leaves_no_manifest_behind_the_times(root):
    catsclean.audit(root)
    second = catsclean.audit(root, ignore=["zero-length"])
    loaded = catsclean.load_audit(root)
    assert loaded.findings == second.findings
    assert loaded.manifest.table.equals(second.manifest.table)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("how", ["removed", "emptied", "replaced", "touched"])
def test_what_somebody_changed_is_written_again(root, name, how):
    state = catsclean.audit(root).state
    path = state.path / name
    whole = path.read_bytes()
    if how == "removed":
        path.unlink()
    elif how == "emptied":
        path.write_bytes(b"")
    elif how == "replaced":
        times = path.stat().st_atime_ns, path.stat().st_mtime_ns
        other = path.with_name("other")
        other.write_bytes(bytes(len(whole)))
        os.utime(other, ns=times)
        other.replace(path)
    else:
        path.write_bytes(whole[::-1])
        os.utime(path, ns=(0, 0))
    catsclean.audit(root)
    assert path.read_bytes() == whole


def test_another_root_is_told_of(root, tmp_path):
    catsclean.audit(root, state_dir=tmp_path / "state")
    moved = root.rename(tmp_path / "moved")
    audit = catsclean.audit(moved, state_dir=tmp_path / "state")
    assert catsclean.Manifest.load(audit.state.manifest).root == moved


@pytest.mark.parametrize("damage", [b"", b"\xff", b"[1]", b'{"manifest.parquet": 3}'])
def test_a_damaged_memory_is_no_memory(root, damage):
    state = catsclean.audit(root).state
    (state.cache / "written.json").write_bytes(damage)
    (state.path / "manifest.csv").write_bytes(b"")
    catsclean.audit(root)
    assert (state.path / "manifest.csv").stat().st_size


def test_without_a_cache_everything_is_written_and_nothing_remembered(root):
    state = catsclean.audit(root, cache=False).state
    before = inodes(state)
    catsclean.audit(root, cache=False)
    assert all_written(before, inodes(state))
    assert not (state.cache / "written.json").exists()
