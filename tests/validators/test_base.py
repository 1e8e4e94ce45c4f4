"""Options: of a known name, of their type, within their bounds; and the severity of each."""

import math

import numpy as np
import pictures
import pytest

import catsclean
from catsclean import Severity
from catsclean.cli import run
from catsclean.errors import ConfigError
from catsclean.validators.gps_position import GpsPosition
from catsclean.validators.odd_size import OddSize
from catsclean.validators.outlier import Outlier
from catsclean.validators.registry import all_validators

OPTIONS = [
    (kind, name, value)
    for kind in all_validators().values()
    for name, value in kind.option_defaults().items()
]


@pytest.mark.parametrize("value", [-2.0, 0.5, math.nan])
def test_a_value_out_of_bounds_is_refused_with_what_is_allowed(value):
    with pytest.raises(ConfigError, match=r"odd-size\.max_ratio must be 1 or more\. Received: "):
        OddSize(max_ratio=value)


def test_bounds_on_both_sides_are_named():
    with pytest.raises(ConfigError, match=r"outlier\.max_share must be 0 to 1\. Received: 2\.0"):
        Outlier(max_share=2)


def test_the_bounds_themselves_are_allowed():
    assert OddSize(max_ratio=1).max_ratio == 1.0
    assert OddSize(max_ratio=math.inf).max_ratio == math.inf


@pytest.mark.parametrize(
    ("kind", "option", "default"),
    [(k, o, d) for k, o, d in OPTIONS if isinstance(d, (int, float)) and not isinstance(d, bool)],
)
def test_every_number_has_bounds_that_hold_its_default(kind, option, default):
    low, high = kind.bounds[option]
    assert low <= default <= high


def test_bounds_are_of_options_that_are_there():
    for kind in all_validators().values():
        assert kind.bounds.keys() <= kind.option_defaults().keys()


def test_an_unknown_severity_is_refused():
    with pytest.raises(ConfigError, match=r"odd-size\.severity must be one of .*Received: 'fatal'"):
        OddSize(severity="fatal")


def test_a_severity_that_is_set_counts_whatever_judge_says():
    finding = GpsPosition(severity="error").finding(None, "all of them", severity=Severity.NOTE)
    assert finding.severity is Severity.ERROR


def test_a_severity_is_among_the_options_only_where_it_is_set():
    assert "severity" not in OddSize().options()
    assert OddSize(severity="note").options()["severity"] == "note"


@pytest.fixture
def sets(tmp_path, monkeypatch):
    """A set of which one picture is in the other one, too."""
    monkeypatch.chdir(tmp_path)
    pictures.make_dataset(tmp_path / "T", {"Cat": 3, "Dog": 3})
    pictures.make_dataset(tmp_path / "P", {"Bird": 2})
    for number in range(2):
        (tmp_path / f"P/Bird/{number}.jpg").write_bytes(pictures.jpeg(90 + number))
    (tmp_path / "T/Cat/leak.jpg").write_bytes(pictures.jpeg(90))
    return tmp_path


def test_a_leak_alone_fails_a_job_where_its_severity_is_error(sets):
    command = ["audit", "T", "--against", "P", "--select", "in-other-set", "-j", "1"]
    assert run(command) == 0
    (sets / "catsclean.toml").write_text('[validators.in-other-set]\nseverity = "error"\n')
    assert run(command) == 1


def test_a_severity_is_an_option_in_python(sets):
    options = {"in-other-set": {"severity": "error"}}
    found = catsclean.audit("T", against="P", select="in-other-set", options=options, workers=1)
    assert [finding.severity for finding in found.findings] == [Severity.ERROR]


@pytest.mark.parametrize("as_frame", [False, True])
def test_a_text_for_all_rows_has_the_values_of_each(tmp_path, as_frame):
    root = pictures.make_dataset(tmp_path / "Pets", {"Cat": 2})
    evidence = catsclean.audit(root, workers=1, save=False, cache=False).evidence
    rows = evidence.pictures()[1:] if as_frame else evidence.decoded.where(np.array([1]))
    width = pictures.draw(0).width
    (found,) = OddSize().findings(rows, "{path} is {width_px:,} wide")
    assert (found.path, found.message) == ("Cat/1.jpg", f"Cat/1.jpg is {width:,} wide")
    (constant,) = OddSize().findings(rows, "no columns")
    assert constant.message == "no columns"
