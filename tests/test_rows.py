import numpy as np
import pyarrow as pa
import pytest

from catsclean.rows import Table

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
