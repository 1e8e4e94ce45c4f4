"""The page says what was measured, what was asked, and what is missing."""

import pytest

from benchmarks import page, plots
from benchmarks.results import Asked, Results, Row, Section, compare

ROWS = (
    Row("decode", "ms", (2.0, 3.0, 1.0), plot="Pets"),
    compare(
        "Pets: catsclean audit",
        "ms",
        [3.0, 3.3, 3.2],
        "the decode",
        [2.0, 3.0, 1.0],
        asked=Asked(1.2, "ratio"),
        plot="Pets",
    ),
    Row("help", "s CPU", (0.2, 0.21), asked=Asked(0.25)),
    Row("gain", "×", (1.9,), asked=Asked(1.8, least=True)),
    Row("peer", "ms", note="does not install: no | such package", asked=Asked(2, least=True)),
)


def results(*, quick=False, others_cores=0.01):
    section = Section("Cold", "How.", ROWS, quick, 12.3, others_cores, {"peer": "1.2"})
    return Results({"processor": "Fast | One", "cores": "2 of 2"}, {"cold": section})


def line(text, start):
    return next(row for row in text.splitlines() if row.startswith(f"| {start}"))


def test_a_row_shows_median_range_and_number_of_runs():
    assert "| 2 ms | 1 to 3, 3 |" in line(page.write(results(), {}, "images"), "decode")


def test_a_ratio_is_the_median_of_the_rounds_and_not_the_ratio_of_the_medians():
    shown = line(page.write(results(), {}, "images"), "Pets: catsclean")
    assert "| the decode | 1.5 | ≤ 1.2 × | **missed** |" in shown


def test_least_and_most_are_told_apart():
    text = page.write(results(), {}, "images")
    assert "| ≤ 0.25 s CPU | held |" in line(text, "help")
    assert "| ≥ 1.8 × | held |" in line(text, "gain")


def test_what_was_not_measured_says_why_and_breaks_no_table():
    shown = line(page.write(results(), {}, "images"), "peer |")
    assert "not measured: does not install: no \\| such package" in shown
    assert shown.replace("\\|", "").count("|") == page._HEAD.splitlines()[0].count("|")


def test_the_summary_counts_and_names_what_was_missed():
    text = page.write(results(), {}, "images")
    assert "Of 4 figures asked, 2 held, 1 missed, 1 not measured." in text
    assert "| Cold: Pets: catsclean audit | 1.5 × the decode | ≤ 1.2 × |" in text


def test_machine_and_versions_stand_on_the_page():
    text = page.write(results(), {}, "images")
    assert "| processor | Fast \\| One |" in text
    assert "| peer (peer) | 1.2 |" in text


def test_a_quick_run_says_that_it_is_not_for_quoting():
    assert "Not for quoting" in page.write(results(quick=True), {}, "images")
    assert "Not for quoting" not in page.write(results(), {}, "images")


def test_a_busy_machine_is_told():
    assert "0.90 processors were busy" in page.write(results(others_cores=0.9), {}, "images")
    assert "look at ratios" in page.write(results(others_cores=0.9), {}, "images")


def test_the_page_can_be_drawn_again_from_the_json(tmp_path):
    results().save(tmp_path / "performance.json")
    again = Results.load(tmp_path / "performance.json")
    assert again == results()
    assert page.write(again, {}, "images") == page.write(results(), {}, "images")


def test_a_peer_in_fewer_rounds_is_compared_with_its_last_figure():
    row = compare("x", "s", [2.0, 3.0, 4.0], "peer", [1.0, 2.0])
    assert row.ratios == (2.0, 1.5, 2.0)


def test_plots_are_small_the_same_each_time_and_shown(tmp_path):
    pytest.importorskip("matplotlib")
    section = results().sections["cold"]
    (name,) = plots.draw("cold", section, tmp_path / "one")
    plots.draw("cold", section, tmp_path / "two")
    first = (tmp_path / "one" / name).read_bytes()
    assert first == (tmp_path / "two" / name).read_bytes()
    assert len(first) < 30_000
    assert f"](images/{name})" in page.write(results(), {"cold": [name]}, "images")


def test_a_section_without_figures_has_no_plot(tmp_path):
    section = Section("Empty", "", (Row("peer", "s", note="missing", plot="x"),), False, 1.0, 0.0)
    assert plots.draw("empty", section, tmp_path) == []
