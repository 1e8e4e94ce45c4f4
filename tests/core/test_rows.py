import numpy as np
import pyarrow as pa
import pytest
from helpers import make_evidence

from catsclean.core.arrow import packed_array
from catsclean.core.manifest import from_evidence
from catsclean.core.rows import Table

COUNT = 100
COLUMNS = {
    "path": [f"Cat/{number}.jpg" for number in range(COUNT)],
    "size": list(range(COUNT)),
    "why": [None, *map(str, range(1, COUNT))],
}


@pytest.mark.parametrize("chosen", [[], [3], [99, 0, 41], range(0, COUNT, 2)])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_choice_of_rows_is_of_the_whole_column_whatever_was_made_before(chosen, name):
    at = np.array(chosen, np.intp)
    expected = [COLUMNS[name][row] for row in chosen]
    for asked_before in (False, True):
        rows = Table(pa.table(COLUMNS)).rows()
        if asked_before:
            assert rows[name].tolist() == COLUMNS[name]
        assert rows.where(at)[name].tolist() == expected
        assert rows.where(at).where(np.arange(len(at))[1:])[name].tolist() == expected[1:]


def test_an_array_that_was_made_before_is_the_column_until_another_takes_its_place():
    made = {"path": np.array(COLUMNS["path"], object)}
    table = Table(pa.table(COLUMNS), made=made)
    assert Table(table).rows()["path"] is made["path"]
    assert table.with_texts("group", ["g"] * COUNT).rows()["path"] is made["path"]
    others = [f"Dog/{number}.jpg" for number in range(COUNT)]
    assert table.with_texts("path", others).rows()["path"].tolist() == others
    assert table.rows().where(np.array([7]))["path"].tolist() == ["Cat/7.jpg"]
    table.frame["path"] = others
    assert table.rows()["path"].tolist() == others


def test_a_table_made_of_a_changed_data_frame_has_its_values():
    table = Table(pa.table(COLUMNS).to_pandas())
    assert table.rows()["size"].tolist() == COLUMNS["size"]
    table.frame["size"] = 7
    assert set(Table(table).rows()["size"]) == {7}


@pytest.mark.parametrize("chosen", [[], [3], [2, 0, 1]])
def test_packed_digits_are_text_for_all_who_ask(chosen):
    texts = ["ab" * 32, "", "0" * 64, "12" * 32] * 10
    packed = pa.table({"sha256": packed_array(texts, 32), "size": range(40)})
    at = np.array(chosen, np.intp)
    rows = Table(packed).rows()
    assert rows.where(at)["sha256"].tolist() == [texts[row] for row in chosen]
    assert rows.words("sha256", 4)[3].tolist() == [0x1212121212121212] * 4
    assert rows["sha256"].tolist() == texts
    table = Table(packed)
    assert table.frame["sha256"].tolist() == texts
    assert table.rows()["sha256"].tolist() == texts
    assert table.rows().words("sha256", 4)[3].tolist() == [0x1212121212121212] * 4


def test_evidence_packs_digits_for_itself_only():
    evidence = make_evidence([{"path": "Cat/1.jpg", "sha256": "ab" * 32}])
    packed = evidence.to_arrow().drop_columns(["sha256"])
    packed = packed.append_column("sha256", packed_array(["ab" * 32], 32))
    evidence = evidence.replaced(samples=packed)
    assert evidence.packed.column("sha256").to_pylist() == [b"\xab" * 32]
    assert evidence.to_arrow().column("sha256").to_pylist() == ["ab" * 32]
    manifest = from_evidence(evidence, [])
    assert manifest.to_arrow().column("sha256").to_pylist() == ["ab" * 32]
    assert evidence.samples["sha256"].tolist() == ["ab" * 32]
