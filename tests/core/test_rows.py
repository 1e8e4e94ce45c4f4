import numpy as np
import pyarrow as pa
import pytest

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
