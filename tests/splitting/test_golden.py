"""Who is in which split, for every recipe and seed, is what it has always been."""

import json

import pytest
from splitting import golden

GOLDEN = json.loads(golden.FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", golden.SEEDS)
@pytest.mark.parametrize("recipe", golden.RECIPES)
def test_every_picture_is_in_the_split_that_it_was_always_in(recipe, seed):
    # what is in no other split trains
    assert golden.splits_of(recipe, seed) == GOLDEN[recipe][str(seed)]


def test_no_recipe_is_without_its_golden_splits():
    assert GOLDEN.keys() == golden.RECIPES.keys()


def test_every_golden_split_holds_something_out():
    held_out = [splits for seeds in GOLDEN.values() for splits in seeds.values()]
    assert all(len(splits.keys() - {"-"}) >= 1 for splits in held_out)
