"""The audit as GitLab Code Quality JSON."""

import json
import re

import audits

from catsclean.core.model import Fix
from catsclean.reports import gitlab_format


def entries_of(audit):
    return json.loads(gitlab_format.render(audit))


def test_an_entry_has_what_gitlab_needs(hostile):
    for entry in entries_of(hostile):
        assert entry.keys() == {
            "description", "check_name", "fingerprint", "severity", "location",
        }  # fmt: skip
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert re.fullmatch("[0-9a-f]{32}", entry["fingerprint"])
        assert entry["location"]["path"]
        assert entry["location"]["lines"] == {"begin": 1}
        assert entry["description"].isprintable()


def test_every_finding_is_an_entry_and_the_worst_come_first(hostile):
    found = entries_of(hostile)
    assert len(found) == len(hostile.findings)
    order = ["major", "minor", "info"]
    assert [entry["severity"] for entry in found] == sorted(
        (entry["severity"] for entry in found), key=order.index
    )


def test_no_two_entries_have_the_same_fingerprint(tmp_path):
    twice = [audits.find("split-leak", "Cat/1.jpg", "error", message=text) for text in ("a", "b")]
    found = entries_of(audits.make_audit(tmp_path, [], twice))
    assert len({entry["fingerprint"] for entry in found}) == 2
    # the first one stays the same when the second goes
    (alone,) = entries_of(audits.make_audit(tmp_path, [], twice[:1]))
    assert alone == found[0]


def test_paths_start_at_the_repository(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    findings = [audits.find("zero-length", "Cat/1.jpg"), audits.find("class-imbalance", None)]
    found = entries_of(audits.make_audit(tmp_path / "data", [], findings))
    assert [entry["location"]["path"] for entry in found] == ["data/Cat/1.jpg", "data"]


def test_an_incomplete_audit_is_an_entry(tmp_path):
    (entry,) = entries_of(audits.make_audit(tmp_path, [], [], incomplete=True, not_judged=2))
    assert (entry["check_name"], entry["severity"]) == ("audit-incomplete", "blocker")
    assert "2 files could not be judged" in entry["description"]


def test_what_a_person_decided_to_keep_is_left_out(tmp_path):
    from dataclasses import replace

    finding = audits.find("blurry", "Cat/1.jpg", fix=Fix.REVIEW)
    audit = replace(audits.make_audit(tmp_path, [], [finding]), kept=frozenset({"Cat/1.jpg"}))
    assert entries_of(audit) == []


def test_too_many_findings_are_cut_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(gitlab_format, "MAX_ENTRIES", 3)
    findings = [audits.find("blurry", f"{number}.jpg") for number in range(5)]
    found = entries_of(audits.make_audit(tmp_path, [], findings))
    assert len(found) == 4
    assert found[-1]["description"] == "3 of 5 findings are in this report, the worst first."
