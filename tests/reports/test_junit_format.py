"""The audit as JUnit XML."""

from xml.etree import ElementTree as ET

import audits
import pytest

from catsclean.reports import junit_format


def suite_of(audit):
    return ET.fromstring(junit_format.render(audit)).find("testsuite")


def test_every_validator_that_ran_is_a_test_case(tmp_path):
    audit = audits.make_audit(tmp_path, [], [], validators={"zero-length": {}, "blurry": {}})
    assert [case.get("name") for case in suite_of(audit)] == ["blurry", "zero-length"]


def test_errors_fail_their_case(hostile):
    suite = suite_of(hostile)
    assert suite.get("failures") == "1"
    (failure,) = suite.findall("testcase[@name='undecodable']/failure")
    assert len(failure.text.split("\n")) == len(audits.HOSTILE_NAMES)


def test_warnings_and_notes_stand_in_the_output_of_their_case(hostile):
    case = suite_of(hostile).find("testcase[@name='solid-colour']")
    assert case.find("failure") is None
    assert case.find("system-out").text.startswith("warning: set/Cat/")


def test_counts_agree_with_the_cases(hostile):
    suite = suite_of(hostile)
    assert int(suite.get("tests")) == len(suite.findall("testcase"))
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("errors")) == len(suite.findall("testcase/error"))


def test_an_incomplete_audit_is_an_error(tmp_path):
    suite = suite_of(audits.make_audit(tmp_path, [], [], incomplete=True, not_judged=1))
    assert suite.get("errors") == "1"
    assert suite.find("testcase/error").get("message") == "1 file could not be judged"


def test_hostile_names_are_text_and_nothing_else(hostile):
    text = junit_format.render(hostile)
    assert all(line.isprintable() for line in text.split("\n"))
    known = {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert {element.tag for element in ET.fromstring(text).iter()} == known
    shown = " ".join(ET.fromstring(text).itertext())
    assert all(finding.path in shown for finding in hostile.findings if finding.path)


def test_a_message_that_broke_its_promise_is_made_safe(tmp_path):
    audit = audits.make_audit(
        tmp_path, [], [audits.find("odd", "a.jpg", "error", message="\x00\x1b\udcff")]
    )
    assert r"\x00\x1b\udcff" in junit_format.render(audit)


def test_other_tools_read_it(hostile, tmp_path):
    junitparser = pytest.importorskip("junitparser")
    path = tmp_path / "junit.xml"
    path.write_text(junit_format.render(hostile), encoding="utf-8")
    (suite,) = junitparser.JUnitXml.fromfile(str(path))
    assert suite.failures == 1
    assert suite.tests == 4


def test_long_lists_are_cut_with_a_note(tmp_path):
    findings = [audits.find("zero-length", f"{n}.jpg", "error") for n in range(1_500)]
    failure = suite_of(audits.make_audit(tmp_path, [], findings)).find("testcase/failure")
    assert failure.text.endswith("1,000 of 1,500 shown")
