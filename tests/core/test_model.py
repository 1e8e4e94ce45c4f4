"""The values that every step hands to the next."""

import json

import pytest

from catsclean.core.model import Severity


def test_severities_are_ordered_by_how_much_they_matter():
    assert sorted(Severity) == [Severity.NOTE, Severity.WARNING, Severity.ERROR]
    assert max(Severity) is Severity.ERROR
    assert [s for s in Severity if s >= Severity.WARNING] == ["warning", "error"]
    assert Severity.ERROR > "warning" > Severity.NOTE
    assert not Severity.ERROR <= "note" < "error"


def test_a_severity_stays_a_text():
    assert Severity.ERROR == "error"
    assert json.dumps(Severity.ERROR) == '"error"'
    assert {"error": 1}[Severity.ERROR] == 1


def test_a_severity_compares_with_no_other_text():
    with pytest.raises(TypeError, match="Received: 'fatal'"):
        assert Severity.ERROR < "fatal"
