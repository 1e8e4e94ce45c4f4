"""Environment variables for options and settings: which there are, and which one counts."""

from collections import Counter

import pytest
from pictures import make_dataset

from catsclean.cli.commands import Commands
from catsclean.cli.config import read_variables
from catsclean.cli.settings_in_force import known_variables
from catsclean.cli.settings_table import SETTINGS
from catsclean.errors import ConfigError


@pytest.fixture
def pets(tmp_path):
    """A data set with one warning and no error."""
    root = make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
    (root / "Cat/0.jpg").rename(root / "Cat/0.png")
    return root


def check(run, *options):
    return run("check", "Pets/Cat/0.png", *options)


def test_no_two_options_or_settings_have_the_same_variable():
    assert [name for name, times in Counter(known_variables()).items() if times > 1] == []


def test_every_option_of_every_command_has_a_variable():
    known = set(known_variables())
    group = Commands(name="catsclean")
    for command in group.commands:
        for parameter in group.get_command(None, command).params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                name = max(parameter.opts, key=len).lstrip("-").replace("-", "_")
                assert f"CATSCLEAN_{command.replace('-', '_')}_{name}".upper() in known


def test_an_option_is_set_by_its_variable(run, pets, monkeypatch):
    assert check(run).returncode == 0
    monkeypatch.setenv("CATSCLEAN_CHECK_FAIL_ON", "warning")
    assert check(run).returncode == 1
    assert check(run, "--fail-on", "error").returncode == 0


def test_the_option_comes_before_its_variable_the_shared_one_and_the_file(
    run, pets, tmp_path, monkeypatch
):
    (tmp_path / "catsclean.toml").write_text('fail-on = "warning"')
    assert check(run).returncode == 1
    monkeypatch.setenv("CATSCLEAN_FAIL_ON", "never")
    assert check(run).returncode == 0
    monkeypatch.setenv("CATSCLEAN_CHECK_FAIL_ON", "note")
    assert check(run).returncode == 1
    assert check(run, "--fail-on", "error").returncode == 0


@pytest.mark.parametrize(("text", "lines"), [("1", 0), ("yes", 0), ("off", 1), ("", 1)])
def test_a_flag_is_set_by_words(run, pets, monkeypatch, text, lines):
    monkeypatch.setenv("CATSCLEAN_CHECK_QUIET", text)
    assert len(run("check").stderr.splitlines()) == lines


def test_names_are_separated_by_commas(run, pets, monkeypatch):
    monkeypatch.setenv("CATSCLEAN_CHECK_IGNORE", "zero-length, wrong-extension")
    assert check(run, "--fail-on", "note").stdout == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CATSCLEAN_CHECK_FAIL_ON", "fatal"),
        ("CATSCLEAN_FAIL_ON", "fatal"),
        ("CATSCLEAN_CHECK_QUIET", "perhaps"),
        ("CATSCLEAN_CHECK_FORMAT", "xml"),
        ("CATSCLEAN_CHECK_SELECT", "no-such-validator"),
        ("CATSCLEAN_SELECT", "no-such-validator"),
        ("CATSCLEAN_WORKERS", "many"),
        ("CATSCLEAN_MAX_PIXELS", "-1"),
        ("CATSCLEAN_CHECK_CONFIG", "missing.toml"),
        ("CATSCLEAN_CONFIG", "missing.toml"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(run, pets, monkeypatch, name, text):
    monkeypatch.setenv(name, text)
    done = check(run)
    assert done.returncode == 2
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_a_variable_names_as_settings_file_sets_the_state_folder(
    run, pets, tmp_path, monkeypatch
):
    (tmp_path / "other.toml").write_text('state-dir = "mine"')
    monkeypatch.setenv("CATSCLEAN_AUDIT_CONFIG", "other.toml")
    run("audit", "Pets", "-q", "--select", "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pets", "mine", "other.toml"]


def test_a_settings_file_is_named_for_commands_without_that_option(
    run, pets, tmp_path, monkeypatch
):
    run("audit", "Pets", "-q", "--select", "file")
    (tmp_path / "other.toml").write_text("workers = 0")
    monkeypatch.setenv("CATSCLEAN_CONFIG", "other.toml")
    done = run("clean", "Pets")
    assert (done.returncode, "other.toml" in done.stderr) == (2, True)


def test_every_setting_but_the_tables_has_a_variable():
    assert [setting.name for setting in SETTINGS if not setting.variable] == [
        "per-path-ignores", "validators",
    ]  # fmt: skip


def test_folders_are_separated_as_in_path(monkeypatch):
    monkeypatch.setattr("os.pathsep", ";")
    found = read_variables({"CATSCLEAN_FOLLOW_LINKS_TO": "a;b c", "CATSCLEAN_SELECT": "x, y"})
    assert [str(path) for path in found["follow-links-to"]] == ["a", "b c"]
    assert found["select"] == ("x", "y")


def test_an_empty_variable_sets_nothing():
    assert read_variables({"CATSCLEAN_WORKERS": "", "CATSCLEAN_LABELS": ""}) == {}


@pytest.mark.parametrize("text", ["0", "1.5", "ja"])
def test_a_number_of_workers_is_whole_and_above_zero(text):
    with pytest.raises(ConfigError, match="CATSCLEAN_WORKERS must be a number from 1"):
        read_variables({"CATSCLEAN_WORKERS": text})
