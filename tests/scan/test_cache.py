"""The evidence cache: what is kept, what is dropped, and what a damaged file costs."""

import json

import pyarrow as pa
import pytest

from catsclean.core.arrow import value_table
from catsclean.core.cache_files import writing_tables
from catsclean.core.evidence import READING, Outcome
from catsclean.scan.cache import METADATA_KEY, Cache, arrow_schema, plan_id, read_header
from catsclean.scan.parts import with_identity

OLD_NS = 10**18  # long before the audit
STARTED_NS = 2 * OLD_NS


def evidence(*names, outcome=Outcome.DECODED, mtime_ns=OLD_NS):
    """Evidence of some files, in which little is known of each."""
    count = len(names)
    numbers = {"size_bytes": [9] * count, "mtime_ns": [mtime_ns] * count, "inode": range(count)}
    identity = {"path": pa.array(names, pa.string())}
    identity |= {name: pa.array(values, pa.int64()) for name, values in numbers.items()}
    columns = {name: [value] * count for name, value in READING.items()}
    columns["outcome"] = [outcome.value] * count
    return with_identity(pa.table(identity), value_table(columns, arrow_schema(READING)))


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache", "these settings")


def paths_in(cache):
    found = cache.load()
    return None if found is None else found.table.column("path").to_pylist()


def test_nothing_is_known_before_the_first_audit(cache):
    assert cache.load() is None
    assert (cache.size_bytes(), cache.clear()) == (0, 0)


def test_what_was_saved_in_several_tables_is_loaded_as_one(cache):
    cache.save(iter([evidence("1.jpg"), evidence("2.jpg", "3.jpg")]), STARTED_NS)
    assert paths_in(cache) == ["1.jpg", "2.jpg", "3.jpg"]
    assert cache.load().trusted.all()


def test_a_file_that_changed_just_before_it_was_read_is_not_trusted(cache):
    cache.save(evidence("1.jpg", mtime_ns=STARTED_NS - 1), STARTED_NS)
    assert cache.load().trusted.tolist() == [False]


def test_other_settings_find_nothing(cache):
    cache.save(evidence("1.jpg"), STARTED_NS)
    assert Cache(cache.folder, "other settings").load() is None


@pytest.mark.parametrize(
    ("column", "values"),
    [("outcome", None), ("width_px", None), ("mtime_ns", ["late"]), ("width_px", ["wide"])],
)
def test_a_cache_with_other_columns_than_it_says_is_as_good_as_none(cache, column, values):
    table = evidence("1.jpg")
    at = table.column_names.index(column)
    if values is None:
        cache.save(table.remove_column(at), STARTED_NS)
    else:
        cache.save(table.set_column(at, column, pa.array(values)), STARTED_NS)
    assert cache.load() is None


@pytest.mark.parametrize(("kind", "found"), [(pa.int64(), ["1.jpg"]), (pa.string(), None)])
def test_a_column_of_a_validator_that_has_another_kind_now_is_gathered_again(cache, kind, found):
    own = pa.field("score", kind)
    cache.save(evidence("1.jpg").append_column(own, pa.array([None], kind)), STARTED_NS)
    schema = arrow_schema({**READING, "score": 0})
    known = cache.load(schema)
    assert (known and known.table.column("path").to_pylist()) == found


@pytest.mark.parametrize("started", [b"Infinity", b'"soon"', b"[" * 100_000])
def test_a_cache_that_does_not_say_when_its_audit_began_is_as_good_as_none(cache, started):
    header = b'{"fingerprint": "these settings", "started_ns": ' + started + b"}"
    table = evidence("1.jpg").replace_schema_metadata({METADATA_KEY: header})
    path = cache.folder / "evidence.arrow"
    with writing_tables(path, table.schema) as writer:
        writer.write_table(table)
    assert cache.load() is None


def test_crashes_are_tried_again_once_the_audit_has_ended(cache):
    cache.save(evidence("1.jpg", outcome=Outcome.CRASHED), STARTED_NS)
    assert paths_in(cache) == ["1.jpg"]
    cache.note_end()
    assert paths_in(cache) == []


def test_what_a_task_committed_is_there_and_of_no_other_task(cache):
    cache.save_task("0123456789abcdef", 3, evidence("1.jpg"), STARTED_NS)
    found = cache.load_task("0123456789abcdef", 3)
    assert found.column("path").to_pylist() == ["1.jpg"]
    assert cache.load_task("0123456789abcdef", 4) is None
    assert cache.load_task("ffffffffffffffff", 3) is None


def plan_of(cache, name, fingerprint):
    path = cache.folder / f"plan-{name}.arrow"
    schema = evidence().schema.with_metadata(
        {METADATA_KEY: json.dumps({"fingerprint": fingerprint}).encode()}
    )
    with writing_tables(path, schema):
        pass
    return path


def test_an_audit_replaces_its_plans_and_parts_and_leaves_those_of_other_settings(cache):
    own = plan_of(cache, "0000000000000000", cache.fingerprint)
    damaged = cache.folder / "plan-1111111111111111.arrow"
    damaged.write_bytes(b"no plan")
    other = plan_of(cache, "2222222222222222", "other settings")
    for path in (own, damaged, other):
        cache.save_task(plan_id(path), 0, evidence("1.jpg"), STARTED_NS)
    cache.save_part(0, evidence("2.jpg"), STARTED_NS)
    cache.save(evidence("1.jpg", "2.jpg"), STARTED_NS)
    assert sorted(path.name for path in cache.folder.iterdir()) == [
        "evidence.arrow", "part-2222222222222222-000000.arrow", other.name,
    ]  # fmt: skip


def test_the_size_of_the_cache_is_what_clearing_it_frees(cache):
    cache.save(evidence("1.jpg"), STARTED_NS)
    cache.note_end()
    vectors = cache.folder / "vectors" / "lite0"
    vectors.mkdir(parents=True)
    (vectors / "part-1.npy").write_bytes(bytes(100))
    (cache.folder / "notes.txt").write_text("somebody else's")
    size = sum(path.stat().st_size for path in cache.folder.rglob("*") if path.is_file())
    assert cache.size_bytes() == cache.clear() == size - len("somebody else's")
    assert cache.size_bytes() == 0
    assert (cache.folder / "notes.txt").exists()


@pytest.mark.parametrize("data", [None, b"", b"no Arrow file", json.dumps([1]).encode()])
def test_a_file_that_does_not_describe_itself_has_an_empty_header(tmp_path, data):
    path = tmp_path / "evidence.arrow"
    if data is not None:
        path.write_bytes(data)
    assert read_header(path) == {}


@pytest.mark.parametrize("header", [b"[1]", b"{", b"[" * 100_000])
def test_a_header_that_is_no_mapping_is_empty(tmp_path, header):
    path = tmp_path / "evidence.arrow"
    schema = pa.schema([("x", pa.int64())], metadata={METADATA_KEY: header})
    with writing_tables(path, schema):
        pass
    assert read_header(path) == {}
