"""One finding for the whole set, if its labels can be predicted without looking."""

import helpers
import pytest

from catsclean.core.model import Severity
from catsclean.validators.shortcut import Shortcut


def evidence(**figures):
    found = {
        "accuracy": 0.98, "error": 0.01, "chance": 0.5, "settled": 0.96, "warning": True,
        "properties": ["width"], "others": False, **figures,
    }  # fmt: skip
    made = helpers.make_evidence([{"path": "Cat/1.jpg"}, {"path": "Dog/1.jpg"}])
    return helpers.with_content(made, {"label_clues": found if figures is not None else None})


def test_the_property_that_tells_the_label_is_named():
    [finding] = Shortcut().judge(evidence())
    assert finding.path is None
    assert finding.severity is Severity.WARNING
    assert finding.message == "width alone predicts 98% of the labels (± 1.0%, chance 50%)"


def test_several_properties_are_listed():
    [finding] = Shortcut().judge(evidence(properties=["width", "height", "format"]))
    assert finding.message.startswith("width, height and format predict 98%")


def test_that_more_properties_contribute_is_said():
    [finding] = Shortcut().judge(evidence(properties=list("ab"), others=True))
    assert finding.message.startswith("a, b and other properties predict 98%")


def test_a_weak_prediction_is_a_note():
    [finding] = Shortcut().judge(evidence(accuracy=0.59, settled=0.18, warning=False))
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize("settled", [0.0, 0.09])
def test_what_separate_sources_always_differ_in_is_not_reported(settled):
    assert not list(Shortcut().judge(evidence(settled=settled, warning=False)))


def test_without_content_it_says_so():
    bare = helpers.make_evidence([{"path": "Cat/1.jpg"}])
    assert not list(Shortcut().judge(bare))
    assert Shortcut().unable(bare) == ("what the pictures show was not examined (--no-content)")
