"""Fixtures that every test may use."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# a slow machine, or a library that is loaded at the first call, must not fail a test
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_finish():
    """Collect garbage less often: TensorFlow's graphs and what was imported made it a sixth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures that are not part of the project; tests that want them skip without."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real pictures (../shared/data) are not here")
    return SHARED_DATA
