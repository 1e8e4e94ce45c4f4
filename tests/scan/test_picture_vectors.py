"""Vectors of a data set: what is embedded while it is read, and what is kept for the next audit."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from embedders import MeanColours, make_colours

from catsclean.core.limits import Limits
from catsclean.core.links import Reach
from catsclean.scan.embedding import VECTOR, VECTOR_FAILURE
from catsclean.scan.picture_vectors import FEWEST_PICTURES, Vectors, folder_name


def digest(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def answer(*numbers, failed=()):
    """What a worker answers about some files; their vectors are their numbers."""
    return {
        "sha256": [digest(number) for number in numbers],
        VECTOR: [None if n in failed else np.full(4, n, np.float16).tobytes() for n in numbers],
        VECTOR_FAILURE: ["it crashed" if number in failed else "" for number in numbers],
    }


def test_vectors_are_taken_out_of_what_a_worker_answered():
    vectors, columns = Vectors(MeanColours(), None), answer(1, 2, 3, failed=[2])
    vectors.keep(columns)
    assert list(columns) == ["sha256"]
    digests = [digest(number) for number in (1, 2, 3)]
    assert vectors.have(digests).tolist() == [True, False, True]
    assert vectors.matrix(digests[::2])[:, 0].tolist() == [1, 3]
    assert vectors.failures == {digests[1]: "it crashed"}


def test_a_worker_without_an_embedder_answers_no_vectors():
    vectors = Vectors(MeanColours(), None)
    vectors.keep({"sha256": [digest(1)]})
    assert vectors.have([digest(1)]).tolist() == [False]


@pytest.mark.parametrize(
    ("files", "to_read", "kept", "needed"),
    [
        (FEWEST_PICTURES, FEWEST_PICTURES, 0, True),
        (FEWEST_PICTURES - 1, FEWEST_PICTURES - 1, 0, False),
        (FEWEST_PICTURES, 0, 0, False),
        (FEWEST_PICTURES, 10, 4, True),
        (FEWEST_PICTURES, 10, 5, False),
    ],
)
def test_pictures_are_embedded_while_they_are_read_if_that_pays_off(files, to_read, kept, needed):
    vectors = Vectors(MeanColours(), None)
    vectors.keep(answer(*range(kept)))
    assert vectors.when_needed(files, to_read) is (vectors if needed else None)


def test_a_task_keeps_its_vectors_in_a_file_of_its_own(tmp_path):
    Vectors(MeanColours(), tmp_path).keep_apart(answer(1, 2, failed=[2]), "plan-1")
    [file] = tmp_path.rglob("*.npy")
    assert file.parent.name == folder_name("colours", "1" * 64)
    again = Vectors(MeanColours(), tmp_path)
    assert again.have([digest(1), digest(2)]).tolist() == [True, False]


def test_a_task_without_vectors_or_without_a_folder_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Vectors(MeanColours(), tmp_path).keep_apart(answer(1, failed=[1]), "plan-1")
    Vectors(MeanColours(), tmp_path).keep_apart({}, "plan-1")
    Vectors(MeanColours(), None).keep_apart(answer(1), "plan-1")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def colours(tmp_path):
    """Pictures, with what `complete` asks to know of them."""
    root = make_colours(tmp_path / "set", count=3)
    files = sorted(path for path in root.rglob("*.jpg"))
    paths = [path.relative_to(root).as_posix() for path in files]
    data = [path.read_bytes() for path in files]
    return (
        Reach(root),
        paths,
        [hashlib.sha256(one).hexdigest() for one in data],
        list(map(len, data)),
    )


def complete(vectors, colours, **options):
    seen = []
    options.setdefault("progress", lambda *numbers: seen.append(numbers))
    options.setdefault("workers", 1)
    vectors.complete(*colours, limits=Limits(), **options)
    return seen


def test_pictures_without_a_vector_are_embedded_once_and_kept(colours, tmp_path):
    vectors = Vectors(MeanColours(), tmp_path / "kept")
    assert complete(vectors, colours)[-1] == (6, 6)
    assert vectors.have(colours[2]).all()
    assert complete(Vectors(MeanColours(), tmp_path / "kept"), colours) == []


def test_a_picture_that_failed_is_not_embedded_again(colours):
    vectors = Vectors(MeanColours(), None)
    vectors.failures[colours[2][0]] = "it crashed"
    assert complete(vectors, colours)[-1] == (5, 5)
    assert complete(vectors, colours) == []
    assert vectors.have(colours[2]).tolist() == [False] + 5 * [True]


def test_pictures_are_embedded_without_anybody_who_watches(colours):
    vectors = Vectors(MeanColours(), None)
    complete(vectors, colours, progress=None, workers=None)
    assert vectors.have(colours[2]).all()


def test_an_engine_embeds_pictures_as_this_machine_does(colours):
    here, there = Vectors(MeanColours(), None), Vectors(MeanColours(), None)
    complete(here, colours)
    with ThreadPoolExecutor(1) as engine:
        assert complete(there, colours, engine=engine) == [(6, 6)]
    assert (there.matrix(colours[2]) == here.matrix(colours[2])).all()
