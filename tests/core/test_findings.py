"""Findings that somebody else may have written are read by one reader, which checks them."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pictures import make_dataset
from rich.console import Console

import catsclean
from catsclean.errors import ManifestError
from catsclean.reports import concise_format
from catsclean.reports.terminal import show

HOSTILE = "\x1b]0;owned\x07\x1b[2J hello"


@pytest.fixture
def audited(tmp_path):
    root = make_dataset(tmp_path / "set", {"Cat": 3, "Dog": 3})
    for name in ("a", "b"):
        (root / f"Cat/{name}.jpg").write_bytes(b"")
    return root, catsclean.audit(root).state


def write(state, column, value, row=0):
    """Put a value into a cell of the findings."""
    table = pq.read_table(state.findings)
    field = table.schema.field(column)
    values = table.column(column).to_pylist()
    values[row] = value
    at = table.column_names.index(column)
    pq.write_table(table.set_column(at, field, pa.array(values, field.type)), state.findings)


@pytest.mark.parametrize(
    "path", ["../../somewhere", "/etc/passwd", "Cat/../../x", "", "Cat//a.jpg"]
)
@pytest.mark.parametrize("read", [catsclean.load_audit, catsclean.plan_cleaning])
def test_a_path_that_leaves_the_data_set_is_refused_with_its_row(audited, path, read):
    root, state = audited
    write(state, "path", path, row=1)
    with pytest.raises(ManifestError, match=r"findings\.parquet', row 2: .*catsclean audit"):
        read(root)


@pytest.mark.parametrize(
    ("column", "value"), [("severity", "fatal"), ("fix", "always"), ("validator", None)]
)
@pytest.mark.parametrize("read", [catsclean.load_audit, catsclean.plan_cleaning])
def test_a_value_that_no_audit_writes_is_refused(audited, column, value, read):
    root, state = audited
    write(state, column, value)
    with pytest.raises(ManifestError, match="row 1: "):
        read(root)


@pytest.mark.parametrize("column", ["message", "label", "validator", "related"])
def test_control_characters_reach_no_terminal_and_no_report(audited, column):
    root, state = audited
    write(state, column, [HOSTILE] if column == "related" else HOSTILE)
    audit = catsclean.load_audit(root)
    out = io.StringIO()
    show(audit, Console(file=out, force_terminal=True, width=100))
    said = concise_format.render(audit) + str(audit.findings[0]) + out.getvalue()
    assert "\x07" not in said
    assert "\x1b]" not in said
    assert "\x1b[2J" not in said


def test_a_table_that_lacks_a_column_is_refused(audited):
    root, state = audited
    pq.write_table(pq.read_table(state.findings).drop(["fix"]), state.findings)
    with pytest.raises(ManifestError, match="row 1: no column 'fix'"):
        catsclean.load_audit(root)


def test_a_file_that_is_no_parquet_is_refused_with_what_to_do(audited):
    root, state = audited
    state.findings.write_bytes(b"PAR1 but not really")
    with pytest.raises(ManifestError, match="Run: catsclean audit"):
        catsclean.load_audit(root)
