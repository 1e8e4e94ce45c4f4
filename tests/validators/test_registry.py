"""Which validators names, families and plus signs choose."""

import pytest

from catsclean.validators.registry import all_validators, names_of, resolve


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
