"""Which validators names, families and plus signs choose."""

import pytest

from catsclean.errors import ConfigError
from catsclean.validators.base import CopyKind, Validator
from catsclean.validators.registry import (
    all_validators,
    names_of,
    recall_meanings,
    resolve,
    state_meanings,
    validator_of,
)


def chosen(*arguments):
    return {validator.name for validator in resolve(*arguments)}


@pytest.fixture
def on():
    return {name for name, kind in all_validators().items() if kind.default}


def test_a_family_stands_for_its_members_that_are_on_by_default(on):
    assert chosen("pixels") == names_of("pixels") & on
    assert "too-dark" not in chosen("pixels")


def test_what_is_off_by_default_is_chosen_by_its_name():
    assert chosen("too-dark") == {"too-dark"}
    assert chosen(["pixels", "too-dark"]) == chosen("pixels") | {"too-dark"}


def test_a_plus_sign_adds_to_the_default_ones(on):
    assert chosen("+too-dark") == on | {"too-dark"}


def test_all_are_all():
    assert chosen("all") == set(all_validators())


def test_a_family_that_is_ignored_leaves_with_all_its_members():
    assert chosen(["+too-dark"], ["pixels"]).isdisjoint(names_of("pixels"))


def test_a_finding_is_asked_about_at_the_class_of_its_validator():
    assert validator_of("exact-duplicate").copies is CopyKind.SAME_BYTES
    assert validator_of("over-limit").never_moved


def test_the_findings_of_an_unknown_validator_mean_nothing_to_others():
    assert validator_of("of-a-package-that-was-uninstalled") is Validator


def test_what_was_given_to_an_audit_is_known_to_the_cleans_and_reports_of_its_process():
    class SameCaption(Validator):
        """Finds the same caption."""

        name = "same-caption"
        family = "duplicates"
        copies = CopyKind.ALTERED

    resolve(given=[SameCaption])
    assert validator_of("same-caption") is SameCaption
    assert "same-caption" not in all_validators()


def test_a_kind_of_copies_that_is_none_is_refused():
    class SameCaption(Validator):
        """Finds the same caption."""

        name = "wrong-kind"
        family = "duplicates"
        copies = "altered"

    with pytest.raises(ConfigError, match=r"copies.*CopyKind.*Received: 'altered'"):
        resolve(given=[SameCaption])


def test_the_gravest_kind_of_copies_comes_first():
    assert min(CopyKind, key=lambda kind: kind.rank) is CopyKind.OTHER_LABEL
    assert [kind for kind in CopyKind if not kind.within_class] == [CopyKind.OTHER_LABEL]


def test_only_what_foreign_findings_mean_is_stated():
    class SameTitle(Validator):
        """Finds the same title."""

        name = "same-title"
        family = "duplicates"
        copies = CopyKind.SAME_PIXELS
        never_moved = True

    chosen = [*resolve("all"), SameTitle()]
    assert state_meanings(chosen) == {"same-title": {"copies": "SAME_PIXELS", "never_moved": True}}


def test_what_an_earlier_audit_stated_is_known_again():
    recall_meanings({"meanings": {"same-artist": {"copies": "ALTERED", "never_moved": True}}})
    assert validator_of("same-artist").copies is CopyKind.ALTERED
    assert validator_of("same-artist").never_moved
    assert not validator_of("same-artist").not_examined


@pytest.mark.parametrize(
    "meanings",
    [None, [], "x", {"forged": 1}, {"forged": {"copies": []}}, {"forged": {"judge": True}}],
)
def test_what_is_no_meaning_is_passed_over(meanings):
    recall_meanings({"meanings": meanings})
    assert validator_of("forged").copies is None
    assert validator_of("forged").judge is Validator.judge


def test_an_installed_validator_is_not_described_by_an_earlier_audit():
    recall_meanings({"meanings": {"blurry": {"never_moved": True}}})
    assert not validator_of("blurry").never_moved
