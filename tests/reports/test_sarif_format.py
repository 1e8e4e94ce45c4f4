"""The audit as SARIF."""

import json
from urllib.parse import unquote_to_bytes, urlsplit

import audits
import jsonschema
import pytest

from catsclean.core import names
from catsclean.core.site_address import SITE
from catsclean.reports import sarif_format
from catsclean.validators.registry import all_validators


@pytest.fixture
def run(hostile):
    (run,) = json.loads(sarif_format.render(hostile))["runs"]
    return run


def test_it_is_valid_by_the_published_schema(hostile, schema_of):
    content = json.loads(sarif_format.render(hostile))
    jsonschema.Draft7Validator(schema_of("sarif-2.1.0")).validate(content)


def test_an_incomplete_audit_is_valid_and_says_so(tmp_path, schema_of):
    audit = audits.make_audit(tmp_path, [], [], incomplete=True, not_judged=3)
    content = json.loads(sarif_format.render(audit))
    jsonschema.Draft7Validator(schema_of("sarif-2.1.0")).validate(content)
    (invocation,) = content["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert (
        "3 files could not be judged"
        in invocation["toolExecutionNotifications"][0]["message"]["text"]
    )


def test_every_finding_is_a_result_that_points_at_its_rule(hostile, run):
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == len(hostile.findings)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


def test_addresses_lead_back_to_the_bytes_of_the_name(hostile, run):
    places = {
        result["properties"]["path"]: result["locations"][0]["physicalLocation"][
            "artifactLocation"
        ]["uri"]
        for result in run["results"]
    }
    del places[None]
    for path, uri in places.items():
        parts = urlsplit(uri)
        assert not parts.scheme
        assert not parts.query
        assert unquote_to_bytes(parts.path) == b"set/" + names.raw_bytes(path)


def test_results_have_stable_fingerprints(hostile):
    assert sarif_format.render(hostile) == sarif_format.render(hostile)


def test_files_are_named_from_the_working_folder(hostile, monkeypatch):
    monkeypatch.chdir(hostile.root.parent.parent)
    assert f'"uri": "{hostile.root.parent.name}/set/Cat/' in sarif_format.render(hostile)


def test_more_results_than_viewers_take_are_cut_worst_first_with_a_note(tmp_path):
    findings = [audits.find("odd-size", f"{n}.jpg") for n in range(6_000)]
    findings.append(audits.find("zero-length", "x.jpg", "error"))
    (run,) = json.loads(sarif_format.render(audits.make_audit(tmp_path, [], findings)))["runs"]
    assert len(run["results"]) == 5_000
    assert run["results"][0]["ruleId"] == "zero-length"
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("5,000 of 6,001 findings")


def test_no_control_character_is_written(hostile):
    assert all(
        line.isprintable() and line.isascii() for line in sarif_format.render(hostile).split("\n")
    )


def test_a_rule_of_ours_leads_to_its_page(run):
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    known = [name for name in rules if name in all_validators()]
    assert known
    for name in known:
        assert rules[name]["helpUri"] == f"{SITE}validators/{name}/"
