"""One server of commands for all tests of a worker; every scenario is made ready once."""

import sys
from functools import cache

import pytest
from injection.__main__ import start
from injection.commands import compiler
from injection.points import prepare
from injection.powercuts import PowerCuts


@pytest.fixture(scope="session")
def commands(tmp_path_factory):
    if not sys.platform.startswith("linux"):
        pytest.skip("the faults are injected by LD_PRELOAD, as Linux has it")
    if compiler() is None:
        pytest.skip("no C compiler here, which makes the shim that injects the faults")
    with start(tmp_path_factory.mktemp("injection")) as running:
        yield running


@pytest.fixture(scope="session")
def ready(commands):
    """Give a scenario that is made ready."""
    return cache(lambda name: prepare(commands, name))


@pytest.fixture(scope="session")
def power_cuts(ready):
    """Give the power cuts of a scenario."""
    return cache(lambda name: PowerCuts(ready(name)))


@pytest.fixture(scope="session")
def explain():
    """Say what is wrong at a point, and how to repeat it by hand."""

    def text(verdict):
        flaws = "\n".join(f"  {flaw.kind}: {flaw.text}" for flaw in verdict.flaws)
        said = "\n".join(
            f"  $ catsclean {' '.join(step.argv)} -> {step.code}\n{step.said}"
            for step in verdict.steps
        )
        return (
            f"{verdict.name}, at {verdict.what}:\n{flaws}\n{said}\n"
            f"Repeat it: python -m tests.injection {verdict.name}"
        )

    return text
