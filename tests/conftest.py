"""Fixtures that every test may use."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures that are not part of the project; tests that want them skip without."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real pictures (../shared/data) are not here")
    return SHARED_DATA
