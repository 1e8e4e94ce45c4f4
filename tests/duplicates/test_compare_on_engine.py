"""Pairs are looked at on an engine as they are in this process."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pictures
import pytest

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.core.model import Sample
from catsclean.duplicates import compare_in_workers, compare_on_engine, poses
from catsclean.duplicates.compare import Question
from catsclean.duplicates.compare_on_engine import LookTask, glancer, look_task, looker
from catsclean.errors import DatasetError, UsageError

LIMITS = Limits()
COUNT = 6


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Six pictures, and a smaller copy of each; one of the copies is no picture."""
    root = tmp_path_factory.mktemp("set")
    for number in range(COUNT):
        picture = pictures.draw(number)
        (root / f"{number}.jpg").write_bytes(pictures.encode(picture))
        (root / f"copy{number}.jpg").write_bytes(pictures.encode(picture.resize((100, 75))))
    (root / "copy5.jpg").write_bytes(b"no picture")
    return root


@pytest.fixture
def questions():
    width, height = pictures.draw(0).size
    firsts = [Sample(f"{n}.jpg", width_px=width, height_px=height) for n in range(COUNT)]
    copies = [Sample(f"copy{n}.jpg", width_px=100, height_px=75) for n in range(COUNT)]
    return [Question(one, other, ((40, poses.AS_IS),)) for one in firsts for other in copies]


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    monkeypatch.setattr(compare_on_engine, "_LEAST_PAIRS", 10)
    monkeypatch.setattr(compare_on_engine, "_LEAST_GLANCES", 5)


def answers(ask, questions):
    return [answer for _, answer in sorted(ask(questions))]


@pytest.mark.parametrize("kind", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_an_engine_sees_what_this_process_sees(root, questions, kind):
    alone = answers(looker(root, limits=LIMITS, workers=1), questions)
    assert sum(answer[0] is not None and bool(answer[0].kind) for answer in alone) == COUNT - 1
    with kind(2) as executor:
        assert answers(looker(root, limits=LIMITS, engine=executor), questions) == alone


def test_glances_on_an_engine_are_those_of_this_process(root):
    paths = [f"{n}.jpg" for n in range(COUNT)] + [f"copy{n}.jpg" for n in range(COUNT)]
    alone = glancer(root, limits=LIMITS)(paths)
    with ThreadPoolExecutor(2) as executor:
        found = glancer(root, limits=LIMITS, engine=executor)(paths)
    assert np.array_equal(found, alone, equal_nan=True)
    assert np.isnan(found[-1]).all()
    assert not np.isnan(found[:-1]).any()


def test_few_pairs_stay_on_this_machine(root, questions):
    ask, glance = (make(root, limits=LIMITS, engine=object()) for make in (looker, glancer))
    assert answers(ask, questions[:9])[0][0].kind == "resized"
    assert glance(["0.jpg"]).shape == (1, 16, 16)


looks_at_chunk = compare_in_workers._look_at_chunk


def kill_at_a_pair(task, begin):
    for row, question in enumerate(task[-1]):
        if (question.first.path, question.second.path) == ("2.jpg", "copy2.jpg"):
            begin(row)
            os.kill(os.getpid(), signal.SIGSEGV)
    return looks_at_chunk(task, begin)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_pair_that_kills_its_reader_costs_one_answer_and_never_the_task(
    root, questions, monkeypatch
):
    alone = answers(looker(root, limits=LIMITS, workers=1), questions)
    monkeypatch.setattr(compare_in_workers, "_look_at_chunk", kill_at_a_pair)
    with ThreadPoolExecutor(1) as executor:
        found = answers(looker(root, limits=LIMITS, engine=executor), questions)
    assert [at for at in range(len(found)) if found[at] != alone[at]] == [2 * COUNT + 2]
    assert found[2 * COUNT + 2] == [None]


def test_a_machine_without_the_data_set_says_so(root, questions, tmp_path):
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(DatasetError, match="none of the 10 files of this task can be read"),
    ):
        answers(looker(tmp_path, limits=LIMITS, engine=executor), questions)
    with ThreadPoolExecutor(1) as executor, pytest.raises(DatasetError, match="of this task"):
        glancer(tmp_path, limits=LIMITS, engine=executor)([f"{n}.jpg" for n in range(9)])


def test_a_machine_with_other_versions_is_refused(root, questions):
    reach = Reach.of(root)
    with pytest.raises(UsageError, match="other versions or extras"):
        look_task(LookTask((reach, reach), LIMITS, tuple(questions), "others"))
