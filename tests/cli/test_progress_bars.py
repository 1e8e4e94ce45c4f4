import re
import sys

import pytest
from pictures import draw, encode, make_dataset

import catsclean
from catsclean.cli import progress_bars as showing
from catsclean.scan.scan import Progress


@pytest.fixture
def pets(tmp_path):
    root = make_dataset(tmp_path / "Pets", {"Cat": 3})
    for side in (160, 150):
        (root / f"Cat/{side}.jpg").write_bytes(encode(draw(9).resize((side, side * 3 // 4))))
    return root


def test_an_audit_says_that_it_reads_and_then_compares(pets):
    told = []
    catsclean.audit(pets, progress=told.append)
    stages = [one.stage for one in told]
    assert stages == sorted(stages, reverse=True)
    assert set(stages) == {"reading", "comparing"}
    first, last = told[stages.index("comparing")], told[-1]
    assert first.total_pairs == 0  # not known yet
    assert last.done_pairs == last.total_pairs > 0
    assert last.done_files == last.total_files == 5


def test_a_comparison_with_another_set_says_so(pets, tmp_path):
    new = make_dataset(tmp_path / "New", {"Cat": 2})
    told = []
    catsclean.audit(new, against=pets, progress=told.append)
    assert told[-1].stage == "comparing"


def test_no_comparison_is_told_of_where_nothing_changed(pets):
    told = []
    catsclean.audit(pets)
    catsclean.audit(pets, progress=told.append)
    assert all(one.stage == "reading" for one in told)


def test_lines_name_what_is_counted(monkeypatch, capsys):
    monkeypatch.setattr(showing, "_LINE_SECONDS", -1.0)
    with showing.showing_progress(hidden=False) as show:
        show(Progress(3, 4, 30, 40))
        show(Progress(4, 4, 40, 40, "comparing"))
        show(Progress(4, 4, 40, 40, "comparing", 2, 9))
        show(Progress(3, 4, 30, 40, examines=True))
        show(Progress(4, 4, 40, 40, "judging", percent=35))
    assert capsys.readouterr().err.splitlines() == [
        "reading: 3 of 4 files",
        "comparing: searching for pairs",
        "comparing: 2 of 9 pairs",
        "reading and examining: 3 of 4 files",
        "judging content: 35 of 100 %",
    ]


def test_the_bar_names_what_is_counted(monkeypatch, capsys):
    monkeypatch.setattr(showing, "_HIDDEN_SECONDS", -1.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    for last, shown in (
        (Progress(3, 4, 30, 40), "files"),
        (Progress(4, 4, 40, 40, "comparing", 2, 9), "pairs"),
        (Progress(4, 4, 40, 40, "judging", percent=35), "judging content"),
    ):
        with showing.showing_progress(hidden=False) as show:
            show(Progress(4, 4, 40, 40))
            show(last)
        assert shown in capsys.readouterr().err


def test_the_longest_line_of_a_bar_fits_into_80_columns_with_its_estimate(monkeypatch, capsys):
    monkeypatch.setattr(showing, "_HIDDEN_SECONDS", -1.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    with showing.showing_progress(hidden=False) as show:
        for done in range(0, 25_000, 5_000):
            show(Progress(done, 25_000, done, 25_000, examines=True))
    lines = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "\n", capsys.readouterr().err)
    assert re.search(r"reading and examining", lines)
    assert re.search(r"20000/25000", lines)
    assert re.search(r"\d:\d\d:\d\d|-:--:--", lines)
