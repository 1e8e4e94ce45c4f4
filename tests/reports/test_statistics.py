"""The number of findings by validator."""

import json

import audits

from catsclean.reports.statistics import render_statistics

FINDINGS = [
    audits.find("blurry", "1.jpg", "note"), audits.find("zero-length", "2.jpg", "error"),
    audits.find("blurry", "3.jpg", "note"),
]  # fmt: skip


def test_the_most_frequent_comes_first(tmp_path):
    lines = render_statistics(audits.make_audit(tmp_path, [], FINDINGS)).splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["2", "blurry", "note"], ["1", "zero-length", "error"],
    ]  # fmt: skip


def test_as_json_it_is_a_list(tmp_path):
    found = json.loads(render_statistics(audits.make_audit(tmp_path, [], FINDINGS), as_json=True))
    assert [(one["count"], one["validator"], one["decided"]) for one in found] == [
        (2, "blurry", 0), (1, "zero-length", 0),
    ]  # fmt: skip
