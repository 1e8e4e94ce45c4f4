"""Parquet tables: which column holds pictures and which labels, and what a damaged table does."""

import random
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import contents, make_parquet, opened

from catsclean.containers import parquet_table
from catsclean.containers.container import DamagedContainerError, NoPicturesInsideError
from catsclean.containers.parquet_table import ParquetTable
from catsclean.core.evidence import Outcome
from catsclean.core.reading_errors import ChangedError, TooLargeError

JPEG = b"\xff\xd8\xff"
ROWS = [(f"Cat/{number}.jpg", JPEG + bytes([number]) * (10 + number)) for number in range(11)]


@pytest.fixture
def table(tmp_path):
    labels = [number % 2 for number in range(11)]
    return make_parquet(tmp_path / "a.parquet", ROWS, labels, ["Cat", "Dog"])


def test_every_row_is_listed_and_read(table):
    with closing(opened(table, ParquetTable)) as container:
        members = container.members()
        assert contents(container, members) == dict(ROWS)
        assert (members.presets, members.damage) == ({}, "")


def test_rows_are_read_in_any_order(table):
    with closing(opened(table, ParquetTable)) as container:
        for row in (7, 2, 3, 10, 0, 9, 7):
            data = ROWS[row][1]
            assert container.read(row, len(data), 1000) == data


@pytest.mark.parametrize("kept", [0, 100, 2_000, 2**26])
def test_rows_are_right_however_many_are_kept_unpacked(tmp_path, monkeypatch, kept):
    monkeypatch.setattr(parquet_table, "_KEPT_BYTES", kept)
    monkeypatch.setattr(parquet_table, "_ROWS_AT_ONCE", 3)
    rows = [(f"{number}.jpg", bytes([number]) * (50 + number)) for number in range(40)]
    make_parquet(tmp_path / "t.parquet", rows, group=8)
    order = random.Random(5).choices(range(40), k=200)
    with closing(opened(tmp_path / "t.parquet", ParquetTable)) as found:
        members = found.members()
        for row in order:
            assert found.read(members.places[row], members.sizes_bytes[row], 1000) == rows[row][1]
            assert found.read_named(members.names[row], 1000) == rows[row][1]


def test_rows_that_were_unpacked_a_moment_ago_are_not_unpacked_again(table, monkeypatch):
    with closing(opened(table, ParquetTable)) as found:
        members, unpacked, stream = found.members(), [], found._stream
        monkeypatch.setattr(found, "_stream", lambda group: unpacked.append(group) or stream(group))
        for _ in range(3):
            for name in members.names:
                found.read_named(name, 10**6)
    assert len(unpacked) == len(set(unpacked)) > 0


def test_labels_have_the_names_of_their_classes(table):
    with closing(opened(table, ParquetTable)) as container:
        labels = container.members().labels
    assert labels == {row: ("Cat", "Dog")[row % 2] for row in range(11)}


@pytest.mark.parametrize("label", [None, -1, 7])
def test_a_row_without_a_known_class_has_no_label(tmp_path, label):
    made = make_parquet(tmp_path / "a.parquet", ROWS[:1], [label], ["Cat", "Dog"])
    with closing(opened(made, ParquetTable)) as container:
        assert container.members().labels == {}


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (pa.array(["cat", "dog"]), {0: "cat", 1: "dog"}),
        (pa.array([3, 0]), {0: "3", 1: "0"}),
        (pa.array(["cat", "dog"]).dictionary_encode(), {0: "cat", 1: "dog"}),
        (pa.array([[1], [2]]), {}),
        (pa.array([0.5, 1.5]), {}),
    ],
)
def test_a_label_may_be_a_text_or_a_number(tmp_path, values, labels):
    made = pa.table({"image": pa.array([JPEG, JPEG + b"x"], pa.binary()), "label": values})
    pq.write_table(made, tmp_path / "a.parquet")
    with closing(opened(tmp_path / "a.parquet", ParquetTable)) as container:
        assert container.members().labels == labels


@pytest.mark.parametrize(
    "paths", [[None, None], ["1.jpg", None], ["1.jpg", "1.jpg"], ["../1.jpg", "2.jpg"]]
)
def test_rows_without_paths_of_their_own_are_named_by_their_number(tmp_path, paths):
    rows = zip(paths, [JPEG, b"\x89PNG"], strict=True)
    made = make_parquet(tmp_path / "a.parquet", rows)
    with closing(opened(made, ParquetTable)) as container:
        assert container.members().names == ["000000.jpg", "000001.png"]


