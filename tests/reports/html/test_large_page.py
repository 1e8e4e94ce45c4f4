"""The page of a large set: 25,000 files with 5,000 findings."""

import importlib.util
import time
from pathlib import Path

import pytest

from catsclean.reports.html import render_html


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[3] / "benchmarks" / "report.py"
    spec = importlib.util.spec_from_file_location("benchmark_report", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_25_000_files_with_5_000_findings_make_a_page_that_opens(benchmark, tmp_path, browser):
    audit = benchmark.make(tmp_path / "Pets", 25_000, 5_000)
    begun = time.process_time()
    text = render_html(audit)
    seconds = time.process_time() - begun
    assert len(text.encode()) < 10_000_000
    assert text.count("<img ") > 1_800
    assert seconds < 20
    page = tmp_path / "report.html"
    page.write_text(text, encoding="utf-8")
    # the clock would tell how busy the machine is
    _, main_thread_seconds = benchmark.measure_opening(browser, page)
    assert main_thread_seconds < 4
