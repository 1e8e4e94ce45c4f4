"""Containers that did not change are not opened to list them."""

import os
import re
import time

import pyarrow as pa
import pytest
from packed import make_tar, make_zip
from pictures import jpeg

import catsclean
from catsclean.core.cache_files import read_table, writing_tables
from catsclean.scan import container_listing
from catsclean.scan.known_members import KnownMembers

QUICK = {"content": False, "workers": 1}
OLD = 1_700_000_000


@pytest.fixture
def opened(monkeypatch):
    """The containers that are opened to list them."""
    found = []

    def listing(reach, path):
        found.append(path)
        return real(reach, path)

    real = container_listing._list_one
    monkeypatch.setattr(container_listing, "_list_one", listing)
    return found


@pytest.fixture
def shards(tmp_path):
    root = tmp_path / "shards"
    for number in range(2):
        files = {f"Cat/{number}{n}.jpg": jpeg(10 * number + n) for n in range(3)}
        files["../out.jpg"] = jpeg(1)
        files[f"Cat/{number}0.cls"] = b"Tiger"
        make_tar(root / f"{number}.tar", files)
        os.utime(root / f"{number}.tar", (OLD, OLD))
    return root


def table_of(audit):
    return audit.manifest.to_arrow().replace_schema_metadata(None)


def test_an_unchanged_container_is_not_listed_again(shards, opened):
    first = catsclean.audit(shards, **QUICK)
    assert opened == ["0.tar", "1.tar"]
    opened.clear()
    again = catsclean.audit(shards, **QUICK)
    assert opened == []
    assert again.findings == first.findings
    assert table_of(again).equals(table_of(first))
    assert {"Tiger", "Cat"} & set(again.manifest.labels)


def test_what_changed_or_may_have_changed_is_listed_again(shards, opened):
    catsclean.audit(shards, **QUICK)
    opened.clear()
    make_tar(shards / "1.tar", {f"Cat/{n}.jpg": jpeg(n) for n in range(5)})
    assert len(catsclean.audit(shards, **QUICK).manifest) > 5
    assert opened == ["1.tar"]
    opened.clear()
    # it changed just before it was listed: its time does not tell whether it changed since
    time.sleep(0.01)
    catsclean.audit(shards, **QUICK)
    assert opened == ["1.tar"]


def test_verify_no_cache_and_damage_list_again(shards, opened):
    catsclean.audit(shards, **QUICK)
    for wish in ({"verify": True}, {"cache": False}):
        opened.clear()
        catsclean.audit(shards, **QUICK, **wish)
        assert opened == ["0.tar", "1.tar"]
    path = shards.with_name("shards.catsclean") / "cache/members.arrow"
    whole = path.read_bytes()
    for damaged in (b"", whole[:-20], whole.replace(b"0.tar", b"1.tar")):
        path.write_bytes(damaged)
        opened.clear()
        catsclean.audit(shards, **QUICK)
        assert opened == ["0.tar", "1.tar"]


def test_a_list_that_another_version_kept_is_made_again(shards, opened):
    catsclean.audit(shards, **QUICK)
    path = shards.with_name("shards.catsclean") / "cache/members.arrow"
    table = read_table(path)
    [(key, header)] = table.schema.metadata.items()
    other = {key: re.sub(rb'"version": \d', b'"version": 0', header)}
    with writing_tables(path, table.schema.with_metadata(other)) as writer:
        writer.write_table(table.replace_schema_metadata(other))
    opened.clear()
    catsclean.audit(shards, **QUICK)
    assert opened == ["0.tar", "1.tar"]


def test_a_kept_list_that_says_something_impossible_is_made_again(shards, opened):
    first = catsclean.audit(shards, **QUICK)
    path = shards.with_name("shards.catsclean") / "cache/members.arrow"
    table = read_table(path)
    at = table.column_names.index("outcome")
    odd = pa.array(["impossible"] * len(table), table.schema.field(at).type)
    with writing_tables(path, table.schema) as writer:
        writer.write_table(table.set_column(at, table.schema.field(at), odd))
    opened.clear()
    again = catsclean.audit(shards, **QUICK)
    assert opened == ["0.tar", "1.tar"]
    assert again.findings == first.findings


def test_a_truncated_archive_stays_incomplete_without_listing_it_again(tmp_path, opened):
    path = make_tar(tmp_path / "cut.tar", {f"Cat/{n}.jpg": jpeg(n) for n in range(4)})
    path.write_bytes(path.read_bytes()[:3000])
    os.utime(path, (OLD, OLD))
    first = catsclean.audit(path, **QUICK)
    assert first.incomplete
    opened.clear()
    again = catsclean.audit(path, **QUICK)
    assert again.incomplete
    assert again.findings == first.findings
    assert opened == []


def test_exclude_patterns_apply_to_known_members(tmp_path, opened):
    path = make_zip(tmp_path / "all.zip", {f"Cat/{n}.jpg": jpeg(n) for n in range(4)})
    os.utime(path, (OLD, OLD))
    assert len(catsclean.audit(path, **QUICK).manifest) == 4
    opened.clear()
    assert len(catsclean.audit(path, exclude="Cat/1.jpg", **QUICK).manifest) == 3
    assert len(catsclean.audit(path, **QUICK).manifest) == 4
    assert opened == []


def test_a_folder_without_a_list_knows_nothing(tmp_path):
    assert KnownMembers.load(tmp_path)._entries == {}
