import pictures
import pytest


@pytest.fixture
def pets(tmp_path):
    """A folder of two classes with three healthy JPEGs each."""
    return pictures.make_dataset(tmp_path / "Pets", {"Cat": 3, "Dog": 3})
