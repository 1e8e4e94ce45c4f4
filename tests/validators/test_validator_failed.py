import helpers

from catsclean.testing import assert_clean
from catsclean.validators.judge import judge
from catsclean.validators.validator_failed import ValidatorFailed
from catsclean.validators.zero_length import ZeroLength


def test_gives_one_finding_for_each_validator_however_many_files_it_met():
    failure = "watermark: ValueError: no"
    evidence = helpers.make_evidence(
        [{"path": f"Cat/{n:02}.jpg", "validator_failures": failure} for n in range(30)]
        + [{"path": "Dog/1.jpg", "validator_failures": f"{failure}\nhorizon: KeyError: 'x'"}]
    )
    several, single = ValidatorFailed().judge(evidence)
    assert several.path is None
    assert several.message == f"{failure} (on 31 files, first Cat/00.jpg)"
    assert len(several.related) == 20
    assert str(single) == "Dog/1.jpg: validator-failed: horizon: KeyError: 'x'"


def test_a_selected_validator_that_failed_is_named_though_this_one_is_not_selected():
    evidence = helpers.make_evidence(
        [{"path": "Cat/1.jpg", "validator_failures": "zero-length: ValueError: no\nother: x"}]
    )
    [finding] = judge(evidence, [ZeroLength()])
    assert str(finding) == "Cat/1.jpg: validator-failed: zero-length: ValueError: no"


def test_nothing_failed_where_nothing_failed(pets):
    assert_clean(ValidatorFailed(), pets)
