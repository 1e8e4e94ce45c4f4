"""The names of a state folder stand in one place, so that none is taken for somebody's data."""

from catsclean.core import state_names
from catsclean.core.state import StateFolder


def test_every_place_that_a_state_folder_knows_is_among_its_names(tmp_path):
    state = StateFolder(tmp_path / "Pets", tmp_path / "Pets.catsclean")
    members = (name for name, one in vars(StateFolder).items() if isinstance(one, property))
    places = [getattr(state, name) for name in members]
    own = {place.name for place in places if getattr(place, "parent", None) == state.path}
    assert {"manifest.parquet", "kept.json", "quarantine"} < own <= state_names.NAMES


def test_what_a_command_writes_into_it_is_among_its_names(tmp_path):
    state = StateFolder(tmp_path / "Pets", tmp_path / "Pets.catsclean")
    with state.lock():
        assert {path.name for path in state.path.iterdir()} <= state_names.NAMES
