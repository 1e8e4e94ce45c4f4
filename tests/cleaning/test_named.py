"""A cleaning from Python: decisions by name, the plan as a table, and findings that were accepted."""

import json

import pandas as pd
import pytest

from catsclean.auditing.baseline import fingerprints
from catsclean.cleaning import plan_cleaning
from catsclean.core.model import Fix
from catsclean.errors import ConfigError, UsageError


@pytest.fixture
def flawed(audited):
    audited.find("Cat/0.jpg", "zero-length").find("Cat/1.jpg", "truncated")
    return audited.find("Dog/3.jpg", "blurry", Fix.REVIEW).save()


def moved(plan):
    return {move.path for moves in plan.moves.values() for move in moves}


def test_samples_are_kept_and_set_aside_by_name(flawed):
    plan = plan_cleaning(flawed, keep=["Cat/0.jpg"], quarantine="Dog/2.jpg")
    assert moved(plan) == {"Cat/1.jpg", "Dog/2.jpg"}
    assert plan.decided == ("Cat/0.jpg",)
    done = plan.apply()
    assert (done.moved, done.kept) == (("Cat/1.jpg", "Dog/2.jpg"), ("Cat/0.jpg",))
    assert moved(plan_cleaning(flawed.root)) == set()
    assert plan_cleaning(flawed.root, keep=["Cat/0.jpg"]).decided == ()


def test_a_column_of_the_table_of_findings_is_a_list_of_names(flawed):
    findings = pd.DataFrame([{"path": f.path, "validator": f.validator} for f in flawed.findings])
    blurry = findings.loc[findings["validator"] == "blurry", "path"]
    assert "Dog/3.jpg" in moved(plan_cleaning(flawed, quarantine=blurry))


def test_a_file_in_the_quarantine_comes_back_by_name(flawed):
    plan_cleaning(flawed).apply()
    plan = plan_cleaning(flawed.root, keep="Cat/1.jpg")
    assert set(plan.returns) == {"Cat/1.jpg"}
    assert plan.apply().returned == ("Cat/1.jpg",)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"keep": ["Cat/none.jpg"]}, "not in the manifest of the last audit. Received: 'Cat/none"),
        ({"quarantine": "../x"}, "must list paths of the manifest"),
        ({"keep": [3]}, r"a list of texts\. Received: \[3\]"),
        ({"keep": ["Cat/0.jpg"], "quarantine": ["Cat/0.jpg"]}, "both in keep= and in quarantine="),
        (
            {"decisions": {"Cat/0.jpg": "keep"}},
            "must be a file.*Received: dict.*keep=.*quarantine=",
        ),
        ({"decisions": [1]}, "must be a file.*Received: list"),
    ],
)
def test_a_name_that_cannot_be_meant_is_refused(flawed, names, why):
    with pytest.raises(UsageError, match=why):
        plan_cleaning(flawed, **names)


def test_a_sample_that_the_audit_could_not_read_is_refused_by_its_name(flawed):
    flawed.manifest.table.loc[0, "sha256"] = None
    with pytest.raises(UsageError, match=r"that the last audit could not read\. Received: 'Cat/0"):
        plan_cleaning(flawed, keep=["Cat/0.jpg"])


def test_a_file_and_names_may_not_decide_about_the_same_sample(flawed, tmp_path):
    decisions = flawed.decide(tmp_path, [flawed.entry("Cat/0.jpg", "keep")])
    assert moved(plan_cleaning(flawed, decisions, quarantine="Dog/0.jpg")) == {
        "Cat/1.jpg",
        "Dog/0.jpg",
    }
    with pytest.raises(UsageError, match="by name and in the decisions file"):
        plan_cleaning(flawed, decisions, quarantine="Cat/0.jpg")


def test_a_plan_is_a_table(flawed):
    plan_cleaning(flawed, select="zero-length").apply()
    table = plan_cleaning(flawed.root, keep=["Cat/0.jpg"]).to_pandas()
    assert table[["path", "action", "validators"]].to_numpy().tolist() == [
        ["Cat/0.jpg", "return", "decision"],
        ["Cat/1.jpg", "move", "truncated"],
        ["Dog/3.jpg", "stay", "blurry"],
    ]
    assert "to review" in table["why"][2]
    assert table["keeper"].isna().all()


def test_an_empty_plan_is_an_empty_table(audited):
    table = plan_cleaning(audited.save()).to_pandas()
    assert list(table.columns) == ["path", "action", "validators", "why", "keeper"]
    assert len(table) == 0


@pytest.fixture
def accepted(flawed, tmp_path):
    """A baseline of what was found so far, and one finding more since."""
    prints = fingerprints(flawed.manifest, flawed.findings)
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps({"catsclean_baseline": 1, "fingerprints": prints}))
    flawed.find("Dog/0.jpg", "undecodable").save()
    return path


def test_what_a_baseline_accepted_stays(flawed, accepted):
    plan = plan_cleaning(flawed, baseline=accepted, unsafe=True)
    assert moved(plan) == {"Dog/0.jpg"}
    why = {kept.path: kept.why for kept in plan.kept_back}
    assert why["Cat/0.jpg"] == "accepted in the baseline"


def test_a_decision_wins_over_a_baseline(flawed, accepted):
    plan = plan_cleaning(flawed, baseline=accepted, quarantine="Cat/0.jpg")
    assert moved(plan) == {"Cat/0.jpg", "Dog/0.jpg"}


def test_a_file_that_is_no_baseline_is_refused(flawed, tmp_path):
    with pytest.raises(ConfigError, match="baseline"):
        plan_cleaning(flawed, baseline=tmp_path / "none.json")


@pytest.mark.parametrize("audit", [None, 3, pd.DataFrame({"path": ["a", "b"]})])
def test_what_is_no_audit_is_refused(audit):
    with pytest.raises(UsageError, match="pass an audit, or the folder of an audited data set"):
        plan_cleaning(audit)
