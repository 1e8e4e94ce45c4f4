"""A sample of the power cuts; ``python -m tests.injection`` runs all of them."""

import pytest
from injection.checks import LOST
from injection.powercuts import PowerCuts
from injection.scenarios import in_suite

_EACH = 5
SCENARIOS = [name for name in in_suite() if name != "undo-of-a-missing-file"]


@pytest.fixture(scope="session")
def states(power_cuts):
    """Give the sampled states of a scenario."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = list(power_cuts(name).sample(3 * _EACH, 8))[:_EACH]
        return made[name]

    return of


@pytest.mark.parametrize("number", range(_EACH))
@pytest.mark.parametrize("name", SCENARIOS)
def test_after_a_power_cut_nothing_is_lost_or_left_behind(
    power_cuts, states, explain, name, number
):
    if number >= len(states(name)):
        pytest.skip("there are fewer states than that")
    verdict = power_cuts(name).run(states(name)[number])
    assert not verdict.flaws, explain(verdict)


@pytest.mark.parametrize("name", ["clean-by-links", "undo-by-links", "clean-by-copies"])
def test_without_fsync_a_power_cut_loses_pictures(ready, name):
    cuts = PowerCuts(ready(name), with_fsync=False)
    found = (flaw.kind for state in cuts.sample(150, 8) for flaw in cuts.run(state).flaws)
    assert LOST in found


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_log_of_a_command_gives_what_it_left(power_cuts, name):
    """Else something changes the disk that the shim does not see."""
    cuts = power_cuts(name)
    assert contents(cuts.replayed()) == contents(cuts.after)


def contents(entries):
    return {
        name: (entry.data, entry.mode, None if entry.is_folder or entry.is_link else entry.mtime_ns)
        for name, entry in entries.items()
    }
