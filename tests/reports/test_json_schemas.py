"""The JSON Schemas: valid, in step with the code, true of real files, and strict about wrong ones."""

import copy
import json
import tomllib
from pathlib import Path

import pictures
import pytest
from hypothesis import given
from hypothesis import strategies as st

import catsclean
from catsclean.auditing.baseline import write_baseline
from catsclean.cleaning.decisions import MAX_ENTRIES, SCHEMA_VERSION, Action
from catsclean.cleaning.decisions_view import save_decisions
from catsclean.cli import settings_schema
from catsclean.cli.config import _checked, load_config
from catsclean.cli.settings_table import SETTINGS, SettingKind
from catsclean.core.model import Fix, Severity
from catsclean.errors import ConfigError, UsageError
from catsclean.reports import json_format, json_schemas
from catsclean.reports.json_schemas import ADDRESS, SCHEMA_NAMES, json_schema
from catsclean.validators.registry import all_validators

jsonschema = pytest.importorskip("jsonschema")


def errors_of(name, document):
    validator = jsonschema.Draft202012Validator(json_schema(name))
    return [error.message for error in validator.iter_errors(document)]


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """An audit of two splits with a shared picture, a copy and an empty file, one of them decided."""
    root = tmp_path_factory.mktemp("one") / "set"
    for split in ("train", "val"):
        pictures.make_dataset(root / split, {"Cat": 3, "Dog": 3})
    (root / "train/Cat/empty.jpg").touch()
    (root / "train/Cat/copy.jpg").write_bytes((root / "train/Cat/1.jpg").read_bytes())
    catsclean.audit(root, content=False)
    catsclean.plan_cleaning(root, keep=["train/Cat/1.jpg"], select=[]).apply()
    return catsclean.audit(root, content=False)


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_a_schema_is_valid_and_describes_itself(name):
    schema = json_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == ADDRESS.format(name)
    assert schema["title"]
    assert schema["description"].endswith(".")


def test_an_unknown_schema_is_refused():
    with pytest.raises(UsageError, match="Known: settings, audit, decisions, baseline"):
        json_schema("manifest")


def test_the_schema_of_settings_is_the_table_of_settings():
    file = json_schemas.resources.files("catsclean.reports") / "schemas/settings.schema.json"
    assert file.read_text(encoding="utf-8") == settings_schema.render(), (
        "stale; run: python -m catsclean.cli.settings_schema"
        " > catsclean/reports/schemas/settings.schema.json"
    )


def test_an_audit_is_valid(audit):
    document = json.loads(json_format.render(audit))
    assert errors_of("audit", document) == []
    assert document["findings"]
    assert document["leaks"]


def test_a_check_of_files_is_valid(audit):
    files = [audit.root / "train/Cat/empty.jpg", audit.root / "train/Cat/1.jpg"]
    found = catsclean.check_files(files, root=audit.root)
    assert errors_of("audit", json.loads(json_format.render(found))) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("findings"),
        lambda document: document.update(schema_version=2),
        lambda document: document.update(files=-1),
        lambda document: document.update(surprise=1),
        lambda document: document["findings"][0].update(severity="fatal"),
        lambda document: document["findings"][0].update(fix="delete"),
        lambda document: document["findings"][0].update(path=""),
        lambda document: document["findings"][0].update(line=1),
        lambda document: document["counts"].pop("errors"),
        lambda document: document["leaks"][0].update(share=2),
    ],
)
def test_a_wrong_audit_is_refused(audit, spoil):
    document = json.loads(json_format.render(audit))
    spoil(document)
    assert errors_of("audit", document)


def test_the_words_of_an_audit_are_those_of_the_code():
    finding = json_schema("audit")["$defs"]["finding"]["properties"]
    assert set(finding["severity"]["enum"]) == set(Severity)
    assert set(finding["fix"]["enum"]) == set(Fix)
    known = json_schema("audit")["properties"]
    assert known.keys() >= set(json_format._STABLE)
    assert known["schema_version"]["const"] == json_format.JSON_SCHEMA_VERSION


