"""A wrong value that only an audit can find names the settings file that has it."""

import pictures
import pytest

from catsclean.content import embedder_names

WRONG = [
    ("labels", "missing.csv", "no such file"),
    ("labels", "name:(", "not a regular expression"),
    ("labels", "table.csv:path,breed", "'table.csv' has no such columns"),
    ("baseline", "missing.json", "cannot read the baseline"),
    pytest.param(
        "embedder", "onnx:missing.onnx", "cannot be read",
        marks=pytest.mark.skipif(not embedder_names.is_installed(), reason="no extra content"),
    ),
]  # fmt: skip


@pytest.fixture
def data(tmp_path):
    (tmp_path / "table.csv").write_text("path,label\nCat/0.jpg,Cat\n")
    return pictures.make_dataset(tmp_path / "set", {"Cat": 1, "Dog": 1})


@pytest.mark.parametrize(("key", "value", "said"), WRONG)
def test_a_wrong_value_names_the_file_and_the_setting(run, data, tmp_path, key, value, said):
    settings = tmp_path / "catsclean.toml"
    settings.write_text(f'{key} = "{value}"')
    done = run("audit", "set")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.endswith(f" Set in '{settings}': {key}.\n")


def test_the_file_is_named_by_every_command_that_uses_the_setting(run, data, tmp_path):
    assert run("audit", "set").returncode in {0, 1}
    (tmp_path / "pyproject.toml").write_text('[tool.catsclean]\nbaseline = "missing.json"')
    for command in (("check", "set/Cat/0.jpg"), ("clean", "set"), ("fix", "set")):
        done = run(*command)
        assert f"Set in '{tmp_path / 'pyproject.toml'}': baseline." in done.stderr, command


def test_a_value_of_the_command_line_is_not_blamed_on_the_file(run, data, tmp_path):
    (tmp_path / "catsclean.toml").write_text('baseline = "missing.json"')
    done = run("audit", "set", "--baseline", "other.json")
    assert "'other.json'" in done.stderr
    assert "catsclean.toml" not in done.stderr


def test_a_value_of_a_variable_is_not_blamed_on_the_file(run, data, tmp_path, monkeypatch):
    (tmp_path / "catsclean.toml").write_text('labels = "missing.csv"')
    monkeypatch.setenv("CATSCLEAN_LABELS", "other.csv")
    done = run("audit", "set")
    assert done.stderr.endswith("Set in the environment: CATSCLEAN_LABELS.\n")
    assert "catsclean.toml" not in done.stderr


def test_another_error_does_not_name_the_file(run, tmp_path):
    (tmp_path / "catsclean.toml").write_text('labels = "names"')
    done = run("audit", "nowhere")
    assert done.returncode == 2
    assert "catsclean.toml" not in done.stderr
