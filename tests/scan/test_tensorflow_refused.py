"""TensorFlow's probe where TensorFlow is missing or fails; with it see `test_tensorflow_probe.py`."""

import importlib.util
import re

import pytest
from helpers import make_evidence

from catsclean.core.evidence import Outcome
from catsclean.core.limits import Limits
from catsclean.errors import ConfigError, MissingExtraError
from catsclean.scan import tensorflow_probe
from catsclean.scan.pool.dispatch import Failure
from catsclean.scan.tensorflow_probe import ask_tensorflow, check_probe


def test_a_probe_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match=r"a probe must be one of tensorflow. Received: 'torch'"):
        check_probe("torch")


def test_a_probe_without_tensorflow_names_the_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match="the probe needs TensorFlow"):
        check_probe("tensorflow")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Failure("raised", text="ValueError: odd"), "ValueError: odd"),
        (Failure("timeout"), r"no answer within [\d.]+ s"),
        (Failure("died", -9), "it crashed"),
    ],
)
def test_a_picture_at_which_tensorflow_fails_has_the_reason(monkeypatch, tmp_path, failure, said):
    def run_chunks(_work, make_task, chunks, **_):
        assert [make_task(chunk, 0)[1] for chunk in chunks] == [["1.jpg"], ["2.jpg"]]
        yield chunks[0], failure
        yield chunks[1], [""]

    monkeypatch.setattr(tensorflow_probe, "run_chunks", run_chunks)
    monkeypatch.setattr(tensorflow_probe, "cut", lambda *_: [range(1), range(1, 2)])
    rows = [
        {"path": "1.jpg"},
        {"path": "2.jpg", "outcome": Outcome.UNDECODABLE.value, "outcome_detail": "odd"},
        {"path": "3.jpg", "outcome": Outcome.EMPTY.value},
    ]
    found = ask_tensorflow(make_evidence(rows, root=tmp_path), Limits(), 1).rows
    [refusal, *others] = found["tensorflow_refuses"].tolist()
    assert others == ["", ""]
    assert re.fullmatch(f"TensorFlow failed on this file: {said}", refusal)
    assert found["outcome"].tolist()[1:] == [Outcome.UNSUPPORTED, Outcome.EMPTY]
