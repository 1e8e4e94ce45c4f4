"""The audit as JSON Lines."""

import json

import audits
import jsonschema

from catsclean.auditing.baseline import fingerprints
from catsclean.reports import json_format, jsonl_format
from catsclean.reports.json_schemas import json_schema


def lines_of(audit):
    text = jsonl_format.render(audit)
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_a_finding_of_the_json_format_and_its_fingerprint(hostile):
    own = fingerprints(hostile.manifest, hostile.findings)
    found = json.loads(json_format.render(hostile))["findings"]
    assert lines_of(hostile) == [
        {**finding, "fingerprint": one} for finding, one in zip(found, own, strict=True)
    ]


def test_a_line_is_valid_by_the_schema_of_findings(hostile):
    finding = jsonschema.Draft202012Validator(json_schema("audit")["$defs"]["finding"])
    for line in lines_of(hostile):
        del line["fingerprint"]
        finding.validate(line)


def test_an_incomplete_audit_says_so_in_its_first_line(tmp_path):
    findings = [audits.find("blurry", "1.jpg")]
    first, second = lines_of(
        audits.make_audit(tmp_path, [], findings, incomplete=True, not_judged=2)
    )
    assert (first["validator"], first["severity"], first["path"]) == (
        "audit-incomplete", "error", None,
    )  # fmt: skip
    assert "2 files could not be judged" in first["message"]
    assert first.keys() == second.keys()


def test_nothing_found_writes_nothing(tmp_path):
    assert jsonl_format.render(audits.make_audit(tmp_path, [], [])) == ""
