"""Pairs are looked at by workers as they are in this process."""

import multiprocessing
import os
import signal

import pictures
import pytest

from catsclean.core.limits import Limits
from catsclean.core.model import Sample
from catsclean.duplicates import compare_in_workers, poses
from catsclean.duplicates.compare import Question
from catsclean.duplicates.compare_in_workers import looker

UPRIGHT = ((40, poses.AS_IS),)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Nine pictures, and a smaller copy of each; one of the copies is no picture."""
    root = tmp_path_factory.mktemp("set")
    for number in range(9):
        picture = pictures.draw(number)
        (root / f"{number}.jpg").write_bytes(pictures.encode(picture))
        (root / f"copy{number}.jpg").write_bytes(pictures.encode(picture.resize((100, 75))))
    (root / "copy8.jpg").write_bytes(b"no picture")
    return root


def ends(root):
    width, height = pictures.draw(0).size
    return [Sample(f"{n}.jpg", width_px=width, height_px=height) for n in range(9)], [
        Sample(f"copy{n}.jpg", width_px=100, height_px=75) for n in range(9)
    ]


@pytest.fixture
def questions(root):
    firsts, copies = ends(root)
    return [Question(first, copy, UPRIGHT) for first in firsts for copy in copies]


def is_proved(answer):
    """Tell whether a look has shown that two pictures are one."""
    return answer[0] is not None and bool(answer[0].kind)


def answers(ask, questions):
    return [answer for _, answer in sorted(ask(questions))]


def test_workers_see_what_this_process_sees(root, questions):
    alone = answers(looker(root, workers=1), questions)
    assert answers(looker(root, workers=3), questions) == alone
    assert [at for at, answer in enumerate(alone) if is_proved(answer)] == list(range(0, 80, 10))
    assert [at for at, answer in enumerate(alone) if answer[0] is None] == list(range(8, 81, 9))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_picture_beyond_the_limits_of_the_audit_is_not_looked_at(root, questions, workers):
    limits = Limits(max_pixels=100 * 75)
    found = answers(looker(root, limits=limits, workers=workers), questions)
    assert {answer[0] for answer in found} == {None}


def test_few_pairs_start_no_worker(root, questions, monkeypatch):
    monkeypatch.setattr(compare_in_workers, "run_chunks", None)
    assert answers(looker(root, workers=8), questions[:9])[0][0].kind == "resized"


def test_the_second_of_a_pair_may_lie_elsewhere(root, tmp_path, questions):
    (tmp_path / "copy0.jpg").write_bytes((root / "copy3.jpg").read_bytes())
    for workers in (1, 3):
        found = answers(looker(root, tmp_path, workers=workers), questions)
        assert [at for at, answer in enumerate(found) if is_proved(answer)] == [27]


looks_at_chunk = compare_in_workers._look_at_chunk


def kill_at_a_pair(task, begin):
    for row, question in enumerate(task[-1]):
        if (question.first.path, question.second.path) == ("4.jpg", "copy4.jpg"):
            begin(row)
            os.kill(os.getpid(), signal.SIGSEGV)
    return looks_at_chunk(task, begin)


def test_a_pair_that_kills_its_worker_is_left_out_and_no_other(root, questions, monkeypatch):
    monkeypatch.setattr(compare_in_workers, "_look_at_chunk", kill_at_a_pair)
    found = answers(looker(root, workers=2), questions)
    assert found[40] == [None]
    assert [at for at, answer in enumerate(found) if is_proved(answer)] == [
        at for at in range(0, 80, 10) if at != 40
    ]


def test_no_worker_outlives_the_looks(root, questions):
    answers(looker(root, workers=2), questions)
    assert not multiprocessing.active_children()
