"""A picture service beside a program: it starts when it is needed, and does not stay."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from patience import HANG_S
from pictures import make_dataset

from catsclean.reviewing.notebook.background_pictures import BackgroundPictures
from catsclean.reviewing.server.picture_service import PictureService


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    root = make_dataset(tmp_path_factory.mktemp("beside") / "Pets", {"Cat": 1})
    (path,) = (root / "Cat").iterdir()
    return root, f"Cat/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest()


def serving(sample, idle_s):
    return BackgroundPictures(lambda: PictureService(sample[0], readers=1), idle_s)


def fetch(pictures, sample):
    return pictures.ask(lambda service: service.get(*sample[1:], 160)).result(HANG_S)


def test_it_starts_with_the_first_picture_and_ends_when_none_is_asked_for(sample):
    pictures = serving(sample, 0.1)
    assert not pictures.is_running
    assert fetch(pictures, sample).media_type == "image/webp"
    until = time.monotonic() + HANG_S
    while pictures.is_running:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert fetch(pictures, sample).media_type == "image/webp"
    pictures.close()


def test_many_threads_may_ask_at_once(sample):
    pictures = serving(sample, HANG_S)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: fetch(pictures, sample), range(40)))
    assert {one.media_type for one in made} == {"image/webp"}
    pictures.close()


def test_who_waits_when_it_is_closed_hears_that_there_is_none(sample):
    pictures = serving(sample, HANG_S)
    asked = pictures.ask(lambda service: service.get(*sample[1:], 160))
    pictures.close()
    assert asked.result(HANG_S) is not None
    assert not pictures.is_running


def test_a_call_that_fails_fails_alone(sample):
    pictures = serving(sample, HANG_S)
    with pytest.raises(ValueError, match="no such size"):
        pictures.ask(lambda service: service.get(*sample[1:], 1)).result(HANG_S)
    assert fetch(pictures, sample).media_type == "image/webp"
    pictures.close()
