"""Reviews of the small application."""

import pytest
from review_server import reviewing


@pytest.fixture(scope="module")
def shared_review():
    with reviewing() as review:
        yield review


@pytest.fixture
def review(shared_review):
    """A review that nobody has read or changed yet."""
    shared_review.read.clear()
    shared_review.changed.clear()
    return shared_review
