"""Settings files: found upwards, never in the data set, and checked word by word."""

import pytest

from catsclean.cli.config import Config, find_config, load_config
from catsclean.cli.options import content_of
from catsclean.errors import ConfigError


def test_every_setting_is_read(tmp_path):
    path = tmp_path / "catsclean.toml"
    path.write_text(
        'select = ["file"]\nignore = ["pixels"]\nworkers = 3\nlayout = "flat"\nfail-on = "note"\n'
        "max-pixels = 10\nmax-bytes = 20\ntimeout = 1.5\n[validators.odd-size]\nmin_pictures = 9\n"
    )
    config = load_config(path)
    assert (config.select, config.ignore, config.workers) == (("file",), ("pixels",), 3)
    assert (config.layout, config.fail_on) == ("flat", "note")
    assert (config.limits.max_pixels, config.limits.max_bytes, config.limits.timeout_s) == (
        10,
        20,
        1.5,
    )
    assert config.options == {"odd-size": {"min_pictures": 9}}


def test_the_nearest_file_upwards_counts(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "catsclean.toml").touch()
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.catsclean]\n")
    (inner / "pyproject.toml").write_text("[tool.other]\n")
    assert find_config(inner) == tmp_path / "a" / "pyproject.toml"


def test_files_inside_of_the_data_set_are_passed_over(tmp_path):
    root = tmp_path / "set"
    (root / "Cat").mkdir(parents=True)
    (root / "catsclean.toml").touch()
    assert find_config(root / "Cat", root=root) is None


@pytest.mark.parametrize(
    "text",
    [
        "workers = 0",
        "workers = true",
        "fail-on = 'fatal'",
        "validators = 3",
        "validators.x = 3",
        "baseline = 3",
    ],
)
def test_a_wrong_value_is_refused(tmp_path, text):
    path = tmp_path / "catsclean.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_config(path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "catsclean.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(path)


def test_a_baseline_lies_beside_the_settings_file(tmp_path):
    (tmp_path / "catsclean.toml").write_text('baseline = "ci/known.json"')
    assert load_config(tmp_path / "catsclean.toml").baseline == tmp_path / "ci/known.json"


@pytest.mark.parametrize("setting", ["timeout = -1", "max-pixels = true", "max-bytes = 'all'"])
def test_a_limit_is_named_as_it_stands_in_the_file(tmp_path, setting):
    path = tmp_path / "catsclean.toml"
    path.write_text(setting)
    with pytest.raises(
        ConfigError, match=f": {setting.split()[0]} must be a number above 0. Received"
    ):
        load_config(path)


@pytest.mark.parametrize(
    ("settings", "content", "embedder", "found"),
    [
        ({"embedder": "lite0"}, False, None, (False, None)),
        ({"embedder": "lite0", "content": False}, None, None, (False, None)),
        ({"content": False}, None, "lite0", (None, "lite0")),
        ({"content": True}, None, "lite0", (True, "lite0")),
        ({}, False, "lite0", (False, "lite0")),  # the audit refuses it
    ],
)
def test_options_about_content_win_over_settings(settings, content, embedder, found):
    assert tuple(content_of(Config(**settings), content, embedder).values()) == found
