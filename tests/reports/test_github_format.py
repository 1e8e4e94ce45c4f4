"""GitHub's annotations and step summary."""

import re

import audits
import pytest

from catsclean.reports import github_format

COMMAND = re.compile(
    r"::(error|warning|notice) title=([^:,\r\n]*)(?:,file=([^:,\r\n]*))?::([^\r\n]*)"
)


def annotations(text):
    """Parse as the runner does: one command a line, properties before the second ``::``."""
    found = [COMMAND.fullmatch(line) for line in text.split("\n")[:-1]]
    assert None not in found
    return [(match[1], match[2], match[4]) for match in found]


def test_there_is_one_annotation_for_each_validator(hostile):
    titles = [title for _, title, _ in annotations(github_format.render(hostile))]
    names = ("undecodable", "solid-colour", "near-duplicate", "class-imbalance")
    assert titles == [f"catsclean%3A {name}" for name in names]


def test_levels_follow_the_severity(hostile):
    levels = [level for level, _, _ in annotations(github_format.render(hostile))]
    assert levels == ["error", "warning", "warning", "notice"]


@pytest.mark.parametrize("name", audits.HOSTILE_NAMES)
def test_a_hostile_name_adds_no_command(tmp_path, name):
    from catsclean.core import names

    (tmp_path / "set").mkdir()
    path = names.encode(name)
    audit = audits.make_audit(
        tmp_path / "set",
        [],
        [audits.find("zero-length", path, "error", message=f"{name} is empty")],
    )
    ((_, _, message),) = annotations(github_format.render(audit))
    shown = message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert path in shown
    assert "\n" not in shown
    assert "\r" not in shown


def test_at_most_ten_annotations_of_a_level_are_written(tmp_path):
    findings = [audits.find(f"rule-{n}", f"{n}.jpg", "error") for n in range(14)]
    found = annotations(github_format.render(audits.make_audit(tmp_path, [], findings)))
    assert len(found) == 10
    assert found[-1][1] == "catsclean%3A 5 more validators"
    assert "rule-13 (1)" in found[-1][2]


def test_an_incomplete_audit_says_so_first(tmp_path):
    findings = [audits.find(f"rule-{n}", f"{n}.jpg", "error") for n in range(14)]
    audit = audits.make_audit(tmp_path, [], findings, incomplete=True, not_judged=2)
    found = annotations(github_format.render(audit))
    assert found[0][2] == "2 files could not be judged: do not trust a clean result"
    assert len(found) == 10


def test_nothing_found_writes_nothing(tmp_path):
    assert not github_format.render(audits.make_audit(tmp_path, [], []))


def test_the_step_summary_is_appended_where_github_asks_for_it(hostile, tmp_path, monkeypatch):
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    github_format.write_step_summary(hostile)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("before\n## catsclean")
    assert "| <code>undecodable</code> | ❌ error | 20 | – |" in text


def test_without_github_no_summary_is_written(hostile, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    github_format.write_step_summary(hostile)


def test_the_step_summary_stays_below_what_github_takes(tmp_path):
    long = "x" * 20_000
    findings = [audits.find(f"rule-{n}", f"{n}.jpg", message=long) for n in range(60)]
    text = github_format.step_summary(audits.make_audit(tmp_path, [], findings))
    assert len(text.encode()) < 1_000_000
    assert "rule-59" in text.replace("&#45;", "-")


def test_an_annotation_stands_at_the_file_of_its_first_finding(tmp_path):
    root = tmp_path / "repository" / "data" / "Pets"
    root.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    findings = [
        audits.find("undecodable", "Cat/a,b:1.jpg", "error"),
        audits.find("class-imbalance", None),
    ]
    first, second = github_format.render(audits.make_audit(root, [], findings)).splitlines()
    assert first.startswith(
        "::error title=catsclean%3A undecodable,file=data/Pets/Cat/a%2Cb%3A1.jpg::1 finding."
        " data/Pets/Cat/a,b:1.jpg: "
    )
    assert ",file=" not in second