def test_a_row_that_has_only_a_path_is_unreadable(tmp_path):
    made = make_parquet(tmp_path / "a.parquet", [("1.jpg", None), ("2.jpg", JPEG)])
    with closing(opened(made, ParquetTable)) as container:
        assert container.members().presets[0][0] is Outcome.UNREADABLE


@pytest.mark.parametrize(
    "columns",
    [
        {"path": pa.array(["1.jpg"]), "label": pa.array([1])},
        {"image": pa.array(["1.jpg"])},
        {"image": pa.array([{"path": "1.jpg"}])},
        {"image": pa.array([[1, 2]])},
        {"image": pa.array([{"bytes": {"bytes": b"x"}}])},
        {"blob": pa.array([b"x"])},
    ],
)
def test_a_table_of_other_things_holds_no_pictures(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(NoPicturesInsideError):
        opened(tmp_path / "a.parquet", ParquetTable)


def test_a_row_above_the_limit_is_not_read(table):
    with closing(opened(table, ParquetTable)) as container, pytest.raises(TooLargeError):
        container.read(0, 100, 99)


def test_a_table_that_changed_since_the_listing_is_not_read(table):
    with closing(opened(table, ParquetTable)) as container:
        for row, size in ((0, 5), (99, 10)):
            with pytest.raises(ChangedError):
                container.read(row, size, 1000)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1"])
def test_another_file_is_not_a_table(tmp_path, data):
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(DamagedContainerError, match="not a readable Parquet table"):
        opened(tmp_path / "a.parquet", ParquetTable)


def test_a_row_that_would_take_too_much_memory_is_reported_and_never_unpacked(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(parquet_table, "_LARGEST_PAGE", 5_000)
    rows = [("1.jpg", JPEG), ("2.jpg", JPEG + bytes(9_000)), ("3.jpg", JPEG + b"x")]
    made = make_parquet(tmp_path / "a.parquet", rows, [0, 1, 0], ["Cat", "Dog"], group=1)
    with closing(opened(made, ParquetTable)) as container:
        members = container.members()
        assert members.names == ["1.jpg", "2.jpg", "3.jpg"]
        assert members.labels == {0: "Cat", 1: "Dog", 2: "Cat"}
        assert {row: outcome for row, (outcome, _) in members.presets.items()} == {
            1: Outcome.OVER_LIMIT
        }
        assert contents(container, members) == {"1.jpg": JPEG, "3.jpg": JPEG + b"x"}
        assert container.read_named("3.jpg", 10_000) == JPEG + b"x"
        with pytest.raises(TooLargeError, match="in a page of"):
            container.read_named("2.jpg", 10_000)


def test_a_batch_of_large_rows_is_small(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_table, "_BATCH_BYTES", 5_000)
    made = make_parquet(tmp_path / "a.parquet", [(None, JPEG + bytes(2_000))] * 9, group=9)
    with closing(opened(made, ParquetTable)) as container:
        assert {len(batch) for batch in container._stream(0)} <= {1, 2}
        assert len(container.members().names) == 9


@pytest.mark.parametrize("number", [0, 10])
def test_a_row_is_read_by_its_name_without_listing_all(table, tmp_path, monkeypatch, number):
    unnamed = make_parquet(tmp_path / "b.parquet", [(None, data) for _, data in ROWS])
    monkeypatch.delattr(ParquetTable, "members")
    monkeypatch.setattr(ParquetTable, "__abstractmethods__", frozenset())
    for path, name in ((table, f"Cat/{number}.jpg"), (unnamed, f"{number:06d}.jpg")):
        with closing(opened(path, ParquetTable)) as container:
            assert container.read_named(name, 1000) == ROWS[number][1]


@pytest.mark.parametrize("name", ["000000.png", "000011.jpg", "0.jpg", "-1.jpg", "Cat/0.jpg", ""])
def test_a_name_that_no_row_has_is_not_found(tmp_path, name):
    made = make_parquet(tmp_path / "a.parquet", [(None, data) for _, data in ROWS])
    with closing(opened(made, ParquetTable)) as container, pytest.raises(FileNotFoundError):
        container.read_named(name, 1000)


def test_a_row_above_the_limit_is_not_read_by_its_name(table):
    with closing(opened(table, ParquetTable)) as container, pytest.raises(TooLargeError):
        container.read_named("Cat/10.jpg", 10)


def test_a_table_with_another_number_of_rows_than_it_says_is_damaged(table, monkeypatch):
    with closing(opened(table, ParquetTable)) as container:
        container._starts[1:] = [5, 9, 12]
        assert "another number of rows" in container.members().damage
