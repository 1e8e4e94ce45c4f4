"""A baseline can be read by a person, and by every later version."""

import json

import pictures
import pytest

import catsclean
from catsclean.auditing.baseline import fingerprints, read_baseline, write_baseline
from catsclean.errors import ConfigError


@pytest.fixture
def audit(tmp_path):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    (root / "Cat/empty\x1b[31m.jpg").touch()
    (root / "Dog/one.jpg").write_bytes((root / "Cat/1.jpg").read_bytes())
    return catsclean.audit(root)


def test_each_entry_says_which_finding_it_is(audit, tmp_path):
    path = tmp_path / "known.json"
    assert write_baseline(path, audit.manifest, audit.findings) == len(
        set(fingerprints(audit.manifest, audit.findings))
    )
    text = path.read_text()
    listed = json.loads(text)["findings"]
    assert {(e["path"], e["validator"], e["message"], e["fingerprint"]) for e in listed} == {
        (f.path, f.validator, f.message, p)
        for f, p in zip(audit.findings, fingerprints(audit.manifest, audit.findings), strict=True)
    }
    assert text.isprintable() is False  # line ends only
    assert all(line.isprintable() for line in text.splitlines())
    assert audit.without(read_baseline(path)).findings == ()


def test_an_entry_that_a_person_deletes_counts_again(audit, tmp_path):
    path = tmp_path / "known.json"
    write_baseline(path, audit.manifest, audit.findings)
    content = json.loads(path.read_text())
    content["findings"] = [e for e in content["findings"] if e["validator"] != "zero-length"]
    path.write_text(json.dumps(content))
    (left,) = audit.without(read_baseline(path)).findings
    assert left.validator == "zero-length"


def test_a_baseline_of_bare_fingerprints_is_still_read(audit, tmp_path):
    path = tmp_path / "known.json"
    prints = fingerprints(audit.manifest, audit.findings)
    path.write_text(json.dumps({"catsclean_baseline": 1, "fingerprints": prints}))
    assert audit.without(read_baseline(path)).findings == ()


def test_an_old_baseline_is_replaced(audit, tmp_path):
    path = tmp_path / "known.json"
    path.write_text(json.dumps({"catsclean_baseline": 1, "fingerprints": []}))
    write_baseline(path, audit.manifest, audit.findings)
    assert json.loads(path.read_text())["catsclean_baseline"] == 2


@pytest.mark.parametrize(
    "content",
    [
        [], 3, {}, {"catsclean_baseline": 3, "findings": []}, {"catsclean_baseline": 2},
        {"catsclean_baseline": 2, "findings": ["abc"]}, {"catsclean_baseline": 1, "findings": []},
        {"catsclean_baseline": 2, "findings": [{"path": "Cat/1.jpg"}]},
        {"catsclean_baseline": 2, "findings": {"fingerprint": "a"}},
        {"catsclean_baseline": 1, "fingerprints": [1]},
    ],
)  # fmt: skip
def test_anything_else_is_refused(tmp_path, content):
    path = tmp_path / "known.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match="not a baseline"):
        read_baseline(path)


def test_a_baseline_that_is_missing_or_no_json_is_explained_without_numbers(tmp_path):
    with pytest.raises(ConfigError, match=r"json': No such file or directory\. Write one"):
        read_baseline(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ConfigError, match=r"bad\.json': it is not JSON\. Write one"):
        read_baseline(tmp_path / "bad.json")
