"""The audit as Markdown."""

import html
import re

import audits
import pytest

from catsclean.core import names
from catsclean.reports import markdown_format


def test_the_table_counts_findings_by_validator(hostile):
    text = markdown_format.render(hostile)
    assert "| <code>near&#45;duplicate</code> | ⚠️ warning | 10 | review |" in text


def test_the_verdict_names_the_severities(hostile):
    assert "**51 findings: 20 errors, 30 warnings, 1 note.**" in markdown_format.render(hostile)


def test_nothing_found_is_said(tmp_path):
    assert "**No findings.**" in markdown_format.render(audits.make_audit(tmp_path, [], []))


@pytest.mark.parametrize("name", audits.HOSTILE_NAMES)
def test_a_hostile_name_is_shown_and_does_nothing(name):
    text = markdown_format.code(names.encode(name))
    inner = text.removeprefix("<code>").removesuffix("</code>")
    assert html.unescape(inner) == names.encode(name)
    # what is left holds nothing that Markdown or HTML knows, but numbers of characters
    assert not re.search(r"[\\`*_\[\]<>|~@:/\"']", inner)


def test_a_report_of_hostile_names_holds_no_markup_of_theirs(hostile):
    text = markdown_format.render(hostile)
    assert set(re.findall(r"<(/?\w+)", text)) == {
        "code", "/code", "details", "/details", "summary", "/summary",
    }  # fmt: skip
    assert all(line.isprintable() for line in text.split("\n"))


def test_the_three_classes_that_overlap_most_are_named(tmp_path):
    overlaps = [
        {"given": f"<{n}>", "suggested": "Dog", "count": 1_200 - n, "share": 0.25} for n in range(4)
    ]
    text = markdown_format.render(
        audits.make_audit(tmp_path, [], [], content={"overlaps": overlaps})
    )
    assert "<code>&#60;0&#62;</code> as <code>Dog</code> 1,200 (25.0%); " in text
    assert "&#60;2&#62;" in text
    assert "&#60;3&#62;" not in text