def test_decisions_that_a_review_saves_are_valid(audit, tmp_path):
    number = save_decisions(audit.state, tmp_path / "decisions.json")
    document = json.loads((tmp_path / "decisions.json").read_text())
    actions = [entry["action"] for entry in document["decisions"]]
    # one that is kept by name, and its copies, which left for it
    assert (number, sorted(actions)) == (3, ["keep", "quarantine", "quarantine"])
    assert errors_of("decisions", document) == []
    for change in (
        {"action": "delete"}, {"action": "relabel"}, {"sha256": "0" * 63}, {"path": 3},
        {"reason": "x" * 501},
    ):  # fmt: skip
        wrong = copy.deepcopy(document)
        wrong["decisions"][0].update(change)
        assert errors_of("decisions", wrong), change
    assert errors_of("decisions", document | {"kind": "other"})


def test_the_words_of_decisions_are_those_of_the_code():
    schema = json_schema("decisions")
    entry = schema["$defs"]["decision"]["properties"]
    assert set(entry["action"]["enum"]) == set(Action)
    assert schema["properties"]["schema_version"]["maximum"] == SCHEMA_VERSION
    assert schema["properties"]["decisions"]["maxItems"] == MAX_ENTRIES


def test_a_baseline_is_valid(audit, tmp_path):
    assert write_baseline(tmp_path / "known.json", audit.manifest, audit.findings)
    document = json.loads((tmp_path / "known.json").read_text())
    assert errors_of("baseline", document) == []
    document["findings"][0]["fingerprint"] = "x"
    assert errors_of("baseline", document)
    assert errors_of("baseline", {"catsclean_baseline": 3, "findings": []})


SETTING = {
    'fail-on = "fatal"': False,
    'layout = "splits"': True,
    'select = ["file"]': True,
    'select = "file"': False,
    "workers = 0": False,
    "workers = 4": True,
    "timeout = 0": False,
    "timeout = 0.5": True,
    "content = 1": False,
    "follow-links-to = 'store'": True,
    "follow-links-to = ['a', 'b']": True,
    "follow-links-to = ['']": False,
    "baseline = ''": False,
    "no-such-setting = 1": False,
    "per-path-ignores = {'raw/**' = ['blurry']}": True,
    "per-path-ignores = {'raw/**' = 'blurry'}": False,
    "validators = {odd-size = 3}": False,
    "validators = {odd-size = {max_ratio = 16.0, severity = 'error'}}": True,
    "validators = {odd-size = {max-ratio = 16.0}}": True,
}


@pytest.mark.parametrize(("text", "good"), SETTING.items())
def test_the_schema_and_the_reader_of_settings_agree(tmp_path, text, good):
    path = tmp_path / "catsclean.toml"
    path.write_text(text)
    assert (errors_of("settings", tomllib.loads(text)) == []) is good
    if good:
        load_config(path)
    else:
        with pytest.raises(ConfigError):
            load_config(path)


@pytest.mark.parametrize(
    "options", [{"no_option": 1}, {"max_ratio": 0.5}, {"severity": "fatal"}, {"max_ratio": "x"}]
)
def test_the_schema_and_a_validator_agree_about_its_options(options):
    assert errors_of("settings", {"validators": {"odd-size": options}})
    with pytest.raises(ConfigError):
        all_validators()["odd-size"](**options)


@given(st.integers(-2, 3) | st.text(max_size=3) | st.booleans() | st.lists(st.text(max_size=3)))
def test_no_value_passes_the_schema_that_the_reader_refuses(value):
    for setting in SETTINGS:
        if setting.kind is SettingKind.BY_VALIDATOR or "\0" in str(value):
            continue
        if errors_of_one(setting.name, value) == []:
            _checked(setting, setting.name, value, Path())


VALIDATORS = {
    name: jsonschema.Draft202012Validator(schema)
    for name, schema in json_schema("settings")["properties"].items()
}


def errors_of_one(name, value):
    return list(VALIDATORS[name].iter_errors(value))
