"""A split that is kept: the same from Python as from the command line."""

import pytest
from pictures import jpeg, make_dataset

import catsclean
from catsclean.core.manifest import Manifest
from catsclean.errors import SplitError


@pytest.fixture
def root(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 10, "Dog": 10})
    catsclean.audit(root, select="file")
    return root


def kept(root):
    table = Manifest.load(root.with_name("set.catsclean") / "manifest.parquet").table
    return dict(zip(table["path"], table["split"], strict=True))


def test_a_split_is_kept_when_it_is_saved_and_not_before(root):
    result = catsclean.split(root, {"val": 0.2})
    assert not {"train", "val"} & set(kept(root).values())
    result.save()
    assert list(kept(root).values()).count("val") == 4
    assert (root.with_name("set.catsclean") / "manifest.csv").read_text().count('"val"') == 4


def test_a_split_of_a_folder_follows_the_one_that_was_kept(root):
    catsclean.split(root, {"val": 0.2}).save()
    before = kept(root)
    for number in range(40, 60):
        (root / "Cat" / f"{number}.jpg").write_bytes(jpeg(number))
    catsclean.audit(root, select="file")
    after = catsclean.split(root, {"val": 0.2}).manifest.table.set_index("path")["split"]
    assert {path: after[path] for path in before} == before
    # the manifest of the new audit has that split as well
    same = catsclean.split(root, {"val": 0.2}, previous=None).manifest.table
    assert same.set_index("path")["split"].to_dict() == after.to_dict()
    (root.with_name("set.catsclean") / "split.parquet").unlink()
    catsclean.audit(root, select="file")
    alone = catsclean.split(root, {"val": 0.2}, previous=None).manifest.table
    assert alone.set_index("path")["split"].to_dict() != after.to_dict()


def test_the_command_line_follows_what_python_kept(root, run):
    catsclean.split(root, {"train": 0.8, "val": 0.2}).save()
    before = kept(root)
    assert "otherwise" not in run("split", str(root), "--val", "0.2", "--no-files").stdout
    assert kept(root) == before


def test_an_audit_and_a_split_stand_for_their_manifest(root, tmp_path):
    audit = catsclean.audit(root, select="file", state_dir=tmp_path / "elsewhere")
    result = catsclean.split(audit, {"val": 0.2})
    assert result.manifest.table.equals(
        catsclean.split(audit.manifest, {"val": 0.2}).manifest.table
    )
    result.save()
    assert (tmp_path / "elsewhere" / "split.parquet").exists()
    assert not (root.with_name("set.catsclean") / "split.parquet").exists()
    again = catsclean.split(result, {"val": 0.2})
    assert again.manifest.table["split"].equals(result.manifest.table["split"])


@pytest.mark.parametrize("harm", ["new picture", "fewer rows", "other status"])
def test_a_split_of_other_samples_is_not_kept(root, harm):
    result = catsclean.split(root, {"val": 0.2})
    table = result.manifest.table
    if harm == "new picture":
        (root / "Cat" / "new.jpg").write_bytes(jpeg(99))
        catsclean.audit(root, select="file")
    elif harm == "fewer rows":
        result = catsclean.split(result.manifest.with_table(table.iloc[:-2]), {"val": 0.2})
    else:
        table.loc[0, "status"] = "drop"
        result = catsclean.split(result.manifest.with_table(table), {"val": 0.2})
    before = kept(root)
    with pytest.raises(SplitError, match="has changed since this split was made"):
        result.save()
    assert kept(root) == before


def test_a_dry_run_of_a_split_keeps_nothing(root, run):
    catsclean.split(root, {"val": 0.2}).save()
    before = kept(root)
    done = run("split", str(root), "--val", "0.5", "--dry-run")
    assert done.returncode == 0
    assert "Nothing was written." in done.stdout
    assert "\nval\t" in done.stdout
    assert kept(root) == before
    assert not root.with_name("set-split").exists()


def test_a_dry_run_of_a_split_fails_like_the_split_itself(root, run, tmp_path):
    picture = next(root.rglob("*.jpg"))
    picture.rename(tmp_path / "elsewhere.jpg")
    wish = ("split", str(root), "--val", "0.5")
    dry, real = run(*wish, "--dry-run"), run(*wish)
    assert (
        "is gone. Nothing was written. Audit again, then split again: catsclean audit "
        in dry.stderr
    )
    assert (dry.returncode, dry.stdout, dry.stderr) == (real.returncode, real.stdout, real.stderr)
    assert run(*wish, "--dry-run", "--no-files").returncode == 0
    inside = run(*wish, "--dry-run", "-o", str(root / "out"))
    assert "must not be inside its data set" in inside.stderr
