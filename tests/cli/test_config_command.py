"""``catsclean config``: the settings in force, each with its source, and the schemas."""

import json
import tomllib

import pytest

import catsclean
from catsclean.cli.config import load_config
from catsclean.cli.settings_table import SETTINGS
from catsclean.errors import ConfigError
from catsclean.reports.json_schemas import SCHEMA_NAMES, json_schema

SOME = (
    'fail-on = "warning"\nexclude = ["raw/", "\\u202e"]\n[validators.odd-size]\nmax_ratio = 16.0\n'
)


def test_each_setting_is_shown_with_where_it_comes_from(run, tmp_path, monkeypatch):
    (tmp_path / "catsclean.toml").write_text(SOME)
    monkeypatch.setenv("CATSCLEAN_WORKERS", "3")
    shown = json.loads(run("config", "show", "--format", "json").stdout)
    file = str(tmp_path / "catsclean.toml")
    assert shown["file"] == file
    assert list(shown["settings"]) == [setting.name for setting in SETTINGS]
    assert shown["settings"]["fail-on"] == {"value": "warning", "source": "file", "from": file}
    assert shown["settings"]["layout"] == {"value": "auto", "source": "default", "from": None}
    assert shown["settings"]["workers"] == {
        "value": 3, "source": "environment", "from": "CATSCLEAN_WORKERS",
    }  # fmt: skip


def test_what_is_shown_as_toml_sets_the_same(run, tmp_path, monkeypatch):
    (tmp_path / "catsclean.toml").write_text(SOME + '[per-path-ignores]\n"a b/**" = ["blurry"]\n')
    monkeypatch.setenv("CATSCLEAN_TIMEOUT", "2.5")
    text = run("config", "show").stdout
    assert "\u202e" not in text
    (tmp_path / "shown.toml").write_text(text, encoding="utf-8")
    shown, own = load_config(tmp_path / "shown.toml"), load_config(tmp_path / "catsclean.toml")
    assert (shown.exclude, shown.options) == (own.exclude, own.options)
    assert shown.per_path_ignores == {"a b/**": ("blurry",)}
    assert shown.limits.timeout_s == 2.5
    assert f'fail-on = "warning"  # file: {tmp_path / "catsclean.toml"}\n' in text
    assert "timeout = 2.5  # environment: CATSCLEAN_TIMEOUT\n" in text


def test_settings_inside_the_data_set_do_not_count(run, tmp_path, monkeypatch):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/catsclean.toml").write_text(SOME)
    monkeypatch.chdir(tmp_path / "set")
    assert tomllib.loads(run("config", "show", "--root", ".").stdout)["fail-on"] == "error"
    assert tomllib.loads(run("config", "show").stdout)["fail-on"] == "warning"


def test_variables_of_options_and_misspelt_ones_are_shown(run, monkeypatch):
    monkeypatch.setenv("CATSCLEAN_AUDIT_FORMAT", "json")
    monkeypatch.setenv("CATSCLEAN_FAILON", "note")
    shown = json.loads(run("config", "show", "-f", "json").stdout)
    assert shown["options"] == {"CATSCLEAN_AUDIT_FORMAT": "json"}
    assert shown["unknown_variables"] == ["CATSCLEAN_FAILON"]
    assert "CATSCLEAN_FAILON" in run("config", "show").stdout


def test_the_library_reads_only_the_environment_that_it_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATSCLEAN_FAIL_ON", "note")
    assert catsclean.find_settings()["fail-on"].value == "error"
    given = catsclean.find_settings(environment={"CATSCLEAN_FAIL_ON": "never"})
    assert (given["fail-on"].value, given["fail-on"].source) == ("never", "environment")
    with pytest.raises(ConfigError, match="CATSCLEAN_FAIL_ON must be one of"):
        catsclean.find_settings(environment={"CATSCLEAN_FAIL_ON": "fatal"})


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_a_schema_is_printed(run, name):
    assert json.loads(run("config", "schema", name).stdout) == json_schema(name)


def test_without_a_name_it_is_the_schema_of_settings(run):
    assert json.loads(run("config", "schema").stdout) == json_schema("settings")


def test_a_schema_is_not_shown_as_settings(run):
    done = run("config", "show", "audit")
    assert (done.returncode, done.stdout) == (2, "")
    assert "catsclean config schema audit" in done.stderr


def test_without_an_action_it_names_the_actions_in_one_line(run):
    result = run("config")
    assert (result.returncode, result.stdout) == (2, "")
    assert "Choose from: show, schema. Try: catsclean config --help" in result.stderr
    assert "\\x09" not in result.stderr
