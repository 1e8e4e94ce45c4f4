"""Settings in a place where nobody would read them are refused."""

import pytest

from catsclean.cli.config import find_config, load_config
from catsclean.errors import ConfigError

BESIDE = '[tool.catsclean]\nfail-on = "warning"\n[validators.odd-size]\nmax_ratio = 2.0\n'


@pytest.mark.parametrize("name", ["catsclean.toml", "pyproject.toml", "other.toml"])
def test_a_setting_beside_the_table_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_text(BESIDE)
    with pytest.raises(ConfigError, match=r"Write it in \[tool.catsclean.validators\]"):
        load_config(path)


@pytest.mark.parametrize("name", ["catsclean.toml", "pyproject.toml", "other.toml"])
def test_the_table_alone_counts_in_each_file(tmp_path, name):
    path = tmp_path / name
    path.write_text('[project]\nname = "x"\n[tool.ruff]\n[tool.catsclean]\nfail-on = "warning"\n')
    assert load_config(path).fail_on == "warning"


def test_a_table_that_nobody_reads_is_refused_in_a_catsclean_toml(tmp_path):
    path = tmp_path / "catsclean.toml"
    path.write_text("[tool.catsclean]\n[validator.odd-size]\nmax_ratio = 2.0\n")
    with pytest.raises(ConfigError, match="'validator' stands beside"):
        load_config(path)


@pytest.mark.parametrize("table", ["tool.catclean", "tool.cats-clean", "catsclean", "CatsClean"])
def test_a_pyproject_with_another_name_of_the_table_is_refused(tmp_path, table):
    path = tmp_path / "pyproject.toml"
    path.write_text(f'[{table}]\nfail-on = "warning"\n')
    with pytest.raises(ConfigError, match=r"\[tool.catsclean\]"):
        find_config(tmp_path)
    with pytest.raises(ConfigError, match=r"\[tool.catsclean\]"):
        load_config(path)


@pytest.mark.parametrize("table", ["catsclean", "tool.catclean"])
def test_a_catsclean_toml_with_a_wrong_table_says_where_settings_stand(tmp_path, table):
    path = tmp_path / "catsclean.toml"
    path.write_text(f'[{table}]\nfail-on = "warning"\n')
    with pytest.raises(ConfigError, match="Settings stand at the top"):
        load_config(path)


@pytest.mark.parametrize("line", ["failon = 'warning'", "[validator.odd-size]", "max_pixels = 3"])
def test_an_unknown_setting_asks_whether_the_closest_one_was_meant(tmp_path, line):
    path = tmp_path / "catsclean.toml"
    path.write_text(line)
    with pytest.raises(ConfigError, match=r"Did you mean '(fail-on|validators|max-pixels)'"):
        load_config(path)
