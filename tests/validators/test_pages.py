"""What every validator of this package owes to its readers."""

from pathlib import Path

import helpers
import pandas as pd
import pytest

from catsclean.testing import assert_documented
from catsclean.validators.registry import all_validators

OWN = {
    name: kind
    for name, kind in all_validators().items()
    if kind.__module__.startswith("catsclean.validators.")
}


@pytest.mark.parametrize("name", OWN)
def test_a_page_says_why_shows_an_example_and_admits_false_alarms(name):
    assert_documented(OWN[name])


@pytest.mark.parametrize("name", OWN)
def test_one_name_is_module_and_test(name):
    module = name.replace("-", "_")
    assert OWN[name].__module__ == f"catsclean.validators.{module}"
    assert (Path(__file__).parent / f"test_{module}.py").exists()


@pytest.mark.parametrize("name", OWN)
def test_nothing_is_found_where_nothing_is(name, tmp_path):
    kind = OWN[name]
    evidence = helpers.make_evidence([], folders={}, root=tmp_path)
    for column, value in kind.columns.items():
        evidence.samples[column] = pd.Series([], dtype=type(value))
    assert not list(kind().judge(evidence))
