"""The page of a large set: 25,000 files with 5,000 findings."""

import importlib.util
from pathlib import Path

import pytest
from patience import HANG_S

from catsclean.reports.html import render_html

# the page of this set has 51,000
MOST_ELEMENTS = 75_000


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[3] / "benchmarks" / "report.py"
    spec = importlib.util.spec_from_file_location("benchmark_report", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_25_000_files_with_5_000_findings_make_a_page_that_opens(benchmark, tmp_path, browser):
    audit = benchmark.make(tmp_path / "Pets", 25_000, 5_000, drawn=400)
    text = render_html(audit)
    assert len(text.encode()) < 10_000_000
    assert text.count("<img ") > 1_800
    page = tmp_path / "report.html"
    page.write_text(text, encoding="utf-8")
    tab = browser.new_page()
    tab.set_default_timeout(1_000 * HANG_S)
    tab.goto(page.resolve().as_uri(), wait_until="load")
    # what it costs to open is counted, because a clock would measure the machine
    assert tab.locator("*").count() < MOST_ELEMENTS
    assert tab.locator(".card").count() > 500
    tab.close()
