from pathlib import Path

from catsclean.reports.catalogue import render_catalogue, render_page
from catsclean.validators.registry import all_validators

DOCS = Path(__file__).parents[2] / "docs"


def test_the_catalogue_in_docs_is_what_the_docstrings_say():
    written = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    assert written == render_catalogue(), (
        "docs/catalogue.md is stale; run: python -m catsclean.reports.catalogue > docs/catalogue.md"
    )


def test_a_page_states_family_severity_fix_default_and_options():
    page = render_page(all_validators()["trailing-data"])
    assert page.startswith("# trailing-data\n\nFind ")
    for fact in ("Family: file", "Severity: note", "Fix: none", "Default: off", "## Options"):
        assert fact in page
    assert "| `min_bytes` | int, 0 or more | `1` |" in page


def test_headings_follow_the_level_that_is_asked_for():
    page = render_page(all_validators()["zero-length"], level=3)
    assert {line.split()[0] for line in page.splitlines() if line.startswith("#")} == {
        "###",
        "####",
    }
