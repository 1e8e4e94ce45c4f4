"""Columns that somebody added to the manifest outlive an audit, and cost none that has none."""

import pandas as pd
import pytest
from pictures import jpeg, make_dataset

import catsclean


@pytest.fixture
def audited(tmp_path):
    """An audited set of six pictures, whose manifest has a column ``owner``."""
    root = make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})
    state = catsclean.audit(root).state
    table = pd.read_parquet(state.manifest)
    table["owner"] = [f"owner {number}" for number in range(len(table))]
    table["age"] = range(len(table))
    table.to_parquet(state.manifest)
    return root, state


def owners(table):
    return dict(zip(table["path"], table["owner"], strict=True))


def test_an_audit_keeps_columns_of_the_users_own_by_path(audited):
    root, state = audited
    before = owners(pd.read_parquet(state.manifest))
    (root / "Cat/0.jpg").unlink()
    (root / "Cat/new.jpg").write_bytes(jpeg(99))
    audit = catsclean.audit(root)
    del before["Cat/0.jpg"]
    for table in (
        audit.manifest.table,
        pd.read_parquet(state.manifest),
        catsclean.Manifest.load(state.manifest.with_suffix(".csv"), root).table,
    ):
        found = owners(table)
        assert pd.isna(found.pop("Cat/new.jpg"))
        assert found == before
    assert str(audit.manifest.table["age"].dtype) == "Int64"


def test_an_audit_of_unchanged_files_writes_a_table_with_such_columns_once(audited):
    root, state = audited
    catsclean.audit(root)
    before = state.manifest.stat().st_ino
    catsclean.audit(root)
    assert state.manifest.stat().st_ino == before
    assert "owner" in pd.read_parquet(state.manifest)


def test_columns_that_were_taken_out_stay_out(audited):
    root, state = audited
    catsclean.audit(root)
    pd.read_parquet(state.manifest).drop(columns="owner").to_parquet(state.manifest)
    columns = catsclean.audit(root).manifest.table.columns
    assert "owner" not in columns
    assert "age" in columns


def test_the_index_of_a_filtered_table_is_no_column(audited):
    root, state = audited
    table = pd.read_parquet(state.manifest)
    table[table["label"] == "Cat"].iloc[::2].to_parquet(state.manifest)
    assert list(catsclean.audit(root).manifest.table.columns[-2:]) == ["owner", "age"]


@pytest.mark.parametrize("damage", [b"", b"PAR1 nothing"])
def test_a_manifest_that_cannot_be_read_is_made_anew(audited, damage):
    root, state = audited
    state.manifest.write_bytes(damage)
    assert len(catsclean.audit(root).manifest) == 6
    assert len(pd.read_parquet(state.manifest)) == 6


def test_what_an_earlier_split_gave_out_is_no_column_of_the_users_own(audited):
    root, state = audited
    catsclean.split(catsclean.audit(root).manifest, {"val": 0.4}, group_by="owner").manifest.save(
        state.manifest
    )
    columns = catsclean.audit(root).manifest.table.columns
    assert "owner" in columns
    assert not [name for name in columns if name.startswith("split_")]
