"""What a person decided to keep stands in every report, and counts in none."""

import io
import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import audits
import pytest
from rich.console import Console

from catsclean.auditing.kept_view import change_kept
from catsclean.auditing.saved_decisions import Kept
from catsclean.core.model import Severity
from catsclean.reports import (
    concise_format,
    github_format,
    json_format,
    junit_format,
    markdown_format,
    sarif_format,
)
from catsclean.reports.questions.left_to_do import left_to_do, summed_up
from catsclean.reports.tally import found, tally
from catsclean.reports.terminal import show


@pytest.fixture
def audit(tmp_path):
    """An error and a note about a file that is kept by decision, and a warning about another."""
    root = tmp_path / "set"
    rows = []
    for path in ("Cat/a.jpg", "Dog/b.jpg"):
        audits.write_jpeg(root / path, len(rows))
        rows.append(audits.row_of(root, path))
    findings = [
        audits.find("label-conflict", "Cat/a.jpg", "error"),
        audits.find("near-duplicate", "Dog/b.jpg"),
        audits.find("odd-aspect", "Cat/a.jpg", "note", "none"),
    ]
    made = audits.make_audit(root, rows, findings)
    made.state.create()
    change_kept(made.state, lambda _: {"Cat/a.jpg": Kept("Cat/a.jpg", rows[0]["sha256"], "")}, "a")
    return replace(made, kept=frozenset({"Cat/a.jpg"}))


def test_counts_and_hints_are_of_what_nobody_decided(audit):
    assert [f.validator for f in audit.undecided] == ["near-duplicate", "odd-aspect"]
    assert audit.severities() == {Severity.NOTE: 1, Severity.WARNING: 1, Severity.ERROR: 0}
    assert audit.counts() == {"label-conflict": 1, "near-duplicate": 1, "odd-aspect": 1}
    assert found(audit) == ("Found 3 findings: 0 errors, 1 warning, 1 note, 1 decided by you.")
    assert summed_up(audit, left_to_do(audit)) == "0 files can be moved safely, 1 to review."
    assert [one.validator for one in tally(audit)][-1] == "label-conflict"
    assert ", 1 decided by you>" in repr(audit)


def test_json_names_what_was_decided(audit):
    document = json.loads(json_format.render(audit))
    assert [one["decided"] for one in document["findings"]] == ["keep", None, None]
    counts = document["counts"]
    assert (counts["findings"], counts["errors"], counts["decided"]) == (3, 0, 1)


def test_lines_put_it_last_and_say_so(audit):
    assert concise_format.render(audit).splitlines() == [
        "Dog/b.jpg: near-duplicate: near-duplicate",
        "Cat/a.jpg: odd-aspect: odd-aspect",
        "Cat/a.jpg: label-conflict: label-conflict (decided by you)",
    ]


def test_no_ci_server_turns_red_for_it(audit):
    assert "label-conflict" not in github_format.render(audit)
    suite = ET.fromstring(junit_format.render(audit))[0]
    assert suite.get("failures") == "0"
    (output,) = suite.findall("testcase[@name='label-conflict']/system-out")
    assert output.text.startswith("decided by you: error: set/Cat/a.jpg")
    results = json.loads(sarif_format.render(audit))["runs"][0]["results"]
    assert [one["ruleId"] for one in results if "suppressions" in one] == ["label-conflict"]


def test_tables_have_a_column_of_it(audit):
    assert "| Validator | Severity | Findings | Kept | Fix |" in markdown_format.render(audit)
    console = Console(file=io.StringIO(), width=100)
    show(audit, console)
    assert "Kept" in console.file.getvalue()


def test_without_any_there_is_no_such_column(audit):
    audit = replace(audit, kept=frozenset())
    assert "Kept" not in markdown_format.render(audit)
    assert audit.undecided is audit.findings
